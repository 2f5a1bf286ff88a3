//! Whole sounds whose truth is known.

use std::f32::consts::TAU;

use super::pieces::{Piece, STYLES, Style, ambient};
use super::{Key, SILENCE_LUFS, SoundFeatures};
use crate::dsp::SAMPLE_RATE;

const RATE: f32 = SAMPLE_RATE as f32;

fn sine(hz: f32, level: f32, seconds: f32) -> Vec<f32> {
    (0..(seconds * RATE) as usize).map(|i| level * (TAU * hz * i as f32 / RATE).sin()).collect()
}

fn noise(level: f32, seconds: f32) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(1);
    (0..(seconds * RATE) as usize).map(|_| level * (random.f32() * 2.0 - 1.0)).collect()
}

fn piece(style: Style, bpm: f32, seed: u64) -> Piece {
    Piece { style, bpm, tonic: 2, minor: false, tuning: 0.0, seconds: 24.0, seed }
}

fn is_finite(features: &SoundFeatures) -> bool {
    let single = [
        features.tempo_bpm.unwrap_or(0.0),
        features.loudness_lufs,
        features.centroid_hz,
        features.zero_crossing_rate,
        features.onset_rate,
        features.highlight_s,
    ];
    let several = features.mfcc.iter().flatten().chain(&features.chroma);
    let more = features.contrast.iter().chain(&features.tonnetz);
    single.iter().chain(several).chain(more).all(|value| value.is_finite())
}

#[test]
fn nothing_is_ever_no_number() {
    let loud: Vec<f32> = (0..50_000).map(|i| if i % 3 == 0 { 1e20 } else { -1e20 }).collect();
    let broken: Vec<f32> = (0..50_000).map(|i| [f32::NAN, f32::INFINITY, 0.1][i % 3]).collect();
    let late = [vec![0.0; 40_000], sine(440.0, 0.3, 3.0)].concat();
    for sound in [vec![], vec![0.5], noise(0.5, 0.1), noise(0.5, 0.13), loud, broken, late] {
        let features = SoundFeatures::of(&sound);
        assert!(is_finite(&features), "{} samples: {features:?}", sound.len());
        assert_eq!(features.tempo_bpm, None, "{} samples", sound.len());
    }
    for length in [1, 2047, 2048, 2049, 8191, 8192, 8193, 15_999, 100_000] {
        for level in [0.0, 0.7] {
            let features = SoundFeatures::of(&vec![level; length]);
            assert!(is_finite(&features), "{length} samples of {level}: {features:?}");
            assert_eq!(features.tempo_bpm, None);
            assert_eq!(features.key, None, "{length} samples of {level}");
            assert_eq!(features.onset_rate, 0.0);
            assert_eq!(features.highlight_s, 0.0);
        }
    }
}

#[test]
fn silence_is_silent() {
    let silence = SoundFeatures::of(&vec![0.0; 100_000]);
    assert_eq!(silence.loudness_lufs, SILENCE_LUFS);
    assert_eq!(silence.centroid_hz, 0.0);
    assert_eq!(silence.chroma, [0.0; 12]);
}

#[test]
fn silence_around_changes_little() {
    let sound = piece(Style::Ballad, 90.0, 3).render();
    let alone = SoundFeatures::of(&sound);
    let around = SoundFeatures::of(&[vec![0.0; 80_000], sound, vec![0.0; 80_000]].concat());
    assert!((alone.centroid_hz / around.centroid_hz - 1.0).abs() < 0.03);
    assert!((alone.mfcc[0][1] - around.mfcc[0][1]).abs() < 3.0);
    assert!((alone.loudness_lufs - around.loudness_lufs).abs() < 0.2);
    assert_eq!(alone.key, around.key);
}

#[test]
fn how_the_sound_was_cut_changes_nothing() {
    use super::FeatureExtractor;
    use crate::dsp::MelSpectrogram;

    let sound = piece(Style::Rock, 100.0, 5).render();
    let mut extractor = FeatureExtractor::new();
    let mut spectrogram = MelSpectrogram::new();
    for cut in sound.chunks(4711) {
        extractor.push_samples(cut);
        spectrogram.push_frames(cut, |power, column| extractor.push_frame(power, &column));
    }
    assert_eq!(extractor.finish(), SoundFeatures::of(&sound));
}

