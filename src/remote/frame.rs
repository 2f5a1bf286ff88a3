//! A binary message of a client that listens: what it heard since the last.

use thiserror::Error;

use super::windows::{WindowsError, pack, unpack};
use crate::listen::{Heard, HeardWindow};

/// The first byte of each kind.
const WINDOWS: u8 = 0;
const SILENCE: u8 = 1;
const RESTART: u8 = 2;
const END: u8 = 3;

/// What was heard.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// Windows, in order.
    Windows(Vec<HeardWindow>),
    /// Nothing to hear at this time, seconds.
    Silence(f64),
    /// Another sound begins.
    Restart,
    /// The sound has ended.
    End,
}

/// A message that is none of these.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FrameError {
    /// Its first byte is not known.
    #[error("a message of an unknown kind")]
    Kind,
    /// Its windows are none.
    #[error(transparent)]
    Windows(#[from] WindowsError),
}

impl Frame {
    /// As it travels.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Windows(windows) => [&[WINDOWS], pack(windows).as_slice()].concat(),
            Self::Silence(time_s) => [&[SILENCE], time_s.to_le_bytes().as_slice()].concat(),
            Self::Restart => vec![RESTART],
            Self::End => vec![END],
        }
    }

    /// Reads what travelled.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub fn read(bytes: &[u8]) -> Result<Self, FrameError> {
        match bytes {
            [WINDOWS, windows @ ..] => Ok(Self::Windows(unpack(windows)?)),
            [SILENCE, time @ ..] => {
                let time = time.try_into().map(f64::from_le_bytes).ok().filter(|t| t.is_finite());
                time.map(Self::Silence).ok_or(FrameError::Kind)
            }
            [RESTART] => Ok(Self::Restart),
            [END] => Ok(Self::End),
            _ => Err(FrameError::Kind),
        }
    }

    /// As the recogniser takes it.
    #[must_use]
    pub fn heard(self) -> Vec<Heard> {
        match self {
            Self::Windows(windows) => windows.into_iter().map(Heard::Window).collect(),
            Self::Silence(time_s) => vec![Heard::Silence(time_s)],
            Self::Restart => vec![Heard::Restart],
            Self::End => vec![Heard::End],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_goes_there_and_back_and_nothing_else_is_read() {
        for frame in [Frame::Windows(Vec::new()), Frame::Silence(3.25), Frame::Restart, Frame::End]
        {
            assert_eq!(Frame::read(&frame.bytes()), Ok(frame));
        }
        let nan = [&[SILENCE], f64::NAN.to_le_bytes().as_slice()].concat();
        for bytes in [&[][..], &[9], &[RESTART, 0], &[SILENCE, 1, 2], &nan] {
            assert_eq!(Frame::read(bytes), Err(FrameError::Kind));
        }
        assert!(matches!(Frame::read(&[WINDOWS, 1, 2]), Err(FrameError::Windows(_))));
    }
}
