//! One file as a stream of samples, in bounded memory, as far as it can be read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use symphonia::core::io::{MediaSource, ReadOnlySource};

use super::contain::contained;
use super::engine::{Engine, MOST_HOURS, Spec, Step, knows_its_length, promised_s};
use super::error::{AudioError, Fault, name_of};
use super::probe;

/// Rates that a sound can sensibly have, Hz.
pub(super) const RATES: std::ops::RangeInclusive<u32> = 2_000..=768_000;
/// Damaged packets in a row after which nothing more is expected of a file.
const MOST_BAD: usize = 1_000;
/// Packets in a row without a sample, or of other tracks, after which the same holds.
const MOST_IDLE: usize = 100_000;
/// A file is cut off where more than this share, and more than the seconds below, is missing.
const CUT_SHARE: f64 = 0.01;
const CUT_S: f64 = 0.25;
/// Decoding begins so much before a place that is sought: the first packets after a jump come out
/// empty or wrong in most formats.
const RUN_UP_S: f64 = 0.2;
/// A sound file or stream, decoded packet by packet.
///
/// Bad packets are left out, a file that breaks off ends there; [`Decoder::damage`] tells. What
/// cannot give a single sample is an error of [`Decoder::open`].
pub struct Decoder {
    name: String,
    /// `None` once the decoder has panicked on hostile data.
    engine: Option<Engine>,
    spec: Spec,
    promised_s: Option<f64>,
    /// Whether the format knows its length exactly, so that a shorter one is damage.
    exact: bool,
    /// Whether the file lacks the mark that whole files have at their end.
    end_missing: bool,
    /// The packet decoded last, interleaved in `spec.channels`; taken by the next call.
    ready: Vec<f32>,
    frames_out: u64,
    most_frames: Option<u64>,
    seeked: bool,
    damage: Option<String>,
    bad_packets: usize,
}

