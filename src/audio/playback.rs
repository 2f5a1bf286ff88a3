//! A file to the loudspeakers, with the same decoders that listen.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rodio::{DeviceSinkBuilder, MixerDeviceSink, Player, Source};

use super::contain::contained;
use super::decode::Decoder;
use super::devices::{Direction, Sound};
use super::error::{AudioError, Fault, name_of};

/// The loudspeakers, and at most one file playing there.
pub struct Playback {
    sink: MixerDeviceSink,
    /// Set by the sound system when the output is gone.
    lost: Arc<AtomicBool>,
    now: Mutex<Option<Playing>>,
    volume: Mutex<f32>,
}

struct Playing {
    player: Player,
    path: PathBuf,
    duration_s: Option<f64>,
    /// Where the player began, seconds into the file.
    from_s: f64,
}

impl Playback {
    /// Opens the default output.
    ///
    /// # Errors
    /// There is no output, or it cannot be opened.
    pub fn open() -> Result<Self, AudioError> {
        let failed = |reason: String| AudioError::Output { reason };
        let lost = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&lost);
        let opened = contained(move || {
            let sound = Sound::open(Direction::Playback)?;
            let device = sound.output().ok_or("no loudspeaker is found")?;
            DeviceSinkBuilder::from_device(device)
                .map_err(|error| explain(&error))?
                .with_error_callback(move |error: cpal::Error| {
                    if !matches!(
                        error.kind(),
                        cpal::ErrorKind::Xrun
                            | cpal::ErrorKind::RealtimeDenied
                            | cpal::ErrorKind::DeviceChanged
                    ) {
                        tracing::warn!("the sound output is gone: {error}");
                        flag.store(true, Ordering::Release);
                    }
                })
                .open_stream()
                .map_err(|error| explain(&error))
        });
        let mut sink = opened.and_then(|result| result).map_err(failed)?;
        // It would write a line over the screen.
        sink.log_on_drop(false);
        Ok(Self { sink, lost, now: Mutex::new(None), volume: Mutex::new(1.0) })
    }

    /// Plays a file from its start, instead of what plays now.
    ///
    /// # Errors
    /// The file cannot be decoded, or the output is gone.
    pub fn play(&self, path: &Path) -> Result<(), AudioError> {
        let decoder = Decoder::open(path)?;
        self.begin(path, decoder, 0.0, false)
    }

    fn begin(
        &self,
        path: &Path,
        decoder: Decoder,
        from_s: f64,
        paused: bool,
    ) -> Result<(), AudioError> {
        if self.is_lost() {
            let reason = "the output is gone; open it again".to_owned();
            return Err(AudioError::Output { reason });
        }
        let duration_s = decoder.duration_s();
        let source = FileSound::new(decoder).ok_or_else(|| Fault::NoSound.of(&name_of(path)))?;
        let player = Player::connect_new(self.sink.mixer());
        player.set_volume(*lock(&self.volume));
        if paused {
            player.pause();
        }
        player.append(source);
        // The player before is dropped here and falls silent.
        *self.now() = Some(Playing { player, path: path.to_owned(), duration_s, from_s });
        Ok(())
    }

    /// Holds on to the place.
    pub fn pause(&self) {
        if let Some(playing) = &*self.now() {
            playing.player.pause();
        }
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        if let Some(playing) = &*self.now() {
            playing.player.play();
        }
    }

    /// Pauses or goes on.
    pub fn toggle(&self) {
        if let Some(playing) = &*self.now() {
            if playing.player.is_paused() { playing.player.play() } else { playing.player.pause() }
        }
    }

    /// Ends it; nothing is loaded afterwards.
    pub fn stop(&self) {
        *self.now() = None;
    }

    /// Goes to a place in the file, seconds from its start; it stays paused where it was.
    ///
    /// # Errors
    /// The place is behind the end, or the file cannot seek. What plays goes on then.
    pub fn seek(&self, seconds: f64) -> Result<(), AudioError> {
        let seconds = seconds.max(0.0);
        let loaded = self.now().as_ref().map(|now| (now.path.clone(), now.player.is_paused()));
        let Some((path, paused)) = loaded else { return Ok(()) };
        // A new decoder and player: one that waits for the sound system would hang if that has gone.
        let mut decoder = Decoder::open(&path)?;
        decoder.seek(seconds)?;
        self.begin(&path, decoder, seconds, paused)
    }

    /// Place in the file, seconds; 0 where nothing is loaded.
    #[must_use]
    pub fn position_s(&self) -> f64 {
        let now = self.now();
        now.as_ref().map_or(0.0, |now| {
            let position = now.from_s + now.player.get_pos().as_secs_f64();
            now.duration_s.map_or(position, |duration| position.min(duration))
        })
    }

    /// Length of the file, seconds, where it is known.
    #[must_use]
    pub fn duration_s(&self) -> Option<f64> {
        self.now().as_ref().and_then(|now| now.duration_s)
    }

    /// The file that is loaded.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        self.now().as_ref().map(|now| now.path.clone())
    }

    /// Whether sound comes out: loaded, not paused, not at the end, the output there.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        let now = self.now();
        !self.is_lost()
            && now.as_ref().is_some_and(|now| !now.player.is_paused() && !now.player.empty())
    }

    /// Whether the file that is loaded has come to its end.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.now().as_ref().is_some_and(|now| now.player.empty())
    }

    /// Whether the output has gone away; open a new [`Playback`] then.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// 1 is the file as it is, 0 silence.
    pub fn set_volume(&self, volume: f32) {
        let volume = volume.clamp(0.0, 2.0);
        *lock(&self.volume) = volume;
        if let Some(playing) = &*self.now() {
            playing.player.set_volume(volume);
        }
    }

    fn now(&self) -> MutexGuard<'_, Option<Playing>> {
        lock(&self.now)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The error with what is behind it: rodio's own messages say little.
fn explain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// A decoder as rodio takes it, sample by sample.
struct FileSound {
    decoder: Decoder,
    channels: NonZero<u16>,
    rate: NonZero<u32>,
    packet: Vec<f32>,
    next: usize,
}

impl FileSound {
    fn new(decoder: Decoder) -> Option<Self> {
        let channels = NonZero::new(decoder.channels())?;
        let rate = NonZero::new(decoder.rate())?;
        Some(Self { decoder, channels, rate, packet: Vec::new(), next: 0 })
    }
}

impl Iterator for FileSound {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.next == self.packet.len() {
            self.packet.clear();
            self.next = 0;
            // A file that cannot be read on ends there.
            if !self.decoder.next_interleaved(&mut self.packet).unwrap_or(false) {
                return None;
            }
        }
        let sample = self.packet.get(self.next).copied();
        self.next += 1;
        sample
    }
}

impl Source for FileSound {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> NonZero<u16> {
        self.channels
    }

    fn sample_rate(&self) -> NonZero<u32> {
        self.rate
    }

    fn total_duration(&self) -> Option<Duration> {
        self.decoder.duration_s().map(Duration::from_secs_f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_gives_every_sample_once() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tone.flac");
        let source = FileSound::new(Decoder::open(&path).unwrap()).unwrap();
        assert_eq!((source.channels().get(), source.sample_rate().get()), (1, 44_100));
        let samples: Vec<f32> = source.collect();
        let mut expected = Vec::new();
        let mut decoder = Decoder::open(&path).unwrap();
        while decoder.next_interleaved(&mut expected).unwrap() {}
        assert_eq!(samples, expected);
    }
}
