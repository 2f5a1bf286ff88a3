//! What to play next, as people and scripts ask for it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::Value;
use support::{Home, kind, number, text, wait};

/// A library of demo pieces.
fn home() -> Home {
    let home = Home::new();
    let known: Vec<_> = echovibe::audio::demo::pieces().iter().take(10).collect();
    home.write_pieces(known);
    home.index();
    home
}

fn titles(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| text(row, "title")).collect()
}

/// The title of a track of the library.
fn title(home: &Home, place: usize) -> String {
    text(&home.library()[place], "title").to_owned()
}

#[test]
fn feedback_can_be_given_and_taken_back() {
    let home = home();
    let first = title(&home, 0);
    for (command, said) in [
        ("save", "save"),
        ("unsave", "unsave"),
        ("ban", "ban"),
        ("unban", "unban"),
        ("unlike", "unlike"),
    ] {
        let event = &home.run([command, &first, "--json"]).ok().json()[0];
        assert_eq!((kind(event), text(event, "title")), (said, first.as_str()));
    }
    home.run(["ban", &first]).ok();
    let rows = home.run(["recommend", "-n", "50", "--json"]).ok().json();
    assert!(!titles(&rows).contains(&first.as_str()), "a banned track is never offered");
    let stats = &home.run(["stats", "--json"]).ok().json()[0];
    assert_eq!((number(stats, "banned"), number(stats, "saved")), (1.0, 0.0));
    home.run(["unban", &first]).ok();
    let rows = home.run(["recommend", "-n", "50", "--json"]).ok().json();
    assert!(titles(&rows).contains(&first.as_str()));
    assert!(home.run(["history"]).ok().stdout.contains("no longer banned"));
}

#[test]
fn a_row_says_what_it_is_made_of() {
    let home = home();
    home.run(["like", &title(&home, 1)]).ok();
    home.run(["skip", &title(&home, 2), "--share", "0.1"]).ok();
    let rows = home.run(["recommend", "--seed", &title(&home, 0), "--json"]).ok().json();
    for row in &rows {
        let reasons = row["reasons"].as_array().unwrap();
        assert!((2..=3).contains(&reasons.len()), "{row}");
        let told: f64 = reasons.iter().map(|reason| number(reason, "weight")).sum();
        assert!((told + number(row, "other") - number(row, "score")).abs() < 0.005, "{row}");
        assert!(number(&row["mood"], "valence").abs() <= 1.0, "{row}");
        assert!(row.get("highlight_s").is_some(), "{row}");
    }
    let stats = &home.run(["stats", "--json"]).ok().json()[0];
    assert_eq!(stats["taste"]["centres"].as_array().unwrap().len(), 1, "{stats}");
}

#[test]
fn what_is_liked_of_an_artist_lifts_their_others() {
    let home = home();
    let library = home.library();
    let of_artist = |row: &Value| {
        library.iter().filter(|other| text(other, "artist") == text(row, "artist")).count()
    };
    let liked = library.iter().find(|row| of_artist(row) > 1).unwrap();
    let artist = text(liked, "artist");
    let list = || home.run(["recommend", "-n", "50", "--json"]).ok().json();
    // Something must be known, or the list is only a spread.
    let other = library.iter().find(|row| text(row, "artist") != artist).unwrap();
    home.run(["like", text(other, "title")]).ok();
    home.run(["like", text(liked, "title")]).ok();
    let said = format!("by {artist}, as is {}, which you liked", text(liked, "title"));
    let told = |row: &Value| {
        let reasons = row["reasons"].as_array().unwrap();
        let told = reasons.iter().find(|reason| text(reason, "kind") == "artist");
        told.map(|reason| (text(reason, "text").to_owned(), number(reason, "weight")))
    };
    for row in list().iter().filter(|row| text(row, "artist") == artist) {
        if text(row, "title") == text(liked, "title") {
            assert_eq!(told(row), None, "{row}");
        } else {
            let (text, weight) = told(row).unwrap();
            assert!(text == said && weight > 0.0, "{row}");
        }
    }
    home.run(["unlike", text(liked, "title")]).ok();
    home.run(["skip", text(liked, "title")]).ok();
    assert!(list().iter().filter_map(told).all(|(_, weight)| weight < 0.0), "taken back");
}

