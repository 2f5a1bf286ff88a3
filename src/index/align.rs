//! From single hits to places: each hit votes for (track, offset), the best are scored exactly
//! along their alignment.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::codes::cosine;
use super::memory::{Effort, Hit, TrackKey};
use super::searched::{Fingerprints, SearchError};
use super::stretch::{Place, Stretch};
use super::{HITS, INDEX_HOP_S, Query};

/// Width of a vote, seconds.
const BIN_S: f64 = 0.25;
/// A hit counts by how far it is above this cosine: what two unrelated windows easily reach.
const VOTE_FLOOR: f32 = 0.3;
/// Where it is looked whether a place stands out from its surroundings, seconds.
const BESIDE_S: [f64; 4] = [-2.0, -1.0, 1.0, 2.0];
/// Places that are scored exactly, and how many of them may be in one track: a track that repeats
/// itself must not crowd out the others.
const RESCORED: usize = 64;
const RESCORED_PER_TRACK: usize = 8;
/// Places of a clip where hits are known by their codes only, more than [`HITS`] of a window: their votes are
/// unsure.
const RESCORED_OF_CODES: usize = 192;
/// Steps around a vote that are tried, seconds.
const FINE_STEP_S: f64 = 0.03125;
const FINE_STEPS: i32 = 10;
/// A heard window counts in full where it meets an indexed one, and not at all this far from it.
const REACH_S: f64 = 0.09375;

/// Playback speeds that are tried besides the right one, for clips of [`DRIFT_FROM_S`] or more: within a
/// shorter one they change no window's place by as much as [`REACH_S`].
const SPEEDS: [f64; 4] = [0.98, 0.99, 1.01, 1.02];
const DRIFT_FROM_S: f64 = 3.0;
/// Best tracks whose speed is looked for.
const DRIFTED: usize = 12;
/// Two tracks are taken for one recording where their own fingerprints agree so far along the clip: copies,
/// half a window off and in 32 kbit/s, agree to 0.88 or more, other recordings of other music to 0.5.
const COPY_COSINE: f32 = 0.75;
/// A copy scores nearly what the best does.
const COPY_SHARE: f64 = 0.75;
/// Steps around an offset that are tried at another speed.
const DRIFT_STEPS: i32 = 2;

/// A track laid along the clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Which track.
    pub key: TrackKey,
    /// Where in it.
    pub place: Place,
    /// Mean cosine of the windows that meet; windows outside the track count as nothing.
    pub score: f64,
    /// The same a little before and after, on average: steady sound, such as noise, fits anywhere in
    /// a steady stretch of a track, which says nothing.
    pub beside: f64,
    /// Another file of the recording that is best: it says nothing of what unrelated music reaches.
    pub copy: bool,
}

/// The best alignment of each track that got votes, best first.
///
/// # Errors
/// See [`SearchError`].
pub fn align<F: Fingerprints + ?Sized>(
    index: &F,
    queries: &[Query],
    hits: &[&[Hit]],
    effort: Effort,
) -> Result<Vec<Alignment>, SearchError> {
    let mut best: HashMap<TrackKey, Laid> = HashMap::new();
    let at = |(key, bin): (TrackKey, i32)| (key, Place::at(f64::from(bin) * BIN_S));
    let places: Vec<(TrackKey, Place)> =
        most_voted(queries, hits, effort).into_iter().map(at).collect();
    // Asked for together: a database is far away.
    let tracks = Stretch::around(index, queries, &places)?;
    for ((key, about), track) in places.into_iter().zip(tracks) {
        let found = refine(&track, queries, about, FINE_STEPS);
        if best.get(&key).is_none_or(|held| found.score > held.found.score) {
            best.insert(key, Laid { found, track });
        }
    }
    let mut laid: Vec<Laid> = best.into_values().collect();
    laid.sort_by(|a, b| before(&a.found, &b.found));
    for (i, Laid { found, track }) in laid.iter_mut().enumerate() {
        if i < DRIFTED {
            *found = drifted(track, queries, *found);
        }
        found.beside = beside(track, queries, found);
    }
    laid.sort_by(|a, b| before(&a.found, &b.found));
    if let Some((best, others)) = laid.split_first_mut() {
        for other in others {
            other.found.copy = other.is_copy_of(best, queries);
        }
    }
    Ok(laid.into_iter().map(|laid| laid.found).collect())
}

