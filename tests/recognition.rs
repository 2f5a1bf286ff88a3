//! Clips of indexed pieces are named, other sound is not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::path::{Path, PathBuf};

use echovibe::audio::demo::{self, DemoPiece, noisy_clip};
use serde_json::Value;
use support::{Home, number, piece, text, write_wav};

const RATE: u32 = 16_000;

/// Pieces that are not in the library of these tests.
const UNKNOWN: [&str; 4] = ["Fast Ferry", "Evening Stone", "Mango Street", "Small Hours Boat"];

fn known() -> Vec<&'static DemoPiece> {
    demo::pieces().iter().filter(|piece| !UNKNOWN.contains(&piece.title)).step_by(2).collect()
}

fn home_with_known_pieces() -> Home {
    let home = Home::new();
    home.write_pieces(known());
    let summary = home.index();
    assert_eq!(number(&summary, "added") as usize, known().len(), "{summary}");
    home
}

fn clip_file(home: &Home, piece: &DemoPiece, start_s: f64, snr_db: f32) -> PathBuf {
    let path = home.path(&format!("{} from {start_s} at {snr_db}.wav", piece.title));
    write_wav(&path, &noisy_clip(piece, start_s, 8.0, snr_db, 11, RATE), RATE);
    path
}

fn identify(home: &Home, clips: &[PathBuf]) -> (i32, Vec<Value>) {
    let args = ["identify", "--json"].map(Into::into).into_iter().chain(clips.iter().cloned());
    let ran = home.run(args.map(PathBuf::into_os_string));
    (ran.status, ran.json())
}

#[test]
fn noisy_clips_are_named_with_their_place() {
    let home = home_with_known_pieces();
    let places: Vec<f64> = (0..known().len()).map(|n| 1.0 + 1.9 * n as f64).collect();
    let clips: Vec<PathBuf> = known()
        .iter()
        .zip(&places)
        .map(|(piece, start_s)| clip_file(&home, piece, *start_s, 10.0))
        .collect();
    let (status, answers) = identify(&home, &clips);
    assert_eq!((status, answers.len()), (0, clips.len()));
    let mut wrong = Vec::new();
    for (((piece, clip), start_s), answer) in known().iter().zip(&clips).zip(&places).zip(&answers)
    {
        assert_eq!(Path::new(text(answer, "query")), clip);
        assert!(number(answer, "elapsed_ms") >= 0.0 && answer["candidates"].is_array());
        let found = &answer["match"];
        if found.is_null()
            || text(found, "title") != piece.title
            || (number(found, "offset_s") - start_s).abs() > 0.5
        {
            wrong.push(format!("{} from {start_s} s: {found}", piece.title));
            continue;
        }
        assert_eq!(text(found, "artist"), piece.artist);
        assert!((0.0..=1.0).contains(&number(found, "confidence")));
        assert!(Path::new(text(found, "path")).is_file() && number(found, "track_id") > 0.0);
    }
    assert!(wrong.len() <= 1, "{wrong:#?}");
}

#[test]
fn other_sound_is_not_named() {
    let home = home_with_known_pieces();
    let mut clips: Vec<PathBuf> =
        UNKNOWN.iter().map(|title| clip_file(&home, piece(title), 9.0, 10.0)).collect();
    // noise alone, and silence
    clips.push(clip_file(&home, known()[0], 31.0, 0.0));
    clips.push(home.path("silence.wav"));
    write_wav(&clips[clips.len() - 1], &vec![0.0; 5 * RATE as usize], RATE);
    let (status, answers) = identify(&home, &clips);
    assert_eq!((status, answers.len()), (1, clips.len()));
    for answer in answers {
        assert!(answer["match"].is_null(), "{answer}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let home = Home::new();
    let missing = home.path("missing.wav");
    let ran = home.run(["identify".into(), "--json".into(), missing.clone().into_os_string()]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains(&*missing.to_string_lossy()), "{ran:?}");
}

#[test]
fn standard_input_may_be_a_file_or_raw() {
    let home = home_with_known_pieces();
    let wanted = known()[3];
    let clip = clip_file(&home, wanted, 12.0, 15.0);
    let wav = std::fs::read(&clip).unwrap();
    let raw = wav[44..].to_vec();
    for (args, input) in [
        (["identify", "-", "--json"].as_slice(), wav.clone()),
        (&["listen", "--once", "--json", "--input", "-"], wav),
        // without a header, of the usual format and of one that is told
        (&["listen", "--once", "--json", "--input", "-"], raw.clone()),
        (&["listen", "--once", "--json", "--input", "-:s16le:16000:1"], raw),
    ] {
        let ran = home.run_with_input(args, input).ok();
        let answer = &ran.json()[0];
        assert_eq!(text(&answer["match"], "title"), wanted.title, "{args:?}");
    }
    let ran = home.run_with_input(&["identify", "-", "--json"], Vec::new());
    assert_eq!(ran.status, 2, "nothing on standard input: {ran:?}");
}

#[test]
fn listening_to_a_file_reports_the_track_once() {
    let home = home_with_known_pieces();
    let wanted = known()[1];
    let clip = home.path("heard.wav");
    write_wav(&clip, &noisy_clip(wanted, 8.0, 16.0, 15.0, 3, RATE), RATE);
    let input = format!("file:{}", clip.display());
    let rows = home.run(["listen", "--json", "--input", &input]).ok().json();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(text(&rows[0]["match"], "title"), wanted.title);
    let heard_s = number(&rows[0], "heard_s");
    let position_s = number(&rows[0], "position_s");
    assert!((0.5..=12.0).contains(&heard_s), "{heard_s}");
    assert!((position_s - 8.0 - heard_s).abs() < 1.5, "{position_s} after {heard_s}");
    assert_eq!(text(&home.history()[0], "title"), wanted.title);
}

#[test]
fn a_mix_is_told_as_its_tracks_one_after_another() {
    let home = home_with_known_pieces();
    let parts = [(known()[1], 3.0), (known()[4], 6.0), (known()[2], 1.0)];
    let mix: Vec<f32> = parts
        .iter()
        .flat_map(|(piece, start_s)| noisy_clip(piece, *start_s, 14.0, 20.0, 5, RATE))
        .collect();
    let path = home.path("mix.wav");
    write_wav(&path, &mix, RATE);
    let ran = home.run(["identify", "--json", "--timeline", path.to_str().unwrap()]);
    let answer = ran.json().remove(0);
    let timeline = answer["timeline"].as_array().unwrap();
    assert_eq!(timeline.len(), 3, "{answer}");
    for (n, ((piece, start_s), found)) in parts.iter().zip(timeline).enumerate() {
        assert_eq!(text(&found["match"], "title"), piece.title, "{answer}");
        let (begins, ends) = (number(found, "start_s"), number(found, "end_s"));
        let truth = 14.0 * n as f64;
        assert!((begins - truth).abs() <= 1.5 && (ends - truth - 14.0).abs() <= 1.5, "{answer}");
        let offset_s = number(&found["match"], "offset_s");
        assert!((offset_s - begins + truth - start_s).abs() <= 0.6, "{answer}");
    }
}
