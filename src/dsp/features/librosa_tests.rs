//! The features against librosa's numbers (`models/train/make_feature_fixture.py`).

use std::f64::consts::TAU;

use serde_json::Value;

use super::beats::beats;
use super::centroid::Centroid;
use super::cepstrum::{COEFFICIENTS, Cepstrum};
use super::chroma::{CHROMA_HOP, ChromaFilters, FRAME, shares};
use super::contrast::Contrast;
use super::onset::{OnsetStrength, peaks};
use super::pitch::PitchProfile;
use super::tonnetz::tonnetz;
use super::zero_crossing::ZeroCrossings;
use crate::dsp::stft::Stft;
use crate::dsp::{FFT_SIZE, HOP, MelSpectrogram, SAMPLE_RATE};

const SAMPLES: usize = 48_000;
const NOTES: [f64; 8] = [-9.0, -5.0, -2.0, 3.0, -4.0, 0.0, 3.0, 7.0];
const TUNING: f64 = 0.13;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../../tests/fixtures/features.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn noise(count: usize) -> Vec<f64> {
    let mut state = 1_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 23) - 1.0
    };
    (0..count).map(next).collect()
}

/// The signal described in the script that made the fixture.
fn signal() -> Vec<f32> {
    let sample = |(n, noise): (usize, f64)| {
        let t = n as f64 / f64::from(SAMPLE_RATE);
        let note = (4.0 * t).floor();
        let u = t - note / 4.0;
        let hz = 440.0 * ((NOTES[note as usize % 8] + TUNING) / 12.0).exp2();
        let turn = TAU * hz * u;
        let tone = turn.sin() + 0.5 * (2.0 * turn).sin() + 0.25 * (3.0 * turn).sin();
        (0.4 * (-6.0 * u).exp() * tone + 0.01 * noise) as f32
    };
    noise(SAMPLES).into_iter().enumerate().map(sample).collect()
}

fn frames() -> Vec<Vec<f32>> {
    let mut frames = Vec::new();
    Stft::new(FFT_SIZE, HOP).push(&signal(), |power| frames.push(power.to_vec()));
    frames
}

fn long_frames() -> Vec<Vec<f32>> {
    let mut frames = Vec::new();
    Stft::new(FRAME, CHROMA_HOP).push(&signal(), |power| frames.push(power.to_vec()));
    frames
}

/// Each value within `tolerance` of librosa's.
fn near(name: &str, ours: &[f32], theirs: &Value, tolerance: f64) {
    let theirs = numbers(theirs);
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let off = (f64::from(*ours) - theirs).abs();
        assert!(off <= tolerance, "{name} {i}: {ours} against {theirs}");
    }
}

#[test]
fn the_signal_is_the_fixtures() {
    near("samples", &signal()[..16], &fixture()["first_samples"], 1e-6);
}

#[test]
fn mfcc_within_a_hundredth_of_a_db() {
    let (fixture, cepstrum) = (fixture(), Cepstrum::<COEFFICIENTS>::new());
    let columns = MelSpectrogram::of(&signal());
    let theirs = fixture["mfcc"].as_array().unwrap();
    assert_eq!(columns.len(), theirs.len());
    for (column, theirs) in columns.iter().zip(theirs) {
        near("mfcc", &cepstrum.of(column), theirs, 0.01);
    }
}

#[test]
fn contrast_within_a_hundredth_of_a_db() {
    let (fixture, contrast) = (fixture(), Contrast::new());
    for (power, theirs) in frames().iter().zip(fixture["contrast"].as_array().unwrap()) {
        near("contrast", &contrast.of(power), theirs, 0.01);
    }
}

#[test]
fn centroid_within_a_tenth_of_a_hertz() {
    let mut centroid = Centroid::new();
    let ours: Vec<f32> = frames().iter().map(|power| centroid.of(power)).collect();
    near("centroid", &ours, &fixture()["centroid_hz"], 0.1);
}

#[test]
fn zero_crossings_exactly() {
    let mut crossings = ZeroCrossings::default();
    crossings.push(&signal());
    let theirs = fixture()["zero_crossings"].as_u64().unwrap();
    let ours = f64::from(crossings.rate()) * (SAMPLES - 1) as f64;
    assert_eq!(ours.round() as u64, theirs);
}

#[test]
fn onset_strength_within_a_thousandth_and_the_same_onsets() {
    let fixture = fixture();
    let mut onsets = OnsetStrength::new();
    MelSpectrogram::new().push(&signal(), |column| {
        onsets.push(&column);
    });
    let strength = onsets.finish();
    near("strength", &strength, &fixture["onset_strength"], 1e-3);
    let delta = fixture["onset_delta"].as_f64().unwrap() as f32;
    let theirs = numbers(&fixture["onsets"]);
    let ours: Vec<f64> = peaks(&strength, delta).map(|frame| frame as f64).collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 11, "every note but the first begins in the fixture");
}

#[test]
fn chroma_and_tonnetz_within_a_ten_thousandth() {
    let fixture = fixture();
    for (name, tuning) in [("chroma", 0.0), ("tuned_chroma", TUNING)] {
        let filters = ChromaFilters::new(tuning);
        let theirs = fixture[name].as_array().unwrap();
        assert_eq!(long_frames().len(), theirs.len());
        for (i, (power, theirs)) in long_frames().iter().zip(theirs).enumerate() {
            let chroma = shares(filters.of(power)).unwrap();
            near(name, &chroma, theirs, 1e-4);
            if name == "chroma" {
                near("tonnetz", &tonnetz(&chroma), &fixture["tonnetz"][i], 1e-4);
            }
        }
    }
}

#[test]
fn tuning_within_two_hundredths_of_a_semitone() {
    let mut pitches = PitchProfile::new();
    long_frames().iter().for_each(|power| pitches.push(power));
    let theirs = fixture()["tuning"].as_f64().unwrap();
    assert!((pitches.tuning() - theirs).abs() < 0.02, "{} against {theirs}", pitches.tuning());
    assert!((pitches.tuning() - TUNING).abs() < 0.02, "{}", pitches.tuning());
}

#[test]
fn the_same_beats() {
    let fixture = fixture();
    let mut envelope: Vec<f32> = noise(640).iter().map(|n| (0.2 * (n + 1.0)) as f32).collect();
    for pulse in 0..36 {
        let frame = (5.05 + 17.3 * f64::from(pulse)).round() as usize;
        envelope[frame] += if pulse % 3 == 0 { 0.6 } else { 1.0 };
    }
    near("envelope", &envelope[..16], &fixture["beat_envelope_head"], 1e-6);
    let ours = beats(&envelope, 60.0 * 32.0 / 17.0);
    let theirs: Vec<usize> = numbers(&fixture["beats"]).iter().map(|b| *b as usize).collect();
    assert_eq!(ours, theirs);
}
