//! Samples in, log-mel columns out, as they come.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex;

use super::{FFT_SIZE, HOP, MEL_BANDS, MelColumn, MelFilterbank, POWER_FLOOR};

/// Short-time Fourier transform (periodic Hann window, frames not centred) and mel filters. Column
/// `i` covers samples `HOP * i .. HOP * i + FFT_SIZE`, however the samples were cut into pushes.
pub struct MelSpectrogram {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    filterbank: MelFilterbank,
    pending: Vec<f32>,
    frame: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    bin_power: Vec<f32>,
}

impl Default for MelSpectrogram {
    fn default() -> Self {
        Self::new()
    }
}

impl MelSpectrogram {
    /// A front end that has heard nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(FFT_SIZE);
        let window = (0..FFT_SIZE)
            .map(|i| (0.5 - 0.5 * (TAU * i as f64 / FFT_SIZE as f64).cos()) as f32)
            .collect();
        Self {
            window,
            filterbank: MelFilterbank::new(),
            pending: Vec::with_capacity(2 * FFT_SIZE),
            frame: fft.make_input_vec(),
            bins: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            bin_power: vec![0.0; FFT_SIZE / 2 + 1],
            fft,
        }
    }

    /// Takes samples (mono, [`super::SAMPLE_RATE`], full scale 1) and gives each column that they
    /// complete.
    pub fn push(&mut self, samples: &[f32], mut column: impl FnMut(MelColumn)) {
        self.push_power(samples, |mut power| {
            for band in &mut power {
                *band = band.max(POWER_FLOOR).ln();
            }
            column(power);
        });
    }

    /// Forgets the samples of an unfinished frame: what comes next is another sound.
    pub fn reset(&mut self) {
        self.pending.clear();
    }

    /// All columns of one stretch of sound.
    #[must_use]
    pub fn of(samples: &[f32]) -> Vec<MelColumn> {
        let mut columns = Vec::with_capacity(samples.len() / HOP + 1);
        Self::new().push(samples, |column| columns.push(column));
        columns
    }

    fn push_power(&mut self, samples: &[f32], mut column: impl FnMut([f32; MEL_BANDS])) {
        self.pending.extend_from_slice(samples);
        let mut start = 0;
        while self.pending.len() - start >= FFT_SIZE {
            column(self.mel_power(start));
            start += HOP;
        }
        self.pending.drain(..start);
    }

    fn mel_power(&mut self, start: usize) -> [f32; MEL_BANDS] {
        let samples = &self.pending[start..start + FFT_SIZE];
        for ((out, sample), window) in self.frame.iter_mut().zip(samples).zip(&self.window) {
            *out = if sample.is_finite() { sample * window } else { 0.0 };
        }
        let transformed =
            self.fft.process_with_scratch(&mut self.frame, &mut self.bins, &mut self.scratch);
        debug_assert!(transformed.is_ok(), "the buffers were made by the plan");
        for (power, bin) in self.bin_power.iter_mut().zip(&self.bins) {
            *power = bin.norm_sqr();
        }
        let mut out = [0.0; MEL_BANDS];
        self.filterbank.apply(&self.bin_power, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_do_not_depend_on_the_cuts() {
        let samples: Vec<f32> = (0..16_000).map(|i| (i as f32 * 0.37).sin() * 0.3).collect();
        let whole = MelSpectrogram::of(&samples);
        let mut pieces = Vec::new();
        let mut front_end = MelSpectrogram::new();
        for piece in samples.chunks(333) {
            front_end.push(piece, |column| pieces.push(column));
        }
        assert_eq!(whole, pieces);
        assert_eq!(whole.len(), (16_000 - FFT_SIZE) / HOP + 1);
    }

    #[test]
    fn broken_samples_are_silence() {
        let columns = MelSpectrogram::of(&[f32::NAN; 4096]);
        assert!(columns.iter().flatten().all(|band| *band == POWER_FLOOR.ln()));
    }
}
