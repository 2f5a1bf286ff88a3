//! The level of the input, with a held peak.

use std::time::{Duration, Instant};

use crate::listen::event::Level;

/// The lowest level the meter shows, dBFS.
pub const FLOOR_DB: f32 = -60.0;
/// From here on a level is high, dBFS.
pub const MID_DB: f32 = -18.0;
/// From here on a level is about to clip, dBFS.
pub const HIGH_DB: f32 = -6.0;
/// How long a peak stands before it falls.
const HOLD: Duration = Duration::from_millis(1500);
/// How fast it falls then, decibels a second.
const FALL_DB: f32 = 20.0;

/// Level now, and the highest peak lately.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meter {
    /// The level told last.
    pub level: Level,
    peak_db: f32,
    peak_at: Instant,
}

impl Meter {
    /// Starts with a first level.
    pub fn new(level: Level, now: Instant) -> Self {
        Self { level, peak_db: level.peak_db, peak_at: now }
    }

    /// Takes the next level.
    pub fn push(&mut self, level: Level, now: Instant) {
        if level.peak_db >= self.held_db(now) {
            (self.peak_db, self.peak_at) = (level.peak_db, now);
        }
        self.level = level;
    }

    /// The held peak, dBFS: stands for a while, then falls, never below the level.
    pub fn held_db(&self, now: Instant) -> f32 {
        let fallen = now.saturating_duration_since(self.peak_at).saturating_sub(HOLD).as_secs_f32();
        (self.peak_db - fallen * FALL_DB).max(self.level.rms_db)
    }
}

/// Where a level lies on the meter, 0 to 1.
pub fn share(db: f32) -> f32 {
    ((db - FLOOR_DB) / -FLOOR_DB).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(rms_db: f32, peak_db: f32) -> Level {
        Level { rms_db, peak_db }
    }

    #[test]
    fn a_peak_stands_then_falls_to_the_level() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut meter = Meter::new(level(-20.0, -3.0), start);
        meter.push(level(-40.0, -30.0), at(100));
        assert_eq!(meter.held_db(at(1500)), -3.0);
        assert_eq!(meter.held_db(at(2000)), -13.0);
        assert_eq!(meter.held_db(at(9000)), -40.0);
        meter.push(level(-10.0, -5.0), at(9000));
        assert_eq!(meter.held_db(at(9100)), -5.0);
    }

    #[test]
    fn the_scale_ends_at_the_floor_and_at_full_scale() {
        assert_eq!(share(-100.0), 0.0);
        assert_eq!(share(-30.0), 0.5);
        assert_eq!(share(3.0), 1.0);
        assert_eq!(share(f32::NEG_INFINITY), 0.0);
    }
}
