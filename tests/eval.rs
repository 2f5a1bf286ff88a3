//! Measuring recognition and recommending, with the demo's music.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use echovibe::audio::demo::{self, DemoPiece, noisy_clip};
use serde_json::Value;
use support::{Home, Ran, have, kind, number, piece, shared, text, write_wav};

const RATE: u32 = 16_000;

const KNOWN: [&str; 6] =
    ["Tide Bell", "Low Water", "Reed Cutter", "Nine Hands", "Elbow Room", "Harbour Opening"];
const UNKNOWN: [&str; 2] = ["Fast Ferry", "Evening Stone"];

/// Pieces in a folder of their own, each below the folder of its artist.
fn write(home: &Home, folder: &str, pieces: &[&DemoPiece]) {
    for piece in pieces {
        let folder = home.path(folder).join(piece.artist);
        std::fs::create_dir_all(&folder).unwrap();
        piece.write_wav(&folder.join(piece.file_name())).unwrap();
    }
}

/// A home with `refs`, `unknown` and `noise`.
fn home() -> Home {
    let home = Home::new();
    write(&home, "refs", &KNOWN.map(piece));
    write(&home, "unknown", &UNKNOWN.map(piece));
    std::fs::create_dir(home.path("noise")).unwrap();
    let mut seed = 1_u32;
    let noise: Vec<f32> = (0..3 * RATE)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 24) as f32 * 0.4 - 0.2
        })
        .collect();
    write_wav(&home.path("noise/hiss.wav"), &noise, RATE);
    home
}

fn recognition(home: &Home, more: &[&str]) -> Ran {
    let args = ["eval", "recognition", "--refs", "refs", "--per-cell", "3", "--lengths", "3,5"];
    home.run(args.iter().chain(more))
}

fn of_kind(rows: &[Value], wanted: &str) -> Vec<Value> {
    rows.iter().filter(|row| kind(row) == wanted).cloned().collect()
}

#[test]
fn recognition_is_measured_cell_by_cell() {
    let home = home();
    let more =
        ["--noise", "noise", "--unknown", "unknown", "--conditions", "clean,room+10/telephone"];
    let rows = recognition(&home, &[&more[..], &["--json"]].concat()).ok().json();
    let (cells, points) = (of_kind(&rows, "cell"), of_kind(&rows, "point"));
    assert_eq!(cells.len(), 4);
    assert!((15..=25).contains(&points.len()));
    for cell in &cells {
        assert_eq!((number(cell, "clips"), number(cell, "unknown")), (3.0, 3.0), "{cell}");
        assert!(number(&cell["at_false_names"], "unknown_named") <= 0.0, "{cell}");
        let [low, right, high] = ["right_low_percent", "right_percent", "right_high_percent"]
            .map(|field| number(cell, field));
        assert!(low <= right + 0.01 && right <= high + 0.01 && high - low > 10.0, "{cell}");
    }
    let clean = cells
        .iter()
        .find(|cell| text(cell, "condition") == "clean" && number(cell, "length_s") == 5.0)
        .unwrap();
    assert_eq!(number(clean, "top1_percent"), 100.0, "{clean}");
    assert_eq!(number(clean, "right_percent"), 100.0, "{clean}");
    assert_eq!(number(clean, "near_or_repeat_percent"), 100.0, "{clean}");
    let rights: Vec<f64> = points.iter().map(|point| number(point, "right_percent")).collect();
    assert!(rights.is_sorted_by(|a, b| a >= b), "{rights:?}");
    let summary = rows.last().unwrap();
    assert_eq!((kind(summary), number(summary, "tracks")), ("summary", 6.0));
    assert_eq!(number(&summary["all"], "clips"), 12.0);
    assert!(number(summary, "median_ms") > 0.0);
    assert!(home.library().is_empty(), "the library is not touched");

    // the same seed again, with a cell more and in another order: the cell stays what it was
    let more = [&more[..4], &["--conditions", "room,clean", "--json"]].concat();
    let again = recognition(&home, &more).ok().json();
    let same = again.iter().find(|row| {
        kind(row) == "cell" && text(row, "condition") == "clean" && number(row, "length_s") == 5.0
    });
    assert_eq!(same.unwrap()["right"], clean["right"]);
    assert_eq!(same.unwrap()["near_percent"], clean["near_percent"]);
}

