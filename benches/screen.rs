//! How quick and how light the screen is: the real program on a terminal of 80 by 24 (`script`), with a
//! library of made-up tracks, sorted into cells by an index run as a user's is. Prints a table.
//!
//! ```text
//! cargo bench --bench screen -- [--tracks N] [--windows W] [--in DIR]
//! ```
//!
//! - first frame: from the start of the process to the first whole frame; the terminal tells its background, or
//!   stays silent.
//! - key: from a key written to the terminal to the frame in which the selected row of Library is another,
//!   while the demo's pieces are indexed by the same process.
//! - processor: time of all threads by `/proc`, and of the one that draws; sound comes from a file at its own
//!   speed, so that what is heard is searched as well.
//! - resident: all pages, and in brackets those that are no part of a file (the library is read through
//!   mapped files, whose pages the system takes back where it needs them).
//! - bytes: all that the terminal gets while listening, ten frames a second.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement ends at the first surprise")]

#[path = "support/made_up.rs"]
mod made_up;
#[path = "support/screen.rs"]
mod on_terminal;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use echovibe::audio::demo;
use on_terminal::{Screen, Start};

/// Starts whose first frame is timed, and keys pressed.
const STARTS: usize = 12;
const KEYS: usize = 200;
/// How long processor and bytes are measured.
const STRETCH: Duration = Duration::from_secs(15);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let (mut tracks, mut windows, mut folder) = (10_000, 240, None);
    for pair in words.chunks(2) {
        match pair {
            [name, value] if name == "--tracks" => tracks = value.parse().unwrap(),
            [name, value] if name == "--windows" => windows = value.parse().unwrap(),
            [name, value] if name == "--in" => folder = Some(PathBuf::from(value)),
            _ => return println!("screen: left out: cargo bench --bench screen -- --tracks N"),
        }
    }
    let temporary = tempfile::tempdir().unwrap();
    let home = folder.unwrap_or_else(|| temporary.path().to_owned());
    made_up::enrol(&home.join("data"), tracks, windows);
    let music = home.join("music");
    std::fs::create_dir_all(&music).unwrap();
    for piece in demo::pieces() {
        piece.write_wav(&music.join(piece.file_name())).unwrap();
    }
    sort_into_cells(&home);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    println!("{tracks} tracks of {windows} fingerprints; load before: {}", load.trim());
    println!("| what | measured |\n| --- | --- |");
    first_frame(&home);
    idle(&home);
    listening(&home, &music);
    keys(&home, &music);
}

/// An index run, which makes the cells of a library as large as this one.
fn sort_into_cells(home: &Path) {
    let one = home.join("one");
    std::fs::create_dir_all(&one).unwrap();
    let piece = &demo::pieces()[3];
    piece.write_wav(&one.join(piece.file_name())).unwrap();
    let mut index = Command::new(env!("CARGO_BIN_EXE_echovibe"));
    index.args(["index", "--quiet"]).arg(&one).env("ECHOVIBE_DATA_DIR", home.join("data"));
    let done = index.stdout(Stdio::null()).status().unwrap();
    assert!(done.success() && home.join("data/cells.idx").exists(), "no cells");
}

fn start(home: &Path, args: &str, frames: u32) -> Screen {
    Screen::start(Start { home, args, size: (24, 80), frames, environment: Vec::new() })
}

fn row(what: &str, measured: &str) {
    println!("| {what} | {measured} |");
}

fn first_frame(home: &Path) {
    for answers in [true, false] {
        let mut times = Vec::new();
        for _ in 0..STARTS {
            let mut screen = start(home, "--input mic", 30);
            screen.answers = answers;
            let shown = screen.until("first frame", |s| s.contains("1 Listen"));
            times.push(shown.as_secs_f64() * 1000.0);
            screen.quit();
        }
        let told = if answers { "" } else { ", the terminal silent" };
        row(&format!("first frame{told}, ms, p50 and p95"), &quantiles(times));
    }
}

fn idle(home: &Path) {
    let mut screen = start(home, "--input mic", 30);
    screen.until("frame", |s| s.contains("1 Listen"));
    screen.press("4");
    let shown = screen.until("library", |s| s.contains("Some title"));
    row("start to Library with its tracks, ms", &format!("{:.0}", shown.as_secs_f64() * 1000.0));
    screen.run_for(Duration::from_secs(10));
    let (all, drawing, bytes) = screen.spent(STRETCH);
    row("idle in Library, % of a core (of that drawing)", &format!("{all:.2} ({drawing:.2})"));
    row("idle in Library, bytes a second", &format!("{bytes:.0}"));
    row("resident in Library (no file), MB", &screen.resident_mb());
    screen.quit();
}

fn listening(home: &Path, music: &Path) {
    let file = music.join(demo::pieces()[0].file_name());
    for frames in [30, 10] {
        let mut screen = start(home, &format!("--input 'file:{}'", file.display()), frames);
        screen.until("sound", |s| s.contains("dBFS"));
        screen.run_for(Duration::from_secs(3));
        let (all, drawing, bytes) = screen.spent(STRETCH);
        let at = format!("listening at {frames} frames");
        row(&format!("{at}, % of a core (of that drawing)"), &format!("{all:.1} ({drawing:.1})"));
        row(&format!("{at}, bytes a second"), &format!("{bytes:.0}"));
        row(&format!("{at}, resident (no file), MB"), &screen.resident_mb());
        screen.quit();
    }
}

fn keys(home: &Path, music: &Path) {
    let mut screen = start(home, "--input mic", 30);
    screen.until("frame", |s| s.contains("1 Listen"));
    screen.press("4");
    screen.until("library", |s| s.contains("Some title"));
    screen.press(&format!(":index {}\r", music.display()));
    screen.until("indexing", |s| s.contains("indexed"));
    let (mut times, mut during) = (Vec::new(), 0);
    for i in 0..KEYS {
        let before = selected(&screen.text());
        let pressed = Instant::now();
        screen.press(if i % 20 < 10 { "j" } else { "k" });
        screen.until("another row", |s| selected(s) != before);
        times.push(pressed.elapsed().as_secs_f64() * 1000.0);
        during += usize::from(screen.text().contains(" indexed"));
        screen.run_for(Duration::from_millis(37));
    }
    row(
        &format!("key to changed screen, {during} of {KEYS} while indexing, ms, p50 and p95"),
        &quantiles(times),
    );
    row("resident after indexing (no file), MB", &screen.resident_mb());
    screen.quit();
}

/// The row with the marker.
fn selected(screen: &str) -> Option<usize> {
    screen.lines().position(|line| line.contains('▸'))
}

fn quantiles(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    format!("{:.1}, {:.1}", at(0.5), at(0.95))
}
