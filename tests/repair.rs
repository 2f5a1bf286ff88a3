//! What a bad disk takes, and `doctor --repair`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;

use serde_json::Value;
use support::{Home, Running, number, piece, text};

const PIECES: [&str; 4] = ["Copper Kettle", "Evening Stone", "Low Water", "Tide Bell"];

fn overwrite(path: &Path, share: f64, count: usize) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    let at = (file.metadata().unwrap().len() as f64 * share) as u64;
    file.write_all_at(&vec![0x5a; count], at).unwrap();
}

fn check<'v>(rows: &'v [Value], name: &str) -> &'v Value {
    rows.iter().find(|row| text(row, "check") == name).unwrap_or_else(|| panic!("{rows:?}"))
}

fn filled() -> Home {
    let home = Home::new();
    home.write_pieces(PIECES.map(piece));
    home.index();
    home.run(["like", "tide bell"]).ok();
    home.run(["rate", "low water", "4"]).ok();
    home
}

#[test]
fn damaged_fingerprints_are_made_anew_where_the_file_is_there() {
    let home = filled();
    let before = home.library();
    // In the middle of the first and of the last.
    for share in [0.1, 0.9] {
        overwrite(&home.path("data/fingerprints.log"), share, 8);
    }
    let doctor = home.run(["doctor", "--json"]);
    assert_eq!(doctor.status, 1);
    let told = check(&doctor.json(), "fingerprints").clone();
    assert_eq!(told["ok"], false);
    assert!(text(&told, "detail").contains("doctor --repair"), "{told}");

    let first = before.iter().min_by_key(|track| number(track, "track_id") as u32).unwrap();
    std::fs::remove_file(text(first, "path")).unwrap();
    let repaired = home.run(["doctor", "--repair", "--json"]);
    assert_eq!(repaired.status, 1, "one cannot be brought back: {repaired:?}");
    let rows = repaired.json();
    assert!(text(check(&rows, "fingerprints"), "detail").starts_with("1 of 2"), "{rows:?}");
    let lost = text(check(&rows, "lost"), "detail");
    assert!(lost.contains("gone") && lost.contains(text(first, "path")), "{lost}");
    let now = home.library();
    let numbers = |rows: &[Value]| -> Vec<f64> {
        rows.iter().map(|track| number(track, "track_id")).collect()
    };
    assert_eq!(numbers(&now), numbers(&before), "numbers and records stay");
    assert_eq!(home.history().len(), 2);
}

#[test]
fn a_destroyed_database_is_brought_back_with_its_history() {
    for share in [0.0, 0.05, 0.5] {
        let home = filled();
        let (library, history) = (home.library(), home.history());
        let db = home.path("data/db/db");
        let len = std::fs::metadata(&db).unwrap().len() as usize;
        overwrite(&db, share, len - (len as f64 * share) as usize);
        // What a person does first does not make it worse.
        home.run(["library", "list"]);
        home.run(["doctor"]);
        let repaired = home.run(["doctor", "--repair", "--json"]).ok();
        assert_eq!(home.library(), library, "from {share}: {repaired:?}");
        assert_eq!(home.history(), history, "from {share}: {repaired:?}");
        let rows = home.run(["doctor", "--json"]).json();
        assert_eq!(check(&rows, "store")["ok"], true);
        assert_eq!(check(&rows, "fingerprints")["ok"], true);
        let summary = home.index();
        assert_eq!(number(&summary, "unchanged"), PIECES.len() as f64, "{summary}");
    }
}

#[test]
fn a_repair_waits_for_nobody() {
    let home = filled();
    let mut listening = Running::listening(&home);
    let busy = || home.run(["doctor", "--repair"]);
    let ran = support::poll(std::time::Duration::from_secs(30), || {
        let ran = busy();
        (ran.status == 2).then_some(ran)
    })
    .expect("a repair beside a running program is refused");
    assert!(ran.stderr.contains("end it and try again"), "{ran:?}");
    assert!(listening.alive());
    listening.kill();
    home.run(["doctor", "--repair"]).ok();
}
