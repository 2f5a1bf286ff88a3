//! Pauses between attempts.

use std::time::Duration;

/// Pauses that double up to a ceiling. Each is shortened at random by up to a quarter, so that programs that
/// lost the same thing do not all ask for it at once.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// The pause before the next attempt.
    pub fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        pause.mul_f64(1.0 - 0.25 * fastrand::f64())
    }

    /// It worked: the next pause is the first again.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_ceiling_and_begin_anew() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(10));
        for whole in [1, 2, 4, 8, 10, 10] {
            let pause = backoff.pause();
            let whole = Duration::from_secs(whole);
            assert!(pause <= whole && pause >= whole.mul_f64(0.75), "{pause:?}");
        }
        backoff.reset();
        assert!(backoff.pause() <= Duration::from_secs(1));
    }
}
