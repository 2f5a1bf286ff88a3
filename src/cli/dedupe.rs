//! `library dedupe`

use std::io::{self, BufRead, IsTerminal};
use std::sync::PoisonError;

use color_eyre::eyre::{Report, eyre};
use indicatif::{ProgressBar, ProgressDrawTarget};
use jiff::Timestamp;
use serde::Serialize;

use super::args::DedupeArgs;
use super::context::Context;
use super::output::{Found, Output, clock};
use super::rows::{TrackRow, thousandths};
use crate::embed::Network;
use crate::library::Catalogue;
use crate::library::duplicates::{Copy, Group, Overlap, Quality, Why, groups, same_recordings};
use crate::store::Store;
use crate::store::records::{Failure, Track, TrackId, label, shown};

#[derive(Debug, Serialize)]
struct Row {
    keep: KeptRow,
    duplicates: Vec<CopyRow>,
}

#[derive(Debug, Serialize)]
struct KeptRow {
    #[serde(flatten)]
    track: TrackRow,
    #[serde(flatten)]
    file: FileRow,
    why: Why,
}

#[derive(Debug, Serialize)]
struct CopyRow {
    #[serde(flatten)]
    track: TrackRow,
    #[serde(flatten)]
    file: FileRow,
    /// Share of the shorter of the two that lies along the other.
    share: f64,
    /// Place in the one to keep where this one starts, seconds.
    offset_s: f64,
    /// Mean cosine along it.
    cosine: f64,
    removed: bool,
}

/// What is known of the file, besides what a track says.
#[derive(Debug, Serialize)]
struct FileRow {
    format: String,
    lossless: Option<bool>,
    bitrate_kbps: Option<u32>,
    sample_rate: Option<u32>,
    channels: Option<u8>,
}

impl FileRow {
    fn new(quality: &Quality) -> Self {
        Self {
            format: quality.format.clone(),
            lossless: quality.lossless,
            bitrate_kbps: quality.bitrate_kbps,
            sample_rate: quality.sample_rate,
            channels: quality.channels,
        }
    }
}

pub fn run(context: &Context, args: &DedupeArgs) -> Result<Found, Report> {
    let store = context.own_store("library dedupe")?;
    let groups = find(context, &store)?;
    if groups.is_empty() {
        context.tell("no recording is here twice");
        return Ok(Found::No);
    }
    let copies = groups.iter().map(|group| group.copies.len()).sum();
    // With JSON, what is printed says what was removed; people see it before they are asked.
    if args.json && args.remove {
        agreed(args, copies)?;
        remove(&store, &groups)?;
        print(&groups, true, args.json)?;
        return Ok(Found::Yes);
    }
    print(&groups, false, args.json)?;
    if args.remove && agreed(args, copies)? {
        remove(&store, &groups)?;
        context.tell(&format!("{copies} copies are out of the library; their files stay"));
    } else if !args.json && !args.remove {
        context.tell(
            "nothing was removed: --remove takes the copies out of the library, never the files",
        );
    }
    Ok(Found::Yes)
}

fn find(context: &Context, store: &Store) -> Result<Vec<Group>, Report> {
    let catalogue = Catalogue::load(store, &Network::built_in_id())?;
    let catalogue = catalogue.read().unwrap_or_else(PoisonError::into_inner);
    let tracks = store.tracks()?;
    if catalogue.stale() > 0 {
        context.tell(&format!(
            "echovibe: {} tracks cannot be compared until their folders are indexed again",
            catalogue.stale()
        ));
    }
    let ids: Vec<TrackId> = tracks.iter().map(|track| track.id).collect();
    let bar = ProgressBar::new(ids.len() as u64);
    if context.quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let pairs = same_recordings(store, &catalogue, &ids, &|done| bar.inc(done as u64))?;
    bar.finish_and_clear();
    Ok(groups(store, &tracks, &pairs)?)
}

/// Whether the copies may go: asked on a terminal, or said beforehand.
fn agreed(args: &DedupeArgs, copies: usize) -> Result<bool, Report> {
    if args.yes {
        return Ok(true);
    }
    if args.json || !io::stdin().is_terminal() {
        return Err(eyre!(
            "nothing was removed: there is nobody to ask, so say --remove --yes to take {copies} \
             copies out of the library"
        ));
    }
    eprint!("Take {copies} copies out of the library? Their files stay. [y/N] ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let yes = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
    if !yes {
        eprintln!("nothing was removed");
    }
    Ok(yes)
}

/// Takes the copies out and notes why, so that the next index run does not bring them back.
fn remove(store: &Store, groups: &[Group]) -> Result<(), Report> {
    for group in groups {
        for copy in &group.copies {
            store.remove(copy.track.id)?;
            store.put_failure(Failure {
                path: copy.track.path.clone(),
                stamp: copy.track.stamp.clone(),
                error: format!("left out: the same recording as {}", shown(&group.keep.path)),
                at: Timestamp::now(),
                duplicate_of: Some(group.keep.id),
            })?;
        }
    }
    Ok(())
}

fn print(groups: &[Group], removed: bool, json: bool) -> Result<(), Report> {
    let mut output = Output::new(json);
    for group in groups {
        output.row(&row(group, removed), |_| text(group))?;
    }
    Ok(())
}

fn row(group: &Group, removed: bool) -> Row {
    let copy = |copy: &Copy| CopyRow {
        track: TrackRow::from(&copy.track),
        file: FileRow::new(&copy.quality),
        share: thousandths(copy.overlap.share),
        offset_s: thousandths(copy.overlap.offset_s),
        cosine: thousandths(copy.overlap.cosine),
        removed,
    };
    Row {
        keep: KeptRow {
            track: TrackRow::from(&group.keep),
            file: FileRow::new(&group.quality),
            why: group.why,
        },
        duplicates: group.copies.iter().map(copy).collect(),
    }
}

fn text(group: &Group) -> String {
    let line = |track: &Track, quality: &Quality| {
        format!("{:>6}  {}  {}", track.id.to_string(), file(quality), shown(&track.path))
    };
    let mut lines = vec![
        label(&group.keep.artist, &group.keep.title),
        format!("  keep {}  ({})", line(&group.keep, &group.quality), group.why),
    ];
    for copy in &group.copies {
        lines.push(format!("  copy {}", line(&copy.track, &copy.quality)));
        lines.push(format!("               {}", evidence(&copy.overlap)));
    }
    lines.join("\n")
}

/// "FLAC, 700 kbit/s, 44100 Hz, 3:20"
fn file(quality: &Quality) -> String {
    let mut parts = vec![quality.format.clone()];
    parts.extend(quality.bitrate_kbps.map(|rate| format!("{rate} kbit/s")));
    parts.extend(quality.sample_rate.map(|rate| format!("{rate} Hz")));
    parts.push(clock(quality.duration_s));
    parts.join(", ")
}

fn evidence(overlap: &Overlap) -> String {
    let place = match overlap.offset_s {
        late if late >= 0.05 => format!("starts {late:.1} s into it"),
        early if early <= -0.05 => format!("starts {:.1} s before it", -early),
        _ => "starts with it".to_owned(),
    };
    format!("{:.0} % lies along it, {place}, cosine {:.2}", overlap.share * 100.0, overlap.cosine)
}
