//! `demo`: the whole loop without music, microphone or network.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use color_eyre::eyre::{Report, eyre};
use rayon::prelude::*;
use serde::Serialize;

use super::args::DemoArgs;
use super::context::Context;
use super::output::{Found, Output, clock};
use super::rows::thousandths;
use super::{index, screen};
use crate::audio::demo::{DemoPiece, noisy_clip, pieces};
use crate::dsp::SAMPLE_RATE;
use crate::embed::Network;
use crate::library::{Progress, RefreshOptions, refresh};
use crate::listen::{ClipListener, Engine};
use crate::store::records::TrackId;

/// Length of a clip, seconds, and how much louder the music is than the noise, dB, clip by clip.
const CLIP_S: f64 = 5.0;
const SNR_DB: [f32; 3] = [10.0, 5.0, 0.0];
/// Clips of music that is not in the library: pieces played backwards.
const BACKWARDS: usize = 4;

#[derive(Debug, Serialize)]
struct Row {
    clip: String,
    snr_db: f32,
    title: Option<String>,
    offset_s: Option<f64>,
    confidence: f64,
    right: bool,
}

pub fn run(context: &Context, args: &DemoArgs) -> Result<Found, Report> {
    let demo = ready(context)?;
    let store = demo.store()?;
    let engine = demo.engine(&store, None)?;
    let mut output = Output::new(args.json);
    output.note(&format!("Clips of {CLIP_S} s, in a room, with noise:"))?;
    let (mut right, mut clips) = (0, 0);
    for (i, piece) in pieces().iter().enumerate() {
        let row = known(&engine, piece, i)?;
        right += usize::from(row.right);
        clips += 1;
        output.row(&row, text)?;
    }
    for (i, piece) in pieces().iter().step_by(pieces().len() / BACKWARDS).enumerate() {
        let row = unknown(&engine, piece, i)?;
        right += usize::from(row.right);
        clips += 1;
        output.row(&row, text)?;
    }
    output.note(&format!("{right} of {clips} right."))?;
    drop(output);
    drop(store);
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stdout());
    if terminal && !args.no_screen && !args.json {
        return screen::run(context, Some("demo"));
    }
    context.tell("Now the screen: echovibe --input demo. Your own music: echovibe index DIR");
    Ok(Found::Yes)
}

/// The demo's data folder with its library made and indexed, with a progress bar.
pub fn ready(context: &Context) -> Result<Context, Report> {
    let bar = index::progress_bar(context.quiet);
    let demo = prepare(context, &AtomicBool::new(false), &|progress| index::show(&bar, progress))?;
    bar.finish_and_clear();
    Ok(demo)
}

/// The same, for who shows the progress otherwise; where `stop` is set it ends early, and what is done is
/// kept.
pub fn prepare(
    context: &Context,
    stop: &AtomicBool,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Context, Report> {
    let demo = context.demo();
    let music = write_pieces(&demo, stop)?;
    let store = demo.store()?;
    let network = Network::load()?;
    let options = RefreshOptions { roots: &[music], retry_failed: true, stop, progress };
    let summary = refresh(&store, &network, &options)?;
    match summary.failed.first() {
        None => Ok(demo),
        Some(file) => Err(eyre!("the demo piece {} cannot be indexed: {}", file.path, file.error)),
    }
}

/// Writes the pieces that are not there yet; a file appears under its name only when it is whole.
fn write_pieces(demo: &Context, stop: &AtomicBool) -> Result<PathBuf, Report> {
    let folder = demo.data_dir.join("music");
    std::fs::create_dir_all(&folder)
        .map_err(|e| eyre!("cannot make the folder {}: {e}", folder.display()))?;
    let missing: Vec<&DemoPiece> =
        pieces().iter().filter(|piece| !folder.join(piece.file_name()).exists()).collect();
    if !missing.is_empty() {
        demo.tell(&format!("composing {} pieces in {}", missing.len(), folder.display()));
    }
    missing.par_iter().try_for_each(|piece| {
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let path = folder.join(piece.file_name());
        let part = path.with_extension("part.wav");
        piece.write_wav(&part)?;
        std::fs::rename(&part, &path).map_err(|e| eyre!("cannot write {}: {e}", path.display()))
    })?;
    Ok(folder)
}

fn known(engine: &Engine, piece: &DemoPiece, i: usize) -> Result<Row, Report> {
    let start_s = 3.0 + (i * 7 % 20) as f64;
    let snr_db = SNR_DB[i % SNR_DB.len()];
    let clip = noisy_clip(piece, start_s, CLIP_S, snr_db, i as u64, SAMPLE_RATE);
    let name = format!("{} at {}", piece.title, clock(start_s));
    let mut row = identify(engine, name, snr_db, &clip)?;
    row.right = row.title.as_deref() == Some(piece.title)
        && row.offset_s.is_some_and(|offset| (offset - start_s).abs() <= 0.5);
    Ok(row)
}

fn unknown(engine: &Engine, piece: &DemoPiece, i: usize) -> Result<Row, Report> {
    let snr_db = SNR_DB[i % SNR_DB.len()];
    let mut clip = noisy_clip(piece, 8.0, CLIP_S, snr_db, i as u64, SAMPLE_RATE);
    clip.reverse();
    let mut row = identify(engine, format!("{} backwards", piece.title), snr_db, &clip)?;
    row.right = row.title.is_none();
    Ok(row)
}

fn identify(engine: &Engine, clip: String, snr_db: f32, samples: &[f32]) -> Result<Row, Report> {
    let mut listener = ClipListener::new(engine);
    listener.hear(samples)?;
    let answer = listener.answer();
    let catalogue = engine.catalogue.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let confidence = answer.candidates.first().map_or(0.0, |best| best.verdict.confidence);
    let title =
        answer.found.and_then(|found| Some(catalogue.track(TrackId(found.key))?.title.clone()));
    let offset_s = answer.found.map(|found| thousandths(found.offset_s));
    Ok(Row { clip, snr_db, title, offset_s, confidence: thousandths(confidence), right: false })
}

fn text(row: &Row) -> String {
    let mark = if row.right { "right" } else { "WRONG" };
    let said = match (&row.title, row.offset_s) {
        (Some(title), Some(offset_s)) => format!("{title} at {}", clock(offset_s)),
        _ => "I don't know this one".to_owned(),
    };
    let percent = row.confidence * 100.0;
    format!("  {mark}  {:<34} {:>3} dB -> {said} ({percent:.0} %)", row.clip, row.snr_db)
}
