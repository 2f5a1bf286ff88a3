//! Standard input: a sound file or raw sound from a pipe, read on its own thread.

use std::io::{Cursor, Read};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::decode::{Decoder, RATES, mean};
use super::error::{AudioError, Fault};
use super::input::InputUpdate;
use super::resample::Resampler;
use super::spec::PcmFormat;
use super::wav;

/// How standard input is called.
const NAME: &str = "standard input";
/// Bytes looked at to tell a sound file from raw sound.
const HEAD: usize = 16;
/// Pieces on the way from the reading thread; a full channel lets the writer of the pipe wait.
const MOST_PIECES: usize = 32;
/// Bytes of raw sound read at once.
const PIECE: usize = 16 * 1024;

/// What a reading thread tells.
pub(super) enum Message {
    /// Sound comes in from here on.
    Live { name: String, rate: u32, channels: u16 },
    /// Some of it.
    Samples(Vec<f32>),
    /// Nothing comes in, and why; it is tried again, or was the last word.
    Waiting(String),
}

/// Sound from a pipe. Dropped, its thread ends with the next piece it reads.
pub(super) struct Piped {
    messages: Receiver<Message>,
}

impl Piped {
    /// Begins to read; `raw` is what sound without a WAV header is.
    pub fn start(
        source: Box<dyn Read + Send + Sync>,
        raw: Option<PcmFormat>,
        rate: u32,
    ) -> std::io::Result<Self> {
        Self::from_thread(NAME, move |sender| pump(source, raw, rate, sender))
    }

    /// What `work` sends from a thread of its own; an error is its last word.
    pub fn from_thread(
        name: &str,
        work: impl FnOnce(&Sender<Message>) -> Result<(), AudioError> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, messages) = bounded(MOST_PIECES);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            if let Err(error) = work(&sender) {
                // Nobody listens any more: nothing to tell.
                let _ = sender.send(Message::Waiting(error.to_string()));
            }
        })?;
        Ok(Self { messages })
    }

    /// As `Input::poll`.
    pub fn poll(&mut self, out: &mut Vec<f32>, timeout: Duration) -> InputUpdate {
        match self.messages.recv_timeout(timeout) {
            Ok(Message::Samples(samples)) => {
                out.extend_from_slice(&samples);
                InputUpdate::Samples
            }
            Ok(Message::Live { name, rate, channels }) => {
                InputUpdate::Live { name, rate, channels }
            }
            Ok(Message::Waiting(reason)) => InputUpdate::Waiting { reason },
            Err(RecvTimeoutError::Timeout) => InputUpdate::Nothing,
            Err(RecvTimeoutError::Disconnected) => InputUpdate::Ended,
        }
    }
}

/// Where decoded sound goes: to the wanted rate, then to whoever polls.
pub(super) struct Outlet<'a> {
    sender: &'a Sender<Message>,
    resampler: Resampler,
}

impl<'a> Outlet<'a> {
    pub fn new(
        sender: &'a Sender<Message>,
        name: String,
        source: (u32, u16),
        rate: u32,
    ) -> Result<Self, AudioError> {
        let resampler = Resampler::new(source.0, rate)?;
        let _ = sender.send(Message::Live { name, rate: source.0, channels: source.1 });
        Ok(Self { sender, resampler })
    }

    /// False when nobody listens any more.
    pub fn push(&mut self, mono: &[f32]) -> Result<bool, AudioError> {
        let mut samples = Vec::new();
        self.resampler.push(mono, &mut samples)?;
        Ok(samples.is_empty() || self.sender.send(Message::Samples(samples)).is_ok())
    }

    /// What the rate converter still holds.
    pub fn finish(mut self) -> Result<(), AudioError> {
        let mut samples = Vec::new();
        self.resampler.finish(&mut samples)?;
        if !samples.is_empty() {
            let _ = self.sender.send(Message::Samples(samples));
        }
        Ok(())
    }
}

