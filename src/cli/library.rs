//! `library list/show/remove/dedupe`

use color_eyre::eyre::Report;
use serde::Serialize;

use super::args::{LibraryCommand, TrackArgs};
use super::context::Context;
use super::dedupe;
use super::output::{Found, Output, clock};
use super::rows::TrackRow;
use crate::library::resolve;
use crate::store::records::{Failure, label, shown};
use crate::taste::mood::region;

/// Of a track that an earlier version enrolled.
const NOT_MEASURED: &str = "not measured: index its folder again";

#[derive(Debug, Serialize)]
struct FailureRow {
    path: String,
    error: String,
    at: jiff::Timestamp,
}

impl From<&Failure> for FailureRow {
    fn from(failure: &Failure) -> Self {
        Self { path: shown(&failure.path), error: failure.error.clone(), at: failure.at }
    }
}

pub fn run(context: &Context, command: LibraryCommand) -> Result<Found, Report> {
    match command {
        LibraryCommand::List { failed: true, json } => list_failed(context, json),
        LibraryCommand::List { failed: false, json } => list(context, json),
        LibraryCommand::Show(args) => show(context, &args),
        LibraryCommand::Remove(args) => remove(context, &args),
        LibraryCommand::Dedupe(args) => dedupe::run(context, &args),
    }
}

fn list(context: &Context, json: bool) -> Result<Found, Report> {
    let tracks = context.store()?.tracks()?;
    let mut output = Output::new(json);
    for track in &tracks {
        output.row(&TrackRow::from(track), |row| {
            let name = label(&row.artist, &row.title);
            format!("{:>6}  {:>6}  {name}", row.track_id.to_string(), clock(row.duration_s))
        })?;
    }
    if tracks.is_empty() {
        context.tell("the library is empty: echovibe index DIR");
    }
    Ok((!tracks.is_empty()).into())
}

fn list_failed(context: &Context, json: bool) -> Result<Found, Report> {
    let failures = context.store()?.failures()?;
    let mut output = Output::new(json);
    for failure in &failures {
        output.row(&FailureRow::from(failure), |row| format!("{}: {}", row.path, row.error))?;
    }
    if failures.is_empty() {
        context.tell("no file failed");
    }
    Ok((!failures.is_empty()).into())
}

fn show(context: &Context, args: &TrackArgs) -> Result<Found, Report> {
    let tracks = context.store()?.tracks()?;
    let track = resolve(tracks.iter(), &args.track)?;
    Output::new(args.json).row(&TrackRow::from(track), |row| {
        let mut lines = vec![
            format!("id        {}", row.track_id),
            format!("title     {}", row.title),
            format!("artist    {}", row.artist),
            format!("album     {}", row.album),
            format!("genre     {}", row.genre),
            format!("sounds    {}", sounds(row)),
            format!("mood      {}", mood(context, row)),
        ];
        lines.extend(measured(row));
        lines.extend([
            format!("length    {}", clock(row.duration_s)),
            format!("file      {}", row.path),
            format!("enrolled  {}, {} fingerprints", row.added_at, row.windows),
        ]);
        lines.extend(row.damage.as_ref().map(|damage| format!("damage    {damage}")));
        lines.join("\n")
    })?;
    Ok(Found::Yes)
}

/// "electronic 62 %, ambient 21 %"
fn sounds(row: &TrackRow) -> String {
    let shares = row
        .sounds_like
        .iter()
        .map(|share| format!("{} {:.0} %", share.genre, f64::from(share.probability) * 100.0));
    shares.collect::<Vec<_>>().join(", ")
}

/// Tempo, key, loudness, brightness, onsets and highlight, a line each.
fn measured(row: &TrackRow) -> Vec<String> {
    let (Some(loudness), Some(centroid), Some(onsets)) =
        (row.loudness_lufs, row.centroid_hz, row.onset_rate)
    else {
        return vec![format!("features  {NOT_MEASURED}")];
    };
    let tempo = row.tempo_bpm.map_or("no steady beat".to_owned(), |bpm| format!("{bpm:.0} BPM"));
    let mut lines = vec![
        format!("tempo     {tempo}, {onsets:.1} onsets a second"),
        format!("key       {}", row.key.as_deref().unwrap_or("none stands out")),
        format!("loudness  {loudness:.1} LUFS"),
        format!("bright    {centroid:.0} Hz (spectral centroid)"),
    ];
    lines.extend(row.highlight_s.map(|start| format!("highlight {}", clock(start))));
    lines
}

/// "calm (valence +0.31, energy -0.52)"
fn mood(context: &Context, row: &TrackRow) -> String {
    let Some(mood) = row.mood else { return NOT_MEASURED.to_owned() };
    let name = region(mood, &context.settings.moods).unwrap_or("unnamed");
    format!("{name} (valence {:+.2}, energy {:+.2})", mood.valence, mood.energy)
}

fn remove(context: &Context, args: &TrackArgs) -> Result<Found, Report> {
    let store = context.store()?;
    let tracks = store.tracks()?;
    let track = resolve(tracks.iter(), &args.track)?;
    store.remove(track.id)?;
    Output::new(args.json).row(&TrackRow::from(track), |row| {
        format!(
            "removed {} ({}); its file and its history stay",
            label(&row.artist, &row.title),
            row.path
        )
    })?;
    Ok(Found::Yes)
}