#[test]
fn any_file_can_be_the_seed() {
    let home = home();
    // one that is not in the library, and a copy of one that is
    let outside = home.path("outside.wav");
    echovibe::audio::demo::pieces().last().unwrap().write_wav(&outside).unwrap();
    let rows = home.run(["recommend", "--seed", outside.to_str().unwrap(), "--json"]).ok().json();
    assert!(rows.len() >= 5);
    assert!(text(&rows[0]["reasons"][0], "text").contains("outside"), "{}", rows[0]);
    let said = |row: &Value| text(&row["reasons"][0], "text").contains("): ");
    assert!(rows.iter().any(said), "what was measured of the file is told: {rows:?}");
    let inside = text(&home.library()[3], "path").to_owned();
    let copy = home.path("copy.wav");
    std::fs::copy(&inside, &copy).unwrap();
    let rows = home.run(["recommend", "--seed", copy.to_str().unwrap(), "--json"]).ok().json();
    assert!(rows.iter().all(|row| text(row, "path") != inside), "its own recording is no answer");
    let noise = home.path("noise.txt");
    std::fs::write(&noise, "no sound").unwrap();
    let folder = home.path("music").display().to_string();
    for (seed, said) in [
        (noise.to_str().unwrap(), "noise.txt"),
        ("/no/such.mp3", "there is no file /no/such.mp3"),
        (folder.as_str(), "is a folder"),
    ] {
        let ran = home.run(["recommend", "--seed", seed]);
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.stderr.contains(said), "{ran:?}");
    }
}

