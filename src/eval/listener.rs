//! Simulated listeners: does the feed approach a taste that it is not told?
//!
//! A listener's hidden taste is a set of tracks ([`TasteKind`]). The feed offers a track at a time; the listener
//! likes or finishes what is of the taste and skips what is not, one time in ten the other way round. At the
//! start and after some feedbacks a list of ten is asked for and compared with the taste ([`Pool`] tells out of
//! which tracks). Nobody has an artist here: a taste may be one artist's music, and a feed that holds artists
//! back cannot show it.

use std::collections::HashSet;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;

use super::described::Described;
use super::error::EvalError;
use super::feed::{Feed, event};
use super::hidden::{TasteKind, Tastes};
use super::retrieval::CUTOFF;
use super::watch::{Progress, Watch};
use crate::settings::Settings;
use crate::store::records::{Event, EventKind, Track, TrackId};

/// Feedbacks after which lists are looked at.
pub const FEEDBACKS: [usize; 4] = [0, 5, 10, 20];
/// Share of the feedbacks that tell the opposite, and of the tracks of the taste that are liked.
const NOISE: f64 = 0.1;
const LIKED: f64 = 0.3;
/// From one track to the next.
const STEP: SignedDuration = SignedDuration::from_mins(4);
/// To the next day's feed.
const PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// Out of which tracks the listener is offered some, and out of which the lists are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// Offered out of one half of the library, cut source by source, measured on the other, of which
    /// nothing was ever played: what was understood, not what was remembered.
    Unheard,
    /// Both out of the whole library, the lists a day after the last feedback: the next day's feed.
    Library,
}

/// What listeners of one kind of taste found, mean over all.
#[derive(Debug, Clone, PartialEq)]
pub struct Listeners {
    /// What their tastes are made of.
    pub kind: TasteKind,
    /// What they were offered, and what was measured on.
    pub pool: Pool,
    /// How many there were.
    pub listeners: usize,
    /// Precision@10 of random lists: the share of the measured tracks that is of the taste.
    pub chance: f64,
    /// Precision@10 of the best possible lists: a taste may have fewer than ten tracks.
    pub best: f64,
    /// Precision@10 of the feed's lists for someone of whom it was told everything without error: of each track
    /// that can be offered whether it is of the taste. How far styles and measurements carry.
    pub all_told: f64,
    /// Precision@10 without seed and history.
    pub cold: f64,
    /// Precision@10 after [`FEEDBACKS`]; after none, of what sounds like one track of the taste.
    pub precision: [f64; FEEDBACKS.len()],
    /// Skips among the first [`FEEDBACKS`].
    pub skips: [f64; FEEDBACKS.len()],
    /// Skips until precision@10 was first at least half of the best possible: the median listener's, where
    /// at least half of them came there.
    pub skips_to_half: Option<usize>,
}

/// What one listener found.
struct Found {
    chance: f64,
    best: f64,
    all_told: f64,
    cold: f64,
    precision: [f64; FEEDBACKS.len()],
    skips: [usize; FEEDBACKS.len()],
    skips_to_half: Option<usize>,
}

/// Lets so many listeners of each kind of taste hear. Kinds for which there are too few sources, or
/// tracks whose timbre is not known, are left out.
///
/// # Errors
/// It was stopped.
pub fn listeners(
    tracks: &[Described],
    settings: &Settings,
    count: usize,
    seed: u64,
    watch: &Watch,
) -> Result<Vec<Listeners>, EvalError> {
    let library: Vec<Track> = tracks
        .iter()
        .map(|described| Track { artist: String::new(), ..described.track.clone() })
        .collect();
    let feed = Feed::new(settings, &library);
    let mut rows = Vec::new();
    for kind in [TasteKind::Sources, TasteKind::Timbre] {
        let Some(tastes) = Tastes::new(kind, tracks) else { continue };
        for pool in [Pool::Unheard, Pool::Library] {
            (watch.progress)(Progress::Stage("listeners", count));
            let found: Vec<Found> = (0..count)
                .into_par_iter()
                .map(|listener| {
                    watch.go_on()?;
                    let number = seed.wrapping_mul(1 << 32).wrapping_add(listener as u64);
                    let mut rng = Rng::with_seed(number);
                    let listener = Listener::draw(&tastes, pool, tracks, &library, &mut rng);
                    let found = listener.listen(&feed, &mut rng);
                    (watch.progress)(Progress::Step);
                    Ok(found)
                })
                .collect::<Result<_, EvalError>>()?;
            rows.push(summary(kind, pool, &found));
        }
    }
    Ok(rows)
}

