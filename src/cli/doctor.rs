//! `doctor`: is everything there that the program needs?

use std::sync::PoisonError;

use color_eyre::eyre::{Report, eyre};
use serde::Serialize;

use super::args::JsonArgs;
use super::context::Context;
use super::output::{Found, Output};
use crate::audio::{self, Playback};
use crate::dsp::{MelSpectrogram, SAMPLE_RATE};
use crate::embed::{Network, query_windows};
use crate::library::Catalogue;
use crate::store::Store;
use crate::tui::TerminalKind;

#[derive(Debug, Serialize)]
struct Check {
    check: &'static str,
    ok: bool,
    detail: String,
}

impl Check {
    fn new(check: &'static str, result: Result<String, String>) -> Self {
        match result {
            Ok(detail) => Self { check, ok: true, detail },
            Err(detail) => Self { check, ok: false, detail },
        }
    }
}

pub fn run(context: &Context, args: &JsonArgs) -> Result<Found, Report> {
    let checks = [
        Check::new("network", network()),
        Check::new("store", store(context)),
        Check::new("microphone", devices(false)),
        Check::new("monitor", devices(true)),
        Check::new(
            "loudspeaker",
            Playback::open().map(|_| "can be opened".to_owned()).map_err(|e| e.to_string()),
        ),
        Check::new("terminal", terminal()),
    ];
    let mut output = Output::new(args.json);
    for check in &checks {
        output.row(check, |c| {
            format!("{:<5} {:<12} {}", if c.ok { "ok" } else { "LACKS" }, c.check, c.detail)
        })?;
    }
    Ok(checks.iter().all(|check| check.ok).into())
}

/// The network runs and gives vectors of unit length.
fn network() -> Result<String, String> {
    let network = Network::load().map_err(|e| e.to_string())?;
    let tone: Vec<f32> = (0..3 * SAMPLE_RATE)
        .map(|i| (i as f32 * 0.1).sin() * (i as f32 * 0.001).sin() * 0.5)
        .collect();
    let windows = query_windows(&network, &tone).map_err(|e| e.to_string())?;
    let sound = !windows.is_empty()
        && windows.iter().all(|window| {
            let length: f32 = window.embedding.fingerprint.iter().map(|v| v * v).sum();
            (length - 1.0).abs() < 1e-3
        });
    let columns = MelSpectrogram::of(&tone).len();
    if sound {
        Ok(format!("{} gives {} windows for {columns} columns", network.id(), windows.len()))
    } else {
        Err(format!("{} gives wrong vectors: the program was built badly", network.id()))
    }
}

fn store(context: &Context) -> Result<String, String> {
    let check = || -> Result<String, Report> {
        let store = Store::open(&context.data_dir)?;
        let catalogue = Catalogue::load(&store, &Network::built_in_id())?;
        let catalogue = catalogue.read().unwrap_or_else(PoisonError::into_inner);
        let events = store.events(0)?.len();
        let role = if store.is_owner() { "" } else { ", held by another running EchoVibe" };
        let said = format!(
            "{}: {} tracks, {events} events, {} failed files{role}",
            context.data_dir.display(),
            catalogue.len(),
            store.failures()?.len(),
        );
        match catalogue.stale() {
            0 => Ok(said),
            stale => Err(eyre!("{said}; {stale} tracks must be indexed again: echovibe index DIR")),
        }
    };
    check().map_err(|e| format!("{e:#}"))
}

fn devices(monitor: bool) -> Result<String, String> {
    let names: Vec<String> = audio::devices()
        .into_iter()
        .filter(|device| device.is_monitor == monitor)
        .map(|device| {
            let mark = if device.is_default { " (default)" } else { "" };
            format!("{}{mark}", device.name)
        })
        .collect();
    match (names.is_empty(), monitor) {
        (false, _) => Ok(names.join(", ")),
        (true, false) => Err("none: plug one in, or use --input file:PATH, - or demo".to_owned()),
        (true, true) => Err("none: it needs PulseAudio or PipeWire".to_owned()),
    }
}

fn terminal() -> Result<String, String> {
    let kind = TerminalKind::from_env();
    let letters = if kind.unicode { "Unicode" } else { "ASCII" };
    Ok(format!("{:?} colours, {letters}", kind.depth))
}
