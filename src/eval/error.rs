//! What can keep a measurement from being made.

use std::path::PathBuf;

use thiserror::Error;

use crate::audio::AudioError;
use crate::embed::NetworkError;
use crate::library::HearError;
use crate::listen::ListenError;

/// A measurement that cannot be made.
#[derive(Debug, Error)]
pub enum EvalError {
    /// A folder named by the user is not there, or is none.
    #[error("cannot read the folder {path}: {source}")]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder without a single sound file.
    #[error("no sound file in the folder {0}")]
    NoSound(PathBuf),
    /// Files of which none can be used.
    #[error("none of the {count} sound files in {folder} can be used; the first: {reason}")]
    NoneReadable {
        /// The folder (or folders).
        folder: String,
        /// How many files were tried.
        count: usize,
        /// What is wrong with the first.
        reason: String,
    },
    /// A condition with noise, but no noise.
    #[error("the condition {0} needs background noise: give a folder of it with --noise DIR")]
    NeedsNoise(String),
    /// An enrolled track cannot be unknown.
    #[error("{0} is enrolled (--refs) and cannot be unknown (--unknown) as well")]
    BothKnownAndUnknown(PathBuf),
    /// No track is long and loud enough.
    #[error(
        "no clip of {length_s} s can be cut out of the tracks in {folder}: \
         they are shorter than that and two seconds more, or silent"
    )]
    NoClip {
        /// Length asked for.
        length_s: f64,
        /// Where the tracks are.
        folder: String,
    },
    /// The list of clips is not there.
    #[error("cannot read the list of clips {path}: {source}")]
    List {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `queries.csv` cannot be used.
    #[error("{path}, line {line}: {message}")]
    Queries {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// The condition `mp3` without a program to do it.
    #[error("the condition mp3 needs ffmpeg with libmp3lame on the PATH: {0}")]
    Mp3(String),
    /// A file that is needed cannot be read.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The network does not run.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A clip cannot be searched.
    #[error(transparent)]
    Hear(#[from] ListenError),
    /// The user stopped it.
    #[error("stopped")]
    Stopped,
}

impl From<HearError> for EvalError {
    fn from(error: HearError) -> Self {
        match error {
            HearError::Audio(error) => Self::Audio(error),
            HearError::Network(error) => Self::Network(error),
            HearError::Stopped => Self::Stopped,
        }
    }
}
