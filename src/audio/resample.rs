//! Any rate to any rate, mono, as a stream. The output begins where the input begins.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, Fft, FixedAsync, FixedSync, SincInterpolationParameters, WindowFunction};

use super::error::AudioError;

/// Length of the anti-alias filter, in samples of the lower rate: passes 95 % of the band.
const FILTER: usize = 640;
/// Filter of the converter for odd pairs of rates, in samples of the lower rate.
const SINC: usize = 192;
/// Block for odd pairs of rates.
const ODD_BLOCK: usize = 1024;
/// Pairs of rates with a smallest common block above this (44 099 to 16 000 Hz) would need Fourier
/// transforms of a second and more; they go the slower way.
const MOST_COMMON_BLOCK: u32 = 8_192;

/// Converts mono samples of one rate to another.
pub struct Resampler {
    /// `None` where the rates are equal.
    engine: Option<Box<dyn rubato::Resampler<f32>>>,
    from: u32,
    to: u32,
    /// Input not yet converted.
    pending: Vec<f32>,
    block: Vec<f32>,
    /// Output samples still to be dropped: the delay of the filter.
    delay: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// From `from` to `to` samples a second.
    ///
    /// # Errors
    /// A rate of 0.
    pub fn new(from: u32, to: u32) -> Result<Self, AudioError> {
        let engine = if from == to && from > 0 { None } else { Some(engine(from, to)?) };
        let delay = engine.as_ref().map_or(0, |engine| engine.output_delay());
        let block = vec![0.0; engine.as_ref().map_or(0, |engine| engine.output_frames_max())];
        Ok(Self { engine, from, to, pending: Vec::new(), block, delay, taken: 0, given: 0 })
    }

    /// Takes `input` and appends what is ready; some stays inside until more comes.
    ///
    /// # Errors
    /// Never in practice: the converter refuses blocks of a wrong size.
    pub fn push(&mut self, input: &[f32], out: &mut Vec<f32>) -> Result<(), AudioError> {
        self.taken += input.len() as u64;
        if self.engine.is_none() {
            out.extend_from_slice(input);
            return Ok(());
        }
        self.pending.extend_from_slice(input);
        self.convert(out)
    }

    /// Appends what is still inside; the output is then as long as the input, in seconds.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), AudioError> {
        let expected = self.expected();
        while self.given < expected {
            let Some(engine) = &self.engine else { return Ok(()) };
            let block = engine.input_frames_next();
            self.pending.resize(block.max(self.pending.len()), 0.0);
            self.convert(out)?;
        }
        let surplus = usize::try_from(self.given - expected).unwrap_or(0);
        out.truncate(out.len().saturating_sub(surplus));
        self.given = expected;
        Ok(())
    }

    /// Output samples that the input so far is worth.
    fn expected(&self) -> u64 {
        if self.engine.is_none() {
            return self.given;
        }
        let exact = u128::from(self.taken) * u128::from(self.to);
        ((exact + u128::from(self.from) / 2) / u128::from(self.from.max(1))) as u64
    }

    fn convert(&mut self, out: &mut Vec<f32>) -> Result<(), AudioError> {
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let (from, to) = (self.from, self.to);
        let failed = |reason: String| AudioError::Resample { from, to, reason };
        let mut done = 0;
        while self.pending.len() - done >= engine.input_frames_next() {
            let input = &self.pending[done..];
            let frames = self.block.len();
            let source =
                InterleavedSlice::new(input, 1, input.len()).map_err(|e| failed(e.to_string()))?;
            let mut target = InterleavedSlice::new_mut(&mut self.block, 1, frames)
                .map_err(|e| failed(e.to_string()))?;
            let (read, written) = engine
                .process_into_buffer(&source, &mut target, None)
                .map_err(|e| failed(e.to_string()))?;
            done += read;
            let late = self.delay.min(written);
            self.delay -= late;
            out.extend_from_slice(&self.block[late..written]);
            self.given += (written - late) as u64;
        }
        self.pending.drain(..done);
        Ok(())
    }
}