#[test]
fn the_tables_are_for_people() {
    let home = home();
    std::fs::write(home.path("refs/broken.mp3"), b"no sound at all").unwrap();
    let ran = recognition(&home, &["--conditions", "clean", "--unknown", "unknown"]).ok();
    for said in ["6 tracks enrolled", "top-1 %", "condition", "all", "0.9999", "at most 1 %"] {
        assert!(ran.stdout.contains(said), "{said}:\n{}", ran.stdout);
    }
    assert!(ran.stderr.contains("broken.mp3"), "{}", ran.stderr);
    let quiet = recognition(&home, &["--conditions", "clean", "--quiet"]).ok();
    assert_eq!(quiet.stderr, "");
    assert!(!quiet.stdout.contains("at most"), "without unknown clips:\n{}", quiet.stdout);
}

#[test]
fn mp3_clips_are_named() {
    if !have(&["ffmpeg"]) {
        return;
    }
    let rows = recognition(&home(), &["--conditions", "mp3", "--json"]).ok().json();
    assert_eq!(number(&rows.last().unwrap()["all"], "top1_percent"), 100.0, "{rows:?}");
}

#[test]
fn mp3_without_ffmpeg_says_so() {
    let home = home();
    let mut command =
        home.command(["eval", "recognition", "--refs", "refs", "--conditions", "mp3"]);
    command.env("PATH", home.path("nowhere"));
    let ran = support::finish(command);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("ffmpeg"), "{ran:?}");
}

#[test]
fn clips_in_a_folder_are_measured() {
    let home = home();
    std::fs::create_dir(home.path("clips")).unwrap();
    let mut list = "file,ref,start_s,length_s,condition\r\n".to_owned();
    for (i, title) in ["Tide Bell", "Nine Hands", "Fast Ferry"].iter().enumerate() {
        let clip = noisy_clip(piece(title), 6.0, 5.0, 15.0, 3, RATE);
        write_wav(&home.path(&format!("clips/{i}.wav")), &clip, RATE);
        let (artist, file) = (piece(title).artist, piece(title).file_name());
        let known = if i < 2 { format!("{artist}/{file}") } else { String::new() };
        list += &format!("{i}.wav,{known},6.000,5,\"a room, 15 dB\"\r\n");
    }
    std::fs::write(home.path("clips/queries.csv"), list).unwrap();
    let args = ["eval", "recognition", "--refs", "refs", "--clips", "clips", "--json"];
    let rows = home.run(args).ok().json();
    let cell = &rows[0];
    assert_eq!((kind(cell), text(cell, "condition")), ("cell", "a room, 15 dB"));
    assert_eq!((number(cell, "clips"), number(cell, "unknown")), (2.0, 1.0));
    assert_eq!(number(cell, "top1_percent"), 100.0, "{cell}");
}

