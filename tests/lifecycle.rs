//! What happens to a library over the days: stops, moves, changes, removals, two programs at once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::process::Stdio;
use std::time::Duration;

use echovibe::audio::demo;
use serde_json::Value;
use support::{Home, Running, kind, number, piece, poll, text};

fn by_title<'v>(library: &'v [Value], title: &str) -> &'v Value {
    library.iter().find(|track| text(track, "title") == title).expect("a track of that title")
}

fn counts(summary: &Value) -> [i64; 4] {
    ["added", "updated", "unchanged", "removed"].map(|field| number(summary, field) as i64)
}

#[test]
fn indexing_goes_on_after_kill() {
    let home = Home::new();
    home.write_pieces(demo::pieces());
    let mut command = home.command(["index".as_ref(), home.music().as_os_str()]);
    // one worker: slow enough to be stopped half way
    command.env("RAYON_NUM_THREADS", "1").stdout(Stdio::null()).stderr(Stdio::null());
    let indexing = Running::start(command);
    let some = || (home.library().len() >= 2).then_some(());
    assert!(poll(Duration::from_secs(60), some).is_some(), "nothing is indexed");
    indexing.kill();

    let before = home.library();
    let all = demo::pieces().len();
    assert!((2..all).contains(&before.len()), "{} of {all} before the kill", before.len());
    let [added, updated, unchanged, removed] = counts(&home.index());
    assert_eq!((updated, removed), (0, 0));
    assert_eq!(added + unchanged, all as i64);
    assert!(unchanged >= before.len() as i64, "work done before the kill was done again");
    let after = home.library();
    assert_eq!(after.len(), all);
    for track in &before {
        assert_eq!(by_title(&after, text(track, "title"))["track_id"], track["track_id"]);
    }
    assert_eq!(counts(&home.index()), [0, 0, all as i64, 0]);
}

#[test]
fn a_moved_folder_keeps_numbers_and_history() {
    let home = Home::new();
    home.write_pieces(["Copper Kettle", "Tide Bell"].map(piece));
    home.index();
    let first = home.library();
    home.run(["like", "copper kettle"]).ok();
    let elsewhere = home.music().with_file_name("elsewhere");
    std::fs::rename(home.music(), &elsewhere).unwrap();
    home.run(["index".as_ref(), elsewhere.as_os_str()]).ok();
    let library = home.library();
    assert_eq!(library.len(), 2);
    for track in &library {
        let before = by_title(&first, text(track, "title"));
        assert_eq!(track["track_id"], before["track_id"]);
        assert!(std::path::Path::new(text(track, "path")).exists());
    }
    assert_eq!(home.history().len(), 1);
}

#[test]
fn moved_changed_and_removed_files() {
    let home = Home::new();
    let stay = ["Copper Kettle", "Evening Stone", "Low Water", "Tide Bell"];
    let paths = home.write_pieces(stay.map(piece));
    assert_eq!(counts(&home.index()), [4, 0, 0, 0]);
    let first = home.library();
    for path in &paths {
        home.run(["like".as_ref(), path.as_os_str()]).ok();
    }

    // moved and renamed
    let moved = home.music().join("deeper/another name.wav");
    std::fs::create_dir(home.music().join("deeper")).unwrap();
    std::fs::rename(&paths[0], &moved).unwrap();
    // other sound under the same name
    piece("Elbow Room").write_wav(&paths[1]).unwrap();
    std::fs::remove_file(&paths[2]).unwrap();
    let summary = home.index();
    assert_eq!(number(&summary, "added"), 0.0, "{summary}");
    assert_eq!(number(&summary, "removed"), 1.0, "{summary}");
    assert_eq!(number(&summary, "updated"), 1.0, "{summary}");
    assert_eq!(number(&summary, "moved"), 1.0, "{summary}");

    let library = home.library();
    assert_eq!(library.len(), 3);
    let kettle = by_title(&library, "Copper Kettle");
    assert_eq!(
        kettle["track_id"],
        by_title(&first, "Copper Kettle")["track_id"],
        "a moved file is the same"
    );
    assert_eq!(text(kettle, "path"), moved.canonicalize().unwrap().to_string_lossy());
    assert!(library.iter().all(|track| text(track, "title") != "Evening Stone"));
    assert!(by_title(&library, "Elbow Room")["track_id"].is_number());

    // the history knows them all
    let liked: Vec<Value> =
        home.history().into_iter().filter(|event| kind(event) == "like").collect();
    assert_eq!(liked.len(), 4);
    for title in stay {
        let event = liked.iter().find(|event| text(event, "title") == title).unwrap();
        assert_eq!(event["track_id"], by_title(&first, title)["track_id"]);
    }
}

#[test]
fn acknowledged_events_survive_kill() {
    let home = Home::new();
    let paths = home.write_pieces([piece("Tide Bell"), piece("Nine Hands")]);
    home.index();
    let mut acknowledged = 0;
    for round in 0..3 {
        // the program that owns the data folder is killed right after the last answer
        let mut owner = Running::listening(&home);
        for n in 0..6 {
            let verb = if n % 2 == 0 { "like" } else { "skip" };
            let path = paths[(round + n) % 2].as_os_str();
            let ran = home.run([verb.as_ref(), path, "--json".as_ref()]).ok();
            assert_eq!(kind(&ran.json()[0]), verb);
            acknowledged += 1;
        }
        assert!(owner.alive(), "the listening program has ended");
        owner.kill();
        let told = home.history().iter().filter(|event| kind(event) != "heard").count();
        assert_eq!(told, acknowledged, "after round {round}");
    }
}

#[test]
fn two_programs_at_once() {
    let home = Home::new();
    let paths = home.write_pieces([piece("Tide Bell"), piece("Nine Hands"), piece("Low Water")]);
    home.index();
    let mut listening = Running::listening(&home);
    let mut also_listening = Running::listening(&home);

    home.run(["like".as_ref(), paths[0].as_os_str()]).ok();
    assert_eq!(home.library().len(), 3);
    assert!(home.history().iter().any(|event| kind(event) == "like"));
    // even the library can grow meanwhile
    home.write_pieces([piece("Elbow Room")]);
    assert_eq!(counts(&home.index()), [1, 0, 3, 0]);
    assert!(listening.alive() && also_listening.alive());

    // the first of them goes, and the others stay in business
    listening.kill();
    home.run(["skip".as_ref(), paths[1].as_os_str()]).ok();
    assert_eq!(home.library().len(), 4);
    assert!(also_listening.alive());
}
