//! The program's own feed, asked by measurements: all that they know of `taste` and `recommend`.

use jiff::Timestamp;

use crate::recommend::{Collection, Request, Seed, recommend};
use crate::settings::Settings;
use crate::store::records::{Event, EventKind, Track, TrackId};
use crate::taste::Taste;
use crate::taste::mood::{MoodState, drift};

/// Asks for offers out of a library.
pub(super) struct Feed<'a> {
    settings: &'a Settings,
    library: Collection,
}

impl<'a> Feed<'a> {
    /// A feed of these tracks.
    pub fn new(settings: &'a Settings, tracks: &[Track]) -> Self {
        Self { settings, library: Collection::new(tracks.iter().cloned()) }
    }

    /// What is offered to someone with this history, while `seed` plays, best first; nothing of what is to be
    /// left out.
    pub fn offers(
        &self,
        left_out: &[TrackId],
        seed: Option<&Track>,
        events: &[Event],
        now: Timestamp,
        count: usize,
    ) -> Vec<TrackId> {
        let library = &self.library;
        let style_of = |id: TrackId| library.get(id).map(|track| track.style.clone());
        let taste = Taste::from_events(events, &style_of, &self.settings.taste, now);
        let seeds: Vec<Seed> = seed.into_iter().map(Seed::of).collect();
        let mut mood = MoodState::default();
        mood.set_drift(drift(events, &|id| library.mood_of(id), None, now));
        let settings = &self.settings.recommend;
        let offers = recommend(&Request {
            seeds: &seeds,
            exclude: left_out,
            mood,
            count,
            ..Request::new(library, &taste, settings, now)
        });
        offers.into_iter().map(|offer| offer.track_id).collect()
    }
}

/// Something that happened to a track, the `seq`th in a log.
pub(super) fn event(seq: usize, at: Timestamp, track: &Track, what: EventKind) -> Event {
    Event {
        seq: seq as u64,
        nonce: seq as u128,
        at,
        track_id: track.id,
        title: track.title.clone(),
        artist: track.artist.clone(),
        what,
    }
}
