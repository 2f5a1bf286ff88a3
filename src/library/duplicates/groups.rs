//! Pairs brought together: one copy to keep, and those that are the same recording as it.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::super::error::LibraryError;
use super::find::Pair;
use super::overlap::Overlap;
use super::prints::Prints;
use super::quality::{Quality, Why, best};
use crate::store::Store;
use crate::store::records::{Track, TrackId};

/// A file that is the same recording as the one to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    /// The track.
    pub track: Track,
    /// What is known of its file.
    pub quality: Quality,
    /// How it lies along the one to keep.
    pub overlap: Overlap,
}

/// One recording in several files.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The best of them.
    pub keep: Track,
    /// What is known of its file.
    pub quality: Quality,
    /// What made it the best.
    pub why: Why,
    /// The others, in order of their numbers.
    pub copies: Vec<Copy>,
}

/// Brings pairs together. Each copy of a group lies along the one to keep itself: what lies along a
/// copy only is in a group of its own, if any.
///
/// # Errors
/// The store fails.
pub fn groups(store: &Store, tracks: &[Track], pairs: &[Pair]) -> Result<Vec<Group>, LibraryError> {
    let by_id: BTreeMap<TrackId, &Track> = tracks.iter().map(|track| (track.id, track)).collect();
    let mut known: BTreeMap<(TrackId, TrackId), Overlap> = BTreeMap::new();
    for pair in pairs {
        known.insert((pair.a, pair.b), pair.overlap);
        known.insert((pair.b, pair.a), pair.overlap.turned());
    }
    let mut groups = Vec::new();
    for mut linked in linked(pairs) {
        linked.retain(|id| by_id.contains_key(id));
        let qualities: Vec<Quality> = linked.par_iter().map(|id| Quality::of(by_id[id])).collect();
        let mut left: Vec<(TrackId, Quality)> = linked.into_iter().zip(qualities).collect();
        while left.len() > 1 {
            let all: Vec<Quality> = left.iter().map(|(_, quality)| quality.clone()).collect();
            let (at, why) = best(&all);
            let (keep, quality) = left.remove(at);
            let (mut copies, mut others) = (Vec::new(), Vec::new());
            for (id, quality) in left {
                match overlap(store, &known, id, keep)? {
                    Some(overlap) => {
                        copies.push(Copy { track: by_id[&id].clone(), quality, overlap });
                    }
                    None => others.push((id, quality)),
                }
            }
            if !copies.is_empty() {
                groups.push(Group { keep: by_id[&keep].clone(), quality, why, copies });
            }
            left = others;
        }
    }
    groups.sort_by_key(|group| group.keep.id);
    Ok(groups)
}

/// Tracks that hang together over pairs, each set in order of numbers.
fn linked(pairs: &[Pair]) -> Vec<Vec<TrackId>> {
    let mut sets: Vec<BTreeSet<TrackId>> = Vec::new();
    for pair in pairs {
        let mut merged = BTreeSet::from([pair.a, pair.b]);
        sets.retain(|set| {
            let meets = set.contains(&pair.a) || set.contains(&pair.b);
            if meets {
                merged.extend(set);
            }
            !meets
        });
        sets.push(merged);
    }
    sets.into_iter().map(|set| set.into_iter().collect()).collect()
}

/// How `copy` lies along `keep`, if they are one recording.
fn overlap(
    store: &Store,
    known: &BTreeMap<(TrackId, TrackId), Overlap>,
    copy: TrackId,
    keep: TrackId,
) -> Result<Option<Overlap>, LibraryError> {
    if let Some(overlap) = known.get(&(copy, keep)) {
        return Ok(Some(*overlap));
    }
    let (Some(a), Some(b)) = (Prints::of(store, copy)?, Prints::of(store, keep)?) else {
        return Ok(None);
    };
    Ok(Overlap::of(&a, &b).filter(Overlap::is_same_recording))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_hang_together() {
        let overlap = Overlap { share: 1.0, offset_s: 0.0, cosine: 1.0, lengths: 1.0 };
        let pair = |a, b| Pair { a: TrackId(a), b: TrackId(b), overlap };
        let sets = linked(&[pair(1, 2), pair(5, 6), pair(7, 8), pair(2, 7)]);
        let numbers: Vec<Vec<u32>> =
            sets.iter().map(|set| set.iter().map(|id| id.0).collect()).collect();
        assert_eq!(numbers, [vec![5, 6], vec![1, 2, 7, 8]]);
    }
}
