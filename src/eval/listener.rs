//! Simulated listeners: does the feed approach a taste that it is not told?
//!
//! A listener's hidden taste is a set of tracks that is drawn without looking at the network's style
//! ([`TasteKind`]). The library is cut in two halves, source by source. Out of one half the feed offers a
//! track at a time; the listener likes or finishes what is of the taste and skips what is not, one time
//! in ten the other way round. Out of the other half, of which nothing is ever played, a list of ten
//! is asked for at the start and after some feedbacks: what is measured is what was understood, not what was
//! remembered. Nobody has an artist here: a taste may be one artist's music, and a feed that holds artists
//! back cannot show it.

use std::collections::{BTreeMap, HashSet};

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;

use super::described::{Described, timbres};
use super::error::EvalError;
use super::feed::{Feed, event};
use super::retrieval::CUTOFF;
use super::similarity::nearness;
use super::timbre::standardised;
use super::watch::{Progress, Watch};
use crate::settings::Settings;
use crate::store::records::{EventKind, Track, TrackId};

/// Feedbacks after which lists are looked at.
pub const FEEDBACKS: [usize; 4] = [0, 5, 10, 20];
/// A source needs so many tracks to be a taste: two in each half.
const LEAST_TRACKS: usize = 4;
/// Sources, or places in the space of timbre, of a taste: at most so many.
const MOST_PARTS: usize = 3;
/// One of so many tracks is near a place in the space of timbre.
const NEAR_ONE_IN: usize = 12;
/// Share of the feedbacks that tell the opposite, and of the tracks of the taste that are liked.
const NOISE: f64 = 0.1;
const LIKED: f64 = 0.3;
/// From one track to the next.
const STEP: SignedDuration = SignedDuration::from_mins(4);

/// What a hidden taste is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TasteKind {
    /// All tracks of one to three sources.
    Sources,
    /// The tracks nearest, by standardised MFCC statistics, to one to three tracks.
    Timbre,
}

/// What listeners of one kind of taste found, mean over all.
#[derive(Debug, Clone, PartialEq)]
pub struct Listeners {
    /// What their tastes are made of.
    pub kind: TasteKind,
    /// How many there were.
    pub listeners: usize,
    /// Precision@10 of random lists: the share of the measured half that is of the taste.
    pub chance: f64,
    /// Precision@10 of the best possible lists.
    pub best: f64,
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
    let without_artists: Vec<Track> = tracks
        .iter()
        .map(|described| Track { artist: String::new(), ..described.track.clone() })
        .collect();
    let feed = Feed::new(settings, &without_artists);
    let mut rows = Vec::new();
    for kind in [TasteKind::Sources, TasteKind::Timbre] {
        let Some(tastes) = Tastes::new(kind, tracks) else { continue };
        (watch.progress)(Progress::Stage("listeners", count));
        let found: Vec<Found> = (0..count)
            .into_par_iter()
            .map(|listener| {
                watch.go_on()?;
                let mut rng =
                    Rng::with_seed(seed.wrapping_mul(1 << 32).wrapping_add(listener as u64));
                let found = Listener::draw(&tastes, tracks, &without_artists, &mut rng)
                    .listen(&feed, &mut rng);
                (watch.progress)(Progress::Step);
                Ok(found)
            })
            .collect::<Result<_, EvalError>>()?;
        rows.push(summary(kind, &found));
    }
    Ok(rows)
}

/// What tastes are drawn from.
enum Tastes {
    Sources(Vec<Vec<usize>>),
    Timbre(Vec<Vec<f32>>),
}

impl Tastes {
    fn new(kind: TasteKind, tracks: &[Described]) -> Option<Self> {
        match kind {
            TasteKind::Sources => {
                let mut by_source: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
                for (place, track) in tracks.iter().enumerate() {
                    by_source.entry(&track.source).or_default().push(place);
                }
                by_source
                    .retain(|source, places| !source.is_empty() && places.len() >= LEAST_TRACKS);
                let sources: Vec<Vec<usize>> = by_source.into_values().collect();
                (sources.len() > MOST_PARTS).then_some(Self::Sources(sources))
            }
            TasteKind::Timbre => {
                let enough = tracks.len() >= LEAST_TRACKS * NEAR_ONE_IN;
                let timbres = timbres(tracks).filter(|_| enough)?;
                Some(Self::Timbre(standardised(&timbres)))
            }
        }
    }

    /// Places of the tracks of a taste.
    fn draw(&self, rng: &mut Rng) -> HashSet<usize> {
        let parts = rng.usize(1..=MOST_PARTS);
        match self {
            Self::Sources(sources) => {
                rng.choose_multiple(sources, parts).into_iter().flatten().copied().collect()
            }
            Self::Timbre(timbres) => (0..parts)
                .flat_map(|_| {
                    let centre = &timbres[rng.usize(..timbres.len())];
                    let mut near: Vec<(f32, usize)> =
                        timbres.iter().map(|timbre| nearness(centre, timbre)).zip(0..).collect();
                    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                    near.truncate(timbres.len() / NEAR_ONE_IN);
                    near.into_iter().map(|(_, place)| place)
                })
                .collect(),
        }
    }
}

