//! Zero-crossing rate, as librosa counts it (`zero_crossings(pad=False)`).

/// Samples nearer to zero than this are zero, which counts as positive.
const ZERO: f32 = 1e-10;

/// Counts sign changes over all pushes.
#[derive(Default)]
pub(super) struct ZeroCrossings {
    last: Option<bool>,
    crossings: u64,
    samples: u64,
}

impl ZeroCrossings {
    pub(super) fn push(&mut self, samples: &[f32]) {
        let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return };
        let negative = |sample: f32| sample < -ZERO;
        self.crossings += u64::from(self.last.is_some_and(|before| before != negative(*first)));
        let within = samples.windows(2).map(|w| u32::from(negative(w[0]) != negative(w[1])));
        self.crossings += u64::from(within.sum::<u32>());
        self.last = Some(negative(*last));
        self.samples += samples.len() as u64;
    }

    /// Share of neighbouring samples between which the sign changes.
    pub(super) fn rate(&self) -> f32 {
        (self.crossings as f64 / self.samples.saturating_sub(1).max(1) as f64) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_change_nothing() {
        let tone: Vec<f32> = (0..8000).map(|i| (i as f32 * 0.7).sin()).collect();
        let mut whole = ZeroCrossings::default();
        whole.push(&tone);
        let mut pieces = ZeroCrossings::default();
        tone.chunks(7).for_each(|piece| pieces.push(piece));
        assert_eq!(whole.rate(), pieces.rate());
        assert!((whole.rate() - 0.7 / std::f32::consts::PI).abs() < 1e-3);
        assert_eq!(ZeroCrossings::default().rate(), 0.0);
    }
}
