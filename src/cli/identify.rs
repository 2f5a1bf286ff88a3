//! `identify FILE...`

use std::path::Path;
use std::sync::PoisonError;
use std::time::Instant;

use color_eyre::eyre::{Report, eyre};
use rayon::prelude::*;
use reqwest::Url;
use serde::Serialize;

use super::args::IdentifyArgs;
use super::context::Context;
use super::output::{Found, Output, clock, printable};
use super::rows::{CandidateRow, IndexName, MatchRow, thousandths};
use crate::audio::{self, AudioError, Decoder, InputSpec, MonoReader};
use crate::dsp::SAMPLE_RATE;
use crate::listen::{ClipListener, ClipMatch, Engine, Sound, Timeline, TimelineListener};

/// Recordings worked on at the same time; their answers keep their order.
const AT_ONCE: usize = 16;

#[derive(Debug, Serialize)]
struct Row {
    query: String,
    #[serde(rename = "match")]
    found: Option<MatchRow>,
    candidates: Vec<CandidateRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heard: Option<Sound>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<Vec<StretchRow>>,
    elapsed_ms: f64,
    /// Why the server was not asked, where this machine's index answered alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    away: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Of a stream that has no end so much is heard, seconds.
const STREAM_S: f64 = 60.0;

/// A track in a long recording.
#[derive(Debug, Serialize)]
struct StretchRow {
    start_s: f64,
    end_s: f64,
    #[serde(rename = "match")]
    found: MatchRow,
}

pub fn run(context: &Context, args: &IdentifyArgs) -> Result<Found, Report> {
    if args.files.iter().filter(|file| *file == Path::new("-")).count() > 1 {
        return Err(eyre!("standard input can be heard once: give - only once"));
    }
    let (store, own) = context.libraries(true)?;
    let engine = context.engine(&store, own.as_ref())?;
    if engine.catalogue.read().unwrap_or_else(PoisonError::into_inner).is_empty() {
        context.tell("the library is empty: echovibe index DIR");
    }
    let mut output = Output::new(args.json);
    let (mut any, mut failed) = (false, 0);
    let (mut away, mut unsure) = (None, 0);
    for files in args.files.chunks(AT_ONCE) {
        let rows: Vec<Row> = files
            .par_iter()
            .map(
                |file| {
                    if args.timeline { timeline(&engine, file) } else { identify(&engine, file) }
                },
            )
            .collect();
        for row in rows {
            any |= row.found.is_some();
            if let Some(reason) = &row.away {
                unsure += usize::from(row.found.is_none());
                if away.is_none() {
                    context.tell(&format!("echovibe: {reason}; only this machine's index answers"));
                }
                away = Some(reason.clone());
            }
            if let Some(error) = &row.error {
                failed += 1;
                eprintln!("echovibe: {}", printable(&format!("{}: {error}", row.query)));
            }
            if args.json || row.error.is_none() {
                output.row(&row, text)?;
            }
        }
    }
    match (failed, away) {
        (0, Some(reason)) if unsure > 0 => {
            Err(eyre!("{unsure} recordings are not known to this machine's index, and {reason}"))
        }
        (0, _) => Ok(any.into()),
        _ => Err(eyre!("{failed} of {} recordings could not be read", args.files.len())),
    }
}

fn identify(engine: &Engine, file: &Path) -> Row {
    let started = Instant::now();
    let (answer, error) = match hear(engine, file) {
        Ok(answer) => (answer, None),
        Err(error) => (ClipMatch::default(), Some(reason(&error))),
    };
    let catalogue = engine.catalogue.read().unwrap_or_else(PoisonError::into_inner);
    Row {
        query: query(file),
        found: answer.found.and_then(|found| MatchRow::of(&found, &catalogue)),
        candidates: answer
            .candidates
            .iter()
            .filter_map(|c| {
                let track = MatchRow::of(c, &catalogue)?;
                Some(CandidateRow {
                    track,
                    score: thousandths(c.score),
                    beside: thousandths(c.beside),
                })
            })
            .collect(),
        heard: error.is_none().then_some(answer.heard),
        timeline: None,
        elapsed_ms: elapsed_ms(started),
        away: answer.away,
        error,
    }
}

/// The tracks of a long recording; the one heard longest is its match.
fn timeline(engine: &Engine, file: &Path) -> Row {
    let started = Instant::now();
    let (heard, error) = match hear_timeline(engine, file) {
        Ok(heard) => (heard, None),
        Err(error) => (Timeline::default(), Some(reason(&error))),
    };
    let catalogue = engine.catalogue.read().unwrap_or_else(PoisonError::into_inner);
    let rows: Vec<StretchRow> = heard
        .stretches
        .iter()
        .filter_map(|stretch| {
            let track = catalogue.track(stretch.track_id)?;
            Some(StretchRow {
                start_s: thousandths(stretch.start_s),
                end_s: thousandths(stretch.end_s),
                found: MatchRow::new(
                    &track,
                    stretch.offset_s,
                    stretch.confidence,
                    IndexName::of(track.id, &catalogue),
                ),
            })
        })
        .collect();
    let longest =
        rows.iter().max_by(|a, b| (a.end_s - a.start_s).total_cmp(&(b.end_s - b.start_s)));
    Row {
        query: query(file),
        found: longest.map(|row| row.found.clone()),
        candidates: Vec::new(),
        heard: error.is_none().then_some(heard.heard),
        timeline: Some(rows),
        elapsed_ms: elapsed_ms(started),
        away: heard.away,
        error,
    }
}

fn hear_timeline(engine: &Engine, file: &Path) -> Result<Timeline, Report> {
    let mut reader = open(file)?;
    let mut listener = TimelineListener::new(engine);
    let mut samples = Vec::new();
    while reader.read(&mut samples)? {
        listener.hear(&samples)?;
        samples.clear();
    }
    listener.hear(&samples)?;
    Ok(listener.finish()?)
}

fn query(file: &Path) -> String {
    web_address(file)
        .map_or_else(|| file.display().to_string(), |url| InputSpec::Url(url).to_string())
}

fn elapsed_ms(started: Instant) -> f64 {
    thousandths(started.elapsed().as_secs_f64() * 1000.0)
}

/// A recording, as far as it is to be heard.
struct Recording {
    reader: MonoReader,
    /// Samples of a stream without end that are still to be heard.
    left: Option<usize>,
}

impl Recording {
    /// Appends some samples; false at the end.
    fn read(&mut self, samples: &mut Vec<f32>) -> Result<bool, AudioError> {
        if self.left == Some(0) {
            return Ok(false);
        }
        let before = samples.len();
        let more = self.reader.read(samples)?;
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(samples.len() - before);
        }
        Ok(more)
    }
}

