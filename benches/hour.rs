//! The screen left open with sound: does its memory grow, does its spectrogram drift? The real program on a
//! pseudoterminal of 120 by 40 hears the monitor of a private sound server, into which the demo's pieces and a
//! click track are played: a burst of 7.2 kHz every two seconds, above the music, which is cut at 3 kHz.
//!
//! ```text
//! cargo bench --bench hour -- [--minutes M] [--unknown]
//! ```
//!
//! With `--unknown` the library is empty: nothing is named, so history, which is kept in memory too, stays as it is.
//!
//! A second listener (`parec`) on the same monitor tells when each click was heard, by the clock and by its
//! own count of samples. Of each click are measured
//!
//! - lag: where its column stands on the screen (31.25 ms a cell, counted from the right edge at the moment the
//!   frame came) against the clock. A constant is the way of the sound and half a frame; growth is drift.
//! - columns: cells between it and the click before, summed over the whole run, against the samples of the
//!   listener: a column lost or made twice would show for ever after.
//!
//! Each half minute prints the memory (resident, and what of it is no file), the processor's share, and the
//! median lag; at the end come the slopes. Load of the machine is told beside them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement ends at the first surprise")]

#[path = "support/screen.rs"]
mod on_terminal;
#[path = "../tests/support/mod.rs"]
mod support;

use std::f64::consts::TAU;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use echovibe::audio::demo;
use on_terminal::{Screen, Start};
use support::{Home, SoundServer};

/// Rows and columns.
const SIZE: (u16, u16) = (40, 120);
/// Samples a second of what is played, and of what the second listener hears.
const PLAYED_RATE: u32 = 22_050;
const HEARD_RATE: u32 = 16_000;
/// The click: how often, seconds; its pitch, Hz; its length, samples.
const EVERY_S: usize = 2;
const CLICK_HZ: f64 = 7200.0;
const CLICK_SAMPLES: usize = 900;
/// The music ends here, Hz.
const CUT_HZ: f64 = 3000.0;
/// Of the second listener: 10 ms are looked at together; a click is louder than that.
const BLOCK: usize = 160;
const CLICK_LEVEL: f64 = 0.03;
/// Seconds of a column.
const COLUMN_S: f64 = 0.031_25;
/// A click is looked for when it is about so old, in columns: well inside the picture.
const LOOKED_AT: f64 = 20.0;
/// How often memory is told.
const SAMPLE: Duration = Duration::from_secs(30);
/// What counts as the beginning: caches fill, the log's first pages are made.
const WARM_S: f64 = 300.0;

/// A click as the second listener heard it.
#[derive(Clone, Copy)]
struct Click {
    at: Instant,
    sample: u64,
}

/// A click on the screen.
struct Seen {
    /// Since the start, seconds by the clock.
    at_s: f64,
    /// Its column against the clock, seconds.
    lag_s: f64,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let (minutes, known): (f64, bool) = match words.iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        ["--minutes", minutes] => (minutes.parse().unwrap(), true),
        ["--minutes", minutes, "--unknown"] => (minutes.parse().unwrap(), false),
        _ => return println!("hour: left out: cargo bench --bench hour -- --minutes 60"),
    };
    if !support::have(&["pulseaudio", "pactl", "paplay", "parec", "script"]) {
        return;
    }
    let home = Home::new();
    if known {
        home.write_pieces(demo::pieces());
        home.index();
    }
    let server = SoundServer::start(&home);
    let tool = |name: &str, args: &[&str]| {
        let mut command = Command::new(name);
        command.args(args).envs(server.environment()).stderr(Stdio::null());
        command
    };
    let heard_rate = format!("--rate={HEARD_RATE}");
    let mut recorder = tool("parec", &["--raw", &heard_rate, "--format=s16le", "--channels=1"]);
    recorder.args(["--latency-msec=20", "-d", "nul.monitor"]);
    let mut recorder = recorder.stdout(Stdio::piped()).spawn().unwrap();
    let (tell, clicks) = channel();
    let sound = recorder.stdout.take().unwrap();
    thread::spawn(move || find_clicks(sound, &tell));
    let played_rate = format!("--rate={PLAYED_RATE}");
    let mut player = tool("paplay", &["--raw", &played_rate, "--format=s16le", "--channels=1"]);
    player.arg("--latency-msec=200");
    let mut player = player.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = player.stdin.take().unwrap();
    thread::spawn(move || play(&mut stdin));

    let folder = home.path("");
    let screen = Screen::start(Start {
        home: &folder,
        args: "--input mic",
        size: SIZE,
        frames: 30,
        environment: server.environment(),
    });
    watch(screen, &clicks, Duration::from_secs_f64(60.0 * minutes));
    println!("tracks named: {}", home.history().len());
    end(player);
    end(recorder);
}

