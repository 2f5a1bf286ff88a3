//! What is done about more than can be done: who is refused is told so, but not as fast as they can ask again.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Refusals a second that are told at once: some hundredths of a processor.
const AT_ONCE: NonZeroU32 = NonZeroU32::new(500).unwrap();
/// How long the others are held back. 1 800 clients who ask again at once then get some 1 400 of them a second,
/// where it was 25 000, which left no processor for answers.
const HELD: Duration = Duration::from_secs(2);

/// The refusals of the last moments.
pub struct Refusals(DefaultDirectRateLimiter);

impl Default for Refusals {
    fn default() -> Self {
        Self(RateLimiter::direct(Quota::per_second(AT_ONCE)))
    }
}

impl Refusals {
    /// Waits until one more may be told.
    pub async fn wait(&self) {
        if self.0.check().is_err() {
            // Not all the same, so that they do not all come again together.
            tokio::time::sleep(HELD.mul_f64(0.75 + fastrand::f64() / 2.0)).await;
        }
    }
}
