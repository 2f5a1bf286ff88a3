//! What the live path tells those who show or print it.

use jiff::Timestamp;

use crate::dsp::MelColumn;
use crate::store::records::TrackId;

/// One message of the live path, in the order things happened.
#[derive(Debug, Clone, PartialEq)]
pub enum LiveEvent {
    /// The state of the input changed.
    Input(InputState),
    /// One spectrogram column: [`crate::dsp::MEL_BANDS`] log-mel values (natural log of power), one
    /// every [`crate::dsp::HOP`] samples (31.25 ms).
    Column(Box<MelColumn>),
    /// Level of the last tenth of a second, dBFS.
    Level(Level),
    /// A track was named: once when it starts.
    Named(Named),
    /// The track named last goes on: its place now.
    Position {
        /// Which track.
        track_id: TrackId,
        /// Place in the track now, seconds.
        position_s: f64,
        /// Calibrated confidence, 0 to 1.
        confidence: f64,
    },
    /// The track named last is not heard any more.
    Lost,
    /// Sound is heard but nothing is certain: the best guess so far, for showing only.
    Guess {
        /// Which track.
        track_id: TrackId,
        /// Calibrated confidence, 0 to 1, below the threshold.
        confidence: f64,
    },
    /// Whether there is music in the last seconds of sound; told when it changes, and until then
    /// there may be. What is named is music.
    Music(bool),
    /// A track was named that was heard earlier, while the server that names was away.
    NamedLate {
        /// The track, with its place at that moment.
        named: Named,
        /// When it was heard.
        at: Timestamp,
    },
    /// The server that names is away, and why; or, with nothing, there again.
    Server(Option<String>),
    /// The input ended (a file or standard input); nothing follows.
    Ended,
}

/// Level of a stretch of sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Root mean square, dBFS (0 is a full-scale square wave, -100 the floor shown).
    pub rms_db: f32,
    /// Peak, dBFS.
    pub peak_db: f32,
}

/// Where the sound comes from just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputState {
    /// Sound is coming in: what the device or file is called, and its own rate and channels.
    Live {
        /// As a person would call it.
        name: String,
        /// Samples a second of the source itself.
        rate: u32,
        /// Channels of the source itself.
        channels: u16,
    },
    /// The device went away or could not be opened; tried again, every second at first, then less often.
    Waiting {
        /// What is wrong and what to do.
        reason: String,
    },
}

/// A track named by what was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Which track.
    pub track_id: TrackId,
    /// Place in the track at this moment, seconds.
    pub position_s: f64,
    /// Calibrated confidence, 0 to 1.
    pub confidence: f64,
    /// Seconds of sound it took.
    pub heard_s: f64,
}
