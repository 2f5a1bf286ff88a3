//! Made or stored sound at the speed of real sound.

use std::time::{Duration, Instant};

use super::input::InputUpdate;

/// Appends the next piece of sound; false at its end.
pub type Generator = Box<dyn FnMut(&mut Vec<f32>) -> bool + Send>;

/// Samples are handed out when at least this much is due.
const QUANTUM: Duration = Duration::from_millis(20);
/// Behind by more than this (the program was stopped, the machine slept), the clock starts anew.
const MOST_BEHIND: Duration = Duration::from_secs(2);

/// A generator with a clock.
pub(super) struct Paced {
    name: String,
    source_rate: u32,
    source_channels: u16,
    rate: u32,
    next: Generator,
    /// Samples made but not yet due.
    buffer: Vec<f32>,
    ended: bool,
    /// When the first sample was due; `None` before the first poll.
    start: Option<Instant>,
    given: u64,
}

impl Paced {
    /// `next` makes samples at `rate`; the source's own rate and channels are only told.
    pub fn new(name: String, source: (u32, u16), rate: u32, next: Generator) -> Self {
        Self {
            name,
            source_rate: source.0,
            source_channels: source.1,
            rate,
            next,
            buffer: Vec::new(),
            ended: false,
            start: None,
            given: 0,
        }
    }

    /// As `Input::poll`.
    pub fn poll(&mut self, out: &mut Vec<f32>, timeout: Duration) -> InputUpdate {
        let deadline = Instant::now() + timeout;
        let Some(start) = self.start else {
            self.start = Some(Instant::now());
            return InputUpdate::Live {
                name: self.name.clone(),
                rate: self.source_rate,
                channels: self.source_channels,
            };
        };
        let due_at = start + self.span(self.given) + QUANTUM;
        if due_at > deadline {
            std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
            return InputUpdate::Nothing;
        }
        std::thread::sleep(due_at.saturating_duration_since(Instant::now()));
        let late = due_at.elapsed();
        if late > MOST_BEHIND {
            self.start = Some(start + late);
        }
        let due = self.samples(self.start.unwrap_or(start).elapsed()).saturating_sub(self.given);
        self.hand_out(out, usize::try_from(due).unwrap_or(usize::MAX))
    }

    fn hand_out(&mut self, out: &mut Vec<f32>, due: usize) -> InputUpdate {
        while self.buffer.len() < due && !self.ended {
            self.ended = !(self.next)(&mut self.buffer);
        }
        let count = due.min(self.buffer.len());
        if count == 0 {
            return if self.ended { InputUpdate::Ended } else { InputUpdate::Nothing };
        }
        out.extend(self.buffer.drain(..count));
        self.given += count as u64;
        InputUpdate::Samples
    }

    fn span(&self, samples: u64) -> Duration {
        Duration::from_secs_f64(samples as f64 / f64::from(self.rate.max(1)))
    }

    fn samples(&self, span: Duration) -> u64 {
        (span.as_secs_f64() * f64::from(self.rate)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(total: usize) -> Generator {
        let mut made = 0;
        Box::new(move |out| {
            let count = 160.min(total - made);
            out.extend((made..made + count).map(|i| i as f32));
            made += count;
            made < total
        })
    }

    #[test]
    fn all_samples_in_order_then_the_end() {
        let mut paced = Paced::new("ramp".into(), (8_000, 2), 1_600, ramp(500));
        let mut out = Vec::new();
        let live = InputUpdate::Live { name: "ramp".into(), rate: 8_000, channels: 2 };
        assert_eq!(paced.poll(&mut out, Duration::ZERO), live);
        assert_eq!(paced.poll(&mut out, Duration::ZERO), InputUpdate::Nothing);
        let mut updates = 0;
        while paced.poll(&mut out, Duration::from_secs(1)) == InputUpdate::Samples {
            updates += 1;
        }
        assert_eq!(out, (0..500).map(|i| i as f32).collect::<Vec<_>>());
        assert!(updates > 2, "handed out in {updates} pieces");
        assert_eq!(paced.poll(&mut out, Duration::from_secs(1)), InputUpdate::Ended);
    }

    #[test]
    fn never_ahead_of_the_clock_and_no_burst_after_a_stop() {
        let mut paced = Paced::new("ramp".into(), (1_600, 1), 1_600, ramp(1_000_000));
        let mut out = Vec::new();
        let start = Instant::now();
        paced.poll(&mut out, Duration::ZERO);
        while out.len() < 160 {
            paced.poll(&mut out, Duration::from_millis(50));
            assert!(out.len() as f64 <= start.elapsed().as_secs_f64() * 1_600.0 + 1.0);
        }
        paced.start = paced.start.map(|start| start - Duration::from_secs(100));
        let before = out.len();
        paced.poll(&mut out, Duration::from_secs(1));
        assert!(out.len() - before < 1_600, "{} at once", out.len() - before);
    }
}