impl Decoder {
    /// Opens a file; the name is only a name, the content tells the format.
    ///
    /// # Errors
    /// The file cannot be opened or read, is no sound file, or holds not a single sample.
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        let name = name_of(path);
        // Looked at before opening: opening a named pipe would wait for its writer.
        match std::fs::metadata(path) {
            Ok(meta) if !meta.is_file() => return Err(Fault::NotAFile.of(&name)),
            Ok(_) => {}
            Err(error) => return Err(Fault::Open(error).of(&name)),
        }
        let prepare = || {
            let file = File::open(path).map_err(|error| Fault::Open(error).of(&name))?;
            probe::prepare(file).map_err(|fault| fault.of(&name))
        };
        let prepared = prepare()?;
        let (is_ogg, has_table) = (prepared.is_ogg, prepared.has_table);
        let mut decoder = match Self::start(Box::new(prepared.source), &name) {
            // These formats look at the end first. Where that is damaged or cut off, reading from
            // front to end gives what there is.
            Err(error) if is_ogg || has_table => {
                Self::start(Box::new(prepare()?.source.into_stream()), &name).map_err(|_| error)?
            }
            started => started?,
        };
        decoder.most_frames = Some(MOST_HOURS * 3600 * u64::from(decoder.spec.rate));
        // These containers tell the length whatever the codec.
        decoder.exact |= has_table;
        decoder.end_missing = is_ogg && decoder.promised_s.is_none();
        decoder.damage = prepared.damage.or(decoder.damage);
        Ok(decoder)
    }

    /// Reads a stream that cannot seek; `name` stands for it in messages.
    ///
    /// # Errors
    /// The stream cannot be read, is no sound, or holds not a single sample.
    pub fn from_read(source: Box<dyn Read + Send + Sync>, name: &str) -> Result<Self, AudioError> {
        Self::start(Box::new(ReadOnlySource::new(source)), name)
    }

    fn start(source: Box<dyn MediaSource>, name: &str) -> Result<Self, AudioError> {
        let opened = contained(|| Engine::open(source))
            .unwrap_or_else(|panic| Err(Fault::Unreadable(format!("damaged header ({panic})"))));
        let (engine, params) = opened.map_err(|fault| fault.of(name))?;
        let mut decoder = Self {
            name: name.to_owned(),
            engine: Some(engine),
            spec: Spec { rate: 0, channels: 0 },
            promised_s: promised_s(&params),
            exact: knows_its_length(&params),
            end_missing: false,
            ready: Vec::new(),
            frames_out: 0,
            most_frames: None,
            seeked: false,
            damage: None,
            bad_packets: 0,
        };
        if decoder.advance()? {
            return Ok(decoder);
        }
        let fault = match decoder.damage {
            Some(damage) => Fault::Unreadable(damage),
            None => Fault::NoSound,
        };
        Err(fault.of(name))
    }

    /// Samples a second.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.spec.rate
    }

    /// Number of channels.
    #[must_use]
    pub fn channels(&self) -> u16 {
        self.spec.channels
    }

    /// Length as the header tells it, seconds; near for some formats, unknown for streams.
    #[must_use]
    pub fn duration_s(&self) -> Option<f64> {
        self.promised_s
    }

    /// What was wrong, where the file decoded only in part. Complete once the end was reached.
    #[must_use]
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// Appends the next packet as mono, the mean of the channels; false at the end.
    ///
    /// # Errors
    /// The system cannot read on.
    pub fn next_mono(&mut self, out: &mut Vec<f32>) -> Result<bool, AudioError> {
        if !self.fill()? {
            return Ok(false);
        }
        match self.spec.channels {
            1 => out.append(&mut self.ready),
            channels => out.extend(frames(&self.ready, channels).map(mean)),
        }
        self.ready.clear();
        Ok(true)
    }

    /// Appends the next packet, the channels of each moment side by side; false at the end.
    ///
    /// # Errors
    /// The system cannot read on.
    pub fn next_interleaved(&mut self, out: &mut Vec<f32>) -> Result<bool, AudioError> {
        if !self.fill()? {
            return Ok(false);
        }
        out.append(&mut self.ready);
        Ok(true)
    }

    /// Goes on at this place, seconds from the start.
    ///
    /// # Errors
    /// The place is behind the end, or the source cannot seek; the place is then unknown.
    pub fn seek(&mut self, seconds: f64) -> Result<(), AudioError> {
        let failed = |reason: String| Fault::Seek { seconds, reason };
        let Some(engine) = &mut self.engine else {
            return Err(failed("the file is damaged".to_owned()).of(&self.name));
        };
        self.ready.clear();
        self.seeked = true;
        let sought = match contained(|| engine.seek(seconds - RUN_UP_S)) {
            Ok(result) => result.map_err(|error| failed(error.to_string())),
            Err(panic) => {
                self.engine = None;
                Err(failed(format!("the file is damaged ({panic})")))
            }
        };
        sought.map_err(|fault| fault.of(&self.name))?;
        self.frames_out = 0;
        self.drop_until(seconds)
    }

    /// Decodes and drops what comes before `seconds`.
    fn drop_until(&mut self, seconds: f64) -> Result<(), AudioError> {
        let rate = f64::from(self.spec.rate);
        let channels = usize::from(self.spec.channels);
        loop {
            if !self.fill()? {
                let reason = "the file ends before".to_owned();
                return Err(Fault::Seek { seconds, reason }.of(&self.name));
            }
            let start = self.engine.as_ref().and_then(|engine| engine.packet_s).unwrap_or(seconds);
            let early = ((seconds - start) * rate).round().max(0.0) as usize;
            let frames = self.ready.len() / channels;
            self.ready.drain(..early.min(frames) * channels);
            if early < frames {
                let left = self.ready.len() / channels;
                self.frames_out = (seconds.max(0.0) * rate) as u64 + left as u64;
                return Ok(());
            }
        }
    }

    /// Makes sure that `ready` holds samples; false at the end.
    fn fill(&mut self) -> Result<bool, AudioError> {
        Ok(!self.ready.is_empty() || self.advance()?)
    }

    /// Decodes until there are samples; false at the end.
    fn advance(&mut self) -> Result<bool, AudioError> {
        let (mut bad, mut idle) = (0, 0);
        while bad < MOST_BAD && idle < MOST_IDLE {
            let Some(engine) = &mut self.engine else { return Ok(false) };
            self.ready.clear();
            let step = match contained(|| engine.step(&mut self.ready)) {
                Ok(step) => step,
                Err(panic) => {
                    self.engine = None;
                    self.ready.clear();
                    self.stops(&format!("the decoder gave up on damaged data ({panic})"));
                    return Ok(false);
                }
            };
            match step {
                Step::Sound(spec) => {
                    if self.take(spec)? {
                        return Ok(!self.is_too_long());
                    }
                    bad += 1;
                }
                Step::Nothing => idle += 1,
                Step::Bad(reason) => {
                    self.left_out(&reason);
                    bad += 1;
                }
                Step::Changed => {
                    if let Err(reason) = engine.restart() {
                        self.stops(&reason);
                        return Ok(false);
                    }
                    idle += 1;
                }
                Step::End => {
                    self.check_length();
                    return Ok(false);
                }
                Step::Failed(error) => return Err(Fault::Read(error).of(&self.name)),
            }
        }
        if bad >= MOST_BAD {
            self.stops("nothing that can be decoded follows");
        }
        Ok(false)
    }

    /// Accepts the samples in `ready`; false where they do not fit those before.
    fn take(&mut self, spec: Spec) -> Result<bool, AudioError> {
        if self.frames_out == 0 && self.spec.rate == 0 {
            if spec.channels == 0 {
                return Err(Fault::NoChannels.of(&self.name));
            }
            if !RATES.contains(&spec.rate) {
                return Err(Fault::Rate(spec.rate).of(&self.name));
            }
            self.spec = spec;
        }
        if spec.rate != self.spec.rate || spec.channels == 0 {
            self.left_out("the sample rate changes on the way");
            return Ok(false);
        }
        if spec.channels != self.spec.channels {
            self.ready = frames(&self.ready, spec.channels)
                .flat_map(|frame| std::iter::repeat_n(mean(frame), self.spec.channels.into()))
                .collect();
        }
        self.frames_out += (self.ready.len() / usize::from(self.spec.channels)) as u64;
        Ok(true)
    }

    fn position_s(&self) -> f64 {
        if self.spec.rate == 0 { 0.0 } else { self.frames_out as f64 / f64::from(self.spec.rate) }
    }

    fn is_too_long(&mut self) -> bool {
        let too_long = self.most_frames.is_some_and(|most| self.frames_out > most);
        if too_long {
            self.engine = None;
            self.ready.clear();
            self.stops("no more is read of a file");
        }
        too_long
    }

    /// Notes where and why the file stops early; the first reason stays.
    fn stops(&mut self, reason: &str) {
        let at = self.position_s();
        self.damage.get_or_insert_with(|| format!("stops at {at:.1} s: {reason}"));
    }

    fn left_out(&mut self, reason: &str) {
        self.bad_packets += 1;
        let at = self.position_s();
        if self.bad_packets == 1 && self.damage.is_none() {
            self.damage = Some(format!("damaged at {at:.1} s: {reason}"));
        }
    }

    /// At the end: was more promised than came?
    fn check_length(&mut self) {
        if self.end_missing {
            self.stops("the mark of the end is missing, the file is probably cut off");
        }
        let Some(promised) = self.promised_s.filter(|_| self.exact && !self.seeked) else { return };
        let got = self.position_s();
        if got > 0.0 && promised - got > CUT_S.max(promised * CUT_SHARE) {
            self.damage
                .get_or_insert_with(|| format!("cut off: {got:.1} s of {promised:.1} s are there"));
        }
    }
}

fn frames(samples: &[f32], channels: u16) -> std::slice::ChunksExact<'_, f32> {
    samples.chunks_exact(usize::from(channels.max(1)))
}

pub(super) fn mean(frame: &[f32]) -> f32 {
    frame.iter().sum::<f32>() / frame.len() as f32
}

#[cfg(test)]
mod tests;
