//! `stats`

use std::collections::{HashMap, HashSet};

use color_eyre::eyre::Report;
use jiff::Timestamp;
use serde::Serialize;

use super::args::JsonArgs;
use super::context::Context;
use super::output::{Found, Output};
use crate::recommend::Collection;
use crate::store::records::{Event, EventKind, TrackId, label};
use crate::taste::mood::region;
use crate::taste::{FINISHED, Taste};

/// Names listed of each kind.
const TOP: usize = 5;

#[derive(Debug, Serialize)]
struct Stats {
    tracks: usize,
    artists: usize,
    hours: f64,
    fingerprints: u64,
    failed_files: usize,
    heard: usize,
    liked: usize,
    skipped: usize,
    played: usize,
    finished: usize,
    saved: usize,
    banned: usize,
    taste: TasteRow,
    heard_most: Vec<Count>,
    liked_most: Vec<Count>,
}

/// What is enjoyed now, old feedback faded.
#[derive(Debug, Serialize)]
struct TasteRow {
    /// How much is known, 0 to 1.
    certainty: f64,
    centres: Vec<CentreRow>,
}

/// A kind of music that is enjoyed.
#[derive(Debug, Serialize)]
struct CentreRow {
    /// The track of the library in its middle.
    like: String,
    track_id: TrackId,
    /// Mood of that track, by name.
    mood: Option<String>,
    /// Tracks enjoyed that it is the centre of, and their share of the taste, 0 to 1.
    tracks: usize,
    share: f64,
}

#[derive(Debug, Serialize)]
struct Count {
    name: String,
    count: usize,
}

pub fn run(context: &Context, args: &JsonArgs) -> Result<Found, Report> {
    let store = context.store()?;
    let (tracks, events) = (store.tracks()?, store.events(0)?);
    let count = |is: fn(&EventKind) -> bool| events.iter().filter(|e| is(&e.what)).count();
    let failed_files = store.failures()?.len();
    let library = Collection::new(tracks);
    let tracks = library.tracks();
    let artists: HashSet<&str> =
        tracks.iter().map(|t| t.artist.as_str()).filter(|a| !a.is_empty()).collect();
    let style_of = |id: TrackId| library.get(id).map(|track| track.style.clone());
    let now = Timestamp::now();
    let taste = Taste::from_events(&events, &style_of, &context.settings.taste, now);
    let stats = Stats {
        tracks: tracks.len(),
        artists: artists.len(),
        hours: super::rows::thousandths(
            tracks.iter().map(|t| t.duration_s).fold(0.0, |sum, s| sum + s) / 3600.0,
        ),
        fingerprints: tracks.iter().map(|t| u64::from(t.windows)).sum(),
        failed_files,
        heard: count(is_heard),
        liked: count(|what| matches!(what, EventKind::Like)),
        skipped: count(|what| matches!(what, EventKind::Skip { .. })),
        played: count(|what| matches!(what, EventKind::Play { .. })),
        finished: count(|what| matches!(what, EventKind::Play { share } if *share >= FINISHED)),
        saved: holding(&taste, Taste::saved),
        banned: holding(&taste, Taste::banned),
        taste: taste_row(context, &taste, &library),
        heard_most: most(&events, is_heard),
        liked_most: most(&events, |what| matches!(what, EventKind::Like)),
    };
    Output::new(args.json).row(&stats, text)?;
    Ok(Found::Yes)
}

fn is_heard(what: &EventKind) -> bool {
    matches!(what, EventKind::Heard { .. })
}

/// Tracks of which something holds now.
fn holding(taste: &Taste, holds: impl Fn(&Taste, TrackId) -> bool) -> usize {
    taste.known().filter(|id| holds(taste, *id)).count()
}

fn taste_row(context: &Context, taste: &Taste, library: &Collection) -> TasteRow {
    let centres = taste.centres().iter().filter_map(|centre| {
        let track = library.get(library.nearest(&centre.direction)?)?;
        let mood = library.mood_of(track.id);
        Some(CentreRow {
            like: track.label(),
            track_id: track.id,
            mood: mood.and_then(|m| region(m, &context.settings.moods)).map(str::to_owned),
            tracks: centre.tracks,
            share: super::rows::thousandths(centre.share),
        })
    });
    TasteRow { certainty: super::rows::thousandths(taste.certainty), centres: centres.collect() }
}

fn most(events: &[Event], is: fn(&EventKind) -> bool) -> Vec<Count> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for event in events.iter().filter(|event| is(&event.what)) {
        *counts.entry(label(&event.artist, &event.title)).or_default() += 1;
    }
    let mut counts: Vec<Count> =
        counts.into_iter().map(|(name, count)| Count { name, count }).collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    counts.truncate(TOP);
    counts
}

fn text(stats: &Stats) -> String {
    let mut lines = vec![
        format!(
            "{} tracks by {} artists, {:.1} hours, {} fingerprints, {} files failed",
            stats.tracks, stats.artists, stats.hours, stats.fingerprints, stats.failed_files
        ),
        format!(
            "{} heard, {} liked, {} skipped, {} played ({} to the end); {} saved, {} banned",
            stats.heard,
            stats.liked,
            stats.skipped,
            stats.played,
            stats.finished,
            stats.saved,
            stats.banned
        ),
    ];
    lines.extend(stats.taste.centres.iter().map(|centre| {
        let (share, mood) = (centre.share * 100.0, centre.mood.as_deref().unwrap_or("any mood"));
        format!("  taste {share:>3.0} %  music like {} ({mood})", centre.like)
    }));
    for (what, counts) in [("heard", &stats.heard_most), ("liked", &stats.liked_most)] {
        lines.extend(counts.iter().map(|c| format!("  {what} {:>3} x  {}", c.count, c.name)));
    }
    lines.join("\n")
}
