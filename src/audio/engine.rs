//! One format reader and one decoder of Symphonia, packet by packet, with what went wrong as values.

use std::io::ErrorKind;

use symphonia::core::audio::SampleBuffer;
use symphonia::core::codecs::{
    CODEC_TYPE_MP3, CODEC_TYPE_OPUS, CODEC_TYPE_VORBIS, CodecParameters,
};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatReader, SeekMode, SeekTo};
use symphonia::core::io::MediaSource;
use symphonia::core::units::{Time, TimeBase};

use super::error::Fault;
use super::probe;

/// A file's tables can name the same bytes again and again; no file is longer than this.
pub(super) const MOST_HOURS: u64 = 24;
/// Samples of float files can be anything; beyond this they are damage.
const MOST_AMPLITUDE: f32 = 16.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spec {
    pub rate: u32,
    pub channels: u16,
}

/// What one packet gave.
pub(super) enum Step {
    /// Samples were appended.
    Sound(Spec),
    /// A packet of another track, or one without samples.
    Nothing,
    /// A packet that cannot be decoded.
    Bad(String),
    /// The format goes on differently from here.
    Changed,
    /// Nothing follows.
    End,
    /// The system cannot read on.
    Failed(std::io::Error),
}

pub(super) struct Engine {
    format: Box<dyn FormatReader>,
    codec: Box<dyn symphonia::core::codecs::Decoder>,
    track: u32,
    time_base: Option<TimeBase>,
    /// Seconds that the decoder drops at the very start but the format's times count.
    lead_s: f64,
    buffer: Option<SampleBuffer<f32>>,
    /// Where the packet decoded last begins, seconds, where the format tells.
    pub packet_s: Option<f64>,
}

impl Engine {
    /// The format of `source` and the decoder of its first track that holds sound.
    pub fn open(source: Box<dyn MediaSource>) -> Result<(Self, CodecParameters), Fault> {
        let format = probe::format_of(source)?;
        let (track, params, codec) = playable(format.as_ref()).map_err(Fault::Unreadable)?;
        let (time_base, lead_s) = (params.time_base, lead_s(&params));
        let engine = Self { format, codec, track, time_base, lead_s, buffer: None, packet_s: None };
        Ok((engine, params))
    }

    /// After a format change (chained streams): the decoder of the first playable track.
    pub fn restart(&mut self) -> Result<(), String> {
        let (track, params, codec) = playable(self.format.as_ref())?;
        (self.track, self.time_base, self.codec) = (track, params.time_base, codec);
        self.lead_s = lead_s(&params);
        Ok(())
    }

    /// Reads and decodes one packet.
    pub fn step(&mut self, out: &mut Vec<f32>) -> Step {
        let packet = match self.format.next_packet() {
            Ok(packet) => packet,
            Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                return Step::End;
            }
            Err(Error::IoError(error)) if error.kind() == ErrorKind::Interrupted => {
                return Step::Nothing;
            }
            // So the formats tell of lengths and places that cannot be.
            Err(Error::IoError(error)) if is_of_the_data(error.kind()) => {
                return Step::Bad(error.to_string());
            }
            Err(Error::IoError(error)) => return Step::Failed(error),
            Err(Error::ResetRequired) => return Step::Changed,
            Err(error) => return Step::Bad(error.to_string()),
        };
        if packet.track_id() != self.track {
            return Step::Nothing;
        }
        self.packet_s =
            self.time_base.map(|base| seconds_of(base.calc_time(packet.ts())) - self.lead_s);
        let decoded = match self.codec.decode(&packet) {
            Ok(decoded) => decoded,
            Err(Error::ResetRequired) => return Step::Changed,
            Err(error) => return Step::Bad(error.to_string()),
        };
        let signal = *decoded.spec();
        let channels = signal.channels.count();
        let wanted = decoded.capacity() * channels;
        if decoded.frames() == 0 {
            return Step::Nothing;
        }
        let buffer = match self.buffer.take() {
            Some(buffer) if buffer.capacity() >= wanted => self.buffer.insert(buffer),
            _ => self.buffer.insert(SampleBuffer::new(decoded.capacity() as u64, signal)),
        };
        buffer.copy_interleaved_ref(decoded);
        out.extend(buffer.samples().iter().map(|sample| sane(*sample)));
        Step::Sound(Spec { rate: signal.rate, channels: channels as u16 })
    }

    /// Goes to the packet that holds `seconds`.
    pub fn seek(&mut self, seconds: f64) -> Result<(), Error> {
        let time = Time::from(seconds.max(0.0));
        let to = SeekTo::Time { time, track_id: Some(self.track) };
        self.format.seek(SeekMode::Accurate, to)?;
        self.codec.reset();
        Ok(())
    }
}

type Playable = (u32, CodecParameters, Box<dyn symphonia::core::codecs::Decoder>);

/// The first track that one of our decoders takes, or why there is none.
fn playable(format: &dyn FormatReader) -> Result<Playable, String> {
    let mut reason = "it holds no sound track".to_owned();
    for track in format.tracks() {
        match probe::codecs().make(&track.codec_params, &Default::default()) {
            Ok(codec) => return Ok((track.id, track.codec_params.clone(), codec)),
            Err(error) => reason = probe::explain(&error),
        }
    }
    Err(reason)
}

/// The length that the header promises, seconds, unless it is absurd.
pub(super) fn promised_s(params: &CodecParameters) -> Option<f64> {
    let frames = params.n_frames?;
    let seconds = match (params.time_base, params.sample_rate) {
        (Some(base), _) => seconds_of(base.calc_time(frames)) - lead_s(params),
        (None, Some(rate)) if rate > 0 => frames as f64 / f64::from(rate),
        _ => return None,
    };
    (seconds > 0.0 && seconds < MOST_HOURS as f64 * 3600.0).then_some(seconds)
}

/// Opus begins with some samples to be dropped, told in its header, 48 000 a second.
fn lead_s(params: &CodecParameters) -> f64 {
    match params.extra_data.as_deref() {
        Some([_, _, _, _, _, _, _, _, _, _, low, high, ..]) if params.codec == CODEC_TYPE_OPUS => {
            f64::from(u16::from_le_bytes([*low, *high])) / 48_000.0
        }
        _ => 0.0,
    }
}

/// MP3 without an encoder's tag only guesses its length, Ogg takes it from the last page there is.
pub(super) fn knows_its_length(params: &CodecParameters) -> bool {
    match params.codec {
        CODEC_TYPE_MP3 => params.delay.is_some(),
        CODEC_TYPE_VORBIS | CODEC_TYPE_OPUS => false,
        _ => true,
    }
}

/// Whether a read failed by what the file says, not by the system.
fn is_of_the_data(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Other | ErrorKind::InvalidInput | ErrorKind::InvalidData)
}

fn seconds_of(time: Time) -> f64 {
    time.seconds as f64 + time.frac
}

fn sane(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-MOST_AMPLITUDE, MOST_AMPLITUDE) } else { 0.0 }
}
