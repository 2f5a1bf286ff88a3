//! What the screen asks of the program behind it, and what it is told. Nothing here waits: what may take
//! time is asked for, and told when it is done.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::look::Look;
use super::shelf::{Log, Shelf};
use super::think::{Job, Thought};
use crate::listen::event::LiveEvent;
use crate::store::records::{EventKind, Failure, Mood, TrackId};

/// The program behind the screen. All calls come from the screen's thread and return at once.
pub trait Core {
    /// What the live path tells. Asked for anew after [`Request::SwitchInput`].
    fn live(&self) -> &Receiver<LiveEvent>;

    /// What else there is to tell. The library and the log come first.
    fn news(&self) -> &Receiver<News>;

    /// Asks for something.
    fn ask(&mut self, request: Request);

    /// What plays, and where; [`None`] once it has ended.
    fn playing(&self) -> Option<NowPlaying>;
}

/// Something the screen wants done.
#[derive(Debug)]
pub enum Request {
    /// What to play next; `seed` is what was named last. Told as [`News::Feed`].
    Feed(Option<TrackId>),
    /// The mood that is wanted, if any. The feed is to be asked for again.
    Mood(Option<Mood>),
    /// Index folders; where none is given, those that the tracks are in. Told as [`News::Indexing`], and in
    /// the end as [`News::Said`] or [`News::Failed`].
    Index(Vec<PathBuf>),
    /// End indexing; what is done is kept. Told as what [`Request::Index`] is.
    StopIndexing,
    /// The way from one track to another, both among it. Told as [`News::Path`].
    Path(TrackId, TrackId),
    /// The user does not want to index what was found at the first run.
    Declined,
    /// Record feedback. Told as [`News::Kept`], with the same ticket.
    Feedback {
        /// Given back with the answer.
        ticket: u64,
        /// About which track.
        id: TrackId,
        /// What.
        what: EventKind,
    },
    /// Play a track in place of what plays.
    Play {
        /// Which track.
        id: TrackId,
        /// From where, seconds.
        from_s: f64,
    },
    /// Pause what plays, or go on with it.
    Pause,
    /// Move in what plays, by seconds, kept within the track.
    SeekBy(f64),
    /// Go to a place in what plays, seconds, kept within the track.
    SeekTo(f64),
    /// End playback without recording a play: a skip of what plays says it already.
    StopSkipped,
    /// Go to the next input. Told as [`News::Input`].
    SwitchInput,
    /// Forget what was heard so far, and name the sound that goes on again.
    NameAnew,
    /// How loud a track is over its length. Told as [`News::Overview`].
    Overview(TrackId),
    /// The files that could not be enrolled. Told as [`News::Failures`].
    Failures,
    /// Write a file that is not there yet. Told as [`News::Written`].
    Write {
        /// Where; relative to where the program was started.
        path: PathBuf,
        /// What.
        text: String,
        /// What to say then.
        said: String,
    },
    /// Work something out. Told as [`News::Thought`].
    Think(Job),
}

/// Something the program behind tells.
#[derive(Debug)]
pub enum News {
    /// The library, where it changed.
    Library(Arc<Shelf>),
    /// The log, where it changed.
    Log(Arc<Log>),
    /// What to play next, and after which track.
    Feed(Option<TrackId>, Vec<FeedItem>),
    /// The way from one track to another, or why there is none.
    Path(Result<Vec<TrackId>, String>),
    /// Feedback is kept for good, or why it could not be.
    Kept(u64, Result<(), String>),
    /// What plays changed.
    Playback,
    /// Something that was asked for cannot be done; shown as it is.
    Failed(String),
    /// Something to be shown for a while.
    Said(String),
    /// The live path is there: [`Core::live`] gives another receiver now.
    Listening,
    /// The program behind could not start: the screen is to be closed.
    Over,
    /// Nothing is known yet, and this folder of music was found.
    Welcome(Option<Found>),
    /// How far indexing is; none when it has come to its end.
    Indexing(Option<Indexing>),
    /// The next input, as on the command line.
    Input(Result<String, String>),
    /// Loudness over the length of a track, 0 to 255; empty where it cannot be told.
    Overview(TrackId, Vec<u8>),
    /// The files that could not be enrolled, by path.
    Failures(Vec<Failure>),
    /// A file was written: what to say, or why not.
    Written(Result<String, String>),
    /// Something was worked out.
    Thought(Thought),
    /// Theme, keys or settings of the screen changed, or are wrong.
    Look(Result<Box<Look>, String>),
}

/// A folder that may be indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub folder: PathBuf,
    /// The same as people write it.
    pub shown: String,
    /// Music files in it.
    pub files: usize,
    /// Were all of them counted?
    pub all: bool,
}

/// How far indexing is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Indexing {
    /// Files done.
    pub done: u64,
    /// Files to do; none while the folders are still looked at.
    pub files: u64,
}

/// A row of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedItem {
    /// Which track.
    pub track_id: TrackId,
    /// Its title.
    pub title: String,
    /// Its artist; may be empty.
    pub artist: String,
    /// Its length, seconds.
    pub duration_s: f64,
    /// The higher the better.
    pub score: f64,
    /// Why it is offered, weightiest first.
    pub reasons: Vec<Why>,
    /// Its place on the mood plane.
    pub mood: Option<Mood>,
}

/// A reason, and how much it weighs.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// In plain words.
    pub text: String,
    /// Its part of the score; negative for what speaks against the track.
    pub weight: f64,
}

/// What plays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NowPlaying {
    /// Which track.
    pub track_id: TrackId,
    /// Place in the track, seconds.
    pub position_s: f64,
    /// Length of the track, seconds.
    pub duration_s: f64,
    /// Is it paused?
    pub paused: bool,
    /// Is it still being opened?
    pub opening: bool,
}
