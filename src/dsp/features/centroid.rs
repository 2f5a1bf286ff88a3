//! Spectral centroid, as librosa makes it (`feature.spectral_centroid`): mean frequency, weighted by
//! magnitude.

use crate::dot::dot;
use crate::dsp::{FFT_SIZE, SAMPLE_RATE};

/// The frequencies of the bins, and room for their magnitudes.
pub(super) struct Centroid {
    hz: Vec<f32>,
    magnitude: Vec<f32>,
}

impl Centroid {
    pub(super) fn new() -> Self {
        let bins = FFT_SIZE / 2 + 1;
        let hz = (0..bins).map(|k| k as f32 * SAMPLE_RATE as f32 / FFT_SIZE as f32).collect();
        Self { hz, magnitude: vec![0.0; bins] }
    }

    /// Hz, from the power of a frame's bins; 0 where there is none.
    pub(super) fn of(&mut self, power: &[f32]) -> f32 {
        let mut sums = [0.0_f32; 8];
        for (magnitude, power) in self.magnitude.iter_mut().zip(power) {
            *magnitude = power.sqrt();
        }
        let lanes = self.magnitude.chunks_exact(8);
        let rest: f32 = lanes.remainder().iter().sum();
        for lane in lanes {
            for (sum, magnitude) in sums.iter_mut().zip(lane) {
                *sum += magnitude;
            }
        }
        let total = sums.iter().sum::<f32>() + rest;
        if total > 0.0 { dot(&self.hz, &self.magnitude) / total } else { 0.0 }
    }
}
