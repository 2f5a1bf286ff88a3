//! Mel-frequency cepstral coefficients, as librosa makes them
//! (`feature.mfcc(S=power_to_db(mel, top_db=None))`): the first values of the orthonormal DCT-II of the
//! mel bands in dB (Davis and Mermelstein 1980).

use std::f64::consts::{LN_10, PI};

use crate::dot::dot;
use crate::dsp::{MEL_BANDS, MelColumn};

/// Coefficients that are kept.
pub const COEFFICIENTS: usize = 13;

/// Cosines that turn a column of the spectrogram into the first `N` values of its cepstrum.
pub(crate) struct Cepstrum<const N: usize = COEFFICIENTS> {
    rows: [[f32; MEL_BANDS]; N],
}

impl<const N: usize> Cepstrum<N> {
    pub(crate) fn new() -> Self {
        let mut rows = [[0.0; MEL_BANDS]; N];
        let bands = MEL_BANDS as f64;
        for (k, row) in rows.iter_mut().enumerate() {
            let scale = if k == 0 { (1.0 / bands).sqrt() } else { (2.0 / bands).sqrt() };
            for (n, value) in row.iter_mut().enumerate() {
                let cosine = (PI / bands * (n as f64 + 0.5) * k as f64).cos();
                // the columns are natural logarithms; 10 / ln 10 makes them dB
                *value = (scale * cosine * 10.0 / LN_10) as f32;
            }
        }
        Self { rows }
    }

    pub(crate) fn of(&self, column: &MelColumn) -> [f32; N] {
        std::array::from_fn(|k| dot(&self.rows[k], column))
    }
}
