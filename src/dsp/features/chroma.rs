//! Chroma, as librosa makes it (`feature.chroma_stft`, `norm=1`): how the power of a spectrum spreads
//! over the twelve pitch classes (Ellis 2007). The frame is longer than the network's, so that semitones
//! are apart from 130 Hz on.

use crate::dot::dot;
use crate::dsp::SAMPLE_RATE;

/// Samples in a frame: 0.5 s.
pub(super) const FRAME: usize = 8192;
/// Samples from one frame to the next.
pub(super) const CHROMA_HOP: usize = 8000;
const BINS: usize = FRAME / 2 + 1;
/// Where the filters weigh most, octaves above 27.5 Hz, and how wide they are, octaves.
const CENTRE_OCTAVE: f64 = 5.0;
const OCTAVE_WIDTH: f64 = 2.0;

/// `filters.chroma` of librosa with its defaults, rows from C.
pub(super) struct ChromaFilters {
    rows: Vec<[f32; BINS]>,
}

impl ChromaFilters {
    /// `tuning` in semitones, -0.5 to 0.5.
    pub(super) fn new(tuning: f64) -> Self {
        let a0 = 440.0 * (tuning / 12.0).exp2() / 16.0;
        // in semitones above A0; the 0 Hz bin is put an octave and a half below the first
        let hz = |bin: usize| bin as f64 * f64::from(SAMPLE_RATE) / FRAME as f64;
        let semitone = |bin: usize| match bin {
            0 => 12.0 * (hz(1) / a0).log2() - 18.0,
            bin => 12.0 * (hz(bin) / a0).log2(),
        };
        let mut rows = vec![[0.0; BINS]; 12];
        let mut weigh = |bin: usize| {
            let at = semitone(bin);
            let width = (semitone(bin + 1) - at).max(1.0);
            let bumps: [f64; 12] = std::array::from_fn(|pitch| {
                let apart = (at - pitch as f64 + 6.0).rem_euclid(12.0) - 6.0;
                (-0.5 * (2.0 * apart / width).powi(2)).exp()
            });
            let length = bumps.iter().map(|b| b * b).sum::<f64>().sqrt();
            let octave = (-0.5 * ((at / 12.0 - CENTRE_OCTAVE) / OCTAVE_WIDTH).powi(2)).exp();
            for (pitch, bump) in bumps.iter().enumerate() {
                // from A to C
                rows[(pitch + 9) % 12][bin] = (bump / length * octave) as f32;
            }
        };
        (0..BINS).for_each(&mut weigh);
        Self { rows }
    }

    /// How much of the power falls on each pitch class, from C.
    pub(super) fn of(&self, power: &[f32]) -> [f32; 12] {
        std::array::from_fn(|pitch| dot(&self.rows[pitch], power))
    }
}

/// Brought to a sum of 1; nothing where there is nothing.
pub(super) fn shares(values: [f32; 12]) -> Option<[f32; 12]> {
    let sum: f32 = values.iter().sum();
    (sum > f32::MIN_POSITIVE && sum.is_finite()).then(|| values.map(|v| v / sum))
}
