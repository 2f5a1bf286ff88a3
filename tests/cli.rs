//! The command line as people and scripts meet it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use serde_json::Value;
use support::{Home, Ran, kind, number, piece, text, wait};

/// What every version has had.
const COMMANDS: [&str; 14] = [
    "index",
    "identify",
    "listen",
    "recommend",
    "like",
    "skip",
    "play",
    "rate",
    "save",
    "library",
    "history",
    "map",
    "spectrogram",
    "demo",
];

#[test]
fn every_command_has_help_with_an_example() {
    let home = Home::new();
    let overview = home.run(["--help"]).ok().stdout;
    let (_, commands) = overview.split_once("Commands:").expect("a list of commands");
    let listed: Vec<&str> = commands
        .lines()
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    for command in COMMANDS {
        assert!(listed.contains(&command), "{command} is not in the help:\n{overview}");
    }
    for command in listed {
        let help = home.run([command, "--help"]).ok().stdout;
        assert!(help.to_lowercase().contains("example"), "{command} has no example:\n{help}");
        assert!(help.contains(&format!("echovibe {command}")), "{command}:\n{help}");
    }
    assert!(home.run(["--version"]).ok().stdout.contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn bad_input_is_told_clearly_and_ends_with_2() {
    let home = Home::new();
    home.write_pieces([piece("Tide Bell")]);
    home.index();
    // what is typed, and what the answer must name
    let cases: &[(&[&str], &str)] = &[
        (&["index", "/no/such/folder"], "/no/such/folder"),
        (&["index"], "DIR"),
        (&["identify", "/no/such/clip.wav"], "/no/such/clip.wav"),
        (&["identify"], "FILE"),
        (&["listen", "--input", "telepathy"], "telepathy"),
        (&["listen", "--input", "file:/no/such/file.wav"], "/no/such/file.wav"),
        (&["listen", "--input", "demo", "--timeout", "soon"], "soon"),
        (&["recommend", "--seed", "no such track"], "no such track"),
        (&["recommend", "-n", "many"], "many"),
        (&["like", "no such track"], "no such track"),
        (&["like"], "TRACK"),
        (&["skip", "99999"], "99999"),
        (&["play", "/no/such/track.wav"], "/no/such/track.wav"),
        (&["rate", "Tide Bell", "9"], "9"),
        (&["save", "no such track"], "no such track"),
        (&["library", "show", "no such track"], "no such track"),
        (&["library", "remove", "no such track"], "no such track"),
        (&["--config", "/no/such/config.toml", "history"], "/no/such/config.toml"),
        (&["--data-dir", "/dev/null", "history"], "/dev/null"),
        (&["sing"], "sing"),
        (&["history", "--colour-blind"], "--colour-blind"),
    ];
    for (args, named) in cases {
        let ran = home.run(*args);
        assert_eq!(ran.status, 2, "{args:?}: {ran:#?}");
        assert_eq!(ran.stdout, "", "{args:?}");
        assert!(ran.stderr.contains(named), "{args:?}: {}", ran.stderr);
        assert_told_to_people(args, &ran);
    }
    assert_eq!(home.history(), Vec::<Value>::new(), "a refused command left an event");
}

/// No panic, no debug output, no screenful.
#[track_caller]
fn assert_told_to_people(args: &[&str], ran: &Ran) {
    for inside in ["panicked", "RUST_BACKTRACE", "Location:", ".rs:", "Err(", "Some("] {
        assert!(!ran.stderr.contains(inside), "{args:?}: {}", ran.stderr);
    }
    let lines = ran.stderr.lines().count();
    assert!((1..=12).contains(&lines), "{args:?} gives {lines} lines: {}", ran.stderr);
}

#[test]
fn a_wrong_configuration_is_named_with_its_key() {
    let home = Home::new();
    let config = home.path("wrong.toml");
    std::fs::write(&config, "[recognition]\nthreshhold = 0.5\n").unwrap();
    let ran = home.run(["--config".as_ref(), config.as_os_str(), "history".as_ref()]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("threshhold") && ran.stderr.contains("wrong.toml"), "{ran:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::new();
    home.write_pieces([piece("Tide Bell"), piece("Nine Hands"), piece("Low Water")]);
    home.index();
    for args in [["library", "list", "--json"].as_slice(), &["recommend", "--json"], &["--help"]] {
        let mut child = home.command(args).spawn().unwrap();
        // as `| head -0` does
        drop(child.stdout.take());
        let ran = wait(child, &format!("{args:?}"));
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{args:?}");
    }
}

#[test]
fn nothing_known_yet_is_not_an_error() {
    let home = Home::new();
    let known = |args: &[&str]| {
        let ran = home.run(args);
        assert!([0, 1].contains(&ran.status), "{args:?}: {ran:?}");
        assert_told_nothing_bad(&ran);
        ran.stdout
    };
    assert_eq!(known(&["library", "list", "--json"]), "");
    assert_eq!(known(&["library", "list", "--failed", "--json"]), "");
    assert_eq!(known(&["history", "--json"]), "");
    assert_eq!(known(&["recommend", "--json"]), "");
    let summary = home.index();
    assert_eq!(number(&summary, "added"), 0.0, "an empty folder: {summary}");
}

#[track_caller]
fn assert_told_nothing_bad(ran: &Ran) {
    assert!(!ran.stderr.contains("panicked") && !ran.stderr.contains("error"), "{ran:?}");
}

#[test]
fn feedback_and_recommendations() {
    let home = Home::new();
    let pieces =
        ["Tide Bell", "Low Water", "Reed Cutter", "Nine Hands", "Elbow Room", "Fast Ferry"];
    let paths = home.write_pieces(pieces.map(piece));
    home.index();

    // a track by path, by number, by a piece of its name
    let id = home.run(["library", "show", "Reed Cutter", "--json"]).ok().json()[0]["track_id"]
        .to_string();
    let likes = [paths[1].to_string_lossy().into_owned(), id.clone(), "saltmarsh tide".to_owned()];
    for (track, title) in likes.iter().zip(["Low Water", "Reed Cutter", "Tide Bell"]) {
        let event = &home.run(["like", track, "--json"]).ok().json()[0];
        assert_eq!((kind(event), text(event, "title")), ("like", title));
    }
    // a piece of a name that several have
    let ran = home.run(["like", "Saltmarsh"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("Tide Bell") && ran.stderr.contains("Low Water"), "{ran:?}");

    home.run(["rate", &id, "5"]).ok();
    home.run(["save", &id]).ok();
    home.run(["skip", "Fast Ferry"]).ok();
    let kinds: Vec<String> = home.history().iter().map(|event| kind(event).to_owned()).collect();
    for (wanted, count) in [("like", 3), ("rate", 1), ("save", 1), ("skip", 1)] {
        assert_eq!(kinds.iter().filter(|kind| *kind == wanted).count(), count, "{kinds:?}");
    }

    let rows = home.run(["recommend", "--seed", "Tide Bell", "-n", "4", "--json"]).ok().json();
    assert_eq!(rows.len(), 4);
    for (n, row) in rows.iter().enumerate() {
        assert_eq!(number(row, "rank") as usize, n + 1);
        assert_ne!(text(row, "title"), "Tide Bell", "the seed is no answer");
        assert!(row["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()), "{row}");
        assert!(!text(&row["reasons"][0], "text").is_empty());
        assert!(row["score"].is_number() && row["track_id"].is_number() && row["path"].is_string());
    }
    let scores: Vec<f64> = rows.iter().map(|row| number(row, "score")).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");

    let several =
        home.run(["recommend", "--seed", "Tide Bell", "--seed", "Low Water", "--json"]).ok();
    let titles: Vec<String> =
        several.json().iter().map(|row| text(row, "title").to_owned()).collect();
    assert!(!titles.iter().any(|title| title == "Tide Bell" || title == "Low Water"), "{titles:?}");

    let playlist = home.run(["recommend", "--seed", "Tide Bell", "-n", "3", "--m3u"]).ok().stdout;
    assert!(playlist.starts_with("#EXTM3U\n"), "{playlist}");
    let files: Vec<&str> = playlist.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(files.len(), 3);
    assert!(files.iter().all(|file| std::path::Path::new(file).is_file()), "{playlist}");
}
