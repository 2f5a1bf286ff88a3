//! Which pitches sound: spectral peaks, folded into one octave (Gómez 2006), finely enough to find the tuning afterwards.

use super::chroma::{FRAME, shares};
use crate::dsp::SAMPLE_RATE;

/// Steps in a semitone.
const STEPS: usize = 10;
const OCTAVE: usize = 12 * STEPS;
/// Peaks between these frequencies count: below, semitones are not apart; above are overtones.
const LOW_HZ: f64 = 60.0;
const HIGH_HZ: f64 = 2000.0;
/// Peaks weaker than this share of the frame's strongest power do not count.
const WEAKEST: f32 = 1e-4;
/// And those weaker than a sine at -80 dBFS.
const FAINTEST: f32 = 1e-8 * (FRAME * FRAME / 16) as f32;
const HZ_A_BIN: f64 = SAMPLE_RATE as f64 / FRAME as f64;

/// Magnitude of the peaks of all frames, from A.
pub(super) struct PitchProfile {
    steps: [f64; OCTAVE],
}

impl PitchProfile {
    pub(super) fn new() -> Self {
        Self { steps: [0.0; OCTAVE] }
    }

    /// Takes the power of the bins of a long frame; each counts as much as any other.
    pub(super) fn push(&mut self, power: &[f32]) {
        let bin = |hz: f64| (hz / HZ_A_BIN) as usize;
        let bins = bin(LOW_HZ)..bin(HIGH_HZ);
        let strongest = power[bins.clone()].iter().copied().fold(0.0, f32::max);
        let least = (strongest * WEAKEST).max(FAINTEST);
        let is_peak =
            |k: &usize| power[*k] > least && power[*k] > power[k - 1] && power[*k] >= power[k + 1];
        let magnitudes: f32 = bins.clone().filter(is_peak).map(|k| power[k].sqrt()).sum();
        for k in bins.filter(is_peak) {
            let magnitude = f64::from(power[k].sqrt() / magnitudes);
            let octaves = (interpolated(power, k) * HZ_A_BIN / 440.0).log2();
            self.add(octaves, magnitude);
        }
    }

    /// How far the music is from 440 Hz, semitones, -0.5 to 0.5: the circular mean of the peaks' distances
    /// from the nearest semitone.
    pub(super) fn tuning(&self) -> f64 {
        let (mut sine, mut cosine) = (0.0, 0.0);
        for (step, magnitude) in self.steps.iter().enumerate() {
            let angle = std::f64::consts::TAU * (step % STEPS) as f64 / STEPS as f64;
            sine += magnitude * angle.sin();
            cosine += magnitude * angle.cos();
        }
        sine.atan2(cosine) / std::f64::consts::TAU
    }

    /// Shares of the pitch classes, from C, at a tuning; nothing where there was no tone.
    pub(super) fn classes(&self, tuning: f64) -> Option<[f32; 12]> {
        let mut classes = [0.0; 12];
        for (step, magnitude) in self.steps.iter().enumerate() {
            let semitone = step as f64 / STEPS as f64 - tuning;
            let nearest = semitone.round();
            // a tone between two semitones belongs to neither
            let closeness = (std::f64::consts::PI * (semitone - nearest)).cos().powi(2);
            classes[(nearest as i64 + 9).rem_euclid(12) as usize] += (magnitude * closeness) as f32;
        }
        shares(classes)
    }

    /// Between the two nearest steps.
    fn add(&mut self, octaves: f64, magnitude: f64) {
        let at = octaves.rem_euclid(1.0) * OCTAVE as f64;
        let step = at as usize;
        let above = at - step as f64;
        self.steps[step % OCTAVE] += magnitude * (1.0 - above);
        self.steps[(step + 1) % OCTAVE] += magnitude * above;
    }
}

/// The bin of a peak, with its fraction: a parabola through the logarithms.
fn interpolated(power: &[f32], k: usize) -> f64 {
    let [before, at, after] =
        [k - 1, k, k + 1].map(|bin| f64::from(power[bin].max(f32::MIN_POSITIVE).ln()));
    let curvature = before - 2.0 * at + after;
    let shift = if curvature < 0.0 { 0.5 * (before - after) / curvature } else { 0.0 };
    k as f64 + shift.clamp(-0.5, 0.5)
}
