//! What the feed's lists are like: how much of the library comes up, how often the same, how unlike the
//! tracks of one list are.

use std::collections::{HashMap, HashSet};

use fastrand::Rng;
use jiff::Timestamp;

use super::described::Described;
use super::error::EvalError;
use super::feed::Feed;
use super::ranking::self_information;
use super::retrieval::CUTOFF;
use super::watch::{Progress, Watch};
use crate::settings::Settings;
use crate::store::records::{Track, TrackId};
use crate::taste::vector::cosine;

/// Lists are asked for with so many tracks as seeds, evenly drawn from the library.
const MOST_SEEDS: usize = 500;

/// The lists of one way of making them, one for each seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Lists {
    /// How they are made.
    pub system: &'static str,
    /// How many there are.
    pub lists: usize,
    /// Share of the library that is in any of them.
    pub coverage: f64,
    /// Mean self-information of an offer, bits: of a track that is in half of the lists it is 1.
    pub novelty: f64,
    /// Mean of 1 - cosine of the styles of two tracks of one list.
    pub diversity: f64,
    /// Mean share of a list that is of the seed's source, among those whose source has others.
    pub precision: f64,
}

/// Lists of [`CUTOFF`] tracks: the feed's (a seed, no history), the nearest by cosine, and random ones.
///
/// # Errors
/// It was stopped.
pub fn lists(
    tracks: &[Described],
    settings: &Settings,
    seed: u64,
    watch: &Watch,
) -> Result<Vec<Lists>, EvalError> {
    let library: Vec<Track> = tracks.iter().map(|described| described.track.clone()).collect();
    let places: HashMap<TrackId, usize> = library.iter().map(|t| t.id).zip(0..).collect();
    let feed = Feed::new(settings, &library);
    let mut rng = Rng::with_seed(seed);
    let count = library.len().min(MOST_SEEDS);
    let seeds: Vec<usize> = (0..count).map(|place| place * library.len() / count.max(1)).collect();
    (watch.progress)(Progress::Stage("lists made", seeds.len()));
    let mut made: [Vec<Vec<usize>>; 3] = Default::default();
    for seed in &seeds {
        watch.go_on()?;
        let offers = feed.offers(&[], Some(&library[*seed]), &[], Timestamp::UNIX_EPOCH, CUTOFF);
        made[0].push(offers.iter().filter_map(|id| places.get(id).copied()).collect());
        made[1].push(nearest(&library, *seed));
        let mut others: Vec<usize> = (0..library.len()).filter(|other| other != seed).collect();
        rng.shuffle(&mut others);
        others.truncate(CUTOFF);
        made[2].push(others);
        (watch.progress)(Progress::Step);
    }
    let systems = ["feed", "nearest by cosine", "random"];
    Ok(systems
        .into_iter()
        .zip(made)
        .map(|(system, made)| row(system, tracks, &seeds, &made))
        .collect())
}

fn nearest(library: &[Track], seed: usize) -> Vec<usize> {
    let mut others: Vec<(f64, usize)> = (0..library.len())
        .filter(|other| *other != seed)
        .map(|other| (cosine(&library[seed].style, &library[other].style), other))
        .collect();
    others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    others.into_iter().map(|(_, other)| other).take(CUTOFF).collect()
}

fn row(system: &'static str, tracks: &[Described], seeds: &[usize], lists: &[Vec<usize>]) -> Lists {
    let mut times = vec![0_usize; tracks.len()];
    lists.iter().flatten().for_each(|place| times[*place] += 1);
    let information =
        lists.iter().flatten().map(|place| self_information(times[*place], lists.len()));
    let style = |place: usize| &tracks[place].track.style;
    let apart = lists.iter().flat_map(|list| {
        let pairs =
            list.iter().enumerate().flat_map(|(i, a)| list[..i].iter().map(move |b| (*a, *b)));
        pairs.map(|(a, b)| 1.0 - cosine(style(a), style(b)))
    });
    let with_others: HashSet<&str> = {
        let mut seen = HashSet::new();
        let sources = tracks.iter().map(|track| track.source.as_str());
        sources.filter(|source| !source.is_empty() && !seen.insert(*source)).collect()
    };
    let right = seeds.iter().zip(lists).filter_map(|(seed, list)| {
        let source = tracks[*seed].source.as_str();
        let same = list.iter().filter(|place| tracks[**place].source == source).count();
        with_others.contains(source).then(|| same as f64 / list.len().max(1) as f64)
    });
    Lists {
        system,
        lists: lists.len(),
        coverage: times.iter().filter(|times| **times > 0).count() as f64
            / tracks.len().max(1) as f64,
        novelty: mean(information),
        diversity: mean(apart),
        precision: mean(right),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    sum / count.max(1) as f64
}
