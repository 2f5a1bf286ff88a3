//! What the user enjoys: the event log, summed up as the centres of a taste and as what is known of each
//! track. A pure function of the log: built anew it is the same, bit for bit.

mod centre;
pub mod mood;
mod side;
pub mod vector;
mod weight;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::settings;
use crate::store::records::{Event, TrackId};
pub use centre::Centre;
use side::{Pulled, Side};
pub use weight::FINISHED;
use weight::{Clock, History, confidence};

/// Evidence (sum of all pulls) at which the taste is half certain: two likes by the default weights.
const HALF_CERTAIN: f64 = 6.0;
/// Pull at which [`Taste::feedback`] is 0.76 (tanh 1): one like by the default weights.
const CLEAR_FEEDBACK: f64 = 3.0;

/// What the user enjoys, as of one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Taste {
    /// How much is known, 0 to 1; grows with every like, play and skip.
    pub certainty: f64,
    tracks: BTreeMap<TrackId, Known>,
    enjoyed: Side,
    skipped: Side,
    /// How far below 0 a skip stands, where a like stands at 1.
    skipped_share: f64,
}

/// What is known of one track's style: that of a track which was enjoyed or skipped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence<'a> {
    /// Which track.
    pub track_id: TrackId,
    /// How far it pulls: above 0 where it was enjoyed, below 0 where it was skipped.
    pub pull: f64,
    /// What that says: 1 for what was enjoyed, minus the share that skips count for what was skipped. How
    /// sure that is, the pull tells.
    pub stands_at: f64,
    /// The track's style, unit length.
    pub style: &'a [f32],
}

#[derive(Debug, Clone, PartialEq)]
struct Known {
    history: History,
    pull: f64,
}

impl Taste {
    /// Sums up the log: the order of the slice does not matter, that of [`Event::seq`] does. Each track
    /// weighs by the confidence of its pull (see `weight`); what was enjoyed and what was skipped have
    /// centres each (see `centre`), and skips count for `skipped_share` of what likes do, as in
    /// Rocchio's feedback (1971). `style_of` gives a track's style vector, [`None`] for a track that is gone:
    /// such a track keeps its history but does not move the taste.
    #[must_use]
    pub fn from_events(
        events: &[Event],
        style_of: &dyn Fn(TrackId) -> Option<Vec<f32>>,
        settings: &settings::Taste,
        now: Timestamp,
    ) -> Self {
        let clock = Clock::new(now, settings);
        let mut in_order: Vec<&Event> = events.iter().collect();
        in_order.sort_by_key(|event| event.seq);
        let mut histories: BTreeMap<TrackId, History> = BTreeMap::new();
        for event in in_order {
            histories.entry(event.track_id).or_default().take(event, settings, clock);
        }
        let (mut enjoyed, mut skipped, mut evidence) = (Vec::new(), Vec::new(), 0.0);
        let mut tracks = BTreeMap::new();
        for (id, history) in histories {
            let pull = history.pull(settings, clock);
            if let Some(confidence) = confidence(pull)
                && let Some(style) = style_of(id)
            {
                evidence += pull.abs();
                let side = if pull > 0.0 { &mut enjoyed } else { &mut skipped };
                side.push(Pulled { id, pull: pull.abs(), confidence, style });
            }
            tracks.insert(id, Known { history, pull });
        }
        let enjoyed = Side::of(enjoyed, settings.centres, 1.0);
        let skipped = Side::of(skipped, settings.centres, settings.skipped_share);
        Self {
            certainty: evidence / (evidence + HALF_CERTAIN),
            tracks,
            enjoyed,
            skipped,
            skipped_share: settings.skipped_share,
        }
    }

