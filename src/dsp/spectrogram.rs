//! Samples in, log-mel columns out, as they come.

use super::stft::Stft;
use super::{FFT_SIZE, HOP, MEL_BANDS, MelColumn, MelFilterbank, POWER_FLOOR};

/// Short-time Fourier transform and mel filters. Column `i` covers samples
/// `HOP * i .. HOP * i + FFT_SIZE`, however the samples were cut into pushes.
pub struct MelSpectrogram {
    stft: Stft,
    filterbank: MelFilterbank,
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
        Self { stft: Stft::new(FFT_SIZE, HOP), filterbank: MelFilterbank::new() }
    }

    /// Takes samples (mono, [`super::SAMPLE_RATE`], full scale 1) and gives each column that they
    /// complete.
    pub fn push(&mut self, samples: &[f32], mut column: impl FnMut(MelColumn)) {
        self.push_frames(samples, |_, mel| column(mel));
    }

    /// As [`Self::push`], with the power of the `FFT_SIZE / 2 + 1` bins before each column.
    pub fn push_frames(&mut self, samples: &[f32], mut frame: impl FnMut(&[f32], MelColumn)) {
        let filterbank = &self.filterbank;
        self.stft.push(samples, |power| {
            let mut column = [0.0; MEL_BANDS];
            filterbank.apply(power, &mut column);
            for band in &mut column {
                *band = band.max(POWER_FLOOR).ln();
            }
            frame(power, column);
        });
    }

    /// Forgets the samples of an unfinished frame: what comes next is another sound.
    pub fn reset(&mut self) {
        self.stft.reset();
    }

    /// All columns of one stretch of sound.
    #[must_use]
    pub fn of(samples: &[f32]) -> Vec<MelColumn> {
        let mut columns = Vec::with_capacity(samples.len() / HOP + 1);
        Self::new().push(samples, |column| columns.push(column));
        columns
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
