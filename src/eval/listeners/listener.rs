//! One listener: what is offered, what they say, what is then listed.

use std::collections::HashSet;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::hidden::Tastes;
use super::{FEEDBACKS, Pool};
use crate::eval::described::Described;
use crate::eval::feed::{Feed, event};
use crate::eval::retrieval::CUTOFF;
use crate::store::records::{Event, EventKind, Track, TrackId};

/// Share of the feedbacks that tell the opposite, and of the tracks of the taste that are liked.
const NOISE: f64 = 0.1;
const LIKED: f64 = 0.3;
/// From one track to the next.
const STEP: SignedDuration = SignedDuration::from_mins(4);
/// To the next day's feed.
const PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// What one listener found.
pub struct Found {
    pub chance: f64,
    pub best: f64,
    pub all_told: f64,
    pub cold: f64,
    pub precision: [f64; FEEDBACKS.len()],
    pub skips: [usize; FEEDBACKS.len()],
    pub skips_to_half: Option<usize>,
}

/// A listener, what they are offered and what is measured on.
pub struct Listener {
    taste: HashSet<TrackId>,
    /// A track of the taste, to start from; neither offered nor measured on.
    first: Track,
    played: Vec<Track>,
    measured: Vec<Track>,
    /// What is not among those.
    not_played: Vec<TrackId>,
    not_measured: Vec<TrackId>,
    /// From the last feedback to the list that is measured.
    pause: SignedDuration,
}

impl Listener {
    pub fn draw(
        tastes: &Tastes,
        pool: Pool,
        tracks: &[Described],
        library: &[Track],
        rng: &mut Rng,
    ) -> Self {
        let mut order: Vec<usize> = (0..tracks.len()).collect();
        rng.shuffle(&mut order);
        order.sort_by_key(|place| &tracks[*place].source);
        // Every second: of each source half of its tracks, one more or less.
        let half = |odd: usize| {
            let mut places: Vec<usize> = order.iter().skip(odd).step_by(2).copied().collect();
            places.sort_unstable();
            places.into_iter().map(|place| library[place].clone()).collect::<Vec<Track>>()
        };
        let (mut played, mut measured) = (half(0), half(1));
        loop {
            let taste: HashSet<TrackId> =
                tastes.draw(rng).into_iter().map(|place| library[place].id).collect();
            let of_taste: Vec<&Track> = played.iter().filter(|t| taste.contains(&t.id)).collect();
            // A source has tracks in both halves; near a place in the space of timbre all may be in one.
            if of_taste.is_empty() || !measured.iter().any(|track| taste.contains(&track.id)) {
                continue;
            }
            let first = of_taste[rng.usize(..of_taste.len())].clone();
            let pause = match pool {
                Pool::Unheard => STEP,
                Pool::Library => {
                    (played, measured) = (library.to_vec(), library.to_vec());
                    PAUSE
                }
            };
            played.retain(|track| track.id != first.id);
            measured.retain(|track| track.id != first.id);
            let [not_played, not_measured] = [&played, &measured].map(|pool| others(library, pool));
            return Self { taste, first, played, measured, not_played, not_measured, pause };
        }
    }

    pub fn listen(&self, feed: &Feed, rng: &mut Rng) -> Found {
        let mut now = Timestamp::UNIX_EPOCH;
        let relevant = self.measured.iter().filter(|track| self.taste.contains(&track.id)).count();
        let best = relevant.min(CUTOFF) as f64 / CUTOFF as f64;
        let list = |seed, events: &[Event], now| {
            self.precision(&feed.offers(&self.not_measured, seed, events, now, CUTOFF))
        };
        let at_start = list(Some(&self.first), &[], now);
        let mut found = Found {
            chance: relevant as f64 / self.measured.len() as f64,
            best,
            all_told: list(None, &self.everything(now), now),
            cold: list(None, &[], now),
            precision: [at_start; FEEDBACKS.len()],
            skips: [0; FEEDBACKS.len()],
            skips_to_half: (at_start >= best / 2.0).then_some(0),
        };
        let mut events = vec![event(1, now, &self.first, EventKind::Like)];
        let mut heard = HashSet::new();
        let (mut skips, mut precision) = (0, at_start);
        for feedback in 1..=FEEDBACKS[FEEDBACKS.len() - 1] {
            now += STEP;
            let offers = feed.offers(&self.not_played, None, &events, now, heard.len() + 1);
            let next = offers.into_iter().find(|id| !heard.contains(id));
            if let Some(track) = next.and_then(|id| self.played.iter().find(|t| t.id == id)) {
                heard.insert(track.id);
                let what = self.reaction(track, rng);
                skips += usize::from(matches!(what, EventKind::Skip { .. }));
                events.push(event(events.len() + 1, now, track, what));
                precision = list(None, &events, now + self.pause);
            }
            if precision >= best / 2.0 && found.skips_to_half.is_none() {
                found.skips_to_half = Some(skips);
            }
            if let Some(point) = FEEDBACKS.iter().position(|point| *point == feedback) {
                (found.precision[point], found.skips[point]) = (precision, skips);
            }
        }
        found
    }

    /// What there is to tell of all that can be offered, and that the first track is liked.
    fn everything(&self, now: Timestamp) -> Vec<Event> {
        let what = |track: &Track| match self.taste.contains(&track.id) {
            true => EventKind::Like,
            false => EventKind::Skip { share: None },
        };
        let told = [&self.first].into_iter().chain(&self.played).zip(1..);
        told.map(|(track, seq)| event(seq, now, track, what(track))).collect()
    }

    fn reaction(&self, track: &Track, rng: &mut Rng) -> EventKind {
        if self.taste.contains(&track.id) == (rng.f64() < NOISE) {
            EventKind::Skip { share: Some(0.02 + 0.3 * rng.f64()) }
        } else if rng.f64() < LIKED {
            EventKind::Like
        } else {
            EventKind::Play { share: 0.85 + 0.15 * rng.f64() }
        }
    }

    fn precision(&self, offers: &[TrackId]) -> f64 {
        let right = offers.iter().filter(|id| self.taste.contains(id)).count();
        right as f64 / CUTOFF as f64
    }
}

/// The numbers of the tracks of a library that are not in a pool.
fn others(library: &[Track], pool: &[Track]) -> Vec<TrackId> {
    let pool: HashSet<TrackId> = pool.iter().map(|track| track.id).collect();
    library.iter().map(|track| track.id).filter(|id| !pool.contains(id)).collect()
}
