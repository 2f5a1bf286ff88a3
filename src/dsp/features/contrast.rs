//! Spectral contrast (Jiang et al. 2002), as librosa makes it (`feature.spectral_contrast`,
//! `quantile=0.02`): in each octave the strongest bins against the weakest, dB.

use crate::dsp::{FFT_SIZE, SAMPLE_RATE};

/// Bands: below 200 Hz, then octaves.
pub const BANDS: usize = 7;
const LOWEST_OCTAVE_HZ: f64 = 200.0;
/// Share of a band's bins that are its peak, and as many its valley.
const QUANTILE: f64 = 0.02;
/// The largest of the bands' numbers of such bins.
const MOST: usize = 8;
/// Bins that are looked at together.
const BLOCK: usize = 16;
/// Magnitudes below this count as this, as in librosa.
const FLOOR: f32 = 1e-10;

/// The bins of each band, and how many of them are its peak.
pub(super) struct Contrast {
    bands: [(usize, usize, usize); BANDS],
}

impl Contrast {
    pub(super) fn new() -> Self {
        let last_bin = FFT_SIZE / 2;
        let hz_a_bin = f64::from(SAMPLE_RATE) / FFT_SIZE as f64;
        let edge = |octave: usize| LOWEST_OCTAVE_HZ * 2_f64.powi(octave as i32);
        let bands = std::array::from_fn(|k| {
            // librosa lets a band begin a bin before its edge, and all but the last end a bin early
            let first = if k == 0 { 0 } else { (edge(k - 1) / hz_a_bin).ceil() as usize - 1 };
            let end = (edge(k) / hz_a_bin).floor() as usize + 1;
            let (bins, end) = if k + 1 == BANDS {
                (last_bin + 1 - first, last_bin + 1)
            } else {
                (end - first, end - 1)
            };
            let count = (QUANTILE * bins as f64).round_ties_even().max(1.0) as usize;
            (first, end, count.min(MOST))
        });
        Self { bands }
    }

    /// Contrast of each band from the power of a frame's bins.
    pub(super) fn of(&self, power: &[f32]) -> [f32; BANDS] {
        self.bands.map(|(first, end, count)| {
            let (valley, peak) = extremes(&power[first..end], count);
            10.0 * (peak.max(FLOOR) / valley.max(FLOOR)).log10()
        })
    }
}

/// Mean magnitude of the `count` weakest and of the `count` strongest bins.
fn extremes(power: &[f32], count: usize) -> (f32, f32) {
    let mut low = [f32::INFINITY; MOST];
    let mut high = [0.0; MOST];
    let (low, high) = (&mut low[..count], &mut high[..count]);
    // music grows weaker upwards: begun at the right end, few bins are looked at closely
    for block in power.chunks(BLOCK) {
        if fold(block, 0.0, f32::max) > high[count - 1] {
            block.iter().for_each(|value| insert(high, *value, |a, b| a > b));
        }
    }
    for block in power.rchunks(BLOCK) {
        if fold(block, f32::INFINITY, f32::min) < low[count - 1] {
            block.iter().for_each(|value| insert(low, *value, |a, b| a < b));
        }
    }
    let mean = |kept: &[f32]| kept.iter().map(|p| p.sqrt()).sum::<f32>() / count as f32;
    (mean(low), mean(high))
}

/// Least or greatest, in lanes that the compiler turns into vector instructions.
#[inline(always)]
fn fold(block: &[f32], start: f32, of: impl Fn(f32, f32) -> f32 + Copy) -> f32 {
    let mut lanes = [start; 4];
    let chunks = block.chunks_exact(4);
    let rest = chunks.remainder().iter().copied().fold(start, of);
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = of(*lane, *value);
        }
    }
    lanes.into_iter().fold(rest, of)
}

/// Puts `value` where it belongs in a sorted list whose last value goes, if it belongs there.
fn insert(sorted: &mut [f32], value: f32, before: impl Fn(f32, f32) -> bool) {
    let mut at = sorted.len();
    while at > 0 && before(value, sorted[at - 1]) {
        if at < sorted.len() {
            sorted[at] = sorted[at - 1];
        }
        at -= 1;
    }
    if at < sorted.len() {
        sorted[at] = value;
    }
}
