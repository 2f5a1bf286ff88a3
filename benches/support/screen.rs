//! The program on a pseudoterminal (`script`), seen through `vt100`.

#![allow(dead_code, reason = "every bench uses its own part of this")]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Ticks of the processor's clock a second in `/proc`.
const TICKS: f64 = 100.0;

/// What to start, and in which terminal.
pub struct Start<'a> {
    /// Its home; the configuration is written there, the data folder is `data` in it.
    pub home: &'a Path,
    /// What follows the program's name.
    pub args: &'a str,
    /// Rows and columns.
    pub size: (u16, u16),
    /// Frames a second at most.
    pub frames: u32,
    /// More variables.
    pub environment: Vec<(&'static str, std::ffi::OsString)>,
}

/// The program on a terminal.
pub struct Screen {
    child: Child,
    keys: ChildStdin,
    output: Receiver<Vec<u8>>,
    pub terminal: vt100::Parser,
    bytes: usize,
    started: Instant,
    /// Does the terminal answer when it is asked something?
    pub answers: bool,
}

impl Screen {
    pub fn start(start: Start<'_>) -> Self {
        let Start { home, args, size: (rows, columns), frames, environment } = start;
        let config = home.join("echovibe.toml");
        std::fs::write(&config, format!("[screen]\nframes_per_second = {frames}\n")).unwrap();
        let program = std::env::var("ECHOVIBE_BENCH_PROGRAM");
        let program = program.unwrap_or_else(|_| env!("CARGO_BIN_EXE_echovibe").to_owned());
        let line = format!("stty rows {rows} cols {columns}; exec '{program}' {args}");
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
            .envs(environment)
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
            terminal: vt100::Parser::new(rows, columns, 0),
            bytes: 0,
            started,
            answers: true,
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn text(&self) -> String {
        self.terminal.screen().contents()
    }

    /// Takes what comes within `patience`; answers as terminals do.
    pub fn take(&mut self, patience: Duration) -> bool {
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
    pub fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> Duration {
        let patience = Instant::now() + Duration::from_secs(60);
        while !wanted(&self.text()) {
            assert!(Instant::now() < patience, "no {what}:\n{}", self.text());
            self.take(Duration::from_millis(100));
        }
        self.started.elapsed()
    }

    pub fn run_for(&mut self, stretch: Duration) {
        let end = Instant::now() + stretch;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.take(left);
        }
    }

    /// Per cent of a core that all threads and the drawing one took, and bytes a second.
    pub fn spent(&mut self, stretch: Duration) -> (f64, f64, f64) {
        let (before, bytes, start) = (self.processor_s(), self.bytes, Instant::now());
        self.run_for(stretch);
        let passed = start.elapsed().as_secs_f64();
        let after = self.processor_s();
        (
            (after.0 - before.0) / passed * 100.0,
            (after.1 - before.1) / passed * 100.0,
            (self.bytes - bytes) as f64 / passed,
        )
    }

    /// Resident memory and what of it is no file, MB.
    pub fn resident(&self) -> (f64, f64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let mb = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1000.0
        };
        (mb("VmRSS:"), mb("RssAnon:"))
    }

    pub fn resident_mb(&self) -> String {
        let (all, anonymous) = self.resident();
        format!("{all:.0} ({anonymous:.0})")
    }

    /// Processor time so far, seconds: of all threads, and of the one that draws.
    pub fn processor_s(&self) -> (f64, f64) {
        let pid = self.pid();
        let of_all = PathBuf::from(format!("/proc/{pid}/stat"));
        let of_drawing = PathBuf::from(format!("/proc/{pid}/task/{pid}/stat"));
        (ticks(&of_all) / TICKS, ticks(&of_drawing) / TICKS)
    }

    /// The program itself, which took the place of the shell that `script` started.
    pub fn pid(&self) -> u32 {
        let script = self.child.id();
        let children = format!("/proc/{script}/task/{script}/children");
        std::fs::read_to_string(children).unwrap().trim().parse().unwrap()
    }

    pub fn quit(mut self) {
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