fn open(file: &Path) -> Result<Recording, Report> {
    let mut left = None;
    let reader = if file == Path::new("-") {
        let decoder = Decoder::from_read(Box::new(std::io::stdin()), "standard input")?;
        MonoReader::new(decoder, SAMPLE_RATE)?
    } else if let Some(url) = web_address(file) {
        let (decoder, ends) = audio::open_web(&url)?;
        left = (!ends).then_some((STREAM_S * f64::from(SAMPLE_RATE)) as usize);
        MonoReader::new(decoder, SAMPLE_RATE)?
    } else {
        MonoReader::open(file, SAMPLE_RATE)?
    };
    Ok(Recording { reader, left })
}

/// What is no file but a web address.
fn web_address(file: &Path) -> Option<Url> {
    match file.to_str()?.parse().ok()? {
        InputSpec::Url(url) if !file.exists() => Some(url),
        _ => None,
    }
}

fn hear(engine: &Engine, file: &Path) -> Result<ClipMatch, Report> {
    let mut reader = open(file)?;
    let mut listener = ClipListener::new(engine);
    let length = listener.stretch_samples();
    let mut samples = Vec::new();
    let mut more = true;
    while more {
        while more && samples.len() < length {
            more = reader.read(&mut samples)?;
        }
        let stretch: Vec<f32> = samples.drain(..samples.len().min(length)).collect();
        if listener.hear(&stretch)? {
            break;
        }
    }
    Ok(listener.answer())
}

/// Why a recording cannot be read; which one stands before it.
fn reason(error: &Report) -> String {
    error.downcast_ref::<AudioError>().map_or_else(|| error.to_string(), AudioError::reason)
}

fn text(row: &Row) -> String {
    if let Some(stretches) = row.timeline.as_ref().filter(|stretches| !stretches.is_empty()) {
        let lines = stretches.iter().map(|stretch| {
            let StretchRow { start_s, end_s, found } = stretch;
            let (start, end, offset) = (clock(*start_s), clock(*end_s), clock(found.offset_s));
            let sure = found.confidence * 100.0;
            let whose = found.whose();
            format!("  {start} to {end}  {}, from {offset} ({sure:.0} %{whose})", found.label())
        });
        return format!("{}:\n{}", row.query, lines.collect::<Vec<_>>().join("\n"));
    }
    match &row.found {
        Some(found) => format!(
            "{}: {} at {} ({:.0} %{})",
            row.query,
            found.label(),
            clock(found.offset_s),
            found.confidence * 100.0,
            found.whose(),
        ),
        None => {
            let said = match row.heard {
                Some(Sound::Silence) => "silence",
                Some(Sound::NoMusic) => "no music",
                Some(Sound::Music) | None => "I don't know this one",
            };
            format!("{}: {said}", row.query)
        }
    }
}
