//! Silence, noise and speech are told apart from music, and not searched.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::path::{Path, PathBuf};

use echovibe::audio::demo::{self, noisy_clip};
use support::{Home, text, write_wav};

const RATE: u32 = 16_000;

/// Recordings of people talking; they are not part of the repository.
const SPEECH: &str = "../shared/noise/dev";

/// Noise whose power falls with frequency to the power of 0 (white) or 2 (brown).
fn noise(seconds: usize, brown: bool) -> Vec<f32> {
    let mut rng = fastrand::Rng::with_seed(5);
    let mut sum = 0.0_f32;
    (0..seconds * RATE as usize)
        .map(|_| {
            let white = rng.f32() - 0.5;
            sum = sum * 0.995 + white * 0.1;
            if brown { sum } else { white * 0.4 }
        })
        .collect()
}

fn speech() -> Option<Vec<PathBuf>> {
    let files = std::fs::read_dir(SPEECH).ok()?;
    let mut files: Vec<PathBuf> = files
        .map(|file| file.unwrap().path().canonicalize().unwrap())
        .filter(|path| path.to_string_lossy().contains("speech-to-intent"))
        .collect();
    files.sort();
    Some(files)
}

/// A home that knows one piece.
fn home() -> Home {
    let home = Home::new();
    home.write_pieces([&demo::pieces()[0]]);
    home.index();
    home
}

fn heard(home: &Home, clips: &[PathBuf]) -> Vec<String> {
    let args = ["identify", "--json"].map(Into::into).into_iter().chain(clips.iter().cloned());
    let ran = home.run(args.map(PathBuf::into_os_string));
    let answers = ran.json();
    assert_eq!(answers.len(), clips.len(), "{ran:?}");
    answers.iter().map(|answer| text(answer, "heard").to_owned()).collect()
}

#[test]
fn silence_noise_and_music_are_told_apart() {
    let home = home();
    let samples = [
        vec![0.0; 5 * RATE as usize],
        noise(10, false),
        noise(12, true),
        noisy_clip(&demo::pieces()[0], 5.0, 6.0, 10.0, 3, RATE),
    ];
    let clips: Vec<PathBuf> = ["silence", "white", "brown", "music"]
        .iter()
        .zip(&samples)
        .map(|(name, samples)| {
            let path = home.path(&format!("{name}.wav"));
            write_wav(&path, samples, RATE);
            path
        })
        .collect();
    assert_eq!(heard(&home, &clips), ["silence", "no music", "no music", "music"]);

    let ran = home.run([Path::new("identify"), &clips[3]]).ok();
    assert!(ran.stdout.contains(demo::pieces()[0].title), "{ran:?}");
    for (clip, said) in clips.iter().zip(["silence", "no music", "no music"]) {
        for words in [vec!["identify"], vec!["identify", "--timeline"]] {
            let ran = home.run(words.iter().map(Path::new).chain([clip.as_path()]));
            assert_eq!(ran.status, 1, "{ran:?}");
            assert!(ran.stdout.trim_end().ends_with(&format!(": {said}")), "{ran:?}");
        }
    }
}

#[test]
fn a_piece_after_noise_is_named() {
    let home = home();
    let mut samples = noise(12, true);
    samples.extend(noisy_clip(&demo::pieces()[0], 5.0, 6.0, 15.0, 3, RATE));
    let clip = home.path("late.wav");
    write_wav(&clip, &samples, RATE);
    let input = format!("file:{}", clip.display());
    for args in [
        vec!["identify", "--json", clip.to_str().unwrap()],
        vec!["listen", "--once", "--json", "--input", &input],
    ] {
        let answers = home.run(&args).ok().json();
        assert_eq!(text(&answers[0]["match"], "title"), demo::pieces()[0].title, "{args:?}");
    }
}

#[test]
fn speech_is_no_music() {
    let Some(clips) = speech() else {
        eprintln!("skipped: there are no recordings of speech in {SPEECH}");
        return;
    };
    assert!(!clips.is_empty(), "no speech in {SPEECH}");
    let heard = heard(&home(), &clips);
    let refused = heard.iter().filter(|heard| *heard == "no music").count();
    // All eight are; half of them are searched first.
    assert!(refused + 1 >= heard.len(), "{refused} of {}: {heard:?}", heard.len());
}
