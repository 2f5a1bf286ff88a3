//! What to play next: candidates, ranking, diversity, reasons; ways from one track to another, endless
//! radio, playlists.
//!
//! Every track of the library gets a score that is the sum of a few [`Parts`]; a walk down the ranking
//! leaves out second versions and too much of one artist; the parts are told as [`Reason`]s.

mod artists;
mod candidates;
mod collection;
mod compare;
mod ears;
mod explore;
mod graph;
mod leaning;
mod likeness;
mod path;
pub mod playlist;
mod radio;
mod reason;
mod rules;
mod score;
mod song;
mod spread;
#[cfg(test)]
pub(crate) mod tests;
mod traits;
mod upkeep;
mod walk;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::settings;
use crate::store::records::{Features, Mood, Track, TrackId};
use crate::taste::Taste;
use crate::taste::mood::{self, MoodState};
pub use collection::Collection;
pub use likeness::{Description, likeness};
pub use path::{PathError, path};
pub use radio::Radio;
pub use reason::{Reason, ReasonKind, told};
pub use score::Parts;
use score::Scorer;
pub use song::{bare_artist, bare_title};
pub use upkeep::GraphUpkeep;

/// What the offers are to sound like: a track, or any sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Seed {
    /// What to call it in reasons.
    pub label: String,
    /// Its style vector.
    pub style: Vec<f32>,
    /// Its mood, where known.
    pub mood: Option<Mood>,
    /// What measurements say of it, where known.
    pub features: Option<Features>,
    /// The track of the library that it is, if it is one.
    pub track_id: Option<TrackId>,
}

impl Seed {
    /// A track of the library.
    #[must_use]
    pub fn of(track: &Track) -> Self {
        Self {
            label: track.label(),
            style: track.style.clone(),
            mood: mood::of_track(track),
            features: track.features.clone(),
            track_id: Some(track.id),
        }
    }
}

/// What is asked. [`Request::new`] asks for a feed; set what else is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The library.
    pub library: &'a Collection,
    /// What the offers are to sound like; may be empty. A seed that is a track is not offered.
    pub seeds: &'a [Seed],
    /// Never offered, nor are other versions of them: what plays.
    pub exclude: &'a [TrackId],
    /// What was offered just before this list, oldest first: never offered either, and its artists count.
    pub before: &'a [TrackId],
    /// What the user enjoys.
    pub taste: &'a Taste,
    /// The mood asked for, and where the session drifts.
    pub mood: MoodState,
    /// Popularity, 0 to 1, of the tracks of which a server knows it.
    pub popularity: Option<&'a BTreeMap<TrackId, f64>>,
    /// What tracks are worth, 0 to 1, by what like-minded people play, where plays of others are at hand.
    pub people: Option<&'a BTreeMap<TrackId, f64>>,
    /// Weights and limits.
    pub settings: &'a settings::Recommend,
    /// The moment that ages are counted from.
    pub now: Timestamp,
    /// Offers wanted.
    pub count: usize,
    /// Place of the first of them in an endless list, from 0.
    pub place: usize,
}

impl<'a> Request<'a> {
    /// A feed without seeds.
    #[must_use]
    pub fn new(
        library: &'a Collection,
        taste: &'a Taste,
        settings: &'a settings::Recommend,
        now: Timestamp,
    ) -> Self {
        Self {
            library,
            seeds: &[],
            exclude: &[],
            before: &[],
            taste,
            mood: MoodState::default(),
            popularity: None,
            people: None,
            settings,
            now,
            count: settings.count,
            place: 0,
        }
    }

    /// Everything that may not be offered, nor versions of it; what counts as listed before comes apart.
    fn excluded(&self) -> impl Iterator<Item = TrackId> + '_ {
        let seeds = self.seeds.iter().filter_map(|seed| seed.track_id);
        let banned = self.taste.known().filter(|id| self.taste.banned(*id));
        self.exclude.iter().copied().chain(seeds).chain(banned)
    }
}

/// One offer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Offer {
    /// Place in the list, from 1.
    pub rank: usize,
    /// Which track.
    pub track_id: TrackId,
    /// Exactly the sum of `parts`. Falls along the list, but where an artist had to wait for a turn, where
    /// something is explored, and along a path.
    pub score: f64,
    /// What the score is made of.
    #[serde(skip)]
    pub parts: Parts,
    /// Why, the strongest first; one to three.
    pub reasons: Vec<Reason>,
    /// The part of the score that no reason tells: the score is the sum of the reasons' weights and this.
    pub other: f64,
}

/// At most `count` offers, the best first. Fewer where the library is too small to keep the rules: no
/// second version of a song, no more of one artist than the settings allow, nothing that was banned. Without
/// seeds and anything enjoyed the list is a spread over the library's styles. The same request gets the
/// same answer; what is explored changes from day to day.
#[must_use]
pub fn recommend(request: &Request<'_>) -> Vec<Offer> {
    let scorer = Scorer::new(request);
    let nothing_to_go_by = request.seeds.is_empty() && request.taste.centres().is_empty();
    let list = if nothing_to_go_by { spread::spread(&scorer) } else { walk::walk(&scorer) };
    offers(&scorer, list)
}

/// The rows of a list as offers.
fn offers(scorer: &Scorer<'_>, list: Vec<(usize, Parts)>) -> Vec<Offer> {
    list.into_iter()
        .zip(1..)
        .map(|((row, parts), rank)| {
            let reasons = reason::reasons(scorer, row, &parts);
            let told: f64 = reasons.iter().map(|reason| reason.weight).sum();
            Offer {
                rank,
                track_id: scorer.request.library.track(row).id,
                score: parts.score(),
                parts,
                reasons,
                other: parts.score() - told,
            }
        })
        .collect()
}
