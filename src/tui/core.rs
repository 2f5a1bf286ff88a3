//! What the screen asks of the program behind it.

use crossbeam_channel::Receiver;

use crate::listen::event::LiveEvent;
use crate::store::records::{Event, EventKind, Track, TrackId};

/// The program behind the screen. All calls come from the screen's thread and return at once.
pub trait Core {
    /// What the live path tells. Asked for anew after [`Core::switch_input`].
    fn events(&self) -> &Receiver<LiveEvent>;

    /// The record of a track.
    fn track(&self, id: TrackId) -> Option<Track>;

    /// Does the user like it?
    fn liked(&self, id: TrackId) -> bool;

    /// Number of tracks.
    fn library_size(&self) -> usize;

    /// Called about once a second. True where library or taste changed, so that the feed is asked for
    /// again.
    fn refresh(&mut self) -> bool;

    /// What to play next, best first; `seed` is what was named last.
    fn feed(&mut self, seed: Option<TrackId>) -> Vec<FeedItem>;

    /// Records feedback. `Ok` means that it is kept for good.
    ///
    /// # Errors
    /// It could not be kept; the text is shown as it is.
    fn feedback(&mut self, id: TrackId, what: EventKind) -> Result<(), String>;

    /// Goes to the next input in the cycle and gives its spelling, as on the command line.
    ///
    /// # Errors
    /// There is no other, or it cannot be used; the text is shown as it is.
    fn switch_input(&mut self) -> Result<String, String>;

    /// Plays a track from its start, in place of what plays.
    ///
    /// # Errors
    /// No output, or the file cannot be decoded; the text is shown as it is.
    fn play(&mut self, id: TrackId) -> Result<(), String>;

    /// Pauses what plays, or goes on with it.
    fn pause(&mut self);

    /// Moves in what plays, by seconds, kept within the track.
    ///
    /// # Errors
    /// The format cannot be sought in; the text is shown as it is.
    fn seek(&mut self, by_s: f64) -> Result<(), String>;

    /// Ends playback. After a skip of what plays the screen has already recorded the skip with the
    /// share heard.
    fn stop(&mut self);

    /// What plays, and where; `None` once it has ended.
    fn playing(&self) -> Option<NowPlaying>;

    /// What was heard, played and said, newest first; as many as are worth showing.
    fn history(&mut self) -> Vec<Event>;
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
    /// The higher the better.
    pub score: f64,
    /// Why it is offered, weightiest first.
    pub reasons: Vec<String>,
    /// Does the user like it?
    pub liked: bool,
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
}