/// A listener and the two halves of the library.
struct Listener {
    taste: HashSet<TrackId>,
    played: Vec<Track>,
    measured: Vec<Track>,
}

impl Listener {
    fn draw(tastes: &Tastes, tracks: &[Described], library: &[Track], rng: &mut Rng) -> Self {
        let mut order: Vec<usize> = (0..tracks.len()).collect();
        rng.shuffle(&mut order);
        order.sort_by_key(|place| &tracks[*place].source);
        // Every second: of each source half of its tracks, one more or less.
        let half = |odd: usize| {
            let mut places: Vec<usize> = order.iter().skip(odd).step_by(2).copied().collect();
            places.sort_unstable();
            places.into_iter().map(|place| library[place].clone()).collect::<Vec<Track>>()
        };
        let (played, measured) = (half(0), half(1));
        loop {
            let taste: HashSet<TrackId> =
                tastes.draw(rng).into_iter().map(|place| library[place].id).collect();
            let is_of_taste = |track: &Track| taste.contains(&track.id);
            // A source has tracks in both halves; near a place in the space of timbre all may be in one.
            if played.iter().any(is_of_taste) && measured.iter().any(is_of_taste) {
                return Self { taste, played, measured };
            }
        }
    }

    fn listen(&self, feed: &Feed, rng: &mut Rng) -> Found {
        let mut now = Timestamp::UNIX_EPOCH;
        let of_taste: Vec<&Track> =
            self.played.iter().filter(|track| self.taste.contains(&track.id)).collect();
        let first = of_taste[rng.usize(..of_taste.len())];
        let relevant = self.measured.iter().filter(|track| self.taste.contains(&track.id)).count();
        let best = relevant.min(CUTOFF) as f64 / CUTOFF as f64;
        let at_start = self.precision(feed.offers(&self.measured, Some(first), &[], now, CUTOFF));
        let mut found = Found {
            chance: relevant as f64 / self.measured.len() as f64,
            best,
            cold: self.precision(feed.offers(&self.measured, None, &[], now, CUTOFF)),
            precision: [at_start; FEEDBACKS.len()],
            skips: [0; FEEDBACKS.len()],
            skips_to_half: (at_start >= best / 2.0).then_some(0),
        };
        let mut events = vec![event(1, now, first, EventKind::Like)];
        let mut heard = HashSet::from([first.id]);
        let (mut skips, mut precision) = (0, at_start);
        for feedback in 1..=FEEDBACKS[FEEDBACKS.len() - 1] {
            now += STEP;
            let offers = feed.offers(&self.played, None, &events, now, heard.len() + 1);
            let next = offers.into_iter().find(|id| !heard.contains(id));
            if let Some(track) = next.and_then(|id| self.played.iter().find(|t| t.id == id)) {
                heard.insert(track.id);
                let what = self.reaction(track, rng);
                skips += usize::from(matches!(what, EventKind::Skip { .. }));
                events.push(event(events.len() + 1, now, track, what));
                let list = feed.offers(&self.measured, None, &events, now + STEP, CUTOFF);
                precision = self.precision(list);
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

    fn reaction(&self, track: &Track, rng: &mut Rng) -> EventKind {
        if self.taste.contains(&track.id) == (rng.f64() < NOISE) {
            EventKind::Skip { share: Some(0.02 + 0.3 * rng.f64()) }
        } else if rng.f64() < LIKED {
            EventKind::Like
        } else {
            EventKind::Play { share: 0.85 + 0.15 * rng.f64() }
        }
    }

    fn precision(&self, offers: Vec<TrackId>) -> f64 {
        let right = offers.iter().filter(|id| self.taste.contains(id)).count();
        right as f64 / CUTOFF as f64
    }
}

fn summary(kind: TasteKind, found: &[Found]) -> Listeners {
    let count = found.len().max(1) as f64;
    let mean = |value: &dyn Fn(&Found) -> f64| found.iter().map(value).sum::<f64>() / count;
    let mut to_half: Vec<usize> = found.iter().filter_map(|found| found.skips_to_half).collect();
    to_half.sort_unstable();
    Listeners {
        kind,
        listeners: found.len(),
        chance: mean(&|found| found.chance),
        best: mean(&|found| found.best),
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
        assert_eq!(
            rows.iter().map(|r| r.kind).collect::<Vec<_>>(),
            [TasteKind::Sources, TasteKind::Timbre]
        );
        let sources = &rows[0];
        let last = sources.precision[FEEDBACKS.len() - 1];
        assert!(last > 0.8 * sources.best && last > sources.precision[0], "{sources:?}");
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
