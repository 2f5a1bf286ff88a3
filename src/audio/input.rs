//! Live sound, wherever it comes from, polled by the listener thread.

use std::path::Path;
use std::time::Duration;

use super::capture::{Listening, Target};
use super::error::{AudioError, Fault, name_of};
use super::paced::{Generator, Paced};
use super::reader::MonoReader;
use super::spec::{InputSpec, PcmFormat};
use super::stdin::Piped;
use super::web;
use reqwest::Url;

/// What a poll brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputUpdate {
    /// Samples were appended.
    Samples,
    /// Sound comes in from here on.
    Live {
        /// As a person would call the source.
        name: String,
        /// Samples a second of the source itself.
        rate: u32,
        /// Channels of the source itself.
        channels: u16,
    },
    /// No sound comes in; a device is tried again, every second at first, then less often. Told once, and again when the
    /// reason changes.
    Waiting {
        /// What is wrong and what to do.
        reason: String,
    },
    /// The sound is over; every further poll says so again.
    Ended,
    /// The time was over first.
    Nothing,
}

/// A source of live sound, opened.
pub struct Input {
    kind: Kind,
    ended: bool,
}

enum Kind {
    Paced(Paced),
    Piped(Piped),
    Device(Box<Listening>),
}

impl Input {
    /// Opens an input; its samples will come as mono at `rate`.
    ///
    /// A microphone or monitor that is missing is no error: [`Self::poll`] reports
    /// [`InputUpdate::Waiting`] and tries again.
    ///
    /// # Errors
    /// A file that cannot be opened or is no sound file; no thread can be started.
    pub fn open(spec: &InputSpec, rate: u32) -> Result<Self, AudioError> {
        match spec {
            InputSpec::Mic(name) => Ok(Self::device(Target::Microphone(name.clone()), rate)),
            InputSpec::Monitor => Ok(Self::device(Target::Monitor, rate)),
            InputSpec::File(path) => Self::file(path, rate),
            InputSpec::Stdin(raw) => Self::stdin(*raw, rate),
            InputSpec::Url(url) => Self::web(url, rate),
            InputSpec::Demo => Ok(Self::paced("demo", rate, super::demo::generator(rate))),
        }
    }

    /// Sound that `generator` makes at `rate`, at the speed of real sound. It appends some samples
    /// a call and returns false at the end.
    #[must_use]
    pub fn paced(name: &str, rate: u32, generator: Generator) -> Self {
        Self::from(Kind::Paced(Paced::new(name.to_owned(), (rate, 1), rate, generator)))
    }

    fn from(kind: Kind) -> Self {
        Self { kind, ended: false }
    }

    fn device(target: Target, rate: u32) -> Self {
        Self::from(Kind::Device(Box::new(Listening::new(target, rate))))
    }

    fn file(path: &Path, rate: u32) -> Result<Self, AudioError> {
        let mut reader = MonoReader::open(path, rate)?;
        let source = (reader.source_rate(), reader.source_channels());
        // A file that cannot be read on ends there, as one that is cut off does.
        let next = Box::new(move |out: &mut Vec<f32>| reader.read(out).unwrap_or(false));
        Ok(Self::from(Kind::Paced(Paced::new(name_of(path), source, rate, next))))
    }

    fn stdin(raw: Option<PcmFormat>, rate: u32) -> Result<Self, AudioError> {
        Piped::start(Box::new(std::io::stdin()), raw, rate)
            .map(|piped| Self::from(Kind::Piped(piped)))
            .map_err(|error| Fault::Open(error).of("standard input"))
    }

    fn web(url: &Url, rate: u32) -> Result<Self, AudioError> {
        let at = url.clone();
        Piped::from_thread("web", move |sender| web::pump(&at, rate, sender))
            .map(|piped| Self::from(Kind::Piped(piped)))
            .map_err(|error| Fault::Open(error).of(&web::shown(url)))
    }

    /// Appends the samples that are there, waiting at most `timeout` for the first.
    pub fn poll(&mut self, out: &mut Vec<f32>, timeout: Duration) -> InputUpdate {
        if self.ended {
            return InputUpdate::Ended;
        }
        let update = match &mut self.kind {
            Kind::Paced(paced) => paced.poll(out, timeout),
            Kind::Piped(piped) => piped.poll(out, timeout),
            Kind::Device(device) => device.poll(out, timeout),
        };
        self.ended = update == InputUpdate::Ended;
        update
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_plays_to_its_end() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tone.flac");
        let mut input = Input::open(&InputSpec::File(path), 16_000).unwrap();
        let mut samples = Vec::new();
        let first = input.poll(&mut samples, Duration::from_secs(1));
        assert!(matches!(first, InputUpdate::Live { channels: 1, rate: 44_100, .. }), "{first:?}");
        while input.poll(&mut samples, Duration::from_secs(1)) != InputUpdate::Ended {}
        assert!(samples.len().abs_diff(16_000) < 10, "{}", samples.len());
        assert_eq!(input.poll(&mut samples, Duration::from_secs(60)), InputUpdate::Ended);
    }

    #[test]
    fn a_missing_file_fails_at_once() {
        let error = Input::open(&InputSpec::File("/no/such/file".into()), 16_000).err().unwrap();
        assert!(error.to_string().starts_with("/no/such/file: cannot be opened"), "{error}");
    }

    #[test]
    fn the_demo_sounds() {
        let mut input = Input::open(&InputSpec::Demo, 16_000).unwrap();
        let mut samples = Vec::new();
        while samples.len() < 1_000 {
            assert_ne!(input.poll(&mut samples, Duration::from_secs(1)), InputUpdate::Ended);
        }
        assert!(samples.iter().any(|sample| sample.abs() > 0.01));
    }
}
