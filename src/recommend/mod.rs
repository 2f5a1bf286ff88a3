//! What to play next: candidates, ranking, diversity, reasons.
//!
//! Every track of the library gets a score that is the sum of a few [`Parts`]; a walk down the ranking
//! leaves out second versions and too much of one artist; the parts are told as [`Reason`]s.

mod diversity;
mod reason;
mod score;
mod spread;
#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};

use jiff::Timestamp;
use serde::Serialize;

use crate::settings;
use crate::store::records::{Track, TrackId};
use crate::taste::Taste;
use diversity::{Rules, Verdict};
pub use reason::{Reason, ReasonKind};
pub use score::Parts;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The library.
    pub tracks: &'a [Track],
    /// Style vectors that the offers are to sound like; may be empty.
    pub seeds: &'a [Vec<f32>],
    /// What to call the seeds in reasons; "what plays" where none is given.
    pub seed_label: Option<&'a str>,
    /// Never offered, nor are other versions of them: what plays, what the seeds are.
    pub exclude: &'a [TrackId],
    /// What the user enjoys.
    pub taste: &'a Taste,
    /// Weights and limits.
    pub settings: &'a settings::Recommend,
    /// The moment that ages are counted from.
    pub now: Timestamp,
    /// Offers wanted.
    pub count: usize,
}

/// One offer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Offer {
    /// Place in the list, from 1.
    pub rank: usize,
    /// Which track.
    pub track_id: TrackId,
    /// Exactly the sum of `parts`. Falls along the list, but where an artist had to wait for a turn.
    pub score: f64,
    /// What the score is made of.
    #[serde(skip)]
    pub parts: Parts,
    /// Why, the strongest first; one to three.
    pub reasons: Vec<Reason>,
}

/// At most `count` offers, the best first. Fewer where the library is too small to keep the rules: no
/// second version of a song, at most `per_artist` of one artist and never three in a row. Without seeds and
/// taste the list is a spread over the library's styles. The same request gets the same answer.
#[must_use]
pub fn recommend(request: &Request<'_>) -> Vec<Offer> {
    let exclude: HashSet<TrackId> = request.exclude.iter().copied().collect();
    let (known, free): (Vec<&Track>, Vec<&Track>) =
        request.tracks.iter().partition(|track| exclude.contains(&track.id));
    let rules = Rules::new(request.settings.per_artist, known.into_iter());
    let candidates = free.into_iter().map(|track| (track, score::parts(request, track))).collect();
    let list = if request.seeds.is_empty() && request.taste.vector.is_none() {
        spread::spread(candidates, rules, request.count)
    } else {
        walk(candidates, rules, request.count)
    };
    list.into_iter()
        .zip(1..)
        .map(|((track, parts), rank)| Offer {
            rank,
            track_id: track.id,
            score: parts.score(),
            parts,
            reasons: reason::reasons(request, track, &parts),
        })
        .collect()
}

/// Down the ranking: each place goes to the best track that the rules let come there.
fn walk<'a>(
    mut ranking: Vec<(&'a Track, Parts)>,
    mut rules: Rules<'a>,
    count: usize,
) -> Vec<(&'a Track, Parts)> {
    ranking.sort_by(|a, b| b.1.score().total_cmp(&a.1.score()).then(a.0.id.cmp(&b.0.id)));
    let mut ranking = VecDeque::from(ranking);
    let mut list = Vec::new();
    let mut waiting = Vec::new();
    while list.len() < count {
        let Some(next) = ranking.pop_front() else { break };
        match rules.judge(next.0) {
            Verdict::Fits => {
                rules.take(next.0);
                list.push(next);
                waiting.drain(..).rev().for_each(|waiting| ranking.push_front(waiting));
            }
            Verdict::NotNow => waiting.push(next),
            Verdict::Never => {}
        }
    }
    list
}
