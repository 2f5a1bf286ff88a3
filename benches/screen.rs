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

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use echovibe::audio::demo;

/// Starts whose first frame is timed, and keys pressed.
const STARTS: usize = 12;
const KEYS: usize = 200;
/// How long processor and bytes are measured.
const STRETCH: Duration = Duration::from_secs(15);
/// Ticks of the processor's clock a second in `/proc`.
const TICKS: f64 = 100.0;

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

fn row(what: &str, measured: &str) {
    println!("| {what} | {measured} |");
}

fn first_frame(home: &Path) {
    for answers in [true, false] {
        let mut times = Vec::new();
        for _ in 0..STARTS {
            let mut screen = Screen::start(home, "--input mic", 30);
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
    let mut screen = Screen::start(home, "--input mic", 30);
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
        let mut screen = Screen::start(home, &format!("--input 'file:{}'", file.display()), frames);
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
    let mut screen = Screen::start(home, "--input mic", 30);
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

/// The program on a terminal.
struct Screen {
    child: Child,
    keys: ChildStdin,
    output: Receiver<Vec<u8>>,
    terminal: vt100::Parser,
    bytes: usize,
    started: Instant,
    /// Does the terminal answer when it is asked something?
    answers: bool,
}

impl Screen {
    fn start(home: &Path, args: &str, frames: u32) -> Self {
        let config = home.join("echovibe.toml");
        std::fs::write(&config, format!("[screen]\nframes_per_second = {frames}\n")).unwrap();
        let program = env!("CARGO_BIN_EXE_echovibe");
        let line = format!("stty rows 24 cols 80; exec '{program}' {args}");
        let started = Instant::now();
        let mut child = Command::new("script")
            .args(["-qfc", &line, "/dev/null"])
            .env("HOME", home)
            .env("ECHOVIBE_DATA_DIR", home.join("data"))
            .env("ECHOVIBE_CONFIG", config)
            .env("XDG_CONFIG_HOME", home.join("none"))
            .env("TERM", "xterm-256color")
            .env("COLORTERM", "truecolor")
            .env("LC_ALL", "C.UTF-8")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let keys = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (tell, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 1 << 16];
            while let Ok(read @ 1..) = stdout.read(&mut bytes) {
                if tell.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            keys,
            output,
            terminal: vt100::Parser::new(24, 80, 0),
            bytes: 0,
            started,
            answers: true,
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn text(&self) -> String {
        self.terminal.screen().contents()
    }

    /// Takes what comes within `patience`; answers as terminals do.
    fn take(&mut self, patience: Duration) -> bool {
        let read = match self.output.recv_timeout(patience) {
            Ok(read) => read,
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => panic!("it has ended:\n{}", self.text()),
        };
        self.bytes += read.len();
        let asked = |what: &[u8]| read.windows(what.len()).any(|part| part == what);
        let background = self.answers && asked(b"\x1b]11;?");
        let kind = self.answers && asked(b"\x1b[c");
        if background {
            self.press("\x1b]10;rgb:ffff/ffff/ffff\x1b\\\x1b]11;rgb:0000/0000/0000\x1b\\");
        }
        if kind {
            self.press("\x1b[?62;22c");
        }
        self.terminal.process(&read);
        true
    }

    /// Time since the start when the screen first satisfied `wanted`.
    fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> Duration {
        let patience = Instant::now() + Duration::from_secs(60);
        while !wanted(&self.text()) {
            assert!(Instant::now() < patience, "no {what}:\n{}", self.text());
            self.take(Duration::from_millis(100));
        }
        self.started.elapsed()
    }

    fn run_for(&mut self, stretch: Duration) {
        let end = Instant::now() + stretch;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.take(left);
        }
    }

    /// Per cent of a core that all threads and the drawing one took, and bytes a second.
    fn spent(&mut self, stretch: Duration) -> (f64, f64, f64) {
        let pid = self.pid();
        let of_all = PathBuf::from(format!("/proc/{pid}/stat"));
        let of_drawing = PathBuf::from(format!("/proc/{pid}/task/{pid}/stat"));
        let before = (ticks(&of_all), ticks(&of_drawing), self.bytes, Instant::now());
        self.run_for(stretch);
        let passed = before.3.elapsed().as_secs_f64();
        let percent = |ticks: f64| ticks / TICKS / passed * 100.0;
        (
            percent(ticks(&of_all) - before.0),
            percent(ticks(&of_drawing) - before.1),
            (self.bytes - before.2) as f64 / passed,
        )
    }

    fn resident_mb(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let mb = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1000.0
        };
        format!("{:.0} ({:.0})", mb("VmRSS:"), mb("RssAnon:"))
    }

    /// The program itself, which took the place of the shell that `script` started.
    fn pid(&self) -> u32 {
        let script = self.child.id();
        let children = format!("/proc/{script}/task/{script}/children");
        std::fs::read_to_string(children).unwrap().trim().parse().unwrap()
    }

    fn quit(mut self) {
        // A key pressed while the terminal is still asked for its background is lost.
        for _ in 0..30 {
            let _ = self.keys.write_all(b"q").and_then(|()| self.keys.flush());
            loop {
                match self.output.recv_timeout(Duration::from_secs(1)) {
                    Ok(_) => {}
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => {
                        self.child.wait().unwrap();
                        return;
                    }
                }
            }
        }
        panic!("q does not end it:\n{}", self.text());
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// Time in the program and in the system for it.
fn ticks(stat: &Path) -> f64 {
    let stat = std::fs::read_to_string(stat).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
}