fn engine(from: u32, to: u32) -> Result<Box<dyn rubato::Resampler<f32>>, AudioError> {
    let failed = |reason: String| AudioError::Resample { from, to, reason };
    if from == 0 || to == 0 {
        return Err(failed("a rate of 0".to_owned()));
    }
    let down = (f64::from(from) / f64::from(to)).max(1.0);
    if from / gcd(from, to) <= MOST_COMMON_BLOCK {
        let block = (FILTER as f64 * down) as usize;
        let engine = Fft::new(from as usize, to as usize, block, 1, FixedSync::Both)
            .map_err(|e| failed(e.to_string()))?;
        return Ok(Box::new(engine));
    }
    let length = (SINC as f64 * down) as usize;
    let filter = SincInterpolationParameters::new(length, WindowFunction::BlackmanHarris2);
    let ratio = f64::from(to) / f64::from(from);
    let engine = Async::new_sinc(ratio, 1.0, &filter, ODD_BLOCK, 1, FixedAsync::Input)
        .map_err(|e| failed(e.to_string()))?;
    Ok(Box::new(engine))
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn tone(hz: f64, rate: u32, count: usize) -> Vec<f32> {
        (0..count).map(|i| (TAU * hz * i as f64 / f64::from(rate)).sin() as f32 * 0.5).collect()
    }

    fn convert(input: &[f32], from: u32, to: u32, piece: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(from, to).unwrap();
        let mut out = Vec::new();
        for part in input.chunks(piece) {
            resampler.push(part, &mut out).unwrap();
        }
        resampler.finish(&mut out).unwrap();
        out
    }

    #[test]
    fn tones_keep_place_pitch_and_size() {
        for from in [2_000, 8_000, 11_025, 16_000, 22_050, 44_099, 44_100, 48_000, 96_000, 768_000]
        {
            let out = convert(&tone(440.0, from, from as usize), from, 16_000, 777);
            assert!(out.len().abs_diff(16_000) <= 1, "{from}: {}", out.len());
            let expected = tone(440.0, 16_000, 16_000);
            let worst = (1_000..15_000).map(|i| (out[i] - expected[i]).abs()).fold(0.0, f32::max);
            // The delay of the slower way is told in whole samples: up to one sample off.
            let far = if from == 44_099 { 0.5 * (TAU * 440.0 / 16_000.0) as f32 } else { 0.005 };
            assert!(worst < far, "{from}: off by {worst}");
        }
    }

    #[test]
    fn what_the_new_rate_cannot_hold_is_gone() {
        for from in [44_099, 48_000, 768_000] {
            let out = convert(&tone(9_000.0, from, from as usize), from, 16_000, 4_096);
            let worst = out[1_000..15_000].iter().map(|x| x.abs()).fold(0.0, f32::max);
            assert!(worst < 0.005, "{from}: {worst}");
        }
    }

    #[test]
    fn the_band_of_the_network_passes() {
        for from in [44_100, 48_000] {
            let out = convert(&tone(7_500.0, from, from as usize), from, 16_000, 4_096);
            let peak = out[1_000..15_000].iter().map(|x| x.abs()).fold(0.0, f32::max);
            assert!(peak > 0.45, "{from}: {peak}");
        }
    }

    #[test]
    fn pieces_do_not_matter_and_few_samples_survive() {
        let input = tone(300.0, 44_100, 10_000);
        assert_eq!(convert(&input, 44_100, 16_000, 1), convert(&input, 44_100, 16_000, 10_000));
        assert_eq!(convert(&input[..3], 44_100, 16_000, 1).len(), 1);
        assert_eq!(convert(&[], 44_100, 16_000, 1).len(), 0);
        assert_eq!(convert(&input, 16_000, 16_000, 100), input);
        assert!(Resampler::new(0, 16_000).is_err());
    }
}
