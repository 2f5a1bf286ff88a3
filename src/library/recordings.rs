//! Which tracks are one recording, kept with each of them, so that no list of offers has one twice.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::catalogue::{Catalogue, SharedCatalogue};
use super::duplicates::{Pair, same_recordings};
use super::error::LibraryError;
use super::refresh::Progress;
use crate::store::Store;
use crate::store::records::{Track, TrackId};

/// Tracks that [`compare_some`] compares, and for how many of them it holds the catalogue: who waits to change it
/// holds up everybody who searches.
const SOME: usize = 256;
const AT_ONCE: usize = 8;

/// Compares the tracks that were not compared yet with all others, and keeps what they are. Gives the pairs found.
pub(super) fn compare(
    store: &Store,
    model: &str,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Pair>, LibraryError> {
    // A server compares what it has itself.
    let tracks = if store.is_elsewhere() { Vec::new() } else { store.tracks()? };
    let asked = not_compared(&tracks, model);
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let shared = Catalogue::load(store, model)?;
    let catalogue = shared.read().unwrap_or_else(PoisonError::into_inner);
    let done = AtomicUsize::new(0);
    let pairs = same_recordings(store, &catalogue, &asked, &|more| {
        let done = done.fetch_add(more, Ordering::Relaxed) + more;
        progress(Progress::Comparing { done, of: asked.len() });
    })?;
    keep(store, &tracks, &asked, &pairs)?;
    Ok(pairs)
}

/// The same for some of them, on one core beside other work on the catalogue and for as long as `may_go_on` says so.
/// Tells whether those were all.
///
/// # Errors
/// The store fails.
pub fn compare_some(
    catalogue: &SharedCatalogue,
    store: &Store,
    model: &str,
    may_go_on: &(dyn Fn() -> bool + Sync),
) -> Result<bool, LibraryError> {
    let tracks = store.tracks()?;
    let asked = not_compared(&tracks, model);
    let compare = || -> Result<(usize, Vec<Pair>), LibraryError> {
        let (mut compared, mut pairs) = (0, Vec::new());
        for some in asked.chunks(AT_ONCE).take(SOME / AT_ONCE).take_while(|_| may_go_on()) {
            let catalogue = catalogue.read().unwrap_or_else(PoisonError::into_inner);
            pairs.extend(same_recordings(store, &catalogue, some, &|_| {})?);
            compared += some.len();
        }
        Ok((compared, pairs))
    };
    let (compared, pairs) = match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(compare),
        Err(_) => compare(),
    }?;
    keep(store, &tracks, &asked[..compared], &pairs)?;
    Ok(compared == asked.len())
}

/// Fingerprints of another network cannot be compared.
fn not_compared(tracks: &[Track], model: &str) -> Vec<TrackId> {
    let asked = tracks.iter().filter(|track| track.recording.is_none() && track.model == model);
    asked.map(|track| track.id).collect()
}

fn keep(
    store: &Store,
    tracks: &[Track],
    asked: &[TrackId],
    pairs: &[Pair],
) -> Result<(), LibraryError> {
    let same: Vec<(TrackId, TrackId)> = pairs.iter().map(|pair| (pair.a, pair.b)).collect();
    Ok(store.set_recordings(&labels(tracks, asked, &same))?)
}

/// What changes: which recording the tracks asked about are, and all whose recordings turn out to be one.
fn labels(
    tracks: &[Track],
    asked: &[TrackId],
    same: &[(TrackId, TrackId)],
) -> Vec<(TrackId, TrackId)> {
    let before: BTreeMap<TrackId, Option<TrackId>> =
        tracks.iter().map(|track| (track.id, track.recording)).collect();
    let mut of: BTreeMap<TrackId, TrackId> = asked.iter().map(|id| (*id, *id)).collect();
    of.extend(before.iter().filter_map(|(id, recording)| Some((*id, (*recording)?))));
    for (a, b) in same {
        let (Some(a), Some(b)) = (of.get(a).copied(), of.get(b).copied()) else { continue };
        for label in of.values_mut().filter(|label| **label == a.max(b)) {
            *label = a.min(b);
        }
    }
    of.into_iter().filter(|(id, label)| before.get(id) != Some(&Some(*label))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_recording_has_one_number() {
        let track = |(id, recording): (u32, Option<u32>)| Track {
            recording: recording.map(TrackId),
            ..crate::recommend::tests::track(id, "", "", Vec::new())
        };
        let tracks = [(1, Some(1)), (2, Some(2)), (3, Some(2)), (4, None), (5, None)].map(track);
        let asked = [TrackId(4), TrackId(5)];
        let told = |same: &[(u32, u32)]| -> Vec<(u32, u32)> {
            let same: Vec<_> = same.iter().map(|(a, b)| (TrackId(*a), TrackId(*b))).collect();
            labels(&tracks, &asked, &same).into_iter().map(|(id, of)| (id.0, of.0)).collect()
        };
        assert_eq!(told(&[]), [(4, 4), (5, 5)]);
        assert_eq!(told(&[(4, 2)]), [(4, 2), (5, 5)]);
        // The one that is asked about shows that two known ones are one.
        assert_eq!(told(&[(4, 3), (4, 1)]), [(2, 1), (3, 1), (4, 1), (5, 5)]);
        assert_eq!(told(&[(5, 4), (5, 9)]), [(4, 4), (5, 4)]);
    }
}
