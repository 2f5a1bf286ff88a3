//! `eval recognition` and `eval recommendation`: how well it does on the user's own folders.

mod recognition;
mod recommendation;
mod table;

use std::path::PathBuf;

use clap::Subcommand;
use color_eyre::eyre::{Report, eyre};
use indicatif::ProgressBar;

use super::context::Context;
use super::index::{progress_bar, stop_on_signal};
use super::output::{Found, printable};
use crate::eval::{Condition, EvalError, Progress, Watch};

/// Lengths of clips that make sense, seconds.
const LENGTHS_S: std::ops::RangeInclusive<f64> = 0.1..=600.0;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
echovibe eval recognition --refs ~/Music --noise ~/noise --unknown ~/other\n  \
echovibe eval recommendation --refs ~/Music")]
pub struct EvalArgs {
    #[command(subcommand)]
    command: EvalCommand,
}

#[derive(Debug, Subcommand)]
enum EvalCommand {
    Recognition(RecognitionArgs),
    Recommendation(RecommendationArgs),
}

#[derive(Debug, clap::Args)]
#[command(
    about = "How well clips are named: by length and by what was done to them",
    long_about = "How well clips are named: by length and by what was done to them.\n\n\
Tracks are enrolled in memory (your library is not touched), clips are cut out of them, degraded, and \
named as `identify` names them. Percentages:\n\
top-1     the best candidate is the right track, however certain\n\
right     named, the right track, with the 95 % interval (Wilson)\n\
wrong     named, another track\n\
near      of the right ones: the place is within 0.5 s of the truth\n\
+repeat   the same, or the track sounds the same at the place answered: the waveforms of the clean \
track at both places have a normalised cross-correlation of at least 0.8 over the clip's length, at \
the best lag within 50 ms\n\
unknown   clips of tracks that are not enrolled, and how many of them were named\n\n\
Conditions are done from left to right and joined with /: clean; room (a room and a small \
microphone); room+SNR and noise+SNR (background noise, dB, such as room+5 or room+-5); speed+3 and \
speed-3 (percent, tempo and pitch; the truth is where the clip starts); mp3 (64 kbit/s and back, by \
ffmpeg); telephone (300 to 3400 Hz). Each cell draws its own clips from the seed: another cell leaves \
the others as they were.",
    after_help = "Examples:\n  \
echovibe eval recognition --refs ~/Music --noise ~/noise --unknown ~/other --per-cell 10\n  \
echovibe eval recognition --refs ~/Music --lengths 5 --conditions clean,speed+3,room/mp3 --json\n  \
echovibe eval recognition --refs ~/Music --clips ~/clips\n\n\
Exit status: 0 when it was measured, 1 when it was stopped, 2 on an error."
)]
struct RecognitionArgs {
    /// Folder of tracks to enrol (repeatable)
    #[arg(long, value_name = "DIR")]
    refs: Vec<PathBuf>,
    /// Background noise, for conditions with an SNR
    #[arg(long, value_name = "DIR")]
    noise: Option<PathBuf>,
    /// Recorded room responses: half of the rooms are one of them; without, all are made
    #[arg(long, value_name = "DIR")]
    rir: Option<PathBuf>,
    /// Tracks that are not enrolled: their clips must not be named
    #[arg(long, value_name = "DIR")]
    unknown: Option<PathBuf>,
    /// Clips of each length and condition
    #[arg(long, value_name = "N", default_value = "40", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    per_cell: u32,
    /// Lengths of clips, seconds
    #[arg(long, value_name = "S", value_delimiter = ',', default_value = "1,2,3,5,10", value_parser = length, allow_negative_numbers = true)]
    lengths: Vec<f64>,
    /// What is done to them
    #[arg(
        long,
        value_name = "WORDS",
        value_delimiter = ',',
        default_value = "clean,room,room+10,room+5,room+0,room+-5"
    )]
    conditions: Vec<Condition>,
    /// The same seed gives the same clips
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// Percent of the unknown clips that may be named, for the last table
    #[arg(long, value_name = "PERCENT", default_value = "1", value_parser = percent, allow_negative_numbers = true)]
    false_names: f64,
    /// Folder of clips with a queries.csv (columns file, ref, start_s, length_s, condition) instead
    /// of clips drawn here
    #[arg(long, value_name = "DIR", conflicts_with_all = ["noise", "rir", "unknown", "per_cell", "lengths", "conditions", "seed"])]
    clips: Option<PathBuf>,
    /// One JSON object a cell, a point of the curve, and a summary
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[command(
    about = "How well it recommends: on your library, on folders, on what people play",
    long_about = "How well it recommends.\n\n\
Measured on your library, or with --refs on folders, whose tracks are enrolled in memory. A source is \
the first folder below DIR (an artist, an album, a game); in the library the artist, else the album, else \
the folder.\n\n\
same-source retrieval   every track of a source with at least two is a query; all other tracks are \
ranked by the likeness of their style. recall@10 is the share of the source's other tracks in the first \
ten places (a source with more cannot reach 100 %), NDCG@10 weighs the places, MRR is one over the place \
of the first, on average. Random order is what chance would give\n\
likeness                the same by cosine and by Euclidean distance, of the style and of plain \
measurement (MFCC means and deviations, standardised), and the time of one comparison\n\
lists                   ten offers for each track as a seed: the share of the seed's source, the \
share of the library that is offered to any seed, how seldom an offer is made (bits), and how unlike the \
tracks of a list are (1 - cosine of styles)\n\
simulated listeners     each has a hidden taste: one to three sources, or what is nearest by MFCC to \
one to three tracks. They are offered a track at a time, like or finish what is of the taste and skip what \
is not, one time in ten the other way round. precision@10 is measured with no seed, with one track of \
the taste as a seed and no history, and by taste alone after 5, 10 and 20 feedbacks: on the half of \
the tracks out of which nothing was ever offered, and on the whole library a day later. \"best\" is what a \
list can reach at all, \"all told\" what the feed's lists reach when it is told of every track that it can \
offer. One artist may fill these lists, since a taste may be one artist's music; it is measured with \
the artists' names and, since they tell something of a source, without\n\n\
--people FILE measures how well it is foreseen what people play, from what they and others play: a fifth \
of each one's tracks is held out, all that they do not play is ranked, beside popularity, neighbours by \
item and factors (ALS).",
    after_help = "Examples:\n  echovibe eval recommendation\n  \
echovibe eval recommendation --refs ~/Music --listeners 200\n  \
echovibe eval recommendation --people plays.csv --json\n\n\
Exit status: 0 when it was measured, 1 when it was stopped, 2 on an error."
)]
struct RecommendationArgs {
    /// Folder of folders of tracks, one a source (repeatable)
    #[arg(long, value_name = "DIR")]
    refs: Vec<PathBuf>,
    /// What people play: lines USER,TRACK or USER,TRACK,PLAYS (or with tabs)
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// Simulated listeners of each kind
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    listeners: u32,
    /// The same seed gives the same listeners, random lists and split
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// One JSON object a row of a table, and a summary
    #[arg(long)]
    json: bool,
}

