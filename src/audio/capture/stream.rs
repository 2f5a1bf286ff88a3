//! A stream of the sound system: opened by a thread of its own, its callback copies into the ring.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, Data, Device, ErrorKind, FromSample, SampleFormat, SizedSample};
use crossbeam_channel::{Receiver, Sender, bounded};
use rtrb::{Consumer, Producer, RingBuffer};

use super::{OPENS_WITHIN, Target};
use crate::audio::contain::contained;
use crate::audio::devices::{Direction, Sound, is_alsa_default, label};

/// Seconds of sound in the ring: the listener may be late by so much.
const RING_S: u32 = 2;
/// Sound a callback brings, for sound servers that would otherwise bring a quarter of a second.
const CALLBACK_MS: u32 = 50;
/// How often the thread that owns the stream looks whether it should end.
const OWNER_LOOK: Duration = Duration::from_millis(100);

/// Between the sound system's threads and the listener.
#[derive(Debug, Default)]
pub struct Shared {
    pub stop: AtomicBool,
    pub failed: AtomicBool,
    pub failure: Mutex<String>,
    /// Samples for which the ring had no room.
    pub dropped: AtomicU64,
}

impl Shared {
    pub fn fail(&self, reason: String) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = reason;
        self.failed.store(true, Ordering::Release);
    }

    pub fn failure(&self) -> Option<String> {
        let failed = self.failed.load(Ordering::Acquire);
        failed.then(|| self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// A stream that runs.
pub struct Opened {
    pub name: String,
    pub rate: u32,
    pub channels: u16,
    pub ring: Consumer<f32>,
}

/// A stream being opened or running, owned by its own thread: a sound server that hangs hangs only
/// that. Dropped, the thread closes the stream and ends.
pub struct Capture {
    pub opened: Receiver<Result<Opened, String>>,
    pub shared: Arc<Shared>,
}

impl Capture {
    pub fn start(target: Target) -> Self {
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

pub fn push(
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