fn end(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn watch(mut screen: Screen, clicks: &Receiver<Click>, stretch: Duration) {
    screen.until("sound", |s| s.contains("dBFS"));
    screen.run_for(Duration::from_secs(5));
    while clicks.try_recv().is_ok() {}
    let start = Instant::now();
    let (mut seen, mut memory): (Vec<Seen>, Vec<(f64, f64)>) = (Vec::new(), Vec::new());
    let (mut waiting, mut first, mut last): (Option<Click>, Option<Click>, Option<Click>) =
        (None, None, None);
    // Columns on the screen, those of the samples heard, and clicks that were not seen.
    let (mut columns, mut expected, mut missed) = (0.0, 0.0, 0);
    let mut sampled = (start, screen.processor_s());
    println!("min   MB  (no file)  % of a core (drawing)   lag ms  columns off  load");
    while start.elapsed() < stretch {
        let drew = screen.take(Duration::from_millis(20));
        if waiting.is_none() {
            waiting = clicks.try_recv().ok();
        }
        let now = Instant::now();
        if let Some(click) = waiting
            && drew
            && now.duration_since(click.at).as_secs_f64() >= LOOKED_AT * COLUMN_S
        {
            waiting = None;
            let old = now.duration_since(click.at).as_secs_f64() / COLUMN_S;
            let ages = ages(&screen.terminal);
            let near = |wanted: f64| {
                let off = |age: &&f64| (**age - wanted).abs();
                let nearest = ages.iter().min_by(|a, b| off(a).total_cmp(&off(b)));
                nearest.copied().filter(|age| (age - wanted).abs() < 16.0)
            };
            let between = last.map(|last| {
                let samples = (click.sample - last.sample) as f64;
                samples / f64::from(HEARD_RATE) / COLUMN_S
            });
            match (near(old), between.and_then(|between| near(old + between))) {
                (Some(own), before) => {
                    seen.push(Seen {
                        at_s: now.duration_since(start).as_secs_f64(),
                        lag_s: (old - own) * COLUMN_S,
                    });
                    if let (Some(before), Some(between)) = (before, between) {
                        columns += before - own;
                        expected += between;
                    }
                }
                (None, _) => missed += 1,
            }
            first = first.or(Some(click));
            last = Some(click);
        }
        if sampled.0.elapsed() >= SAMPLE {
            let (passed, spent) = (sampled.0.elapsed().as_secs_f64(), screen.processor_s());
            let percent = |after: f64, before: f64| (after - before) / passed * 100.0;
            let (all, anonymous) = screen.resident();
            let minutes = start.elapsed().as_secs_f64() / 60.0;
            memory.push((start.elapsed().as_secs_f64(), anonymous));
            let lately = seen.iter().rev().take(SAMPLE.as_secs() as usize / EVERY_S);
            println!(
                "{minutes:4.1}  {all:5.1} ({anonymous:5.1})  {:5.1} ({:4.1})  {:7.0}  {:+6.1}  {}",
                percent(spent.0, sampled.1.0),
                percent(spent.1, sampled.1.1),
                median(lately.map(|seen| seen.lag_s * 1000.0).collect()),
                columns - expected,
                load(),
            );
            sampled = (Instant::now(), spent);
        }
    }
    if let (Some(first), Some(last)) = (first, last) {
        let by_clock = last.at.duration_since(first.at).as_secs_f64();
        let by_samples = (last.sample - first.sample) as f64 / f64::from(HEARD_RATE);
        let off = (by_samples - by_clock) * 1000.0;
        println!("\nthe sound's clock against the system's over {by_clock:.0} s: {off:+.0} ms");
    }
    let lags: Vec<(f64, f64)> = seen.iter().map(|s| (s.at_s, s.lag_s * 1000.0)).collect();
    let part = |from: usize, to: usize| {
        median(lags[lags.len() * from / 10..lags.len() * to / 10].iter().map(|l| l.1).collect())
    };
    println!("clicks seen {}, missed {missed}", seen.len());
    println!("columns on the screen {columns:.0}, of the sound {expected:.1}");
    println!("lag, ms: first tenth {:.1}, last tenth {:.1}", part(0, 1), part(9, 10));
    println!("slope of the lag, ms an hour: {:+.1}", slope(&lags) * 3600.0);
    let warm: Vec<_> = memory.iter().copied().filter(|(at, _)| *at > WARM_S).collect();
    if let (Some(from), Some(to)) = (warm.first(), warm.last()) {
        println!(
            "memory that is no file, MB: {:.1} after {:.0} s, {:.1} at the end",
            from.1, from.0, to.1
        );
        println!("slope of it, MB an hour: {:+.2}", slope(&warm) * 3600.0);
    }
    screen.quit();
}

/// How many columns old each click on the screen is, by the first column of it.
fn ages(terminal: &vt100::Parser) -> Vec<f64> {
    let screen = terminal.screen();
    let right = SIZE.1 - 2;
    let red = |x: u16, y: u16| {
        let cell = screen.cell(y, x)?;
        let colour =
            if cell.contents().trim().is_empty() { cell.bgcolor() } else { cell.fgcolor() };
        match colour {
            vt100::Color::Rgb(red, ..) => Some(red),
            _ => None,
        }
    };
    // The highest row of the picture has a colour in each of its cells.
    let Some(top) = (1..SIZE.0).find(|y| (10..=right).all(|x| red(x, *y).is_some())) else {
        return Vec::new();
    };
    let bright = |x: u16| red(x, top).is_some_and(|red| red >= 0x90);
    (10..=right).filter(|x| bright(*x) && !bright(*x - 1)).map(|x| f64::from(right - x)).collect()
}

/// The demo's pieces one after another without end, cut at [`CUT_HZ`], and the clicks.
fn play(out: &mut impl Write) {
    let mut filters = [Biquad::low_pass(CUT_HZ); 4];
    let mut at = 0;
    loop {
        for piece in demo::pieces() {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("piece.wav");
            piece.write_wav(&file).unwrap();
            let mut reader = hound::WavReader::open(&file).unwrap();
            let samples: Vec<i16> = reader.samples::<i16>().map(Result::unwrap).collect();
            for samples in samples.chunks(PLAYED_RATE as usize / 20) {
                let mut bytes = Vec::with_capacity(2 * samples.len());
                for sample in samples {
                    let music = f64::from(*sample) / 32_768.0 * 0.6;
                    let music = filters.iter_mut().fold(music, |x, filter| filter.pass(x));
                    let sound = (music + click(at % (EVERY_S * PLAYED_RATE as usize))) * 32_767.0;
                    bytes.extend((sound.clamp(-32_768.0, 32_767.0) as i16).to_le_bytes());
                    at += 1;
                }
                if out.write_all(&bytes).is_err() {
                    return;
                }
            }
        }
    }
}

/// The click at so many samples after its beginning.
fn click(at: usize) -> f64 {
    if at >= CLICK_SAMPLES {
        return 0.0;
    }
    let at = at as f64;
    let swell = (TAU / 2.0 * at / CLICK_SAMPLES as f64).sin();
    0.3 * swell * (TAU * CLICK_HZ * at / f64::from(PLAYED_RATE)).sin()
}

/// A filter of second order (Robert Bristow-Johnson's cookbook).
#[derive(Clone, Copy)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    x: [f64; 2],
    y: [f64; 2],
}

