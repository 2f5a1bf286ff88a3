//! What the user enjoys: the event log, summed up as one style vector and as what is known of each
//! track. A pure function of the log: built anew it is the same, bit for bit.

pub mod mood;
pub mod vector;
mod weight;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::settings;
use crate::store::records::{Event, TrackId};
use vector::{Mean, cosine, unit};
use weight::{Clock, History, confidence};

/// Evidence (sum of all pulls) at which the vector is half certain: two likes by the default weights.
const HALF_CERTAIN: f64 = 6.0;
/// Pull at which [`Taste::feedback`] is 0.76 (tanh 1): one like by the default weights.
const CLEAR_FEEDBACK: f64 = 3.0;

/// What the user enjoys, as of one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Taste {
    /// Direction of what is enjoyed, unit length, as many values as a style; [`None`] while nothing
    /// is known.
    pub vector: Option<Vec<f32>>,
    /// How much that is to be trusted, 0 to 1; grows with every like, play and skip.
    pub certainty: f64,
    tracks: BTreeMap<TrackId, Known>,
}

#[derive(Debug, Clone, PartialEq)]
struct Known {
    history: History,
    pull: f64,
    style: Option<Vec<f32>>,
}

impl Taste {
    /// Sums up the log. The vector is the mean of what was enjoyed less `skipped_share` of the mean of
    /// what was skipped (Rocchio 1971), each track weighing by the confidence of its pull
    /// (see `weight`). `style_of` gives a track's style vector, [`None`] for a track that is gone:
    /// such a track keeps its history but does not move the vector.
    #[must_use]
    pub fn from_events(
        events: &[Event],
        style_of: &dyn Fn(TrackId) -> Option<Vec<f32>>,
        settings: &settings::Taste,
        now: Timestamp,
    ) -> Self {
        let clock = Clock::new(now, settings);
        let mut histories: BTreeMap<TrackId, History> = BTreeMap::new();
        for event in events {
            histories.entry(event.track_id).or_default().take(event, settings, clock);
        }
        let (mut enjoyed, mut skipped, mut evidence) = (Mean::default(), Mean::default(), 0.0);
        let mut tracks = BTreeMap::new();
        for (id, history) in histories {
            let pull = history.pull(settings, clock);
            let style = style_of(id);
            if let (Some(style), Some(confidence)) = (&style, confidence(pull)) {
                let side = if pull > 0.0 { &mut enjoyed } else { &mut skipped };
                side.add(style, confidence);
                evidence += pull.abs();
            }
            tracks.insert(id, Known { history, pull, style });
        }
        Self {
            vector: direction(&enjoyed, &skipped, settings.skipped_share),
            certainty: evidence / (evidence + HALF_CERTAIN),
            tracks,
        }
    }

    /// Whether the user likes it and has not taken that back.
    #[must_use]
    pub fn liked(&self, id: TrackId) -> bool {
        self.history(id).is_some_and(|history| history.liked.is_some())
    }

    /// Whether the user saved it.
    #[must_use]
    pub fn saved(&self, id: TrackId) -> bool {
        self.history(id).is_some_and(|history| history.saved.is_some())
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

    /// When it was last heard in the room or played here.
    #[must_use]
    pub fn last_heard_or_played(&self, id: TrackId) -> Option<Timestamp> {
        self.history(id)?.last_heard
    }

    /// When it was last skipped.
    #[must_use]
    pub fn last_skipped(&self, id: TrackId) -> Option<Timestamp> {
        self.history(id)?.last_skip
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
        self.nearest(style, except, |pull| pull > 0.0)
    }

    /// The same among the tracks that were skipped more than enjoyed.
    #[must_use]
    pub fn nearest_skipped(&self, style: &[f32], except: TrackId) -> Option<(TrackId, f64)> {
        self.nearest(style, except, |pull| pull < 0.0)
    }

    fn nearest(
        &self,
        style: &[f32],
        except: TrackId,
        side: impl Fn(f64) -> bool,
    ) -> Option<(TrackId, f64)> {
        self.tracks
            .iter()
            .filter(|(id, known)| **id != except && side(known.pull))
            .filter(|(_, known)| confidence(known.pull).is_some())
            .filter_map(|(id, known)| Some((*id, cosine(style, known.style.as_ref()?))))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
    }

    fn history(&self, id: TrackId) -> Option<&History> {
        self.tracks.get(&id).map(|known| &known.history)
    }
}

fn direction(enjoyed: &Mean, skipped: &Mean, skipped_share: f64) -> Option<Vec<f32>> {
    let sum = match (enjoyed.mean(), skipped.mean()) {
        (Some(to), Some(from)) if to.len() == from.len() => {
            to.iter().zip(&from).map(|(to, from)| to - skipped_share * from).collect()
        }
        (Some(to), _) => to,
        (None, Some(from)) => from.iter().map(|from| -skipped_share * from).collect(),
        (None, None) => return None,
    };
    unit(&sum)
}

#[cfg(test)]
mod tests;
