//! What can go wrong with sound, said so that the reader knows which file or device and what to do.

use std::path::Path;

use reqwest::StatusCode;
use thiserror::Error;

/// Sound that cannot be read, made or played.
#[derive(Debug, Error)]
pub enum AudioError {
    /// Something about one file or stream.
    #[error("{name}: {fault}")]
    File {
        /// The path, or "standard input".
        name: String,
        /// What is wrong with it.
        #[source]
        fault: Fault,
    },
    /// An input that cannot be understood.
    #[error(
        "'{text}' is no input: {reason}. Possible are mic, mic:NAME, monitor (what this machine \
         plays), file:PATH, an http or https address, demo, and standard input: - (WAV or another file; without a header \
         raw s16le 16000 Hz mono) or raw as -:FORMAT:RATE:CHANNELS, e.g. -:s16le:44100:2"
    )]
    Spec {
        /// What was written.
        text: String,
        /// Why it cannot be.
        reason: String,
    },
    /// Nothing to play through.
    #[error("no sound output: {reason}")]
    Output {
        /// Why, and what to do.
        reason: String,
    },
    /// The rate converter refused its numbers.
    #[error("cannot convert {from} Hz to {to} Hz: {reason}")]
    Resample {
        /// Rate of the sound.
        from: u32,
        /// Rate wanted.
        to: u32,
        /// Why.
        reason: String,
    },
}

/// What is wrong with a file.
#[derive(Debug, Error)]
pub enum Fault {
    /// The system does not let us open it.
    #[error("cannot be opened: {0}")]
    Open(#[source] std::io::Error),
    /// The system fails while reading.
    #[error("cannot be read: {0}")]
    Read(#[source] std::io::Error),
    /// A folder, a pipe, a device.
    #[error("not a regular file")]
    NotAFile,
    /// 0 bytes.
    #[error("the file is empty")]
    Empty,
    /// No known format, or damaged beyond the first sample.
    #[error("not an audio file that can be read: {0}")]
    Unreadable(String),
    /// A known format, but not one sample in it.
    #[error("no sound in the file")]
    NoSound,
    /// The header says so.
    #[error("0 channels")]
    NoChannels,
    /// No sensible sound has such a rate.
    #[error("sample rate {0} Hz is outside 2 000 to 768 000 Hz")]
    Rate(u32),
    /// The other machine does not answer.
    #[error("cannot be reached: {0}")]
    Unreached(String),
    /// The other machine is not who it says it is.
    #[error("is not trusted: {0}; if it is yours, put its certificate among those of this system")]
    Untrusted(String),
    /// The other machine answers with an HTTP error.
    #[error("the web server says {}", status(*.0))]
    Status(u16),
    /// HTML.
    #[error("this is a web page, not sound: give the address of the stream itself")]
    WebPage,
    /// HLS.
    #[error(
        "this is a list of pieces (HLS), which is not understood: give the address of an MP3, AAC, \
         Ogg or FLAC stream"
    )]
    Pieces,
    /// A playlist without a stream.
    #[error("this playlist names no http or https stream")]
    NoStream,
    /// The place cannot be reached.
    #[error("cannot go to {seconds:.1} s: {reason}")]
    Seek {
        /// The place asked for.
        seconds: f64,
        /// Why not.
        reason: String,
    },
}

fn status(code: u16) -> String {
    let known = StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason());
    known.map_or_else(|| code.to_string(), |reason| format!("{code} {reason}"))
}

impl Fault {
    /// The fault with the name of the file it belongs to.
    pub(super) fn of(self, name: &str) -> AudioError {
        AudioError::File { name: name.to_owned(), fault: self }
    }
}

impl AudioError {
    /// The message without the file's name, for lists that show the path anyway.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::File { fault, .. } => fault.to_string(),
            other => other.to_string(),
        }
    }
}

/// How a path is named in messages.
pub(super) fn name_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_comes_first_and_can_be_left_out() {
        let error = Fault::Rate(1).of("a/b.wav");
        assert_eq!(error.to_string(), "a/b.wav: sample rate 1 Hz is outside 2 000 to 768 000 Hz");
        assert_eq!(error.reason(), "sample rate 1 Hz is outside 2 000 to 768 000 Hz");
    }
}
