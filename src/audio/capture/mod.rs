//! A microphone or monitor: the sound system's callback copies into a lock-free ring, the listener
//! takes out. A device that goes away is told and opened again when it is back.

mod stream;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;

use super::backoff::Backoff;
use super::decode::mean;
use super::input::InputUpdate;
use super::resample::Resampler;
use stream::{Capture, Opened};

/// Between the first attempts to open a device, and at most: who plugs one in is waiting for it.
const RETRY: Duration = Duration::from_secs(1);
const SELDOM: Duration = Duration::from_secs(8);
/// A device that opens takes less than this.
const OPENS_WITHIN: Duration = Duration::from_secs(5);
/// A device that gives nothing for so long has gone.
const STALL: Duration = Duration::from_secs(2);
/// How often the ring is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What to listen to.
#[derive(Debug, Clone)]
pub enum Target {
    Microphone(Option<String>),
    Monitor,
}

/// Listens to a device for as long as it is asked, through its absences.
pub(super) struct Listening {
    target: Target,
    rate: u32,
    state: State,
    /// The reason told last; empty while live.
    told: String,
    backoff: Backoff,
}

enum State {
    /// Nothing is open; the next attempt comes then.
    Closed {
        retry_at: Instant,
    },
    Opening {
        capture: Capture,
        since: Instant,
    },
    Live {
        capture: Capture,
        stream: Box<Live>,
    },
}

struct Live {
    opened: Opened,
    resampler: Resampler,
    frames: Vec<f32>,
    mono: Vec<f32>,
    last_sound: Instant,
}

impl Listening {
    pub fn new(target: Target, rate: u32) -> Self {
        let state = State::Closed { retry_at: Instant::now() };
        let backoff = Backoff::new(RETRY, SELDOM);
        Self { target, rate, state, told: String::new(), backoff }
    }

    /// As `Input::poll`.
    pub fn poll(&mut self, out: &mut Vec<f32>, timeout: Duration) -> InputUpdate {
        let deadline = Instant::now() + timeout;
        loop {
            let update = match &mut self.state {
                State::Closed { retry_at } => {
                    if *retry_at <= Instant::now() {
                        let capture = Capture::start(self.target.clone());
                        self.state = State::Opening { capture, since: Instant::now() };
                    } else {
                        sleep_until((*retry_at).min(deadline));
                    }
                    None
                }
                State::Opening { .. } => self.poll_opening(deadline),
                State::Live { .. } => self.poll_live(out, deadline),
            };
            if let Some(update) = update {
                return update;
            }
            if Instant::now() >= deadline {
                return InputUpdate::Nothing;
            }
        }
    }

    fn poll_opening(&mut self, deadline: Instant) -> Option<InputUpdate> {
        let State::Opening { capture, since } = &mut self.state else { return None };
        let patience = *since + OPENS_WITHIN;
        match capture.opened.recv_deadline(deadline.min(patience.max(Instant::now() + LOOK))) {
            Ok(Ok(opened)) => self.begin(opened),
            Ok(Err(reason)) => self.close(reason),
            Err(RecvTimeoutError::Disconnected) => self.close("no thread can be started".into()),
            Err(RecvTimeoutError::Timeout) if Instant::now() >= patience => {
                // It may still answer; another attempt beside it would hang as well.
                self.tell("the sound server does not answer; restart it".to_owned())
            }
            Err(RecvTimeoutError::Timeout) => None,
        }
    }

    fn begin(&mut self, opened: Opened) -> Option<InputUpdate> {
        let resampler = match Resampler::new(opened.rate, self.rate) {
            Ok(resampler) => resampler,
            Err(error) => return self.close(error.to_string()),
        };
        let update = InputUpdate::Live {
            name: opened.name.clone(),
            rate: opened.rate,
            channels: opened.channels,
        };
        let closed = State::Closed { retry_at: Instant::now() };
        if let State::Opening { capture, .. } = std::mem::replace(&mut self.state, closed) {
            let (frames, mono, last_sound) = (Vec::new(), Vec::new(), Instant::now());
            let stream = Live { opened, resampler, frames, mono, last_sound };
            self.state = State::Live { capture, stream: Box::new(stream) };
        }
        self.told.clear();
        Some(update)
    }

    fn poll_live(&mut self, out: &mut Vec<f32>, deadline: Instant) -> Option<InputUpdate> {
        let State::Live { capture, stream } = &mut self.state else { return None };
        let before = out.len();
        let name = stream.opened.name.clone();
        if let Some(failure) = capture.shared.failure() {
            let reason = format!("{name} went away ({failure}); waiting for it to come back");
            return self.close(reason);
        }
        if let Err(reason) = stream.take(out) {
            return self.close(reason);
        }
        let dropped = capture.shared.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!("{name}: {dropped} samples came too fast and were lost");
        }
        if out.len() > before {
            self.backoff.reset();
            return Some(InputUpdate::Samples);
        }
        // Only now: after a long pause of this thread the ring may be full of sound.
        if stream.last_sound.elapsed() > STALL {
            let reason = format!("{name} gives no sound any more; waiting for it to come back");
            return self.close(reason);
        }
        sleep_until((Instant::now() + LOOK).min(deadline));
        None
    }

    fn close(&mut self, reason: String) -> Option<InputUpdate> {
        self.state = State::Closed { retry_at: Instant::now() + self.backoff.pause() };
        self.tell(reason)
    }

    /// The reason, unless it was told already.
    fn tell(&mut self, reason: String) -> Option<InputUpdate> {
        if self.told == reason {
            return None;
        }
        self.told.clone_from(&reason);
        Some(InputUpdate::Waiting { reason })
    }
}

impl Live {
    /// Takes what is in the ring, as mono at the wanted rate.
    fn take(&mut self, out: &mut Vec<f32>) -> Result<(), String> {
        let channels = usize::from(self.opened.channels.max(1));
        let count = self.opened.ring.slots();
        let whole = count - count % channels;
        if whole == 0 {
            return Ok(());
        }
        self.frames.clear();
        if let Ok(chunk) = self.opened.ring.read_chunk(whole) {
            self.frames.extend(chunk);
        }
        self.last_sound = Instant::now();
        self.mono.clear();
        self.mono.extend(self.frames.chunks_exact(channels).map(mean));
        self.resampler.push(&self.mono, out).map_err(|error| error.to_string())
    }
}

fn sleep_until(when: Instant) {
    std::thread::sleep(when.saturating_duration_since(Instant::now()));
}

#[cfg(test)]
mod tests;
