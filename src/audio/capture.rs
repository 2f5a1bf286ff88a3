//! A microphone or monitor: the sound system's callback copies into a lock-free ring, the listener
//! takes out. A device that goes away is told and opened again when it is back.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, Data, Device, ErrorKind, FromSample, SampleFormat, SizedSample};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rtrb::{Consumer, Producer, RingBuffer};

use super::backoff::Backoff;
use super::contain::contained;
use super::decode::mean;
use super::devices::{Direction, Sound, is_alsa_default, label};
use super::input::InputUpdate;
use super::resample::Resampler;

/// Between the first attempts to open a device, and at most: who plugs one in is waiting for it.
const RETRY: Duration = Duration::from_secs(1);
const SELDOM: Duration = Duration::from_secs(8);
/// A device that opens takes less than this.
const OPENS_WITHIN: Duration = Duration::from_secs(5);
/// A device that gives nothing for so long has gone.
const STALL: Duration = Duration::from_secs(2);
/// Seconds of sound in the ring: the listener may be late by so much.
const RING_S: u32 = 2;
/// Sound a callback brings, for sound servers that would otherwise bring a quarter of a second.
const CALLBACK_MS: u32 = 50;
/// How often the ring is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// How often the thread that owns the stream looks whether it should end.
const OWNER_LOOK: Duration = Duration::from_millis(100);

/// What to listen to.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Microphone(Option<String>),
    Monitor,
}

/// Between the sound system's threads and the listener.
#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    failed: AtomicBool,
    failure: Mutex<String>,
    /// Samples for which the ring had no room.
    dropped: AtomicU64,
}

impl Shared {
    fn fail(&self, reason: String) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = reason;
        self.failed.store(true, Ordering::Release);
    }

    fn failure(&self) -> Option<String> {
        let failed = self.failed.load(Ordering::Acquire);
        failed.then(|| self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// A stream that runs.
struct Opened {
    name: String,
    rate: u32,
    channels: u16,
    ring: Consumer<f32>,
}

/// A stream being opened or running, owned by its own thread: a sound server that hangs hangs only
/// that. Dropped, the thread closes the stream and ends.
struct Capture {
    opened: Receiver<Result<Opened, String>>,
    shared: Arc<Shared>,
}

impl Capture {
    fn start(target: Target) -> Self {
        let shared = Arc::new(Shared::default());
        let (sender, opened) = bounded(1);
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("capture".to_owned());
        // Without a thread the channel closes, and the listener tries again.
        let _ = thread.spawn(move || own(&target, &theirs, &sender));
        Self { opened, shared }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
    }
}

/// The life of the thread that owns a stream.
fn own(target: &Target, shared: &Arc<Shared>, sender: &Sender<Result<Opened, String>>) {
    let stream = match contained(|| open(target, shared)) {
        Ok(Ok((opened, stream))) => {
            let _ = sender.send(Ok(opened));
            stream
        }
        Ok(Err(reason)) | Err(reason) => {
            let _ = sender.send(Err(reason));
            return;
        }
    };
    while !shared.stop.load(Ordering::Acquire) {
        std::thread::sleep(OWNER_LOOK);
    }
    // Closing talks to the sound server again.
    let _ = contained(|| drop(stream));
}

fn open(target: &Target, shared: &Arc<Shared>) -> Result<(Opened, cpal::Stream), String> {
    let sound = Sound::open(Direction::Capture)?;
    let device = match target {
        Target::Microphone(name) => sound.microphone(name.as_deref())?,
        Target::Monitor => sound.monitor()?,
    };
    let name = match label(&device) {
        name if is_alsa_default(&name) => "default microphone".to_owned(),
        name => name,
    };
    start_stream(&device, &name, sound.is_pulse, shared).map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::PermissionDenied => "; is your user in the group 'audio'?",
            ErrorKind::DeviceBusy => "; another program has it",
            _ => "",
        };
        format!("{name} cannot be opened: {error}{hint}")
    })
}

fn start_stream(
    device: &Device,
    name: &str,
    is_pulse: bool,
    shared: &Arc<Shared>,
) -> Result<(Opened, cpal::Stream), cpal::Error> {
    let config = device.default_input_config()?;
    let (rate, channels) = (config.sample_rate(), config.channels());
    let mut stream_config = config.config();
    if is_pulse {
        stream_config.buffer_size = BufferSize::Fixed(rate * CALLBACK_MS / 1000);
    }
    let (mut writer, ring) =
        RingBuffer::new(rate as usize * RING_S as usize * usize::from(channels));
    let counting = Arc::clone(shared);
    let failing = Arc::clone(shared);
    let stream = device.build_input_stream_raw(
        stream_config,
        config.sample_format(),
        move |data: &Data, _: &_| {
            let dropped = copy(data, &mut writer, usize::from(channels));
            counting.dropped.fetch_add(dropped, Ordering::Relaxed);
        },
        move |error| {
            if !is_harmless(error.kind()) {
                failing.fail(error.to_string());
            }
        },
        Some(OPENS_WITHIN),
    )?;
    stream.play()?;
    Ok((Opened { name: name.to_owned(), rate, channels, ring }, stream))
}

/// Whether the stream goes on after such an error.
fn is_harmless(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Xrun | ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged)
}

/// Runs in the sound system's callback: whole frames into the ring, as floats. Returns how many
/// samples found no room.
fn copy(data: &Data, ring: &mut Producer<f32>, channels: usize) -> u64 {
    match data.sample_format() {
        SampleFormat::I8 => copy_as::<i8>(data, ring, channels),
        SampleFormat::I16 => copy_as::<i16>(data, ring, channels),
        SampleFormat::I24 => copy_as::<cpal::I24>(data, ring, channels),
        SampleFormat::I32 => copy_as::<i32>(data, ring, channels),
        SampleFormat::I64 => copy_as::<i64>(data, ring, channels),
        SampleFormat::U8 => copy_as::<u8>(data, ring, channels),
        SampleFormat::U16 => copy_as::<u16>(data, ring, channels),
        SampleFormat::U24 => copy_as::<cpal::U24>(data, ring, channels),
        SampleFormat::U32 => copy_as::<u32>(data, ring, channels),
        SampleFormat::U64 => copy_as::<u64>(data, ring, channels),
        SampleFormat::F32 => copy_as::<f32>(data, ring, channels),
        SampleFormat::F64 => copy_as::<f64>(data, ring, channels),
        _ => data.len() as u64,
    }
}

fn copy_as<T>(data: &Data, ring: &mut Producer<f32>, channels: usize) -> u64
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let samples = data.as_slice::<T>().unwrap_or_default();
    push(samples.iter().map(|sample| sample.to_sample::<f32>()), samples.len(), ring, channels)
}

fn push(
    samples: impl Iterator<Item = f32>,
    count: usize,
    ring: &mut Producer<f32>,
    channels: usize,
) -> u64 {
    let room = ring.slots().min(count);
    let whole = room - room % channels.max(1);
    let written = match ring.write_chunk_uninit(whole) {
        Ok(chunk) => chunk.fill_from_iter(samples),
        Err(_) => 0,
    };
    (count - written) as u64
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