/// A listener, what they are offered and what is measured on.
struct Listener {
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
    fn draw(
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

    fn listen(&self, feed: &Feed, rng: &mut Rng) -> Found {
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

fn summary(kind: TasteKind, pool: Pool, found: &[Found]) -> Listeners {
    let count = found.len().max(1) as f64;
    let mean = |value: &dyn Fn(&Found) -> f64| found.iter().map(value).sum::<f64>() / count;
    let mut to_half: Vec<usize> = found.iter().filter_map(|found| found.skips_to_half).collect();
    to_half.sort_unstable();
    Listeners {
        kind,
        pool,
        listeners: found.len(),
        chance: mean(&|found| found.chance),
        best: mean(&|found| found.best),
        all_told: mean(&|found| found.all_told),
        cold: mean(&|found| found.cold),
        precision: std::array::from_fn(|point| mean(&|found| found.precision[point])),
        skips: std::array::from_fn(|point| mean(&|found| found.skips[point] as f64)),
        skips_to_half: to_half.get(found.len() / 2).copied(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::super::references::Reference;
    use super::*;
    use crate::store::records::{Features, Mood};

    /// Eight sources of ten tracks: `apart` tells how far their styles are from one another.
    fn library(apart: f32) -> Vec<Described> {
        let mut random = Rng::with_seed(1);
        (0..80)
            .map(|place| {
                let source = place / 10;
                let mut style: Vec<f32> = (0..12).map(|_| random.f32() - 0.5).collect();
                style[source] += apart;
                let reference = Reference {
                    path: format!("{source}/{place}.ogg").into(),
                    name: format!("{source}/{place}.ogg"),
                    source: source.to_string(),
                    // So that no two are taken for one recording.
                    duration_s: 60.0 * 2.0_f64.powi(place as i32),
                    style,
                    mood: Mood { valence: 0.0, energy: 0.0 },
                    features: Features::plain(),
                    timbre: Some(vec![source as f32, random.f32()]),
                };
                Described::of_reference(place, &reference)
            })
            .collect()
    }

    fn measured(tracks: &[Described]) -> Vec<Listeners> {
        let (stop, progress) = (AtomicBool::new(false), |_| {});
        let watch = Watch { stop: &stop, progress: &progress };
        listeners(tracks, &Settings::load(None).unwrap(), 20, 1, &watch).unwrap()
    }

    #[test]
    fn a_taste_that_can_be_heard_is_found() {
        let rows = measured(&library(4.0));
        let kinds: Vec<(TasteKind, Pool)> = rows.iter().map(|row| (row.kind, row.pool)).collect();
        let all = [TasteKind::Sources, TasteKind::Timbre]
            .map(|kind| [Pool::Unheard, Pool::Library].map(|pool| (kind, pool)));
        assert_eq!(kinds, all.concat());
        let sources = &rows[0];
        let last = sources.precision[FEEDBACKS.len() - 1];
        assert!(last > 0.8 * sources.best && last > sources.precision[0], "{sources:?}");
        assert!(sources.all_told >= last && sources.all_told <= sources.best, "{sources:?}");
        assert!(sources.skips.is_sorted() && sources.skips_to_half.is_some(), "{sources:?}");
        assert!(sources.cold < sources.precision[0], "{sources:?}");
        assert_eq!(measured(&library(4.0)), rows, "the same seed, the same figures");
    }

    #[test]
    fn a_taste_that_cannot_be_heard_is_not() {
        let rows = measured(&library(0.0));
        let last = rows[0].precision[FEEDBACKS.len() - 1];
        assert!(last < 2.0 * rows[0].chance, "{rows:?}");
    }

    #[test]
    fn too_few_sources_or_tracks_are_no_taste() {
        assert!(measured(&library(1.0)[..30]).is_empty());
    }
}
