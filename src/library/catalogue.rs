//! The library in memory: records by id, fingerprints in the index.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use super::cells::attach_cells;
use super::error::LibraryError;
use crate::index::{Index, Packed, Segment, map_file};
use crate::store::Store;
use crate::store::records::{Track, TrackId};

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
        attach_cells(&shared, store.dir(), model);
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
        let held = shared.read().unwrap_or_else(PoisonError::into_inner).versions();
        let usable: BTreeSet<TrackId> =
            now.values().filter(|track| track.model == model).map(|track| track.id).collect();
        let packed = read_fingerprints(store, |id, serial| {
            usable.contains(&id) && held.get(&id) != Some(&serial)
        })?;
        let mut catalogue = shared.write().unwrap_or_else(PoisonError::into_inner);
        catalogue.take(now, packed, &usable);
        catalogue.generation = Some(generation);
        Ok(true)
    }

    fn versions(&self) -> HashMap<TrackId, u64> {
        self.index.versions().map(|(key, version)| (TrackId(key), version)).collect()
    }

    pub(super) fn attach(&mut self, segment: Segment) {
        self.index.attach(Arc::new(segment));
    }

    fn take(
        &mut self,
        now: BTreeMap<TrackId, Track>,
        packed: Vec<Fingerprints>,
        usable: &BTreeSet<TrackId>,
    ) {
        for id in self.tracks.keys().filter(|id| !usable.contains(id)) {
            self.index.remove(id.0);
        }
        for Fingerprints { id, serial, packed } in packed {
            self.index.insert(id.0, serial, packed);
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

/// A track's fingerprints and which version of them.
struct Fingerprints {
    id: TrackId,
    serial: u64,
    packed: Packed,
}

/// Finds fingerprints in their file, which is mapped: they are read when they are first looked at.
fn read_fingerprints(
    store: &Store,
    wanted: impl Fn(TrackId, u64) -> bool,
) -> Result<Vec<Fingerprints>, LibraryError> {
    let mut found = Vec::new();
    // An owner that has just started may have rewritten the file between the two questions.
    for _ in 0..2 {
        found.clear();
        let mut places = store.fingerprint_places()?;
        places.retain(|(id, place)| wanted(*id, place.serial));
        if places.is_empty() {
            break;
        }
        let file = Arc::new(store.fingerprint_log()?);
        let log = map_file(&file).map_err(LibraryError::Map)?;
        let mut moved = false;
        for (id, place) in places {
            let here = place.is_in(&file, id).map_err(LibraryError::Map)?;
            let Some(bytes) = place.slice(&log).filter(|_| here) else {
                moved = true;
                continue;
            };
            match Packed::in_file(bytes, Arc::clone(&file), place.start()) {
                Ok(packed) => found.push(Fingerprints { id, serial: place.serial, packed }),
                Err(e) => tracing::warn!("track {id}: {e}; index its folder again"),
            }
        }
        if !moved {
            break;
        }
    }
    Ok(found)
}
