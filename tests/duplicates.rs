//! The same recording in several files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::path::Path;

use serde_json::Value;
use support::{Home, dull, number, piece, text, write_wav};

/// A little faster and higher, as a tape would be.
fn faster(sound: &[f32], by: f64) -> Vec<f32> {
    let count = (sound.len() as f64 / by) as usize - 1;
    let at = |i: usize| {
        let place = i as f64 * by;
        let (low, part) = (place as usize, place.fract() as f32);
        sound[low] * (1.0 - part) + sound[low + 1] * part
    };
    (0..count).map(at).collect()
}

/// At half the rate.
fn halved(sound: &[f32]) -> Vec<f32> {
    sound.chunks_exact(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect()
}

fn name(row: &Value) -> String {
    Path::new(text(row, "path")).file_name().unwrap().to_string_lossy().into_owned()
}

/// "Tide Bell" three times and at another speed, and another piece.
fn library() -> Home {
    let home = Home::new();
    let write = |name: &str, sound: &[f32], rate| write_wav(&home.music().join(name), sound, rate);
    let tide = piece("Tide Bell").render(44_100);
    write("tide.wav", &halved(&tide), 22_050);
    write("nine.wav", &piece("Nine Hands").render(22_050), 22_050);
    write("tide-fast.wav", &faster(&tide, 1.04), 44_100);
    home.index();
    home
}

fn write_copies(home: &Home) {
    let tide = piece("Tide Bell").render(44_100);
    let quiet: Vec<f32> = tide.iter().map(|x| x * 0.4).collect();
    let late = [vec![0.0; 3 * 44_100 + 5_000], quiet].concat();
    write_wav(&home.music().join("tide-late.wav"), &late, 44_100);
    let cut = 2 * 44_100 + 6_000;
    write_wav(&home.music().join("tide-cut.wav"), &tide[cut..tide.len() - 44_100], 44_100);
}

#[test]
fn copies_are_found_listed_and_left_out() {
    let home = library();
    assert_eq!(home.run(["library", "dedupe", "--json"]).status, 1, "nothing is here twice yet");
    write_copies(&home);
    let summary = home.index();
    let found = summary["duplicates"].as_array().unwrap();
    assert_eq!(found.len(), 2, "{summary}");
    for file in found {
        assert!(text(file, "path").contains("tide-") && text(file, "of").contains("tide"));
        assert!(!text(file, "of").contains("fast"), "{summary}");
    }

    let groups = home.run(["library", "dedupe", "--json"]).ok().json();
    assert_eq!(groups.len(), 1, "{groups:?}");
    let keep = &groups[0]["keep"];
    assert_eq!((name(keep).as_str(), text(keep, "why")), ("tide-late.wav", "longer"));
    assert_eq!((text(keep, "format"), &keep["lossless"]), ("WAV", &Value::Bool(true)));
    let copies = groups[0]["duplicates"].as_array().unwrap();
    assert_eq!(copies.iter().map(name).collect::<Vec<_>>(), ["tide.wav", "tide-cut.wav"]);
    for (copy, offset_s) in copies.iter().zip([3.113, 5.249]) {
        assert!(number(copy, "share") > 0.9 && number(copy, "cosine") > 0.9, "{copy}");
        assert!((number(copy, "offset_s") - offset_s).abs() < 0.1, "{copy}");
        assert_eq!(copy["removed"], false);
    }
    let said = home.run(["library", "dedupe"]).ok();
    assert!(said.stdout.contains("keep") && said.stderr.contains("nothing was removed"));
    assert_eq!(home.library().len(), 5);

    // Nobody to ask: nothing is removed.
    let refused = home.run(["library", "dedupe", "--remove"]);
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("--yes"), "{refused:?}");
    assert_eq!(home.library().len(), 5);
    home.run(["library", "dedupe", "--remove", "--yes"]).ok();
    assert_eq!(home.library().len(), 3);
    assert!(home.music().join("tide-cut.wav").exists(), "files are never touched");
    let summary = home.index();
    assert_eq!(number(&summary, "left_out"), 2.0, "{summary}");
    assert_eq!(home.library().len(), 3, "what was taken out comes back");

    // The one that was kept goes: the others are wanted again.
    std::fs::remove_file(home.music().join("tide-late.wav")).unwrap();
    home.index();
    let names: Vec<String> = home.library().iter().map(name).collect();
    assert!(names.contains(&"tide.wav".to_owned()), "{names:?}");
}

#[test]
fn of_new_files_all_but_one_are_copies() {
    let home = Home::new();
    let tide = piece("Low Water").render(22_050);
    for name in ["a.wav", "b.wav", "c.wav"] {
        write_wav(&home.music().join(name), &tide, 22_050);
    }
    let ran = home.run(["index".as_ref(), home.music().as_os_str()]).ok();
    assert!(ran.stdout.contains("2 of the new files"), "{ran:?}");
    assert!(ran.stdout.contains("echovibe library dedupe"), "{ran:?}");
}

#[test]
fn no_list_has_a_recording_twice_however_it_sounds() {
    let home = library();
    let sound = dull(&piece("Tide Bell").render(44_100));
    write_wav(&home.music().join("tide-dull.wav"), &sound, 44_100);
    let summary = home.index();
    assert_eq!(summary["duplicates"].as_array().unwrap().len(), 1, "{summary}");
    let offered = |seed: &str| -> Vec<String> {
        let seed = home.music().join(seed);
        let args = ["recommend".as_ref(), "--json".as_ref(), "--seed".as_ref(), seed.as_os_str()];
        home.run(args).ok().json().iter().map(name).collect()
    };
    let list = offered("nine.wav");
    let tides = list.iter().filter(|name| ["tide.wav", "tide-dull.wav"].contains(&name.as_str()));
    assert_eq!(tides.count(), 1, "{list:?}");
    let list = offered("tide.wav");
    assert!(!list.contains(&"tide-dull.wav".to_owned()), "{list:?}");
}
