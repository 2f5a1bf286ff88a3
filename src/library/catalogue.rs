//! The library in memory: records by id, fingerprints in the index.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use super::error::LibraryError;
use crate::index::{Index, unpack};
use crate::store::records::{Track, TrackId};
use crate::store::{Store, StoreError};

/// More tracks than this are read in one pass over all fingerprints.
const ONE_BY_ONE: usize = 32;

/// A catalogue that the live path and the screen share.
pub type SharedCatalogue = Arc<RwLock<Catalogue>>;

/// All tracks, and the index of those that this network can compare.
#[derive(Debug, Default)]
pub struct Catalogue {
    tracks: BTreeMap<TrackId, Track>,
    index: Index,
    generation: Option<u64>,
    stale: usize,
}

impl Catalogue {
    /// Reads everything the store has.
    ///
    /// # Errors
    /// The store fails.
    pub fn load(store: &Store, model: &str) -> Result<SharedCatalogue, LibraryError> {
        let shared = SharedCatalogue::default();
        Self::refresh(&shared, store, model)?;
        Ok(shared)
    }

    /// Takes over what changed in the store since; tells whether anything did. The store is asked
    /// before the catalogue is locked, so that nobody who searches waits for it.
    ///
    /// # Errors
    /// The store fails.
    pub fn refresh(
        shared: &SharedCatalogue,
        store: &Store,
        model: &str,
    ) -> Result<bool, LibraryError> {
        let generation = store.generation()?;
        if shared.read().unwrap_or_else(PoisonError::into_inner).generation == Some(generation) {
            return Ok(false);
        }
        let now: BTreeMap<TrackId, Track> =
            store.tracks()?.into_iter().map(|track| (track.id, track)).collect();
        let wanted = shared.read().unwrap_or_else(PoisonError::into_inner).missing(&now, model);
        let codes = read_codes(store, &wanted)?;
        let mut catalogue = shared.write().unwrap_or_else(PoisonError::into_inner);
        catalogue.take(now, codes, model);
        catalogue.generation = Some(generation);
        Ok(true)
    }

    /// Tracks whose fingerprints are to be read: new, or another recording or network than held.
    fn missing(&self, now: &BTreeMap<TrackId, Track>, model: &str) -> BTreeSet<TrackId> {
        let same = |held: &Track, track: &Track| {
            held.content == track.content && held.model == track.model
        };
        now.values()
            .filter(|track| track.model == model)
            .filter(|track| self.tracks.get(&track.id).is_none_or(|held| !same(held, track)))
            .map(|track| track.id)
            .collect()
    }

    fn take(&mut self, now: BTreeMap<TrackId, Track>, codes: Vec<(TrackId, Vec<i8>)>, model: &str) {
        let usable = |id: &TrackId| now.get(id).is_some_and(|track| track.model == model);
        for id in self.tracks.keys().filter(|id| !usable(id)) {
            self.index.remove(id.0);
        }
        for (id, codes) in codes {
            self.index.insert(id.0, codes);
        }
        self.stale = now.keys().filter(|id| !self.index.contains(id.0)).count();
        self.tracks = now;
    }

    /// A track's record.
    #[must_use]
    pub fn track(&self, id: TrackId) -> Option<&Track> {
        self.tracks.get(&id)
    }

    /// All records, by id.
    pub fn tracks(&self) -> impl Iterator<Item = &Track> + Clone {
        self.tracks.values()
    }

    /// Number of tracks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// No track at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// Tracks that are not searched until indexed again: enrolled with another network, or with
    /// damaged fingerprints.
    #[must_use]
    pub fn stale(&self) -> usize {
        self.stale
    }

    /// The fingerprints.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }
}

/// Reads fingerprints: one by one where they are few, else in one pass.
fn read_codes(
    store: &Store,
    wanted: &BTreeSet<TrackId>,
) -> Result<Vec<(TrackId, Vec<i8>)>, LibraryError> {
    let mut codes = Vec::with_capacity(wanted.len());
    let mut take = |id: TrackId, packed: &[u8]| match unpack(packed) {
        Ok(values) => codes.push((id, values)),
        Err(e) => tracing::warn!("track {id}: {e}; index its folder again"),
    };
    if wanted.len() > ONE_BY_ONE {
        store.each_fingerprints(|id, packed| {
            if wanted.contains(&id) {
                take(id, &packed);
            }
        })?;
        return Ok(codes);
    }
    for id in wanted {
        match store.fingerprints(*id) {
            Ok(Some(packed)) => take(*id, &packed),
            Ok(None) => {}
            Err(e @ StoreError::Damaged(_)) => tracing::warn!("{e}"),
            Err(e) => return Err(e.into()),
        }
    }
    Ok(codes)
}
