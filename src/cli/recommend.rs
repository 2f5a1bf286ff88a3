//! `recommend`

use std::collections::HashMap;

use color_eyre::eyre::{Report, eyre};
use jiff::Timestamp;
use serde::Serialize;

use super::args::RecommendArgs;
use super::context::Context;
use super::output::{Found, Output};
use super::rows::thousandths;
use crate::library::resolve;
use crate::recommend::{Offer, Reason, Request, recommend};
use crate::store::records::{Mood, Track, TrackId, label, shown};
use crate::taste::Taste;

#[derive(Debug, Serialize)]
struct Row {
    rank: usize,
    track_id: TrackId,
    path: String,
    title: String,
    artist: String,
    score: f64,
    reasons: Vec<Reason>,
    mood: Option<Mood>,
    /// Not measured yet.
    highlight_s: Option<f64>,
}

pub fn run(context: &Context, args: &RecommendArgs) -> Result<Found, Report> {
    if args.count == Some(0) {
        return Err(eyre!("-n must be at least 1"));
    }
    let store = context.store()?;
    let (tracks, events) = (store.tracks()?, store.events(0)?);
    if tracks.is_empty() {
        context.tell("the library is empty: echovibe index DIR");
        return Ok(Found::No);
    }
    let seeds: Vec<&Track> =
        args.seed.iter().map(|text| resolve(tracks.iter(), text)).collect::<Result<_, _>>()?;
    let styles: HashMap<TrackId, &Vec<f32>> = tracks.iter().map(|t| (t.id, &t.style)).collect();
    let now = Timestamp::now();
    let style_of = |id: TrackId| styles.get(&id).map(|style| (*style).clone());
    let taste = Taste::from_events(&events, &style_of, &context.settings.taste, now);
    let labels: Vec<String> = seeds.iter().map(|seed| seed.label()).collect();
    let label = labels.join(" and ");
    let offers = recommend(&Request {
        tracks: &tracks,
        seeds: &seeds.iter().map(|seed| seed.style.clone()).collect::<Vec<_>>(),
        seed_label: (!seeds.is_empty()).then_some(label.as_str()),
        exclude: &seeds.iter().map(|seed| seed.id).collect::<Vec<_>>(),
        taste: &taste,
        settings: &context.settings.recommend,
        now,
        count: args.count.unwrap_or(context.settings.recommend.count),
    });
    let by_id: HashMap<TrackId, &Track> = tracks.iter().map(|t| (t.id, t)).collect();
    let rows = offers.into_iter().filter_map(|offer| Some(row(by_id.get(&offer.track_id)?, offer)));
    let rows: Vec<Row> = rows.collect();
    print(args, &by_id, &rows)?;
    Ok((!rows.is_empty()).into())
}

fn row(track: &Track, offer: Offer) -> Row {
    Row {
        rank: offer.rank,
        track_id: track.id,
        path: shown(&track.path),
        title: track.title.clone(),
        artist: track.artist.clone(),
        score: thousandths(offer.score),
        reasons: offer.reasons,
        mood: track.mood,
        highlight_s: None,
    }
}

fn print(
    args: &RecommendArgs,
    tracks: &HashMap<TrackId, &Track>,
    rows: &[Row],
) -> Result<(), Report> {
    let mut output = Output::new(args.json);
    if args.m3u {
        output.note("#EXTM3U")?;
    }
    for row in rows {
        output.row(row, |row| if args.m3u { m3u(row, tracks) } else { text(row) })?;
    }
    Ok(())
}

fn m3u(row: &Row, tracks: &HashMap<TrackId, &Track>) -> String {
    let seconds = tracks.get(&row.track_id).map_or(-1.0, |track| track.duration_s.round());
    format!("#EXTINF:{seconds},{}\n{}", label(&row.artist, &row.title), row.path)
}

fn text(row: &Row) -> String {
    let reasons: Vec<&str> = row.reasons.iter().map(|reason| reason.text.as_str()).collect();
    format!("{:>3}  {}\n     {}", row.rank, label(&row.artist, &row.title), reasons.join("; "))
}