pub fn run(context: &Context, args: &EvalArgs) -> Result<Found, Report> {
    let stop = stop_on_signal("stopping after the clips in hand");
    let bar = progress_bar(context.quiet);
    let show = |progress| show(&bar, progress);
    let watch = Watch { stop: &stop, progress: &show };
    let done = match &args.command {
        EvalCommand::Recognition(args) => recognition::measure(context, args, &watch),
        EvalCommand::Recommendation(args) => recommendation::measure(context, args, &watch),
    };
    bar.finish_and_clear();
    match done {
        Ok(measured) => {
            measured.print(context)?;
            Ok(Found::Yes)
        }
        Err(error) if matches!(error.downcast_ref(), Some(EvalError::Stopped)) => {
            context.tell("stopped; nothing was measured");
            Ok(Found::No)
        }
        Err(error) => Err(error),
    }
}

/// What was measured, to be printed once the progress bar is gone.
enum Measured {
    Recognition(Box<recognition::Measured>),
    Recommendation(Box<recommendation::Measured>),
}

impl Measured {
    fn print(&self, context: &Context) -> Result<(), Report> {
        match self {
            Self::Recognition(measured) => measured.print(context),
            Self::Recommendation(measured) => measured.print(context),
        }
    }
}

fn show(bar: &ProgressBar, progress: Progress) {
    match progress {
        Progress::Stage(what, steps) => {
            bar.reset();
            bar.set_length(steps as u64);
            bar.set_message(format!("of {steps} {what}"));
        }
        Progress::Step => bar.inc(1),
    }
}

/// What must be given for there to be anything to enrol.
fn check_refs(refs: &[PathBuf], what: &str) -> Result<(), Report> {
    if refs.is_empty() {
        return Err(eyre!(
            "there is nothing to enrol: give a folder of music with --refs DIR, such as\n  \
             echovibe eval {what} --refs ~/Music"
        ));
    }
    Ok(())
}

/// Tells which files could not be read.
fn tell_failed(context: &Context, failed: &[(PathBuf, String)]) {
    for (path, reason) in failed {
        context.tell(&printable(&format!("left out: {}: {reason}", path.display())));
    }
}

fn length(text: &str) -> Result<f64, String> {
    let value = text.trim().parse().ok().filter(|s: &f64| LENGTHS_S.contains(s));
    value.ok_or_else(|| "a length must be a number of seconds from 0.1 to 600".to_owned())
}

fn percent(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|p: &f64| (0.0..=100.0).contains(p));
    value.ok_or_else(|| "must be a percentage from 0 to 100".to_owned())
}
