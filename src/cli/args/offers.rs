//! What to play next, and what was thought of it.

use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe recommend --seed \"dune sea\" -n 10\n  \
echovibe recommend --seed 14 --seed download.mp3 --mood calm\n  \
echovibe recommend --from \"dune sea\" --to \"nine hands\" -n 12 --out evening.m3u\n  \
echovibe recommend --radio --json --mood-file ~/.mood | my-player\n\n\
A playlist written with --out takes its format from the ending of FILE (.m3u, .m3u8, .jspf, .json)\n\
unless an option names one. FILE is replaced at once, when it is complete.\n\n\
Exit status: 0 when something is offered, 1 when nothing is, 2 on an error.")]
pub struct RecommendArgs {
    /// What to start from (repeatable): a track of the library (id, path or piece of "artist title"),
    /// or any audio file
    #[arg(long, value_name = "TRACK")]
    pub seed: Vec<String>,
    /// A way from this track or file to that of --to, in even steps
    #[arg(long, value_name = "TRACK", requires = "to", conflicts_with = "seed")]
    pub from: Option<String>,
    /// Where the way ends
    #[arg(long, value_name = "TRACK", requires = "from")]
    pub to: Option<String>,
    /// How many
    #[arg(short = 'n', value_name = "N")]
    pub count: Option<usize>,
    /// A mood: a name of the configuration (calm, happy, tense, dark, driving, focus), a word for one,
    /// or a place, VALENCE,ENERGY, each from -1 to 1
    #[arg(long, value_name = "MOOD", group = "mood_source", allow_hyphen_values = true)]
    pub mood: Option<String>,
    /// Read the mood from the first line of this file; the radio looks again when it changes
    #[arg(long, value_name = "FILE", group = "mood_source")]
    pub mood_file: Option<PathBuf>,
    /// Take the mood from the first line that this command prints; the radio runs it for every offer.
    /// No shell runs it: quotes are understood, pipes and variables are not
    #[arg(long, value_name = "COMMAND", group = "mood_source")]
    pub mood_command: Option<String>,
    /// One offer after another without end (-n ends it), each from what came before it and from what
    /// you say meanwhile
    #[arg(long, conflicts_with_all = ["from", "jspf", "out"])]
    pub radio: bool,
    /// Radio: wait with the next offer until the last was played or skipped, or its time has passed.
    /// Always so on a terminal
    #[arg(long, requires = "radio")]
    pub paced: bool,
    /// Print an M3U playlist
    #[arg(long, group = "format")]
    pub m3u: bool,
    /// Print a JSPF playlist
    #[arg(long, group = "format")]
    pub jspf: bool,
    /// One JSON object a track
    #[arg(long, group = "format")]
    pub json: bool,
    /// Write the files' paths as seen from this folder, not absolute
    #[arg(long, value_name = "DIR")]
    pub relative_to: Option<PathBuf>,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe like \"dune sea\"\n  echovibe save 14 --json\n  \
echovibe ban \"elevator\"")]
pub struct TrackArgs {
    /// Id, path or unambiguous piece of "artist title"
    #[arg(value_name = "TRACK")]
    pub track: String,
    /// Print the event recorded as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe skip \"dune sea\" --share 0.1")]
pub struct SkipArgs {
    #[command(flatten)]
    pub track: TrackArgs,
    /// Share of the track that was heard, 0 to 1
    #[arg(long, value_parser = share)]
    pub share: Option<f64>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe play \"dune sea\" --share 0.8")]
pub struct PlayArgs {
    #[command(flatten)]
    pub track: TrackArgs,
    /// Share of the track that was heard, 0 to 1
    #[arg(long, default_value = "1", value_parser = share)]
    pub share: f64,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe rate \"dune sea\" 5")]
pub struct RateArgs {
    #[command(flatten)]
    pub track: TrackArgs,
    /// 1 to 5
    #[arg(value_parser = clap::value_parser!(u8).range(1..=5))]
    pub stars: u8,
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "must be a number from 0 to 1".to_owned())
}
