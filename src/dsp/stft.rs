//! Samples in, power spectra out, as they come.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex;

/// A broken file may hold any number; the power of such a sample would be infinite.
const LOUDEST: f32 = 1e9;

/// Short-time Fourier transform: periodic Hann window, frames not centred. Frame `i` covers samples
/// `hop * i .. hop * i + size`, however the samples were cut into pushes.
pub struct Stft {
    fft: Arc<dyn RealToComplex<f32>>,
    hop: usize,
    window: Vec<f32>,
    pending: Vec<f32>,
    frame: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
}

impl Stft {
    /// A transform of `size` samples every `hop`, that has heard nothing yet.
    #[must_use]
    pub fn new(size: usize, hop: usize) -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(size);
        let window =
            (0..size).map(|i| (0.5 - 0.5 * (TAU * i as f64 / size as f64).cos()) as f32).collect();
        Self {
            hop,
            window,
            pending: Vec::with_capacity(2 * size),
            frame: fft.make_input_vec(),
            bins: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; size / 2 + 1],
            fft,
        }
    }

    /// Takes samples and gives the power of the `size / 2 + 1` bins of each frame that they complete.
    /// A sample that is no number, or louder than any sense, is silence.
    pub fn push(&mut self, samples: &[f32], mut frame: impl FnMut(&[f32])) {
        self.pending.extend_from_slice(samples);
        let mut start = 0;
        while self.pending.len() - start >= self.window.len() {
            self.transform(start);
            frame(&self.power);
            start += self.hop;
        }
        self.pending.drain(..start);
    }

    /// Forgets the samples of an unfinished frame: what comes next is another sound.
    pub fn reset(&mut self) {
        self.pending.clear();
    }

    /// The samples of the unfinished frame.
    #[must_use]
    pub fn pending(&self) -> &[f32] {
        &self.pending
    }

    fn transform(&mut self, start: usize) {
        let samples = &self.pending[start..start + self.window.len()];
        for ((out, sample), window) in self.frame.iter_mut().zip(samples).zip(&self.window) {
            *out = if sample.abs() < LOUDEST { sample * window } else { 0.0 };
        }
        let transformed =
            self.fft.process_with_scratch(&mut self.frame, &mut self.bins, &mut self.scratch);
        debug_assert!(transformed.is_ok(), "the buffers were made by the plan");
        for (power, bin) in self.power.iter_mut().zip(&self.bins) {
            *power = bin.norm_sqr();
        }
    }
}
