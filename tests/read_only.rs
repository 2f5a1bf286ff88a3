//! A data folder that this user may only read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Home, PROGRAM, Ran, finish, have, piece, text, write_wav};

/// Who owns nothing.
const NOBODY: &str = "65534";

/// A library whose owner let others read it, and a program that another user may run.
struct Shared {
    home: Home,
    program: PathBuf,
    clip: PathBuf,
    root: bool,
}

impl Shared {
    /// [`None`] where the tests run as root and cannot become somebody else.
    fn new() -> Option<Self> {
        let home = Home::new();
        let root = fs::metadata(home.path("data")).unwrap().uid() == 0;
        if root && !have(&["setpriv"]) {
            return None;
        }
        let chosen = ["Tide Bell", "Nine Hands", "Low Water"].map(piece);
        home.write_pieces(chosen);
        home.index();
        home.run(["like", "tide bell"]).ok();
        home.run(["skip", "low water"]).ok();
        let sound = chosen[0].render(16_000);
        let clip = home.path("clip.wav");
        write_wav(&clip, &sound[10 * 16_000..18 * 16_000], 16_000);
        let program = home.path("program");
        fs::copy(PROGRAM, &program).unwrap();
        let shared = Self { home, program, clip, root };
        shared.lock();
        Some(shared)
    }

    /// Everything may be read by all and written by none.
    fn lock(&self) {
        for inner in ["", "home", "data", "music"] {
            set_mode(&self.home.path(inner), 0o755);
        }
        set_mode(&self.program, 0o755);
        read_only(&self.home.path("data"));
    }

    fn unlock(&self) {
        set_mode(&self.home.path("data"), 0o755);
        set_mode(&self.home.path("data/owner.lock"), 0o644);
        set_mode(&self.home.path("data/db"), 0o755);
        for file in ["fingerprints.log", "library.snapshot", "events.snapshot", "db/conf", "db/db"]
        {
            let path = self.home.path("data").join(file);
            if path.exists() {
                set_mode(&path, 0o644);
            }
        }
    }

    /// As a user who cannot write the data folder.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = if self.root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
            command.arg(&self.program);
            command
        } else {
            Command::new(&self.program)
        };
        command.args(args).envs(self.home.environment()).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        finish(self.command(args))
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn read_only(path: &Path) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            read_only(&entry.unwrap().path());
        }
        set_mode(path, 0o555);
    } else {
        set_mode(path, 0o444);
    }
}

/// Names and sizes of everything in a folder.
fn contents(path: &Path) -> Vec<(PathBuf, u64)> {
    let mut found: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.path(), entry.metadata().unwrap().len()))
        .collect();
    found.sort();
    found
}

fn check<'v>(rows: &'v [Value], name: &str) -> &'v Value {
    rows.iter().find(|row| text(row, "check") == name).unwrap()
}

#[test]
fn who_cannot_write_can_read() {
    let Some(shared) = Shared::new() else { return };
    let before = contents(&shared.home.path("data"));
    let clip = shared.clip.to_str().unwrap();

    let library = shared.run(&["library", "list", "--json"]).ok().json();
    assert_eq!(library.len(), 3);
    assert_eq!(shared.run(&["library", "show", "tide bell", "--json"]).ok().json().len(), 1);
    let named = shared.run(&["identify", clip, "--json"]).ok().json();
    assert_eq!(text(&named[0]["match"], "title"), "Tide Bell");
    assert!(!shared.run(&["recommend", "--json"]).ok().json().is_empty());
    let history = shared.run(&["history", "--json"]).ok().json();
    assert_eq!(history.len(), 2);
    shared.run(&["stats", "--json"]).ok();
    let doctor = shared.run(&["doctor", "--json"]).json();
    for name in ["store", "fingerprints"] {
        assert_eq!(check(&doctor, name)["ok"], true, "{doctor:?}");
    }
    assert!(text(check(&doctor, "store"), "detail").contains("read only"), "{doctor:?}");
    let heard = shared.run(&["listen", "--once", "--json", "--input", &format!("file:{clip}")]);
    assert_eq!(text(&heard.ok().json()[0]["match"], "title"), "Tide Bell");
    // several at once
    let readers: Vec<_> =
        (0..3).map(|_| shared.command(&["identify", clip, "--json"]).spawn().unwrap()).collect();
    for reader in readers {
        support::wait(reader, "identify").ok();
    }
    assert_eq!(contents(&shared.home.path("data")), before, "readers wrote something");
    shared.unlock();
}

#[test]
fn what_would_write_says_so_and_new_snapshots_are_seen() {
    let Some(shared) = Shared::new() else { return };
    let music = shared.home.music();
    for args in [
        &["like", "tide bell"][..],
        &["library", "remove", "tide bell"],
        &["index", "--retry-failed", music.to_str().unwrap()],
    ] {
        let ran = shared.run(args);
        let wrote_nothing = args[0] == "index" && ran.status == 0;
        assert!(ran.status == 2 || wrote_nothing, "{args:?}: {ran:?}");
        if ran.status == 2 {
            assert!(ran.stderr.contains("can be read but not written"), "{ran:?}");
            assert!(ran.stderr.contains("data"), "the folder is named: {ran:?}");
        }
    }

    // The owner goes on, and readers see it; the snapshots stay readable.
    shared.unlock();
    shared.home.write_pieces([piece("Elbow Room")]);
    shared.home.index();
    read_only(&shared.home.path("data"));
    assert_eq!(shared.run(&["library", "list", "--json"]).ok().json().len(), 4);

    for name in ["library.snapshot", "events.snapshot"] {
        shared.unlock();
        fs::remove_file(shared.home.path("data").join(name)).unwrap();
        fs::write(shared.home.path("data").join(name), b"nonsense").unwrap();
        read_only(&shared.home.path("data"));
        let ran = shared.run(&["library", "list"]);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("doctor --repair"), "{ran:?}");
        shared.unlock();
        shared.home.run(["doctor", "--repair"]).ok();
        read_only(&shared.home.path("data"));
    }
    shared.unlock();
    fs::remove_file(shared.home.path("data/library.snapshot")).unwrap();
    set_mode(&shared.home.path("data"), 0o555);
    set_mode(&shared.home.path("data/owner.lock"), 0o444);
    let ran = shared.run(&["library", "list"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("no snapshot"), "{ran:?}");
    shared.unlock();
    shared.home.run(["library", "list"]).ok();
    assert!(shared.home.path("data/library.snapshot").exists(), "the owner makes it anew");
}
