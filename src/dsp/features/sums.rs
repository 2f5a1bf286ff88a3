//! What is kept of frames that were measured: sums.

use super::cepstrum::COEFFICIENTS;
use super::contrast::BANDS;

/// Cepstral coefficients.
pub(crate) struct CepstrumSums<const N: usize = COEFFICIENTS> {
    frames: u64,
    sums: [f64; N],
    squares: [f64; N],
}

impl<const N: usize> CepstrumSums<N> {
    pub(crate) fn new() -> Self {
        Self { frames: 0, sums: [0.0; N], squares: [0.0; N] }
    }

    pub(crate) fn add(&mut self, cepstrum: &[f32; N]) {
        self.frames += 1;
        for ((sum, square), value) in self.sums.iter_mut().zip(&mut self.squares).zip(cepstrum) {
            *sum += f64::from(*value);
            *square += f64::from(*value).powi(2);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Zeros where there was no frame.
    pub(crate) fn mean_and_deviation(&self) -> [[f32; N]; 2] {
        let frames = self.frames.max(1) as f64;
        let deviation = |k: usize| {
            let mean = self.sums[k] / frames;
            (self.squares[k] / frames - mean * mean).max(0.0).sqrt() as f32
        };
        [self.sums.map(|sum| (sum / frames) as f32), std::array::from_fn(deviation)]
    }
}

/// Where the power lies in the spectrum.
#[derive(Default)]
pub(super) struct Shape {
    frames: u64,
    centroid: f64,
    contrast: [f64; BANDS],
}

impl Shape {
    pub(super) fn add(&mut self, centroid_hz: f32, contrast: &[f32; BANDS]) {
        self.frames += 1;
        self.centroid += f64::from(centroid_hz);
        for (sum, value) in self.contrast.iter_mut().zip(contrast) {
            *sum += f64::from(*value);
        }
    }

    /// Mean, Hz; 0 where there was no frame.
    pub(super) fn centroid(&self) -> f32 {
        (self.centroid / self.frames.max(1) as f64) as f32
    }

    /// Means, dB; zeros where there was no frame.
    pub(super) fn contrast(&self) -> [f32; BANDS] {
        self.contrast.map(|sum| (sum / self.frames.max(1) as f64) as f32)
    }
}