    /// Nothing is known of any style: neither enjoyed nor skipped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.enjoyed.centres.is_empty() && self.skipped.centres.is_empty()
    }

    /// The centres of what is enjoyed, the weightiest first.
    #[must_use]
    pub fn centres(&self) -> &[Centre] {
        &self.enjoyed.centres
    }

    /// The centres of what was skipped, the weightiest first; their strengths are the share that is taken
    /// off what is enjoyed.
    #[cfg(test)]
    fn skipped_centres(&self) -> &[Centre] {
        &self.skipped.centres
    }

    /// The tracks that pull most, at most so many, the strongest first.
    #[must_use]
    pub fn strongest(&self, most: usize) -> Vec<Evidence<'_>> {
        let sides = [(&self.enjoyed, 1.0), (&self.skipped, -self.skipped_share)].into_iter();
        let all = sides.flat_map(|(side, stands_at)| {
            side.tracks().map(move |(id, style)| (id, stands_at, style))
        });
        let mut all: Vec<Evidence<'_>> = all
            .filter_map(|(track_id, stands_at, style)| {
                let pull = self.tracks.get(&track_id)?.pull;
                Some(Evidence { track_id, pull, stands_at, style })
            })
            .collect();
        let stronger = |a: &Evidence, b: &Evidence| b.pull.abs().total_cmp(&a.pull.abs());
        all.sort_by(|a, b| stronger(a, b).then(a.track_id.cmp(&b.track_id)));
        all.truncate(most);
        all
    }

    /// Whether anything happened to it.
    #[must_use]
    pub fn knows(&self, id: TrackId) -> bool {
        self.tracks.contains_key(&id)
    }

    /// All tracks that anything happened to.
    pub fn known(&self) -> impl Iterator<Item = TrackId> + '_ {
        self.tracks.keys().copied()
    }

    /// Whether the user likes it and has not taken that back.
    #[must_use]
    pub fn liked(&self, id: TrackId) -> bool {
        self.history(id).is_some_and(|history| history.liked.is_some())
    }

    /// Whether the user saved it and has not taken that back.
    #[must_use]
    pub fn saved(&self, id: TrackId) -> bool {
        self.history(id).is_some_and(|history| history.saved.is_some())
    }

    /// Whether it is never to be offered.
    #[must_use]
    pub fn banned(&self, id: TrackId) -> bool {
        self.history(id).is_some_and(|history| history.banned.is_some())
    }

    /// The last rating, 1 to 5.
    #[must_use]
    pub fn stars(&self, id: TrackId) -> Option<u8> {
        self.history(id)?.stars.map(|(stars, _)| stars)
    }

    /// Times it was played here, however far.
    #[must_use]
    pub fn plays(&self, id: TrackId) -> u32 {
        self.history(id).map_or(0, |history| history.plays)
    }

    /// Times it was played to the end.
    #[must_use]
    pub fn finishes(&self, id: TrackId) -> u32 {
        self.history(id).map_or(0, |history| history.finishes)
    }

    /// Times it was played again at once.
    #[must_use]
    pub fn repeats(&self, id: TrackId) -> u32 {
        self.history(id).map_or(0, |history| history.repeats)
    }

    /// When it was last heard in the room or played here.
    #[must_use]
    pub fn last_heard_or_played(&self, id: TrackId) -> Option<Timestamp> {
        self.history(id)?.last_heard()
    }

    /// When it was last skipped.
    #[must_use]
    pub fn last_skipped(&self, id: TrackId) -> Option<Timestamp> {
        self.history(id)?.last_skip
    }

    /// How tired one is of it, 0 to 1: heard just now is 1, and each time heard leaves half as much after
    /// each half-life.
    #[must_use]
    pub fn fatigue(&self, id: TrackId, now: Timestamp, half_life_h: f64) -> f64 {
        self.history(id).map_or(0.0, |history| history.fatigue(now, half_life_h))
    }

    /// What the user said and did about this very track, decayed: -1 (never again) to 1.
    #[must_use]
    pub fn feedback(&self, id: TrackId) -> f64 {
        self.tracks.get(&id).map_or(0.0, |known| (known.pull / CLEAR_FEEDBACK).tanh())
    }

    /// Title and artist at its last event.
    #[must_use]
    pub fn title_and_artist(&self, id: TrackId) -> Option<(&str, &str)> {
        self.history(id).map(|history| (history.title.as_str(), history.artist.as_str()))
    }

    /// The enjoyed track, other than `except`, that sounds most like `style`, with the cosine.
    #[must_use]
    pub fn nearest_enjoyed(&self, style: &[f32], except: TrackId) -> Option<(TrackId, f64)> {
        self.enjoyed.nearest(style, except)
    }

    /// The same among the tracks that were skipped more than enjoyed.
    #[must_use]
    pub fn nearest_skipped(&self, style: &[f32], except: TrackId) -> Option<(TrackId, f64)> {
        self.skipped.nearest(style, except)
    }

    fn history(&self, id: TrackId) -> Option<&History> {
        self.tracks.get(&id).map(|known| &known.history)
    }
}

#[cfg(test)]
mod tests;
