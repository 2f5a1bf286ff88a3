//! What the end-to-end tests share: a data folder of their own, the real program, its JSON lines.

#![allow(dead_code, unused_imports, reason = "every test file uses its own part of this")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod databases;
mod server;
mod sound_server;
mod terminal;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use echovibe::audio::demo::{self, DemoPiece};
use serde_json::Value;
use tempfile::TempDir;

pub use databases::{Database, Databases, have_databases, over_databases};
pub use server::{Server, file_contains, signal, user};
pub use sound_server::SoundServer;
pub use terminal::Terminal;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_echovibe");

/// A command that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(180);

/// A home, a data folder and a folder for music that vanish with the test.
pub struct Home {
    folder: TempDir,
    /// Where the library is, if it is not in the data folder.
    pub databases: Option<Databases>,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("ev").tempdir().unwrap();
        for inner in ["home", "data", "music"] {
            std::fs::create_dir(folder.path().join(inner)).unwrap();
        }
        Self { folder, databases: None }
    }

    /// One for a server, whose library is in databases where the test is to run over them.
    pub fn of_server() -> Self {
        let databases = databases::wanted().then(Databases::start);
        Self { databases, ..Self::new() }
    }

    /// A path inside.
    pub fn path(&self, inner: &str) -> PathBuf {
        self.folder.path().join(inner)
    }

    /// The folder for music.
    pub fn music(&self) -> PathBuf {
        self.path("music")
    }

    /// The variables that keep the program away from the user's own home.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        let mut environment = vec![
            ("HOME", self.path("home")),
            ("XDG_CONFIG_HOME", self.path("home/config")),
            ("XDG_DATA_HOME", self.path("home/share")),
            ("ECHOVIBE_DATA_DIR", self.path("data")),
        ];
        environment.extend(self.databases.iter().flat_map(Databases::environment));
        environment
    }

    /// The program, not yet started.
    pub fn command<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(args).envs(self.environment()).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        finish(self.command(args))
    }

    /// Runs the program with `input` on its standard input.
    pub fn run_with_input(&self, args: &[&str], input: Vec<u8>) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // the program may have heard enough and be gone before all is written
        let feeder = thread::spawn(move || drop(stdin.write_all(&input)));
        let ran = wait(child, &format!("{args:?}"));
        feeder.join().unwrap();
        ran
    }

    /// Indexes the music folder and gives the summary.
    pub fn index(&self) -> Value {
        let ran = self.run(["index".as_ref(), self.music().as_os_str(), "--json".as_ref()]).ok();
        let lines = ran.json();
        lines.last().expect("index --json prints a summary").clone()
    }

    /// `library list --json`.
    pub fn library(&self) -> Vec<Value> {
        self.run(["library", "list", "--json"]).json()
    }

    /// `history --json`.
    pub fn history(&self) -> Vec<Value> {
        self.run(["history", "--json"]).json()
    }

    /// Writes demo pieces into the music folder and gives their paths.
    pub fn write_pieces<'p>(
        &self,
        pieces: impl IntoIterator<Item = &'p DemoPiece>,
    ) -> Vec<PathBuf> {
        pieces
            .into_iter()
            .map(|piece| {
                let path = self.music().join(piece.file_name());
                piece.write_wav(&path).unwrap();
                path
            })
            .collect()
    }
}

/// What a run of the program left.
#[derive(Debug)]
pub struct Ran {
    /// Exit status; -1 where a signal ended it.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Itself, if it ended well.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 0, "{self:#?}");
        self
    }

    /// Standard output as one JSON object a line.
    #[track_caller]
    pub fn json(&self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.stdout.lines().map(read).collect()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Starts `command` and waits for its end.
pub fn finish(mut command: Command) -> Ran {
    let named = format!("{command:?}");
    wait(command.spawn().unwrap(), &named)
}

/// Waits for the end of `child`, which is killed when it hangs.
pub fn wait(mut child: Child, named: &str) -> Ran {
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            let _ = child.wait();
            panic!("{named} hangs; stderr: {}", String::from_utf8_lossy(&stderr.join().unwrap()));
        }
        thread::sleep(Duration::from_millis(10));
    };
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    Output { status, stdout, stderr }.into()
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// A process that is killed (-9) when the test is over or asks for it.
pub struct Running(Child);

