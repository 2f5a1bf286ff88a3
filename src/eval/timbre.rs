//! Mel-frequency cepstral coefficients of a track, mean and standard deviation: what a track's sound is
//! called by plain measurement, to compare the network's style with.

use crate::dsp::MelSpectrogram;
use crate::dsp::features::{Cepstrum, CepstrumSums};

/// Coefficients, from the zeroth (the level): more than recommending knows of a track.
const COEFFICIENTS: usize = 20;

/// Takes a track's samples piece by piece.
pub(super) struct Timbre {
    spectrogram: MelSpectrogram,
    cepstrum: Cepstrum<COEFFICIENTS>,
    sums: CepstrumSums<COEFFICIENTS>,
}

impl Timbre {
    pub fn new() -> Self {
        Self {
            spectrogram: MelSpectrogram::new(),
            cepstrum: Cepstrum::new(),
            sums: CepstrumSums::new(),
        }
    }

    pub fn push(&mut self, samples: &[f32]) {
        let Self { spectrogram, cepstrum, sums } = self;
        spectrogram.push(samples, |column| sums.add(&cepstrum.of(&column)));
    }

    /// Means, then standard deviations, over all columns; [`None`] of a track shorter than one.
    pub fn finish(self) -> Option<Vec<f32>> {
        (!self.sums.is_empty()).then(|| self.sums.mean_and_deviation().concat())
    }
}

/// Each value less its mean over all, in standard deviations.
#[must_use]
pub fn standardised(vectors: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let dim = vectors.first().map_or(0, Vec::len);
    let count = vectors.len().max(1) as f64;
    let of = |i: usize| vectors.iter().filter_map(move |v| v.get(i).map(|x| f64::from(*x)));
    let scales: Vec<(f64, f64)> = (0..dim)
        .map(|i| {
            let mean = of(i).sum::<f64>() / count;
            let deviation = (of(i).map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
            (mean, if deviation > 0.0 { deviation } else { 1.0 })
        })
        .collect();
    let scaled = |vector: &Vec<f32>| {
        let values = vector.iter().zip(&scales);
        values.map(|(x, (mean, deviation))| ((f64::from(*x) - mean) / deviation) as f32).collect()
    };
    vectors.iter().map(scaled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn louder_is_the_zeroth_coefficient_alone() {
        let mut random = fastrand::Rng::with_seed(1);
        let noise: Vec<f32> = (0..32_000).map(|_| random.f32() - 0.5).collect();
        let of = |gain: f32| {
            let mut timbre = Timbre::new();
            for piece in noise.chunks(777) {
                timbre.push(&piece.iter().map(|x| x * gain).collect::<Vec<_>>());
            }
            timbre.finish().unwrap()
        };
        let (quiet, loud) = (of(0.1), of(1.0));
        assert_eq!(quiet.len(), 2 * COEFFICIENTS);
        // 20 dB in each of 128 bands
        assert!((loud[0] - quiet[0] - 20.0 * 128.0_f32.sqrt()).abs() < 0.1);
        for (a, b) in loud.iter().zip(&quiet).skip(1) {
            assert!((a - b).abs() < 0.05, "{loud:?} {quiet:?}");
        }
        assert_eq!(Timbre::new().finish(), None);
    }

    #[test]
    fn every_value_counts_the_same() {
        let scaled = standardised(&[vec![1.0, 500.0, 3.0], vec![3.0, 100.0, 3.0]]);
        assert_eq!(scaled, [vec![-1.0, 1.0, 0.0], vec![1.0, -1.0, 0.0]]);
        assert!(standardised(&[]).is_empty());
    }
}
