//! How often and how much is drawn: no more frames a second than the user wants, no more bytes a second
//! than the line bears.

use std::time::{Duration, Instant};

/// When the next frame may come.
#[derive(Debug, Clone, Copy)]
pub struct Frames {
    due: Instant,
}

impl Frames {
    /// The first may come at once.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { due: now }
    }

    /// When a frame may be drawn. One that shows what a key did may come one frame early; the next one
    /// is later for that, so that no second has more frames than it should.
    #[must_use]
    pub fn due(&self, frame: Duration, urgent: bool) -> Instant {
        if urgent { self.due.checked_sub(frame).unwrap_or(self.due) } else { self.due }
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Instant, frame: Duration) {
        self.due = self.due.max(now) + frame;
    }
}

/// How many bytes may still be written.
#[derive(Debug, Clone, Copy)]
pub struct Bytes {
    left: f64,
    at: Instant,
}

impl Bytes {
    /// Nothing written yet.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { left: 0.0, at: now }
    }

    /// Time passes: `rate` bytes a second become free, at most those of a quarter of a second together.
    pub fn pass(&mut self, now: Instant, rate: u32) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.left = (self.left + passed * f64::from(rate)).min(f64::from(rate) / 4.0);
    }

    /// So many were written.
    pub fn spend(&mut self, bytes: usize) {
        self.left -= bytes as f64;
    }

    /// When there are bytes for the spectrogram again; what is told now is always shown.
    #[must_use]
    pub fn free_at(&self, now: Instant, rate: u32) -> Instant {
        if rate == 0 || self.left >= 0.0 {
            return now;
        }
        now + Duration::from_secs_f64(-self.left / f64::from(rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(40);

    #[test]
    fn keys_are_shown_early_but_no_second_has_more_frames() {
        let start = Instant::now();
        let mut frames = Frames::new(start);
        let (mut drawn, mut now) = (0, start);
        while now < start + Duration::from_secs(2) {
            if frames.due(FRAME, true) <= now {
                frames.drawn(now, FRAME);
                drawn += 1;
            }
            now += Duration::from_millis(1);
        }
        assert!((50..=51).contains(&drawn), "{drawn} of 50 in 2 s");
        let mut frames = Frames::new(start);
        frames.drawn(start, FRAME);
        assert_eq!(frames.due(FRAME, false), start + FRAME);
        assert_eq!(frames.due(FRAME, true), start, "at once");
    }

    #[test]
    fn what_is_spent_comes_back_by_the_clock() {
        let start = Instant::now();
        let mut bytes = Bytes::new(start);
        bytes.spend(40_000);
        assert_eq!(bytes.free_at(start, 20_000), start + Duration::from_secs(2));
        assert_eq!(bytes.free_at(start, 0), start, "without a limit nothing waits");
        let later = start + Duration::from_secs(9);
        bytes.pass(later, 20_000);
        assert_eq!(bytes.free_at(later, 20_000), later);
        bytes.spend(5001);
        assert!(bytes.free_at(later, 20_000) > later, "what was not used is not kept for long");
    }
}