#[test]
fn moods_come_by_name_place_file_and_command() {
    let home = home();
    let list = |args: &[&str]| {
        let all: Vec<&str> = ["recommend", "--json"].iter().chain(args).copied().collect();
        home.run(all).ok().stdout
    };
    let calm = list(&["--mood", "calm"]);
    assert_eq!(list(&["--mood", "0.4,-0.6"]), calm);
    assert_eq!(list(&["--mood", " Relaxed"]), calm);
    assert_ne!(list(&["--mood", "-0.6,0.5"]), calm);
    assert!(calm.contains("\"kind\":\"mood\""), "{calm}");
    let file = home.path("mood");
    std::fs::write(&file, "\ncalm\n").unwrap();
    assert_eq!(list(&["--mood-file", file.to_str().unwrap()]), calm);
    assert_eq!(list(&["--mood-command", "printf '%s' 'calm'"]), calm);
    let cases: [(&[&str], &str); 9] = [
        (&["--mood", "clam"], "did you mean calm?"),
        (&["--mood", "purple"], "calm, dark, driving, focus, happy, tense"),
        (&["--mood", "3,0"], "-1 to 1"),
        (&["--mood-file", "/no/such/mood"], "/no/such/mood"),
        (&["--mood-command", "echo purple"], "purple"),
        (&["--mood-command", "no-such-program-here"], "no-such-program-here"),
        (&["--mood-command", "false"], "false"),
        (&["--mood-command", "say 'calm"], "quote"),
        (&["--mood", "calm", "--mood-file", "mood"], "--mood"),
    ];
    for (args, named) in cases {
        let ran = home.run(["recommend"].iter().chain(args));
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(named), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn a_way_leads_from_one_track_to_another() {
    let home = home();
    let (from, to) = (title(&home, 0), title(&home, 5));
    let rows =
        home.run(["recommend", "--from", &from, "--to", &to, "-n", "6", "--json"]).ok().json();
    let names = titles(&rows);
    assert_eq!((names.first().copied(), names.last().copied()), (Some(&*from), Some(&*to)));
    assert!((3..=6).contains(&names.len()), "{names:?}");
    for (args, named) in [
        (vec!["--from", &from], "--to"),
        (vec!["--from", &from, "--to", &from], "two different"),
        (vec!["--from", &from, "--to", "no such track"], "no such track"),
        (vec!["--from", &from, "--to", &to, "--radio"], "--radio"),
    ] {
        let ran = home.run(["recommend"].into_iter().chain(args.iter().copied()));
        assert_eq!(ran.status, 2, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(named), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn playlists_are_written_whole_and_relative() {
    let home = home();
    let lists = home.path("lists");
    std::fs::create_dir(&lists).unwrap();
    let out = lists.join("next.m3u8");
    std::fs::write(&out, "what was there").unwrap();
    let (out_text, lists_text) = (out.to_str().unwrap(), lists.to_str().unwrap());
    let ran = home
        .run(["recommend", "-n", "4", "--out", out_text, "--relative-to", lists_text, "-q"])
        .ok();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let list = std::fs::read_to_string(&out).unwrap();
    assert!(list.starts_with("#EXTM3U\n#EXTINF:"), "{list}");
    let files: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(files.len(), 4);
    for file in &files {
        assert!(file.starts_with("../music/") && lists.join(file).is_file(), "{file}");
    }
    assert_eq!(std::fs::read_dir(&lists).unwrap().count(), 1, "nothing else is left behind");

    let jspf = home.run(["recommend", "-n", "3", "--jspf"]).ok().json();
    let tracks = jspf[0]["playlist"]["track"].as_array().unwrap();
    assert_eq!(tracks.len(), 3);
    for track in tracks {
        let location = track["location"][0].as_str().unwrap();
        let path = location.strip_prefix("file://").unwrap();
        let path = path.replace("%20", " ").replace("%26", "&");
        assert!(Path::new(&path).is_file(), "{location}");
        assert!(track["duration"].as_u64().unwrap() > 1000 && track["annotation"].is_string());
    }
}

#[test]
fn a_playlist_that_cannot_be_written_is_an_error() {
    let home = home();
    for (args, named) in [
        (vec!["--out", "/no/such/folder/next.m3u"], "/no/such/folder/next.m3u"),
        (vec!["--out", "/dev/null"], "not a file"),
        (vec!["--m3u", "--relative-to", "/no/such/folder"], "/no/such/folder"),
        (vec!["--m3u", "--json"], "--json"),
        (vec!["-n", "0"], "-n"),
    ] {
        let ran = home.run(["recommend"].into_iter().chain(args.iter().copied()));
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(named), "{args:?}: {}", ran.stderr);
    }
    let odd = home.music().join("line\nbreak.wav");
    let first = &echovibe::audio::demo::pieces()[0];
    std::fs::rename(home.music().join(first.file_name()), &odd).unwrap();
    home.index();
    let ran = home.run(["recommend", "-n", "50", "--m3u"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(ran.stderr.contains("line break"), "{ran:?}");
    home.run(["recommend", "-n", "50", "--jspf"]).ok();
}

#[test]
fn the_radio_streams_until_nobody_reads() {
    let home = home();
    let mood = home.path("mood");
    std::fs::write(&mood, "calm").unwrap();
    let mut child = home
        .command(["recommend", "--radio", "--json", "--mood-file", mood.to_str().unwrap()])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let rows: Vec<Value> =
        (0..25).map(|_| serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap()).collect();
    for (n, row) in rows.iter().enumerate() {
        assert_eq!(number(row, "rank") as usize, n + 1);
    }
    let ids: Vec<f64> = rows.iter().map(|row| number(row, "track_id")).collect();
    assert!(ids.windows(4).all(|four| !four[..3].contains(&four[3])), "{ids:?}");
    drop(lines);
    let ran = wait(child, "radio");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");

    let three = home.run(["recommend", "--radio", "-n", "3", "--m3u"]).ok().stdout;
    assert!(three.starts_with("#EXTM3U\n"));
    let files: Vec<&str> = three.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(files.len(), 3);
    assert!(files.iter().all(|file| Path::new(file).is_file()), "{three}");
}

/// The radio is stopped as Ctrl-C does it, after it went on because of a skip.
#[test]
fn a_paced_radio_goes_on_when_the_track_is_turned_down() {
    let home = home();
    let mut child = home.command(["recommend", "--radio", "--paced", "--json"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let first = next();
    let id = first["track_id"].to_string();
    home.run(["skip", &id, "--share", "0.1"]).ok();
    let second = next();
    assert_ne!(second["track_id"], first["track_id"]);
    assert_eq!(number(&second, "rank"), 2.0);
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ran = wait(child, "radio");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
}

#[test]
fn one_skip_moves_the_list() {
    let home = home();
    let seed = title(&home, 0);
    let list = || home.run(["recommend", "--seed", &seed, "--json"]).ok().json();
    let before = list();
    let first = text(&before[0], "title").to_owned();
    home.run(["skip", &first, "--share", "0.05"]).ok();
    let after = list();
    let place = |rows: &[Value]| rows.iter().position(|row| text(row, "title") == first);
    assert!(place(&after) > place(&before), "what was skipped falls");
    let row = after.iter().find(|row| text(row, "title") == first).unwrap();
    let why = row["reasons"].as_array().unwrap();
    assert!(why.iter().any(|reason| text(reason, "text").starts_with("you skipped it")), "{row}");
}
