//! Which tracks are the same recording: a few fingerprints of each are searched, and what they find
//! is laid along it as a whole.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::super::catalogue::Catalogue;
use super::super::error::LibraryError;
use super::overlap::Overlap;
use super::prints::{HOP_S, Prints, nearest};
use crate::index::{Code, Hit};
use crate::store::Store;
use crate::store::records::TrackId;

/// Fingerprints of a track that are searched: those least like the rest of it, out of so many.
const PROBES: usize = 8;
const PROBES_OUT_OF: usize = 32;
/// Places of a track nearer than this to a probe are alike in any case, windows: 3 s.
const BESIDE: usize = (3.0 / HOP_S) as usize;
/// A hit as near as this says that the tracks may be one.
const LIKELY: f32 = 0.6;
/// So many probes must hit a track.
const LEAST_HITS: usize = 2;
/// Most tracks laid along one.
const CANDIDATES: usize = 16;
/// Tracks searched together.
const TOGETHER: usize = 32;

/// Two tracks that are one recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The one that was asked about.
    pub a: TrackId,
    /// The other.
    pub b: TrackId,
    /// How `a` lies along `b`.
    pub overlap: Overlap,
}

/// The tracks of the catalogue that are the same recording as one of `asked`, each pair once.
/// `step` is told each time so many tracks more are done.
///
/// # Errors
/// The store fails.
pub fn same_recordings(
    store: &Store,
    catalogue: &Catalogue,
    asked: &[TrackId],
    step: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Pair>, LibraryError> {
    let mut pairs = Vec::new();
    let mut seen = HashSet::new();
    for ids in asked.chunks(TOGETHER) {
        // Those of another network cannot be compared.
        let usable = ids.iter().filter(|id| catalogue.index().contains(id.0));
        let read = usable.map(|id| Ok(Prints::of(store, *id)?.map(|prints| (*id, prints))));
        let some: Vec<(TrackId, Prints)> =
            read.filter_map(Result::transpose).collect::<Result<_, LibraryError>>()?;
        let probes: Vec<Vec<Code>> = some.par_iter().map(|(_, prints)| probes(prints)).collect();
        let together: Vec<Code> = probes.iter().flatten().copied().collect();
        let mut hits = nearest(catalogue.index(), &together).into_iter();
        for ((id, prints), probes) in some.iter().zip(&probes) {
            let hits: Vec<Vec<Hit>> = hits.by_ref().take(probes.len()).collect();
            for other in candidates(*id, &hits) {
                if !seen.insert((*id.min(&other), *id.max(&other))) {
                    continue;
                }
                let Some(others) = Prints::of(store, other)? else { continue };
                let overlap = Overlap::of(prints, &others).filter(Overlap::is_same_recording);
                pairs.extend(overlap.map(|overlap| Pair { a: *id, b: other, overlap }));
            }
        }
        step(ids.len());
    }
    Ok(pairs)
}

/// The fingerprints to search, spread over the track; of a track that repeats itself those that repeat
/// least, lest it hide its copies behind itself.
fn probes(prints: &Prints) -> Vec<Code> {
    let of = PROBES_OUT_OF.min(prints.len());
    let mut places: Vec<(f32, usize)> = (0..of)
        .map(|i| (2 * i + 1) * prints.len() / (2 * of))
        .map(|at| {
            let far = (0..prints.len()).filter(|j| j.abs_diff(at) >= BESIDE);
            (far.map(|j| prints.cosine(at, prints, j)).fold(0.0, f32::max), at)
        })
        .collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    places.truncate(PROBES);
    places.into_iter().map(|(_, at)| prints.probe(at)).collect()
}

/// The tracks that several probes came near to, nearest first.
fn candidates(asked: TrackId, hits: &[Vec<Hit>]) -> Vec<TrackId> {
    let mut best: HashMap<u32, (usize, f32)> = HashMap::new();
    for hits in hits {
        let mut of_probe: HashMap<u32, f32> = HashMap::new();
        for hit in hits.iter().filter(|hit| hit.key != asked.0 && hit.cosine >= LIKELY) {
            let nearest = of_probe.entry(hit.key).or_default();
            *nearest = nearest.max(hit.cosine);
        }
        for (key, cosine) in of_probe {
            let sum = best.entry(key).or_default();
            *sum = (sum.0 + 1, sum.1 + cosine);
        }
    }
    // A track of a few windows has no more probes than that.
    let least = LEAST_HITS.min(hits.len());
    let mut likely: Vec<(u32, f32)> = best
        .into_iter()
        .filter(|(_, (hits, _))| *hits >= least)
        .map(|(k, (_, s))| (k, s))
        .collect();
    likely.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    likely.into_iter().take(CANDIDATES).map(|(key, _)| TrackId(key)).collect()
}
