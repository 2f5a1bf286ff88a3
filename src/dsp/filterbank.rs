//! Triangular mel filters, as librosa makes them (`filters.mel`, `htk=False`, `norm='slaney'`).

use super::{FFT_SIZE, MEL_BANDS, MEL_HIGH_HZ, MEL_LOW_HZ, SAMPLE_RATE};

/// Where Slaney's scale turns from linear to logarithmic, Hz.
const BREAK_HZ: f64 = 1000.0;
/// Hertz in one mel below the break.
const LINEAR_HZ: f64 = 200.0 / 3.0;
/// Natural logarithm of the frequency ratio of one mel above the break: `ln(6.4) / 27`.
const LOG_STEP: f64 = 0.068_751_777_420_949_12;

/// The filters, each kept as the bins where it is not zero.
#[derive(Debug, Clone)]
pub struct MelFilterbank {
    bands: Vec<Band>,
}

#[derive(Debug, Clone)]
struct Band {
    first_bin: usize,
    weights: Vec<f32>,
}

impl Default for MelFilterbank {
    fn default() -> Self {
        Self::new()
    }
}

impl MelFilterbank {
    /// The filters of EchoVibe's front end.
    #[must_use]
    pub fn new() -> Self {
        let edges = edges_hz();
        let bands = (0..MEL_BANDS).map(|i| band(edges[i], edges[i + 1], edges[i + 2])).collect();
        Self { bands }
    }

    /// Power in each band from the power of each of the `FFT_SIZE / 2 + 1` bins.
    pub fn apply(&self, bin_power: &[f32], out: &mut [f32; MEL_BANDS]) {
        for (band, out) in self.bands.iter().zip(out.iter_mut()) {
            let bins = &bin_power[band.first_bin..band.first_bin + band.weights.len()];
            *out = bins.iter().zip(&band.weights).map(|(p, w)| p * w).sum();
        }
    }
}

/// The band, with its fraction, in which a frequency lies: for the axis of a picture.
#[must_use]
pub fn band_of(hz: f64) -> f64 {
    let (low, high) = (hz_to_mel(MEL_LOW_HZ), hz_to_mel(MEL_HIGH_HZ));
    (hz_to_mel(hz) - low) / (high - low) * MEL_BANDS as f64
}

fn band(low: f64, centre: f64, high: f64) -> Band {
    let slaney = 2.0 / (high - low);
    let weight = |bin: usize| {
        let hz = bin as f64 * f64::from(SAMPLE_RATE) / FFT_SIZE as f64;
        let rising = (hz - low) / (centre - low);
        let falling = (high - hz) / (high - centre);
        (rising.min(falling).max(0.0) * slaney) as f32
    };
    let all: Vec<f32> = (0..=FFT_SIZE / 2).map(weight).collect();
    let first_bin = all.iter().position(|w| *w > 0.0).unwrap_or(0);
    let end = all.iter().rposition(|w| *w > 0.0).map_or(first_bin, |last| last + 1);
    Band { first_bin, weights: all[first_bin..end].to_vec() }
}

fn edges_hz() -> Vec<f64> {
    let (low, high) = (hz_to_mel(MEL_LOW_HZ), hz_to_mel(MEL_HIGH_HZ));
    let step = (high - low) / (MEL_BANDS + 1) as f64;
    (0..MEL_BANDS + 2).map(|i| mel_to_hz(low + step * i as f64)).collect()
}

fn hz_to_mel(hz: f64) -> f64 {
    if hz < BREAK_HZ {
        hz / LINEAR_HZ
    } else {
        BREAK_HZ / LINEAR_HZ + (hz / BREAK_HZ).ln() / LOG_STEP
    }
}

fn mel_to_hz(mel: f64) -> f64 {
    let break_mel = BREAK_HZ / LINEAR_HZ;
    if mel < break_mel { mel * LINEAR_HZ } else { BREAK_HZ * ((mel - break_mel) * LOG_STEP).exp() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_turns_back() {
        for hz in [60.0, 440.0, 999.0, 1000.0, 4321.0, 7800.0] {
            assert!((mel_to_hz(hz_to_mel(hz)) - hz).abs() < 1e-9);
        }
        assert!((LOG_STEP - 6.4_f64.ln() / 27.0).abs() < 1e-15);
    }

    #[test]
    fn the_axis_is_librosas() {
        assert!((hz_to_mel(1000.0) - 15.0).abs() < 1e-9);
        assert!((hz_to_mel(4000.0) - 35.163_75).abs() < 1e-4);
        assert!(band_of(MEL_LOW_HZ).abs() < 1e-9);
        assert!((band_of(MEL_HIGH_HZ) - 128.0).abs() < 1e-9);
    }

    #[test]
    fn no_band_is_empty() {
        let bank = MelFilterbank::new();
        assert_eq!(bank.bands.len(), MEL_BANDS);
        assert!(bank.bands.iter().all(|band| band.weights.iter().sum::<f32>() > 0.0));
    }
}
