//! `spectrogram`

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use color_eyre::eyre::{Report, eyre};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::args::SpectrogramArgs;
use super::context::Context;
use super::index::{progress_bar, stop_on_signal};
use super::output::{Found, Output, clock, complain};
use super::picture::Target;
use crate::audio::{AudioError, Decoder, MonoReader};
use crate::dsp::{MelSpectrogram, SAMPLE_RATE};
use crate::picture::{Recording, SpectrogramPicture};
use crate::store::records::shown;

/// What was drawn.
#[derive(Debug, Serialize)]
struct Row {
    path: String,
    out: String,
    from_s: f64,
    duration_s: f64,
    width: u32,
    height: u32,
}

pub fn run(context: &Context, args: &SpectrogramArgs) -> Result<Found, Report> {
    if args.to.is_some_and(|to| to <= args.from) {
        return Err(eyre!("--to must lie behind --from"));
    }
    let name = args
        .file
        .file_name()
        .map_or_else(|| shown(&args.file), |name| name.to_string_lossy().into_owned());
    let out = args.out.clone().unwrap_or_else(|| {
        let stem = args.file.file_stem().filter(|stem| *stem != "-");
        let stem = stem.map_or("stdin".into(), |stem| stem.to_string_lossy());
        PathBuf::from(format!("{stem}.spectrogram.png"))
    });
    let target = Target::new(&out)?;
    if target.is_stdout() && args.json {
        return Err(eyre!("--json and the picture cannot both be on standard output"));
    }
    let Some(recording) = hear(context, args)? else { return Ok(Found::No) };
    let picture = SpectrogramPicture {
        title: &name,
        recording: &recording,
        from_s: args.from,
        size: args.size,
        colours: args.colours,
        log: !args.mel,
        range_db: args.range,
    };
    target.write(&picture.scene())?;
    if target.is_stdout() {
        return Ok(Found::Yes);
    }
    let row = Row {
        path: shown(&args.file),
        out: target.shown(),
        from_s: args.from,
        duration_s: (recording.length_s() * 1000.0).round() / 1000.0,
        width: args.size[0],
        height: args.size[1],
    };
    Output::new(args.json)
        .row(&row, |row| format!("{} written: {}", row.out, clock(row.duration_s)))?;
    Ok(Found::Yes)
}

/// The columns of the stretch that is wanted; [`None`] where Ctrl-C ended it.
fn hear(context: &Context, args: &SpectrogramArgs) -> Result<Option<Recording>, Report> {
    let mut reader = open(&args.file)?;
    let rate = f64::from(SAMPLE_RATE);
    let from = (args.from * rate) as u64;
    let to = args.to.map_or(u64::MAX, |to| (to * rate) as u64);
    let bar = bar(context.quiet, args.to.or(reader.duration_s()));
    let stop = stop_on_signal("stopping; no picture is written");
    let (mut spectrogram, mut recording) = (MelSpectrogram::new(), Recording::default());
    let (mut samples, mut at) = (Vec::new(), 0u64);
    while at < to && reader.read(&mut samples)? {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let count = samples.len() as u64;
        let within = |place: u64| place.saturating_sub(at).min(count) as usize;
        spectrogram.push(&samples[within(from)..within(to)], |column| recording.push(&column));
        samples.clear();
        at += count;
        bar.set_position(at / u64::from(SAMPLE_RATE));
    }
    bar.finish_and_clear();
    if let Some(damage) = reader.damage() {
        complain(&format!("{}: {damage}; drawn is what could be read", args.file.display()));
    }
    if recording.is_empty() {
        let length = at as f64 / rate;
        return Err(if from >= at && at > 0 {
            eyre!("--from {}: {} is {} long", clock(args.from), args.file.display(), clock(length))
        } else {
            eyre!("{}: less than 0.13 s of sound is nothing to draw", args.file.display())
        });
    }
    Ok(Some(recording))
}

/// A file, or standard input.
fn open(file: &Path) -> Result<MonoReader, AudioError> {
    if file == Path::new("-") {
        let decoder = Decoder::from_read(Box::new(std::io::stdin()), "standard input")?;
        return MonoReader::new(decoder, SAMPLE_RATE);
    }
    MonoReader::open(file, SAMPLE_RATE)
}

fn bar(quiet: bool, seconds: Option<f64>) -> ProgressBar {
    let bar = progress_bar(quiet);
    bar.set_length(seconds.unwrap_or(0.0) as u64);
    let style = ProgressStyle::with_template("{bar:28} {percent:>3} %  {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
