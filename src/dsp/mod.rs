//! The one spectrogram, which the network sees and the screen draws, and what plain measurements say.

pub mod features;
mod filterbank;
mod spectrogram;
mod stft;

pub use filterbank::{MelFilterbank, band_of};
pub use spectrogram::MelSpectrogram;

/// Samples a second of everything after `audio`.
pub const SAMPLE_RATE: u32 = 16_000;
/// Samples in one analysis frame.
pub const FFT_SIZE: usize = 2048;
/// Samples from one frame to the next: 31.25 ms.
pub const HOP: usize = 500;
/// Mel bands in one column.
pub const MEL_BANDS: usize = 128;
/// Lower edge of the lowest band, Hz.
pub const MEL_LOW_HZ: f64 = 60.0;
/// Upper edge of the highest band, Hz.
pub const MEL_HIGH_HZ: f64 = 7800.0;
/// Power below which a band is drawn as empty: far under the noise of 16-bit sound.
pub const POWER_FLOOR: f32 = 1e-10;

/// One column: natural logarithm of the power in each mel band, lowest band first.
pub type MelColumn = [f32; MEL_BANDS];

/// The column of digital silence.
#[must_use]
pub fn silent_column() -> MelColumn {
    [POWER_FLOOR.ln(); MEL_BANDS]
}

/// Seconds from the start of the sound to the start of column `index`.
#[must_use]
pub fn column_time_s(index: usize) -> f64 {
    (index * HOP) as f64 / f64::from(SAMPLE_RATE)
}
