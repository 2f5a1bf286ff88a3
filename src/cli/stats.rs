//! `stats`

use std::collections::HashMap;

use color_eyre::eyre::Report;
use serde::Serialize;

use super::args::JsonArgs;
use super::context::Context;
use super::output::{Found, Output};
use crate::store::records::{Event, EventKind, label};

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
    heard_most: Vec<Count>,
    liked_most: Vec<Count>,
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
    let artists: std::collections::HashSet<&str> =
        tracks.iter().map(|t| t.artist.as_str()).filter(|a| !a.is_empty()).collect();
    let stats = Stats {
        tracks: tracks.len(),
        artists: artists.len(),
        hours: super::rows::thousandths(
            tracks.iter().map(|t| t.duration_s).fold(0.0, |sum, s| sum + s) / 3600.0,
        ),
        fingerprints: tracks.iter().map(|t| u64::from(t.windows)).sum(),
        failed_files: store.failures()?.len(),
        heard: count(is_heard),
        liked: count(|what| matches!(what, EventKind::Like)),
        skipped: count(|what| matches!(what, EventKind::Skip { .. })),
        played: count(|what| matches!(what, EventKind::Play { .. })),
        heard_most: most(&events, is_heard),
        liked_most: most(&events, |what| matches!(what, EventKind::Like)),
    };
    Output::new(args.json).row(&stats, text)?;
    Ok(Found::Yes)
}

fn is_heard(what: &EventKind) -> bool {
    matches!(what, EventKind::Heard { .. })
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
            "{} heard, {} liked, {} skipped, {} played",
            stats.heard, stats.liked, stats.skipped, stats.played
        ),
    ];
    for (what, counts) in [("heard", &stats.heard_most), ("liked", &stats.liked_most)] {
        lines.extend(counts.iter().map(|c| format!("  {what} {:>3} x  {}", c.count, c.name)));
    }
    lines.join("\n")
}