/// An alignment and the part of the track it lies in.
struct Laid {
    found: Alignment,
    track: Stretch,
}

impl Laid {
    /// Whether the track goes along with the other's as the same recording does.
    fn is_copy_of(&self, other: &Self, queries: &[Query]) -> bool {
        if self.found.score < other.found.score * COPY_SHARE {
            return false;
        }
        let (mut sum, mut count) = (0.0, 0);
        for query in queries {
            let at = |laid: &Self| (laid.found.place.of(query.time_s) / INDEX_HOP_S).round();
            if let (Some(a), Some(b)) = (self.track.get(at(self)), other.track.get(at(other))) {
                sum += cosine(a, b);
                count += 1;
            }
        }
        count > 0 && sum / count as f32 >= COPY_COSINE
    }
}

/// Best first; among equals by track.
fn before(a: &Alignment, b: &Alignment) -> Ordering {
    b.score.total_cmp(&a.score).then(a.key.cmp(&b.key))
}

/// Mean cosine of the clip with the track at a place of it.
///
/// # Errors
/// See [`SearchError`].
pub fn score_at<F: Fingerprints + ?Sized>(
    index: &F,
    queries: &[Query],
    key: TrackKey,
    place: Place,
) -> Result<f64, SearchError> {
    let stretches = Stretch::around(index, queries, &[(key, place)])?;
    Ok(stretches.first().map_or(0.0, |track| score(track, queries, place)))
}

fn score(track: &Stretch, queries: &[Query], place: Place) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for query in queries {
        let at = place.of(query.time_s) / INDEX_HOP_S;
        let nearest = at.round();
        let weight = 1.0 - (at - nearest).abs() * INDEX_HOP_S / REACH_S;
        if weight <= 0.0 {
            continue;
        }
        weights += weight;
        if let Some(code) = track.get(nearest) {
            sum += weight * f64::from(cosine(code, &query.code));
        }
    }
    if weights > 0.0 { sum / weights } else { 0.0 }
}

fn beside(track: &Stretch, queries: &[Query], alignment: &Alignment) -> f64 {
    let scores = BESIDE_S.map(|by_s| score(track, queries, alignment.place.moved(by_s)));
    scores.iter().sum::<f64>() / scores.len() as f64
}

/// The alignment at the speed that fits best.
fn drifted(track: &Stretch, queries: &[Query], alignment: Alignment) -> Alignment {
    let (Some(first), Some(last)) = (queries.first(), queries.last()) else { return alignment };
    if last.time_s - first.time_s < DRIFT_FROM_S {
        return alignment;
    }
    let middle_s = f64::midpoint(first.time_s, last.time_s);
    SPEEDS
        .iter()
        .map(|speed| refine(track, queries, alignment.place.turned(*speed, middle_s), DRIFT_STEPS))
        .fold(alignment, |best, found| if found.score > best.score { found } else { best })
}