fn pump(
    mut source: Box<dyn Read + Send + Sync>,
    raw: Option<PcmFormat>,
    rate: u32,
    sender: &Sender<Message>,
) -> Result<(), AudioError> {
    let read = |error| Fault::Read(error).of(NAME);
    let mut head = Vec::new();
    (&mut source).take(wav::RIFF_HEAD as u64).read_to_end(&mut head).map_err(read)?;
    if wav::is_wav(&head) {
        return pump_wav(source, rate, sender);
    }
    (&mut source).take((HEAD - wav::RIFF_HEAD) as u64).read_to_end(&mut head).map_err(read)?;
    if head.is_empty() {
        return Err(Fault::Empty.of(NAME));
    }
    let whole = Box::new(Cursor::new(head.clone()).chain(source));
    if raw.is_none() && is_sound_file(&head) {
        return pump_file(whole, rate, sender);
    }
    let format = raw.unwrap_or(PcmFormat::DEFAULT);
    pump_raw(whole, format, &format!("{NAME}, raw {format}"), rate, sender)
}

/// A WAV from a pipe: its sound is read as raw sound, to the promised end or, where the writer knew
/// no length, to the end of the pipe.
fn pump_wav(
    mut source: Box<dyn Read + Send + Sync>,
    rate: u32,
    sender: &Sender<Message>,
) -> Result<(), AudioError> {
    let header = wav::read_header(&mut source).map_err(|e| Fault::Read(e).of(NAME))?;
    let header = header.ok_or_else(|| Fault::NoSound.of(NAME))?;
    let Some(format) = header.pcm() else {
        let reason = format!("WAV with codec {} cannot be read from a pipe", header.codec);
        return Err(Fault::Unreadable(reason).of(NAME));
    };
    if format.channels == 0 {
        return Err(Fault::NoChannels.of(NAME));
    }
    if !RATES.contains(&format.rate) {
        return Err(Fault::Rate(format.rate).of(NAME));
    }
    let len = header.promised().map_or(u64::MAX, u64::from);
    pump_raw(Box::new(source.take(len)), format, NAME, rate, sender)
}

fn pump_file(
    source: Box<dyn Read + Send + Sync>,
    rate: u32,
    sender: &Sender<Message>,
) -> Result<(), AudioError> {
    let mut decoder = Decoder::from_read(source, NAME)?;
    let kind = (decoder.rate(), decoder.channels());
    let mut outlet = Outlet::new(sender, NAME.to_owned(), kind, rate)?;
    let mut mono = Vec::new();
    while decoder.next_mono(&mut mono)? {
        if !outlet.push(&mono)? {
            return Ok(());
        }
        mono.clear();
    }
    outlet.finish()
}

fn pump_raw(
    mut source: Box<dyn Read + Send + Sync>,
    format: PcmFormat,
    name: &str,
    rate: u32,
    sender: &Sender<Message>,
) -> Result<(), AudioError> {
    let kind = (format.rate, format.channels);
    let mut outlet = Outlet::new(sender, name.to_owned(), kind, rate)?;
    let mut bytes = vec![0; PIECE.max(format.frame_len())];
    let (mut filled, mut frame, mut mono) = (0, Vec::new(), Vec::new());
    loop {
        let count = match source.read(&mut bytes[filled..]) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Fault::Read(error).of(NAME)),
        };
        if count == 0 {
            return outlet.finish();
        }
        filled += count;
        let whole = filled - filled % format.frame_len();
        mono.clear();
        for raw in bytes[..whole].chunks_exact(format.frame_len()) {
            frame.clear();
            frame.extend(
                raw.chunks_exact(format.sample.bytes()).map(|one| format.sample.value(one)),
            );
            mono.push(mean(&frame));
        }
        bytes.copy_within(whole..filled, 0);
        filled -= whole;
        if !outlet.push(&mono)? {
            return Ok(());
        }
    }
}

/// Whether this is how a sound file begins (WAV aside).
fn is_sound_file(head: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 5] = [b"OggS", b"fLaC", b"ID3", b"FORM", &[0x1A, 0x45, 0xDF, 0xA3]];
    BEGINNINGS.iter().any(|beginning| head.starts_with(beginning))
        || (head.len() >= 8 && &head[4..8] == b"ftyp")
        || is_mpeg_frame(head)
}