#[test]
fn sources_are_retrieved_by_style() {
    let home = Home::new();
    let pieces: Vec<&DemoPiece> = demo::pieces().iter().collect();
    write(&home, "refs", &pieces);
    let args = ["eval", "recommendation", "--refs", "refs"];
    let rows = home.run(args.iter().chain(&["--json"])).ok().json();
    let summary = rows.last().unwrap();
    assert_eq!((kind(summary), number(summary, "tracks")), ("summary", pieces.len() as f64));
    assert_eq!(of_kind(&rows, "source").len(), number(summary, "sources") as usize);
    for figure in ["recall_at_10", "ndcg_at_10", "mean_reciprocal_rank"] {
        let [style, random] = ["style", "random"].map(|order| number(&summary[order], figure));
        assert!(style > random && style <= 1.0, "{figure}: {style}, by chance {random}");
    }
    let similarities = of_kind(&rows, "similarity");
    assert_eq!(similarities.len(), 5, "the feed's; style and timbre, each in two ways: {rows:?}");
    assert!(similarities.iter().all(|row| number(row, "nanoseconds") > 0.0));
    let [by_cosine, by_distance] = [1, 2].map(|i| number(&similarities[i], "ndcg_at_10"));
    assert!((by_cosine - by_distance).abs() < 0.02, "styles have length 1: {similarities:?}");
    let lists = of_kind(&rows, "lists");
    let systems: Vec<&str> = lists.iter().map(|row| text(row, "system")).collect();
    assert_eq!(systems, ["feed", "nearest by cosine", "random"]);
    for row in &lists {
        let [coverage, diversity] = ["coverage", "diversity"].map(|field| number(row, field));
        assert!(coverage > 0.2 && coverage <= 1.0 && diversity > 0.0, "{row}");
        assert!(number(row, "novelty_bits") > 0.0, "{row}");
    }
    let said = home.run(args).ok().stdout;
    for part in ["NDCG@10", "Saltmarsh", "Euclidean", "coverage"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn the_own_library_is_measured_with_listeners() {
    let home = Home::new();
    let pieces: Vec<&DemoPiece> = demo::pieces().iter().collect();
    write(&home, "music", &pieces);
    home.run(["index", "music"]).ok();
    let args = ["eval", "recommendation", "--listeners", "6"];
    let rows = home.run(args.iter().chain(&["--json"])).ok().json();
    assert_eq!(number(rows.last().unwrap(), "tracks"), pieces.len() as f64);
    let listeners = of_kind(&rows, "listeners");
    assert!(!listeners.is_empty(), "{rows:?}");
    for row in &listeners {
        assert_eq!(number(row, "listeners"), 6.0);
        let after = row["after"].as_array().unwrap();
        let feedbacks: Vec<f64> = after.iter().map(|at| number(at, "feedbacks")).collect();
        assert_eq!(feedbacks, [0.0, 5.0, 10.0, 20.0]);
        let best = number(row, "best_possible");
        assert!(after.iter().all(|at| number(at, "precision_at_10") <= best), "{row}");
    }
    let again = home.run(args.iter().chain(&["--json"])).ok().json();
    assert_eq!(of_kind(&again, "listeners"), listeners, "the same seed, the same listeners");
    let said = home.run(args).ok().stdout;
    assert!(said.contains("simulated listeners"), "{said}");
    assert!(home.history().is_empty(), "nobody's history is touched");
}

#[test]
fn what_people_play_is_foreseen() {
    let home = Home::new();
    let mut plays = "user,track,plays\n".to_owned();
    let mut seed = 1_u32;
    for user in 0..60 {
        for _ in 0..12 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // three circles of people, each with tracks of its own
            plays += &format!(
                "user {user},\"track, {}-{}\",{}\n",
                user % 3,
                (seed >> 8) % 20,
                1 + seed % 9
            );
        }
    }
    std::fs::write(home.path("plays.csv"), plays).unwrap();
    let args = ["eval", "recommendation", "--people", "plays.csv"];
    let rows = home.run(args.iter().chain(&["--json"])).ok().json();
    let people = of_kind(&rows, "people");
    let ours = people.iter().find(|row| row["ours"] == true).unwrap();
    let popular = people.iter().find(|row| text(row, "system") == "popularity").unwrap();
    assert!(number(ours, "ndcg_at_10") > number(popular, "ndcg_at_10"), "{people:?}");
    let summary = rows.last().unwrap();
    assert_eq!((kind(summary), number(summary, "people")), ("people_summary", 60.0));
    let said = home.run(args).ok().stdout;
    assert!(said.contains("popularity") && said.contains("like-minded people"), "{said}");
}

/// The plays that the yardsticks of `benches/yardsticks.py` were measured on.
#[test]
fn last_fm_plays_are_foreseen_better_than_by_neighbours_and_factors() {
    let Some(plays) = shared("lastfm/user_artists.dat") else { return };
    let home = Home::new();
    let mut command = home.command(["eval", "recommendation", "--json", "--people"]);
    command.arg(plays);
    let rows = support::finish(command).ok().json();
    let (ours, others): (Vec<Value>, Vec<Value>) =
        of_kind(&rows, "people").into_iter().partition(|row| row["ours"] == true);
    for figure in ["ndcg_at_10", "recall_at_20"] {
        for other in &others {
            assert!(number(&ours[0], figure) > number(other, figure), "{figure}: {rows:?}");
        }
    }
    // the best of the package's neighbours and factors at their defaults
    assert!(number(&ours[0], "ndcg_at_10") > 0.179 && number(&ours[0], "recall_at_20") > 0.226);
}

#[test]
fn bad_input_is_named_and_ends_with_2() {
    let home = home();
    std::fs::create_dir(home.path("empty")).unwrap();
    std::fs::create_dir(home.path("broken")).unwrap();
    std::fs::write(home.path("broken/a.mp3"), b"no sound at all").unwrap();
    lists(&home);
    std::fs::write(home.path("bad.csv"), "1,2,3\n1,4,many\n").unwrap();
    std::fs::write(home.path("few.csv"), "1,2,3\n2,2,1\n").unwrap();
    let refs = ["recognition", "--refs", "refs"];
    let with = |more: &[&'static str]| [&refs[..], more].concat();
    let cases: Vec<(Vec<&str>, &[&str])> = vec![
        (vec!["recognition"], &["--refs", "echovibe eval recognition --refs"]),
        (vec!["recommendation"], &["--refs", "echovibe eval recommendation --refs"]),
        (vec!["everything"], &["everything"]),
        (vec!["recognition", "--refs", "nowhere"], &["nowhere"]),
        (vec!["recognition", "--refs", "empty", "--conditions", "clean"], &["empty"]),
        (vec!["recognition", "--refs", "broken", "--conditions", "clean"], &["broken"]),
        (vec!["recommendation", "--refs", "empty"], &["empty"]),
        (vec!["recommendation", "--people", "nowhere.csv"], &["nowhere.csv"]),
        (vec!["recommendation", "--people", "bad.csv"], &["bad.csv, line 2", "many"]),
        (vec!["recommendation", "--people", "few.csv"], &["few.csv", "five"]),
        (vec!["recommendation", "--refs", "refs", "--listeners", "0"], &["--listeners"]),
        (vec!["recommendation", "--refs", "unknown/nobody"], &["nobody"]),
        (vec!["recommendation", "--refs", "noise"], &["noise", "sources"]),
        (with(&["--conditions", "clean,rome"]), &["rome", "telephone"]),
        (with(&["--conditions", "room+loud"]), &["room+loud"]),
        (with(&["--conditions", "room+5"]), &["room+5", "--noise"]),
        (with(&["--conditions", "clean", "--lengths", "0"]), &["0", "--lengths"]),
        (with(&["--conditions", "clean", "--lengths", "-3"]), &["-3", "--lengths"]),
        (with(&["--conditions", "clean", "--lengths", "1,two"]), &["two", "--lengths"]),
        (with(&["--conditions", "clean", "--lengths", "60"]), &["60 s", "refs"]),
        (with(&["--conditions", "clean", "--per-cell", "0"]), &["--per-cell"]),
        (with(&["--conditions", "clean", "--seed", "x"]), &["--seed"]),
        (with(&["--conditions", "clean", "--false-names", "101"]), &["101"]),
        (with(&["--noise", "nowhere"]), &["nowhere"]),
        (with(&["--noise", "empty"]), &["empty"]),
        (with(&["--noise", "broken"]), &["broken"]),
        (with(&["--noise", "noise", "--rir", "nowhere"]), &["nowhere"]),
        (with(&["--conditions", "clean", "--unknown", "nowhere"]), &["nowhere"]),
        (with(&["--conditions", "clean", "--unknown", "refs"]), &["refs", "--unknown"]),
        (with(&["--clips", "nowhere"]), &["nowhere"]),
        (with(&["--clips", "empty"]), &["queries.csv"]),
        (with(&["--clips", "empty", "--noise", "noise"]), &["--clips", "--noise"]),
        (with(&["--clips", "lacking"]), &["length_s", "queries.csv", "line 1"]),
        (with(&["--clips", "gone"]), &["gone.wav", "line 3"]),
        (with(&["--clips", "other"]), &["who/what.wav", "line 2"]),
        (with(&["--clips", "late"]), &["soon", "line 2"]),
    ];
    for (args, named) in cases {
        let ran = home.run(["eval"].iter().chain(&args));
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:#?}");
        for named in named {
            assert!(ran.stderr.contains(named), "{args:?} does not name {named}: {}", ran.stderr);
        }
        assert!(ran.stderr.lines().count() <= 12, "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{args:?}: {}", ran.stderr);
    }
}

/// Folders of clips whose lists are wrong.
fn lists(home: &Home) {
    let piece = piece("Tide Bell");
    let known = format!("{}/{}", piece.artist, piece.file_name());
    let columns = "file,ref,start_s,length_s,condition";
    for (folder, list) in [
        ("lacking", "file,ref,start_s,condition\na.wav,,1,clean\n".to_owned()),
        ("gone", format!("{columns}\na.wav,,1,2,clean\ngone.wav,,1,2,clean\n")),
        ("other", format!("{columns}\na.wav,who/what.wav,1,2,clean\n")),
        ("late", format!("{columns}\na.wav,{known},soon,2,clean\n")),
    ] {
        let folder = home.path(folder);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("queries.csv"), list).unwrap();
        write_wav(&folder.join("a.wav"), &[0.1; 16_000], RATE);
    }
}

#[test]
fn ctrl_c_ends_it_cleanly() {
    let home = home();
    let args = ["eval", "recognition", "--refs", "refs", "--per-cell", "5000"];
    let mut command = home.command(args);
    command.args(["--conditions", "clean"]);
    let child = command.spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let ran = support::wait(child, "eval after Ctrl-C");
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("stopped") && !ran.stderr.contains("panicked"), "{ran:?}");
}
