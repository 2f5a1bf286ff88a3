//! Plays of other programs, taken over as a user would.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use serde_json::{Value, json};
use support::{Home, kind, number, text};

/// A library of demo pieces, and artist and title of each.
fn home() -> (Home, Vec<(String, String)>) {
    let home = Home::new();
    home.write_pieces(echovibe::audio::demo::pieces().iter().take(8));
    home.index();
    let rows = home.library();
    let names = rows.iter().map(|row| (text(row, "artist").into(), text(row, "title").into()));
    let names = names.collect();
    (home, names)
}

fn write(home: &Home, name: &str, contents: &str) -> String {
    let path = home.path(name);
    std::fs::write(&path, contents).unwrap();
    path.to_str().unwrap().to_owned()
}

fn summary(rows: &[Value]) -> &Value {
    rows.iter().find(|row| kind(row) == "summary").unwrap()
}

#[test]
fn a_history_is_taken_over_once() {
    let (home, names) = home();
    let [(artist, title), (artist_2, title_2), ..] = &names[..] else { panic!("{names:?}") };
    let upper = title.to_uppercase();
    let csv = write(
        &home,
        "lastfm.csv",
        &format!(
            "{artist},,\"{upper}\",06 Jan 2024 18:04\n{artist},,\"{title}\",07 Jan 2024 18:04\n\
             Nobody,Nothing,Anything,08 Jan 2024 18:04\nNobody,,Anything,never\n"
        ),
    );
    let dry = home.run(["import", "--dry-run", &csv, "--json"]).ok().json();
    assert_eq!((number(summary(&dry), "found"), number(summary(&dry), "recorded")), (3.0, 0.0));
    assert!(home.history().is_empty(), "only said what would be done");

    let ran = home.run(["import", &csv, "--json"]).ok();
    assert!(ran.stderr.contains("line 4") && ran.stderr.contains("\"never\""), "{}", ran.stderr);
    let rows = ran.json();
    assert_eq!((text(&rows[0], "artist"), number(&rows[0], "plays")), ("Nobody", 1.0));
    let said = summary(&rows);
    assert_eq!((number(said, "recorded"), number(said, "odd")), (2.0, 1.0), "{said}");
    assert_eq!((number(said, "tracks"), number(said, "known")), (1.0, 0.0), "{said}");
    let history = home.history();
    assert_eq!(history.len(), 2);
    assert_eq!((kind(&history[0]), text(&history[0], "title")), ("play", title.as_str()));
    assert_eq!(text(&history[0], "at"), "2024-01-07T18:04:00Z", "at its own time");

    // The same plays kept by another program, and one more.
    let listens: Vec<Value> = [(artist, title, 1_704_564_240), (artist_2, title_2, 1_704_564_500)]
        .into_iter()
        .map(|(artist, title, at)| {
            json!({"listened_at": at,
                   "track_metadata": {"artist_name": artist, "track_name": title}})
        })
        .collect();
    let json = write(&home, "listens.json", &Value::from(listens).to_string());
    let again = home.run(["import", &csv, &json, "--json", "-q"]).ok().json();
    let said = summary(&again);
    assert_eq!((number(said, "recorded"), number(said, "known")), (1.0, 2.0), "{said}");
    assert_eq!(home.history().len(), 3);

    let told = home.run(["import", &csv, "-q"]).ok().stdout;
    assert!(told.starts_with("3 plays: 0 recorded, 2 there already, of 1 tracks\n"), "{told}");
    assert!(told.contains("Nobody - Anything"), "{told}");
}

#[test]
fn what_is_no_history_is_an_error_and_what_is_of_no_track_is_not_found() {
    let (home, _) = home();
    let none = write(&home, "none.csv", "artist,title\nNobody,Anything\n");
    let ran = home.run(["import", &none]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let odd = write(&home, "odd.csv", "hello\n");
    for (args, named) in [
        (vec!["import", "no-such-file.csv"], "no-such-file.csv"),
        (vec!["import", &odd], "line 1"),
        (vec!["import", "--of", "eva"], "FILE"),
        (vec!["import", "--forget", "eva"], "eva"),
    ] {
        let ran = home.run(&args);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(named), "{args:?}: {}", ran.stderr);
    }
    assert!(home.history().is_empty());
}

#[test]
fn what_like_minded_people_play_is_offered_and_said() {
    let (home, names) = home();
    // Who plays the first piece plays the fifth; others play the second and the sixth.
    let mut csv = "user,artist,title,plays\n".to_owned();
    for person in 0..20 {
        for place in [person % 2, 4 + person % 2] {
            let (artist, title) = &names[place];
            csv += &format!("p{person},{artist},\"{title}\",{}\n", 3 + person);
        }
    }
    let people = write(&home, "people.csv", &csv);
    let rows = home.run(["import", &people, "--json"]).ok().json();
    assert_eq!((rows.len(), kind(&rows[0]), number(&rows[0], "songs")), (20, "person", 2.0));
    assert!(home.history().is_empty(), "they move nobody's taste");
    home.run(["like", &names[0].1]).ok();
    // All pieces are to be offered, however many are of one artist.
    let config = write(&home, "all.toml", "[recommend]\nper_artist_in_ten = 10\nper_artist = 20\n");
    let offers = home.run(["recommend", "-n", "8", "--json", "--config", &config]).ok().json();
    let reason = |place: usize| {
        let row = offers.iter().find(|row| text(row, "title") == names[place].1).unwrap();
        let reasons = row["reasons"].as_array().unwrap();
        reasons.iter().find(|reason| kind(reason) == "people").map(|why| number(why, "weight"))
    };
    assert!(reason(4).unwrap() > 0.1, "{offers:?}");
    assert!(reason(5).is_none_or(|weight| weight < reason(4).unwrap()), "{offers:?}");

    let one = home.run(["import", "--of", "p3", &people, "--json"]).ok().json();
    assert_eq!(number(&one[0], "songs"), 4.0, "all of the file is theirs");
    home.run(["import", "--forget", "p3"]).ok();
    assert_eq!(home.run(["import", "--json"]).ok().json().len(), 19);
}
