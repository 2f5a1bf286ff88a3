//! Onsets: how much the spectrum grows from frame to frame, as librosa measures it
//! (`onset.onset_strength`: mean over the mel bands of the positive change in dB), and the peaks of that
//! (`util.peak_pick`).

use std::f64::consts::LN_10;

use crate::dsp::{HOP, MEL_BANDS, MelColumn, POWER_FLOOR, SAMPLE_RATE};

/// Onset strengths a second: a frame of the network's each.
pub(super) const RATE: f64 = SAMPLE_RATE as f64 / HOP as f64;
/// What lies further below the loudest band so far does not count: noise flickers there.
const RANGE_DB: f32 = 60.0;
const DB: f32 = (10.0 / LN_10) as f32;
/// Frames on each side of which an onset is the greatest, and of whose mean it stands out.
const AROUND: usize = 1;
const MEAN_AROUND: usize = 8;
/// By how much: a share of the strong onsets, and at least so many dB a band.
const DELTA: f32 = 0.07;
const LEAST_DELTA_DB: f32 = 0.5;
/// Share of frames that are weaker than the strong onsets.
const STRONG: f64 = 0.98;

/// Onset strength, frame by frame.
pub(super) struct OnsetStrength {
    last: MelColumn,
    loudest: f32,
    envelope: Vec<f32>,
}

impl OnsetStrength {
    pub(super) fn new() -> Self {
        Self { last: [0.0; MEL_BANDS], loudest: POWER_FLOOR.ln(), envelope: Vec::new() }
    }

    /// Takes the next column; gives its strength, dB. The first frame of a sound is no onset.
    pub(super) fn push(&mut self, column: &MelColumn) -> f32 {
        self.loudest = column.iter().fold(self.loudest, |loudest, band| loudest.max(*band));
        let floor = self.loudest - RANGE_DB / DB;
        let mut sums = [0.0_f32; 8];
        for (now, last) in column.chunks_exact(8).zip(self.last.chunks_exact(8)) {
            for ((sum, now), last) in sums.iter_mut().zip(now).zip(last) {
                *sum += (now.max(floor) - last.max(floor)).max(0.0);
            }
        }
        let strength = sums.iter().sum::<f32>() * (DB / MEL_BANDS as f32);
        let strength = if self.envelope.is_empty() { 0.0 } else { strength };
        self.last = *column;
        self.envelope.push(strength);
        strength
    }

    /// The strength of every frame.
    pub(super) fn finish(self) -> Vec<f32> {
        self.envelope
    }
}

/// Onsets a second.
pub(super) fn onset_rate(envelope: &[f32]) -> f32 {
    if envelope.is_empty() {
        return 0.0;
    }
    let mut sorted = envelope.to_vec();
    let place = ((sorted.len() as f64 * STRONG) as usize).min(sorted.len() - 1);
    let (_, strong, _) = sorted.select_nth_unstable_by(place, f32::total_cmp);
    let onsets = peaks(envelope, (DELTA * *strong).max(LEAST_DELTA_DB)).count();
    (onsets as f64 * RATE / envelope.len() as f64) as f32
}

/// Frames that are the greatest around, and greater than the mean around by `delta`: `util.peak_pick` of
/// librosa with `pre_max=1, post_max=2, pre_avg=8, post_avg=9, wait=0`.
pub(super) fn peaks(envelope: &[f32], delta: f32) -> impl Iterator<Item = usize> {
    (0..envelope.len()).filter(move |&at| {
        let around =
            |by: usize| &envelope[at.saturating_sub(by)..(at + by + 1).min(envelope.len())];
        let mean_of = around(MEAN_AROUND);
        let mean = mean_of.iter().sum::<f32>() / mean_of.len() as f32;
        envelope[at] >= mean + delta && around(AROUND).iter().all(|other| *other <= envelope[at])
    })
}