/// Whether this is the header of an MPEG audio frame (MP3 or AAC), all of its fields valid: quiet
/// raw sound is full of 0xFF bytes.
fn is_mpeg_frame(head: &[u8]) -> bool {
    let [0xFF, second, third, ..] = *head else { return false };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    let (bitrate, rate) = (third >> 4, third >> 2 & 3);
    let adts = second & 0xF6 == 0xF0 && third >> 2 & 0xF < 13;
    let mpeg = second & 0xE0 == 0xE0
        && version != 1
        && layer != 0
        && !matches!(bitrate, 0 | 15)
        && rate != 3;
    adts || mpeg
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(bytes: Vec<u8>, raw: Option<PcmFormat>, rate: u32) -> (Vec<InputUpdate>, Vec<f32>) {
        let mut piped = Piped::start(Box::new(Cursor::new(bytes)), raw, rate).unwrap();
        let (mut updates, mut samples) = (Vec::new(), Vec::new());
        loop {
            match piped.poll(&mut samples, Duration::from_secs(10)) {
                InputUpdate::Samples => {}
                InputUpdate::Ended => return (updates, samples),
                other => updates.push(other),
            }
        }
    }

    fn live(name: &str, rate: u32, channels: u16) -> InputUpdate {
        InputUpdate::Live { name: name.into(), rate, channels }
    }

    fn wav(rate: u32, channels: u16, frames: usize) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for _ in 0..frames * usize::from(channels) {
            writer.write_sample(8_192_i16).unwrap();
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    #[test]
    fn wav_whatever_its_length_field_says() {
        let honest = wav(16_000, 2, 5_000);
        let mut streamed = honest.clone();
        streamed[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
        let mut cut = honest.clone();
        cut.truncate(44 + 4_001);
        for (bytes, frames) in [(honest, 5_000), (streamed, 5_000), (cut, 1_000)] {
            let (updates, samples) = heard(bytes, Some(PcmFormat::DEFAULT), 16_000);
            assert_eq!(updates, [live("standard input", 16_000, 2)]);
            assert_eq!(samples, vec![0.25; frames]);
        }
    }

    #[test]
    fn raw_of_a_told_and_an_untold_kind() {
        let bytes: Vec<u8> = [8_192_i16, -8_192].iter().flat_map(|v| v.to_le_bytes()).collect();
        let (updates, samples) = heard(bytes.repeat(9_000), None, 16_000);
        assert_eq!(updates, [live("standard input, raw s16le:16000:1", 16_000, 1)]);
        assert_eq!((samples.len(), samples[1]), (18_000, -0.25));
        let stereo = PcmFormat { channels: 2, rate: 8_000, ..PcmFormat::DEFAULT };
        let (updates, samples) = heard(bytes.repeat(9_000), Some(stereo), 16_000);
        assert_eq!(updates, [live("standard input, raw s16le:8000:2", 8_000, 2)]);
        assert_eq!(samples.len(), 18_000);
        assert!(samples.iter().all(|sample| sample.abs() < 1e-6));
    }

    #[test]
    fn other_sound_files_are_told_by_their_first_bytes() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        for ending in ["mp3", "flac", "ogg", "opus"] {
            let bytes = std::fs::read(folder.join(format!("tone.{ending}"))).unwrap();
            let (updates, samples) = heard(bytes, None, 16_000);
            assert!(matches!(updates[..], [InputUpdate::Live { .. }]), "{ending}: {updates:?}");
            assert!(samples.len().abs_diff(16_000) < 1_000, "{ending}: {}", samples.len());
        }
        assert!(!is_sound_file(&[0xFF; 16]));
        assert!(!is_sound_file(&[0, 0, 1, 0]));
    }

    #[test]
    fn bad_streams_say_why_and_end() {
        for (bytes, reason) in [
            (Vec::new(), "the file is empty"),
            (wav(16_000, 1, 0)[..30].to_vec(), "no sound"),
            (wav(1, 1, 10), "sample rate 1 Hz"),
            (b"OggS and then nothing of the kind".to_vec(), "not an audio file"),
        ] {
            let (updates, samples) = heard(bytes, None, 16_000);
            let [InputUpdate::Waiting { reason: told }] = &updates[..] else {
                panic!("{reason}: {updates:?}");
            };
            assert!(told.starts_with("standard input: ") && told.contains(reason), "{told}");
            assert!(samples.is_empty());
        }
    }
}
