//! `doctor`: is everything there that the program needs?

use color_eyre::eyre::Report;
use serde::Serialize;

use super::args::DoctorArgs;
use super::context::Context;
use super::output::{Found, Output};
use super::repair;
use crate::audio::{self, Playback};
use crate::dsp::{MelSpectrogram, SAMPLE_RATE};
use crate::embed::{Network, query_windows};
use crate::tui::TerminalKind;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Check {
    pub check: &'static str,
    pub ok: bool,
    pub detail: String,
}

impl Check {
    pub fn new(check: &'static str, result: Result<String, String>) -> Self {
        match result {
            Ok(detail) => Self { check, ok: true, detail },
            Err(detail) => Self { check, ok: false, detail },
        }
    }
}

pub fn run(context: &Context, args: &DoctorArgs) -> Result<Found, Report> {
    if args.repair {
        return print(args, &repair::run(context)?);
    }
    let mut checks = vec![Check::new("network", network())];
    checks.extend(repair::look(context));
    checks.extend([
        Check::new("microphone", devices(false)),
        Check::new("monitor", devices(true)),
        Check::new(
            "loudspeaker",
            Playback::open().map(|_| "can be opened".to_owned()).map_err(|e| e.to_string()),
        ),
        Check::new("terminal", terminal()),
    ]);
    print(args, &checks)
}

fn print(args: &DoctorArgs, checks: &[Check]) -> Result<Found, Report> {
    let mut output = Output::new(args.json);
    for check in checks {
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