/// (track, offset in bins) by votes, most first; a vote counts half for a place beside its own that has some too.
fn most_voted(queries: &[Query], hits: &[&[Hit]], effort: Effort) -> Vec<(TrackKey, i32)> {
    let places = || {
        queries.iter().zip(hits).flat_map(|(query, hits)| {
            hits.iter().enumerate().map(|(rank, hit)| {
                let offset_s = f64::from(hit.window) * INDEX_HOP_S - query.time_s;
                (rank, hit, (offset_s / BIN_S).round() as i32)
            })
        })
    };
    let mut crowd = Crowd::of(hits.iter().map(|hits| hits.len()).sum());
    places().for_each(|(_, hit, bin)| crowd.add(hit.key, bin));
    let mut votes: Vec<(TrackKey, i32, f32)> = places()
        .filter(|(rank, hit, bin)| *rank < HITS || crowd.around(hit.key, *bin) > 1)
        .map(|(_, hit, bin)| (hit.key, bin, (hit.cosine - VOTE_FLOOR).max(0.01)))
        .collect();
    // By weight too, so that their sum does not depend on the order they came in.
    votes.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
    let bins: Vec<((TrackKey, i32), f32)> = votes
        .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
        .map(|votes| ((votes[0].0, votes[0].1), votes.iter().map(|vote| vote.2).sum()))
        .collect();
    let beside = |i: usize, other: Option<usize>| {
        let ((key, bin), _) = bins[i];
        let other = other.and_then(|other| bins.get(other));
        let other = other.filter(|((k, b), _)| *k == key && b.abs_diff(bin) == 1);
        other.map_or(0.0, |(_, votes)| votes / 2.0)
    };
    let mut places: Vec<((TrackKey, i32), f32)> = (0..bins.len())
        .map(|i| (bins[i].0, bins[i].1 + beside(i, i.checked_sub(1)) + beside(i, Some(i + 1))))
        .collect();
    places.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let unsure = effort == Effort::Once && hits.iter().any(|hits| hits.len() > HITS);
    let rescored = if unsure { RESCORED_OF_CODES } else { RESCORED };
    spread_out(places.into_iter().map(|(place, _)| place), rescored)
}

/// About how many votes each place got, so that of the many far hits those that are alone need not be sorted:
/// a table of counts that some places share.
struct Crowd(Vec<u8>);

impl Crowd {
    fn of(votes: usize) -> Self {
        Self(vec![0; (votes * 8).next_power_of_two()])
    }

    fn at(&self, key: TrackKey, bin: i32) -> usize {
        // Fibonacci hashing (Knuth, volume 3, 6.4); bins of a track stay beside each other.
        let track = u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        track.wrapping_add_signed(i64::from(bin)) as usize & (self.0.len() - 1)
    }

    fn add(&mut self, key: TrackKey, bin: i32) {
        let at = self.at(key, bin);
        self.0[at] = self.0[at].saturating_add(1);
    }

    /// Votes for a place and those beside it, or more.
    fn around(&self, key: TrackKey, bin: i32) -> u32 {
        [bin - 1, bin, bin + 1].iter().map(|bin| u32::from(self.0[self.at(key, *bin)])).sum()
    }
}

/// The first `count` places, without those beside one taken already, which refining reaches from there.
fn spread_out(places: impl Iterator<Item = (TrackKey, i32)>, count: usize) -> Vec<(TrackKey, i32)> {
    let mut taken: HashMap<TrackKey, Vec<i32>> = HashMap::new();
    let new = |(key, bin): &(TrackKey, i32)| {
        let bins = taken.entry(*key).or_default();
        let fits = bins.len() < RESCORED_PER_TRACK && bins.iter().all(|b| b.abs_diff(*bin) > 1);
        if fits {
            bins.push(*bin);
        }
        fits
    };
    places.filter(new).take(count).collect()
}

/// The best offset near a place, to a fraction of a step by the parabola through the best three.
fn refine(track: &Stretch, queries: &[Query], about: Place, steps: i32) -> Alignment {
    let place = |step: f64| about.moved(step * FINE_STEP_S);
    let scores: Vec<f64> =
        (-steps..=steps).map(|step| score(track, queries, place(f64::from(step)))).collect();
    let mut at = 0;
    for (i, score) in scores.iter().enumerate() {
        if *score > scores[at] {
            at = i;
        }
    }
    let shift = match (at.checked_sub(1).map(|i| scores[i]), scores.get(at + 1)) {
        (Some(before), Some(after)) => {
            let curve = before - 2.0 * scores[at] + after;
            if curve < 0.0 { (0.5 * (before - after) / curve).clamp(-0.5, 0.5) } else { 0.0 }
        }
        _ => 0.0,
    };
    let step = f64::from(at as i32 - steps) + shift;
    Alignment { key: track.key, place: place(step), score: scores[at], beside: 0.0, copy: false }
}

#[cfg(test)]
mod tests;
