//! How loud a stretch of sound is.

/// The quietest level told, dBFS.
const FLOOR_DB: f32 = -100.0;

/// Collects samples and tells their level, then begins anew.
#[derive(Debug, Clone, Default)]
pub struct LevelMeter {
    squares: f64,
    peak: f32,
    count: usize,
}

impl LevelMeter {
    /// Nothing heard yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds samples to the stretch.
    pub fn push(&mut self, samples: &[f32]) {
        for sample in samples {
            self.squares += f64::from(*sample) * f64::from(*sample);
            self.peak = self.peak.max(sample.abs());
        }
        self.count += samples.len();
    }

    /// Samples in the stretch so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Root mean square of the stretch, dBFS: 0 is a full-scale square wave, -100 the floor.
    #[must_use]
    pub fn rms_db(&self) -> f32 {
        let mean = self.squares / self.count.max(1) as f64;
        decibels(mean.sqrt() as f32)
    }

    /// Peak of the stretch, dBFS, -100 the floor.
    #[must_use]
    pub fn peak_db(&self) -> f32 {
        decibels(self.peak)
    }

    /// Tells (rms, peak) in dBFS and begins a new stretch.
    pub fn take(&mut self) -> (f32, f32) {
        let levels = (self.rms_db(), self.peak_db());
        *self = Self::default();
        levels
    }
}

fn decibels(amplitude: f32) -> f32 {
    if amplitude > 0.0 { (20.0 * amplitude.log10()).max(FLOOR_DB) } else { FLOOR_DB }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn square_half_and_silence() {
        let mut meter = LevelMeter::new();
        assert_eq!(meter.take(), (-100.0, -100.0));
        meter.push(&[1.0, -1.0, 1.0, -1.0]);
        assert_eq!((meter.count(), meter.take()), (4, (0.0, 0.0)));
        meter.push(&[0.5, 0.0, 0.0, 0.0]);
        let (rms, peak) = meter.take();
        assert!((peak + 6.02).abs() < 0.01 && (rms + 12.04).abs() < 0.01, "{rms} {peak}");
        meter.push(&[1e-9]);
        assert_eq!(meter.take(), (-100.0, -100.0));
    }
}