impl Running {
    pub fn start(mut command: Command) -> Self {
        Self(command.spawn().unwrap())
    }

    /// `listen` to a pipe in which nothing comes: it goes on until it is killed.
    pub fn listening(home: &Home) -> Self {
        let mut command = home.command(["listen", "--json", "--input", "-:s16le:16000:1"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Self::start(command)
    }

    /// Whether it has not ended by itself.
    pub fn alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    pub fn kill(mut self) {
        self.stop();
    }

    /// Its standard input, which stays open until the answer is dropped.
    pub fn stdin(&mut self) -> ChildStdin {
        self.0.stdin.take().expect("standard input is a pipe")
    }

    /// Asks it to end, as a service manager does, and gives its exit status.
    #[track_caller]
    pub fn terminate(&mut self) -> i32 {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let ended = poll(Duration::from_secs(30), || self.0.try_wait().unwrap());
        ended.expect("SIGTERM ends it").code().expect("it ends by itself")
    }

    fn stop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The demo piece with this title.
pub fn piece(title: &str) -> &'static DemoPiece {
    demo::pieces().iter().find(|piece| piece.title == title).expect("a demo piece of that title")
}

/// Mono 16-bit samples as a WAV file.
pub fn write_wav(path: &Path, sound: &[f32], rate: u32) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).unwrap();
    for x in sound {
        file.write_sample((x * 32_767.0) as i16).unwrap();
    }
    file.finalize().unwrap();
}

/// Asks until `probe` answers or `patience` is over.
pub fn poll<T>(patience: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    loop {
        if let Some(found) = probe() {
            return Some(found);
        }
        if started.elapsed() > patience {
            return None;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The field of a JSON object as text.
#[track_caller]
pub fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is no text in {value}"))
}

/// The field of a JSON object as a number.
#[track_caller]
pub fn number(value: &Value, field: &str) -> f64 {
    value[field].as_f64().unwrap_or_else(|| panic!("{field} is no number in {value}"))
}

/// What kind of event a row of the history is: `like`, `skip`, `heard`, ...
#[track_caller]
pub fn kind(event: &Value) -> &str {
    text(event, "kind")
}

/// The folder of music that lies beside the repository on some machines; `None`, said aloud,
/// elsewhere.
pub fn shared(inner: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(inner);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not here", path.display());
    None
}

/// Whether everything must be tested.
pub fn is_required() -> bool {
    ["CI", "ECHOVIBE_REQUIRE_ALL"].iter().any(|v| std::env::var_os(v).is_some())
}

/// Whether these programs are installed. Where everything must be tested (`CI` or
/// `ECHOVIBE_REQUIRE_ALL` is set) a missing one fails the test; elsewhere it is said aloud.
pub fn have(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = |name: &&&str| std::env::split_paths(&path).any(|dir| dir.join(name).is_file());
    let missing: Vec<_> = programs.iter().filter(|name| !found(name)).collect();
    if missing.is_empty() {
        return true;
    }
    assert!(!is_required(), "not installed: {missing:?}; `make test` installs them");
    eprintln!("skipped: not installed: {missing:?}; `make test` installs them");
    false
}

/// As a small radio sounds: nothing above some two kilohertz.
pub fn dull(sound: &[f32]) -> Vec<f32> {
    const WIDTH: usize = 16;
    let smooth = |sound: &[f32]| -> Vec<f32> {
        sound.windows(WIDTH).map(|some| some.iter().sum::<f32>() / WIDTH as f32).collect()
    };
    smooth(&smooth(sound))
}
