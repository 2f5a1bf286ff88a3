//! A whole track, however long, in bounded memory.

use super::labels::LabelMean;
use super::network::{
    Embedding, FINGERPRINT_DIM, Network, NetworkError, STYLE_DIM, WINDOW_FRAMES, WINDOW_STRIDE,
};
use crate::dsp::{HOP, MelColumn, MelSpectrogram, SAMPLE_RATE, silent_column};

/// Seconds from one kept window to the next: all of the network's.
pub const REFERENCE_HOP_S: f64 = (WINDOW_STRIDE * HOP) as f64 / SAMPLE_RATE as f64;
/// Columns gathered before the network runs: 60 s.
const BATCH_COLUMNS: usize = 1920;

/// What is kept of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackEmbedding {
    /// Fingerprint `i` is of the window that starts at `i *` [`REFERENCE_HOP_S`].
    pub fingerprints: Vec<[f32; FINGERPRINT_DIM]>,
    /// Mean of the style vectors of all windows, unit length.
    pub style: Vec<f32>,
    /// Probabilities of the genres, in the order of [`Network::genres`].
    pub genre: Vec<f32>,
    /// Valence and energy, each -1 to 1.
    pub mood: [f32; 2],
    /// Samples heard, in seconds.
    pub duration_s: f64,
}

/// Takes a track's samples piece by piece.
pub struct TrackEmbedder<'n> {
    network: &'n Network,
    spectrogram: MelSpectrogram,
    columns: Vec<MelColumn>,
    fingerprints: Vec<[f32; FINGERPRINT_DIM]>,
    style_sum: Vec<f64>,
    windows: usize,
    labels: LabelMean,
    samples: u64,
}

impl<'n> TrackEmbedder<'n> {
    /// A track of which nothing was heard yet.
    #[must_use]
    pub fn new(network: &'n Network) -> Self {
        Self {
            network,
            spectrogram: MelSpectrogram::new(),
            columns: Vec::with_capacity(BATCH_COLUMNS + 64),
            fingerprints: Vec::new(),
            style_sum: vec![0.0; STYLE_DIM],
            windows: 0,
            labels: LabelMean::default(),
            samples: 0,
        }
    }

    /// Takes the next samples (mono, [`SAMPLE_RATE`]).
    ///
    /// # Errors
    /// tract fails, for lack of memory.
    pub fn push(&mut self, samples: &[f32]) -> Result<(), NetworkError> {
        self.push_observed(samples, |_, _| {})
    }

    /// As [`Self::push`]; `observe` is shown each frame on its way: the power of its bins and its column.
    ///
    /// # Errors
    /// tract fails, for lack of memory.
    pub fn push_observed(
        &mut self,
        samples: &[f32],
        mut observe: impl FnMut(&[f32], &MelColumn),
    ) -> Result<(), NetworkError> {
        self.samples += samples.len() as u64;
        let columns = &mut self.columns;
        self.spectrogram.push_frames(samples, |power, column| {
            observe(power, &column);
            columns.push(column);
        });
        if self.columns.len() >= BATCH_COLUMNS { self.embed() } else { Ok(()) }
    }

    /// The track has ended.
    ///
    /// # Errors
    /// tract fails, for lack of memory.
    pub fn finish(mut self) -> Result<TrackEmbedding, NetworkError> {
        if self.windows == 0 && self.columns.len() < WINDOW_FRAMES {
            self.columns.resize(WINDOW_FRAMES, silent_column());
        }
        self.embed()?;
        Ok(TrackEmbedding {
            fingerprints: self.fingerprints,
            style: unit_length(&self.style_sum),
            genre: self.labels.genre(),
            mood: self.labels.mood(),
            duration_s: self.samples as f64 / f64::from(SAMPLE_RATE),
        })
    }

    fn embed(&mut self) -> Result<(), NetworkError> {
        let windows = self.network.windows(&self.columns)?;
        self.columns.drain(..windows.len() * WINDOW_STRIDE);
        for window in windows {
            self.keep(&window);
        }
        Ok(())
    }

    fn keep(&mut self, window: &Embedding) {
        self.fingerprints.push(window.fingerprint);
        for (sum, value) in self.style_sum.iter_mut().zip(&window.style) {
            *sum += f64::from(*value);
        }
        self.labels.add(&window.genre, window.mood);
        self.windows += 1;
    }
}

fn unit_length(sum: &[f64]) -> Vec<f32> {
    let length = sum.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    sum.iter().map(|v| (v / length) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_track_is_embedded_as_one() {
        let network = Network::load().unwrap();
        let sound: Vec<f32> = (0..70 * 16_000)
            .map(|i| (i as f32 * 0.03 + (i as f32 * 3e-5).cos() * 90.0).sin())
            .collect();
        let mut embedder = TrackEmbedder::new(&network);
        for piece in sound.chunks(4001) {
            embedder.push(piece).unwrap();
        }
        let track = embedder.finish().unwrap();
        assert!((track.duration_s - 70.0).abs() < 1e-9);
        let all = network.windows(&MelSpectrogram::of(&sound)).unwrap();
        assert_eq!(track.fingerprints.len(), all.len());
        for (kept, window) in track.fingerprints.iter().zip(&all).step_by(7) {
            let cosine: f32 = kept.iter().zip(&window.fingerprint).map(|(a, b)| a * b).sum();
            assert!(cosine > 0.9999, "{cosine}");
        }
        assert!((track.style.iter().map(|v| v * v).sum::<f32>() - 1.0).abs() < 1e-4);
    }

    #[test]
    fn a_very_short_track_has_one_window() {
        let network = Network::load().unwrap();
        let mut embedder = TrackEmbedder::new(&network);
        embedder.push(&[0.1; 300]).unwrap();
        assert_eq!(embedder.finish().unwrap().fingerprints.len(), 1);
    }
}
