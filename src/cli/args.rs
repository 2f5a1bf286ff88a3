//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Hear it, know it, find what comes next.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Without a command the screen opens.\n\n\
Examples:\n  echovibe demo                 see it work, without music or microphone\n  \
echovibe index ~/Music        enrol your music\n  \
echovibe                      open the screen and listen\n  \
echovibe identify clip.wav    name a recording")]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    /// What the screen listens to: mic[:NAME], monitor, file:PATH, - (standard input), demo.
    /// Raw sound on standard input is written -:s16le:44100:2 (format, rate, channels)
    #[arg(long, value_name = "INPUT", allow_hyphen_values = true)]
    pub input: Option<String>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// Where library, history and taste are kept (also ECHOVIBE_DATA_DIR)
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Configuration file (also ECHOVIBE_CONFIG)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Say only what was asked for
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more in the log (twice: everything)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Enrol or refresh folders; only new and changed files are decoded
    Index(IndexArgs),
    /// Name recordings
    Identify(IdentifyArgs),
    /// Keep listening and report each track once when it starts
    Listen(ListenArgs),
    /// What to play next, and why
    Recommend(RecommendArgs),
    /// You like a track
    Like(TrackArgs),
    /// Take a like back
    Unlike(TrackArgs),
    /// You do not want a track now
    Skip(SkipArgs),
    /// You played a track
    Play(PlayArgs),
    /// Give a track 1 to 5 stars
    Rate(RateArgs),
    /// Keep a track for later
    Save(TrackArgs),
    /// Do not keep a track for later any more
    Unsave(TrackArgs),
    /// Never be offered a track again
    Ban(TrackArgs),
    /// Let a track be offered again
    Unban(TrackArgs),
    /// Take over what was played with other programs, or what other people play
    Import(ImportArgs),
    /// Look at and tidy the index
    Library(LibraryArgs),
    /// What was heard, liked, skipped and played, newest first
    History(HistoryArgs),
    /// Your library and your taste in numbers
    Stats(JsonArgs),
    /// Make a small library, index it and name noisy clips from it
    Demo(DemoArgs),
    /// Check microphone, network, store and terminal; repair the store
    Doctor(DoctorArgs),
    /// Measure how well it recognises and recommends, on your own folders
    Eval(super::eval::EvalArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    #[command(after_help = "Example:\n  echovibe man | man -l -")]
    Man,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe index ~/Music\n\n\
It can be stopped with Ctrl-C at any moment (exit status 1) and goes on where it stopped.")]
pub struct IndexArgs {
    /// Folders (or single files)
    #[arg(required = true, value_name = "DIR")]
    pub dirs: Vec<PathBuf>,
    /// Try files again that failed before and have not changed
    #[arg(long)]
    pub retry_failed: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe identify clip.wav\n  \
echovibe identify --timeline friday-mix.mp3\n  \
ffmpeg -i video.mkv -f wav - | echovibe identify -\n\n\
Exit status: 0 when a recording was named, 1 when none was, 2 on an error.")]
pub struct IdentifyArgs {
    /// Recordings; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// All the tracks in a long recording (a mix, an hour of radio), from when to when
    #[arg(long)]
    pub timeline: bool,
    /// One JSON object a recording
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe listen --once --timeout 20\n  \
echovibe listen --input monitor --json\n  \
arecord -f S16_LE -r 44100 -c 2 -t wav | echovibe listen --input -")]
pub struct ListenArgs {
    /// mic[:NAME], monitor, file:PATH, - (standard input) or demo.
    /// Raw sound on standard input is written -:s16le:44100:2 (format, rate, channels)
    #[arg(long, value_name = "INPUT", allow_hyphen_values = true)]
    pub input: Option<String>,
    /// Stop after the first track
    #[arg(long)]
    pub once: bool,
    /// Stop after so many seconds
    #[arg(long, value_name = "S")]
    pub timeout: Option<f64>,
    /// One JSON object a track
    #[arg(long)]
    pub json: bool,
}

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

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe import lastfm.csv\n  \
echovibe import --dry-run --all listens/2024/*.jsonl\n  \
echovibe import --of eva eva-lastfm.json\n\n\
Files are exports of Last.fm (CSV, JSON), ListenBrainz (JSON, JSONL) or Spotify (extended history),\n\
a .scrobbler.log, or a table ARTIST,TITLE[,COUNT][,TIME], with a first line of names where the columns\n\
are others. Plays are matched to the library by artist and title and become events of the log at their\n\
own times; a play that was taken over before is not taken over again, so the same command can be\n\
repeated, or go on where it was stopped. Plays of other people (--of, or a column user) move nobody's\n\
taste: they tell recommend what like-minded people play. Without FILE the people known are listed.\n\n\
Exit status: 0 when something is of the library, 1 when nothing is, 2 on an error.")]
pub struct ImportArgs {
    /// What other programs kept
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The plays are of this person, not yours; they replace what was known of that one
    #[arg(long, value_name = "NAME", requires = "files")]
    pub of: Option<String>,
    /// Forget the plays of this person
    #[arg(long, value_name = "NAME", conflicts_with_all = ["files", "of"])]
    pub forget: Option<String>,
    /// Only say what would be done
    #[arg(long, requires = "files")]
    pub dry_run: bool,
    /// List all songs that are not in the library, not only the most played
    #[arg(long, requires = "files")]
    pub all: bool,
    /// One JSON object a missing song or person, and a summary
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe library list --json\n  \
echovibe library list --failed\n  echovibe library show 14\n  \
echovibe library dedupe")]
pub struct LibraryArgs {
    #[command(subcommand)]
    pub command: LibraryCommand,
}

#[derive(Debug, Subcommand)]
pub enum LibraryCommand {
    /// All tracks, or the files that failed
    #[command(after_help = "Example:\n  echovibe library list --failed")]
    List {
        /// Files that could not be enrolled, and why
        #[arg(long)]
        failed: bool,
        /// One JSON object a row
        #[arg(long)]
        json: bool,
    },
    /// All that is known of a track
    #[command(after_help = "Example:\n  echovibe library show \"dune sea\"")]
    Show(TrackArgs),
    /// Forget tracks; files and history stay
    #[command(after_help = "Example:\n  echovibe library remove 14")]
    Remove(TrackArgs),
    /// List files that are the same recording, and which of them to keep
    Dedupe(DedupeArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe library dedupe\n  \
echovibe library dedupe --remove\n  echovibe library dedupe --json\n\n\
The same recording in other encodings, or with its ends cut, is found; covers, remixes and other\n\
versions are not. Of each recording the lossless copy is kept, else the longest, else the one with\n\
the highest bitrate, else the one with the best tags. Files are never touched.\n\n\
Exit status: 0 when there are copies, 1 when there are none, 2 on an error.")]
pub struct DedupeArgs {
    /// Take the copies out of the library; the files stay, and later index runs leave them out
    /// (unless with --retry-failed)
    #[arg(long)]
    pub remove: bool,
    /// Do not ask before removing
    #[arg(long, requires = "remove")]
    pub yes: bool,
    /// One JSON object a recording
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe history -n 20 --json")]
pub struct HistoryArgs {
    /// At most so many
    #[arg(short = 'n', value_name = "N")]
    pub count: Option<usize>,
    /// One JSON object an event
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe stats --json")]
pub struct JsonArgs {
    /// One JSON object a row
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe doctor\n  echovibe doctor --repair\n\n\
Without --repair it only tells. A repair brings back what a bad disk took: the database from what is\n\
readable of it and from the snapshots, fingerprints from the files still there. What it replaces is\n\
set aside in a folder damaged-... beside it. Nothing else may use the data folder meanwhile.\n\n\
Exit status: 0 when all is well, 1 when something lacks or could not be brought back, 2 on an error.")]
pub struct DoctorArgs {
    /// Bring back what is damaged or lost
    #[arg(long)]
    pub repair: bool,
    /// One JSON object a check
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe demo\n\n\
The demo has a library, history and taste of its own; yours are not touched.")]
pub struct DemoArgs {
    /// Do not open the screen at the end
    #[arg(long)]
    pub no_screen: bool,
    /// One JSON object a clip
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe completions bash > /etc/bash_completion.d/echovibe")]
pub struct CompletionsArgs {
    /// bash, zsh, fish, elvish or powershell
    pub shell: clap_complete::Shell,
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "must be a number from 0 to 1".to_owned())
}