/// EBU Tech 3341, tests 1 to 5: a sine of 1 kHz on both channels must measure so, within 0.1 LU.
#[test]
fn loudness_is_what_a_meter_must_show() {
    let sequence = |steps: &[(f32, f32)]| {
        let step = |(db, seconds): &(f32, f32)| sine(1000.0, 10_f32.powf(db / 20.0), *seconds);
        steps.iter().flat_map(step).collect::<Vec<f32>>()
    };
    for (steps, lufs) in [
        (vec![(-23.0, 20.0)], -23.0),
        (vec![(-33.0, 20.0)], -33.0),
        (vec![(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0),
        (vec![(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)], -23.0),
        (vec![(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)], -23.0),
    ] {
        let measured = SoundFeatures::of(&sequence(&steps)).loudness_lufs;
        assert!((measured - lufs).abs() <= 0.1, "{steps:?}: {measured} instead of {lufs}");
    }
}

#[test]
fn bright_is_brighter_than_dark() {
    let [dark, bright] = [200.0, 3000.0].map(|hz| SoundFeatures::of(&sine(hz, 0.3, 2.0)));
    assert!((dark.centroid_hz - 200.0).abs() < 20.0, "{}", dark.centroid_hz);
    assert!((bright.centroid_hz - 3000.0).abs() < 20.0, "{}", bright.centroid_hz);
    assert!(bright.zero_crossing_rate > 10.0 * dark.zero_crossing_rate);
    let hiss = SoundFeatures::of(&noise(0.3, 2.0));
    assert!(dark.contrast[1] > hiss.contrast[1] + 10.0, "a tone stands out more than noise");
}

/// Of some tempi the double or the half is as good an answer; it must stay the exception.
#[test]
fn tempo_is_found_from_60_to_180() {
    let music: [(Style, &[f32]); 6] = [
        (Style::Rock, &[75.0, 92.0, 108.0, 124.0, 141.0, 160.0]),
        (Style::Club, &[90.0, 100.0, 118.0, 128.0, 140.0]),
        (Style::Waltz, &[90.0, 120.0, 150.0, 178.0]),
        (Style::Ballad, &[60.0, 76.0, 84.0, 97.0, 110.0]),
        (Style::Swing, &[95.0, 120.0, 144.0, 176.0]),
        (Style::Break, &[84.0, 96.0, 110.0, 130.0, 180.0]),
    ];
    let (mut pieces, mut octaves_off) = (0, Vec::new());
    for (style, tempi) in music {
        for (i, bpm) in tempi.iter().enumerate() {
            let found = SoundFeatures::of(&piece(style, *bpm, 40 + i as u64).render()).tempo_bpm;
            let found = found.unwrap();
            let is = |times: f32| (found / (bpm * times) - 1.0).abs() < 0.01;
            assert!(is(1.0) || is(2.0) || is(0.5), "{style:?} at {bpm}: {found}");
            pieces += 1;
            if !is(1.0) {
                octaves_off.push((style, *bpm, found));
            }
        }
    }
    assert!(5 * octaves_off.len() <= pieces, "of {pieces}: {octaves_off:?}");
}

#[test]
fn what_has_no_beat_has_no_tempo() {
    for seed in 0..6 {
        let features = SoundFeatures::of(&ambient(30.0, seed));
        assert_eq!(features.tempo_bpm, None, "seed {seed}");
        assert!(features.onset_rate < 2.0, "seed {seed}: {} onsets a second", features.onset_rate);
    }
    assert_eq!(SoundFeatures::of(&noise(0.3, 20.0)).tempo_bpm, None);
    assert_eq!(SoundFeatures::of(&sine(440.0, 0.3, 20.0)).tempo_bpm, None);
}

#[test]
fn onsets_are_counted() {
    let mut taps = noise(0.001, 12.0);
    for tap in 0..36 {
        let start = 2000 + tap * 16_000 / 3;
        for (i, sample) in taps.iter_mut().skip(start).take(800).enumerate() {
            *sample += 0.5 * (i as f32 * 0.4).sin() * (-(i as f32) / 200.0).exp();
        }
    }
    let rate = SoundFeatures::of(&taps).onset_rate;
    assert!((rate - 3.0).abs() < 0.15, "{rate}");
}

#[test]
fn all_24_keys_are_found_in_any_tuning() {
    let mut wrong = Vec::new();
    for tonic in 0..12 {
        for minor in [false, true] {
            let tuning = [0.0, 0.3, -0.45][tonic as usize % 3];
            let style = [Style::Ballad, Style::Waltz, Style::Rock][(tonic as usize / 3) % 3];
            let seed = 70 + tonic as u64;
            let piece = Piece { style, bpm: 100.0, tonic, minor, tuning, seconds: 24.0, seed };
            let found = SoundFeatures::of(&piece.render()).key;
            if found != Some(Key { tonic: tonic as u8, minor }) {
                wrong.push((piece, found));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn noise_and_drums_have_no_key() {
    assert_eq!(SoundFeatures::of(&noise(0.3, 10.0)).key, None);
}

#[test]
fn every_style_has_the_features_of_music() {
    for style in STYLES {
        let features = SoundFeatures::of(&piece(style, 110.0, 9).render());
        assert!(is_finite(&features));
        assert!((0.5..12.0).contains(&features.onset_rate), "{style:?}: {}", features.onset_rate);
        assert!((features.chroma.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        // D major: the pitches of its chord sound more than those outside the scale
        let inside = features.chroma[2] + features.chroma[6] + features.chroma[9];
        let outside = features.chroma[0] + features.chroma[3] + features.chroma[5];
        assert!(inside > outside, "{style:?}: {:?}", features.chroma);
    }
}

/// Quiet verses that all differ, and a chorus that comes back louder.
#[test]
fn the_chorus_is_the_highlight() {
    let part = |style, tonic, seed, seconds, level: f32| {
        let piece = Piece { style, bpm: 120.0, tonic, minor: false, tuning: 0.0, seconds, seed };
        piece.render().into_iter().map(|x| x * level).collect::<Vec<f32>>()
    };
    let verse = |n: u64| part(Style::Ballad, (2 * n as i32) % 12, n, 26.0, 0.5);
    let chorus = part(Style::Rock, 7, 99, 20.0, 0.9);
    let song = [verse(1), chorus.clone(), verse(2), chorus.clone(), verse(3)].concat();
    let start = SoundFeatures::of(&song).highlight_s;
    let near = [26.0, 72.0].iter().any(|chorus| (start - chorus).abs() <= 3.0);
    assert!(near, "{start} s");
}

#[test]
fn a_highlight_lies_within_its_track() {
    for seconds in [5.0, 19.9, 20.4, 23.0, 40.0] {
        let piece = Piece { seconds, ..piece(Style::Club, 124.0, 11) };
        let start = SoundFeatures::of(&piece.render()).highlight_s;
        assert!((0.0..=(seconds - 20.0).max(0.0)).contains(&start), "{start} s of {seconds} s");
    }
}
