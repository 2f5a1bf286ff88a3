//! Whether a track sounds the same at two places: music that loops exactly cannot be told apart by
//! ear or by fingerprint, and may be named at any of its turns.

use super::convolve::convolve;
use super::folder::samples_in;
use crate::dsp::SAMPLE_RATE;

/// The two places may be so far out of step, seconds.
pub const REPEAT_LAG_S: f64 = 0.05;
/// Normalised cross-correlation from which two places are the same sound.
pub const REPEAT_LIKENESS: f64 = 0.8;

/// How much a track (mono, 16 kHz) sounds at `there_s` as it does at `here_s`, over `length_s`: the
/// normalised cross-correlation of the two waveforms at the best lag within [`REPEAT_LAG_S`]; at
/// most 1. What lies outside the track is silence; silence is like nothing.
#[must_use]
pub fn likeness(track: &[f32], here_s: f64, there_s: f64, length_s: f64) -> f64 {
    let length = samples_in(length_s);
    let lags = 2 * samples_in(REPEAT_LAG_S) + 1;
    let here = piece(track, here_s, length);
    let there = piece(track, there_s - REPEAT_LAG_S, length + lags - 1);
    let energy = |x: &f32| f64::from(*x).powi(2);
    let here_energy: f64 = here.iter().map(energy).sum();
    let mut there_energy: f64 = there[..length].iter().map(energy).sum();
    let mut best = 0.0_f64;
    for (lag, dot) in correlation(&here, &there, lags).into_iter().enumerate() {
        if lag > 0 {
            there_energy += energy(&there[lag + length - 1]) - energy(&there[lag - 1]);
        }
        let norm = (here_energy * there_energy.max(0.0)).sqrt();
        if norm > 1e-6 * length as f64 {
            best = best.max(f64::from(dot) / norm);
        }
    }
    best
}

fn piece(track: &[f32], start_s: f64, length: usize) -> Vec<f32> {
    let start = (start_s * f64::from(SAMPLE_RATE)).round() as i64;
    (start..start + length as i64)
        .map(|i| usize::try_from(i).ok().and_then(|i| track.get(i)).copied().unwrap_or(0.0))
        .collect()
}

/// Sum of products of `pattern` with `field` from `lag` on, for each lag.
fn correlation(pattern: &[f32], field: &[f32], lags: usize) -> Vec<f32> {
    let reversed: Vec<f32> = pattern.iter().rev().copied().collect();
    convolve(&reversed, field)
        .into_iter()
        .skip(pattern.len().saturating_sub(1))
        .take(lags)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bar of noise-like music of 2 s, twice, then another.
    fn track() -> Vec<f32> {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut bar = || -> Vec<f32> { (0..32_000).map(|_| rng.f32() - 0.5).collect() };
        let (first, second) = (bar(), bar());
        [first.clone(), first, second].concat()
    }

    #[test]
    fn a_loop_is_like_its_next_turn_and_unlike_the_rest() {
        let track = track();
        assert!(likeness(&track, 0.3, 2.3, 1.5) > 0.999);
        assert!(likeness(&track, 0.3, 2.34, 1.5) > 0.999, "40 ms out of step");
        assert!(likeness(&track, 0.3, 2.4, 1.5) < 0.3, "100 ms out of step");
        assert!(likeness(&track, 0.3, 4.3, 1.5) < 0.3);
    }

    #[test]
    fn a_change_of_a_third_of_the_power_is_still_the_same() {
        let mut track = track();
        for (i, x) in track[32_000..64_000].iter_mut().enumerate() {
            *x += 0.2 * ((i * i) as f32 * 0.37).sin();
        }
        let found = likeness(&track, 0.1, 2.1, 1.0);
        assert!((0.8..0.97).contains(&found), "{found}");
    }

    #[test]
    fn outside_the_track_is_silence_and_silence_is_like_nothing() {
        let track = track();
        assert_eq!(likeness(&track, 1.0, 60.0, 1.0), 0.0);
        assert_eq!(likeness(&track, 1.0, -30.0, 1.0), 0.0);
        assert_eq!(likeness(&[0.0; 48_000], 0.0, 1.0, 1.0), 0.0);
    }
}