impl Biquad {
    fn low_pass(hz: f64) -> Self {
        let w = TAU * hz / f64::from(PLAYED_RATE);
        let alpha = w.sin() / 2.0_f64.sqrt();
        let (a0, b1) = (1.0 + alpha, 1.0 - w.cos());
        Self {
            b: [b1 / 2.0 / a0, b1 / a0, b1 / 2.0 / a0],
            a: [-2.0 * w.cos() / a0, (1.0 - alpha) / a0],
            x: [0.0; 2],
            y: [0.0; 2],
        }
    }

    fn pass(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.b[1] * self.x[0] + self.b[2] * self.x[1]
            - self.a[0] * self.y[0]
            - self.a[1] * self.y[1];
        (self.x, self.y) = ([x, self.x[0]], [y, self.y[0]]);
        y
    }
}

/// Tells each click in what the second listener hears.
fn find_clicks(mut sound: impl Read, tell: &Sender<Click>) {
    let (mut bytes, mut sample, mut quiet_until) = ([0; 2 * BLOCK], 0, 0);
    while sound.read_exact(&mut bytes).is_ok() {
        let at = Instant::now();
        let (mut re, mut im) = (0.0, 0.0);
        for (i, pair) in bytes.chunks_exact(2).enumerate() {
            let x = f64::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0;
            let angle = TAU * CLICK_HZ * i as f64 / f64::from(HEARD_RATE);
            re += x * angle.cos();
            im += x * angle.sin();
        }
        let level = 2.0 * f64::hypot(re, im) / BLOCK as f64;
        if level > CLICK_LEVEL && sample >= quiet_until {
            quiet_until = sample + u64::from(HEARD_RATE);
            if tell.send(Click { at, sample }).is_err() {
                return;
            }
        }
        sample += BLOCK as u64;
    }
}

fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    load.split_whitespace().next().unwrap_or_default().to_owned()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Of the straight line nearest to the points.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let both: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    both / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>()
}
