//! Backup and restore, as who runs a small box uses them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use support::{Home, Running, kind, number, piece, poll, text};

fn filled() -> (Home, Vec<std::path::PathBuf>) {
    let home = Home::new();
    let paths = home.write_pieces(["Tide Bell", "Nine Hands", "Low Water"].map(piece));
    home.index();
    home.run(["like", "tide bell"]).ok();
    (home, paths)
}

/// What a data folder holds, as the program tells it.
fn library_in(home: &Home, dir: &Path) -> (Vec<Value>, Vec<Value>) {
    let run = |args: &[&str]| {
        let mut command = home.command(args);
        command.env("ECHOVIBE_DATA_DIR", dir);
        support::finish(command).json()
    };
    (run(&["library", "list", "--json"]), run(&["history", "--json"]))
}

#[test]
fn a_backup_made_in_use_comes_back_as_it_was() {
    let (home, paths) = filled();
    let mut owner = Running::listening(&home);
    let owned =
        || std::fs::read_to_string(home.path("data/owner.lock")).is_ok_and(|text| !text.is_empty());
    assert!(poll(Duration::from_secs(30), || owned().then_some(())).is_some());
    // Somebody else goes on meanwhile.
    let mut busy = home.command(["index".as_ref(), paths[0].parent().unwrap().as_os_str()]);
    busy.stdout(Stdio::null()).stderr(Stdio::null());
    let busy = Running::start(busy);
    let made = home.run(["backup", "saved.tar.gz", "--json"]).ok().json();
    drop(busy);
    assert!(
        number(&made[0], "records") > 9.0 && number(&made[0], "fingerprint_bytes") > 1000.0,
        "{made:?}"
    );
    let file = home.path("saved.tar.gz");
    assert_eq!(std::fs::metadata(&file).unwrap().len() as f64, number(&made[0], "bytes"));
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "tokens and history are nobody else's");
    home.run(["skip", "nine hands"]).ok();
    assert!(owner.alive());
    owner.kill();

    let before = library_in(&home, &home.path("data"));
    let restore = |dir: &str, more: &[&str]| {
        home.run([&["--data-dir", dir, "restore", "saved.tar.gz", "--json"], more].concat())
    };
    let back = restore("fresh", &[]).ok().json();
    assert_eq!((number(&back[0], "tracks"), number(&back[0], "events")), (3.0, 1.0));
    let (tracks, events) = library_in(&home, &home.path("fresh"));
    assert_eq!(tracks, before.0);
    assert_eq!(events, before.1[1..], "all but the skip that came later");
    // It can be used at once.
    let mut identify = home.command(["identify".as_ref(), paths[1].as_os_str(), "--json".as_ref()]);
    identify.env("ECHOVIBE_DATA_DIR", home.path("fresh"));
    let named = support::finish(identify).ok().json();
    assert_eq!(text(&named[0]["match"], "title"), "Nine Hands");

    // What is there is not replaced unless asked for, and kept even then.
    let refused = restore("data", &[]);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(refused.stderr.contains("--force"), "{refused:?}");
    assert_eq!(library_in(&home, &home.path("data")), before);
    let forced = restore("data", &["--force"]).ok().json();
    assert_eq!(library_in(&home, &home.path("data")).1.len(), 1);
    let aside = Path::new(text(&forced[0], "aside"));
    assert_eq!(library_in(&home, aside), before);
}

#[test]
fn nothing_acknowledged_before_a_backup_is_missing_in_it() {
    let (home, paths) = filled();
    let _owner = Running::listening(&home);
    for round in 0..3 {
        // One more each time, while others are written.
        home.run(["save".as_ref(), paths[round].as_os_str()]).ok();
        let acknowledged = home.history().len();
        let writers: Vec<Running> = (0..2)
            .map(|n| {
                let mut command = home.command(["like".as_ref(), paths[n].as_os_str()]);
                command.stdout(Stdio::null()).stderr(Stdio::null());
                Running::start(command)
            })
            .collect();
        let file = format!("saved-{round}.tar.gz");
        home.run(["backup", &file]).ok();
        drop(writers);
        let dir = format!("back-{round}");
        home.run(["--data-dir", &dir, "restore", &file]).ok();
        let (tracks, events) = library_in(&home, &home.path(&dir));
        assert!(events.len() >= acknowledged, "{} of {acknowledged}", events.len());
        assert_eq!(tracks.len(), 3);
        let saves = events.iter().filter(|event| kind(event) == "save").count();
        assert_eq!(saves, round + 1);
        let doctor = home.run(["--data-dir", &dir, "doctor", "--json"]).json();
        let store = ["store", "fingerprints"];
        let whole = |row: &&Value| store.contains(&text(row, "check"));
        assert!(doctor.iter().filter(whole).all(|row| row["ok"] == true), "{doctor:?}");
        assert!(doctor.iter().all(|row| text(row, "check") != "records"), "{doctor:?}");
    }
}

#[test]
fn through_pipes() {
    let (home, _) = filled();
    let program = support::PROGRAM;
    let script = format!("set -e; {program} backup - | {program} --data-dir piped restore -");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).envs(home.environment()).current_dir(home.path(""));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let ran = support::finish(command).ok();
    assert!(ran.stdout.contains("3 tracks and 1 events"), "{ran:?}");
    assert_eq!(library_in(&home, &home.path("piped")).0.len(), 3);
}

#[test]
fn bad_backups_and_bad_places_are_refused() {
    let (home, _) = filled();
    home.run(["backup", "saved.tar.gz"]).ok();
    let whole = std::fs::read(home.path("saved.tar.gz")).unwrap();
    std::fs::write(home.path("cut.tar.gz"), &whole[..whole.len() / 2]).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    std::fs::write(home.path("flipped.tar.gz"), flipped).unwrap();
    std::fs::write(home.path("text"), "no backup").unwrap();
    std::fs::create_dir(home.path("folder")).unwrap();
    let before = library_in(&home, &home.path("data"));
    let inside = home.path("data/saved.tar.gz");
    let cases: &[(&[&str], &str)] = &[
        (&["restore", "--force", "cut.tar.gz"], "cut.tar.gz: the backup is damaged"),
        (&["restore", "--force", "flipped.tar.gz"], "flipped.tar.gz: the backup is damaged"),
        (&["restore", "--force", "text"], "text: this is no backup"),
        (&["restore", "--force", "none"], "none"),
        (&["restore", "--force", "folder"], "folder is a folder"),
        (&["restore"], "FILE"),
        (&["backup", "saved.tar.gz"], "give --force to replace it"),
        (&["backup", "folder"], "folder is not a regular file"),
        (&["backup", "nowhere/saved.tar.gz"], "nowhere"),
        (&["backup", inside.to_str().unwrap()], "is in the data folder itself"),
        (&["backup", ".."], "no name for a file"),
    ];
    for (args, told) in cases {
        let ran = home.run(*args);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(told), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(library_in(&home, &home.path("data")), before);
    home.run(["backup", "--force", "saved.tar.gz"]).ok();

    let owner = Running::listening(&home);
    let owned =
        || std::fs::read_to_string(home.path("data/owner.lock")).is_ok_and(|text| !text.is_empty());
    assert!(poll(Duration::from_secs(30), || owned().then_some(())).is_some());
    let ran = home.run(["restore", "--force", "saved.tar.gz"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("end it and try again"), "{ran:?}");
    owner.kill();
    let parts = std::fs::read_dir(home.path("")).unwrap().map(|e| e.unwrap().file_name());
    assert!(parts.into_iter().all(|name| !name.to_string_lossy().ends_with(".part")));
}
