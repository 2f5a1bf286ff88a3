//! The library in memory: records by id, fingerprints in the index.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, RwLock};

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
    pub fn load(store: &Store, model: &str) -> Result<Self, LibraryError> {
        let mut catalogue = Self::default();
        catalogue.refresh(store, model)?;
        Ok(catalogue)
    }

    /// Takes over what changed in the store since; tells whether anything did.
    ///
    /// # Errors
    /// The store fails.
    pub fn refresh(&mut self, store: &Store, model: &str) -> Result<bool, LibraryError> {
        let generation = store.generation()?;
        if self.generation == Some(generation) {
            return Ok(false);
        }
        let now: BTreeMap<TrackId, Track> =
            store.tracks()?.into_iter().map(|track| (track.id, track)).collect();
        for id in self.tracks.keys().filter(|id| !now.contains_key(id)) {
            self.index.remove(id.0);
        }
        self.stale = 0;
        let mut wanted = BTreeSet::new();
        for (id, track) in &now {
            if track.model != model {
                self.index.remove(id.0);
                self.stale += 1;
            } else if self
                .tracks
                .get(id)
                .is_none_or(|held| held.content != track.content || held.model != track.model)
            {
                wanted.insert(*id);
            }
        }
        self.load_codes(store, &wanted)?;
        self.tracks = now;
        self.generation = Some(generation);
        Ok(true)
    }

    /// Reads fingerprints into the index: one by one where they are few, else in one pass.
    fn load_codes(
        &mut self,
        store: &Store,
        wanted: &BTreeSet<TrackId>,
    ) -> Result<(), LibraryError> {
        if wanted.len() > ONE_BY_ONE {
            store.each_fingerprints(|id, packed| {
                if wanted.contains(&id) {
                    self.insert(id, &packed);
                }
            })?;
            return Ok(());
        }
        for id in wanted {
            match store.fingerprints(*id) {
                Ok(Some(packed)) => self.insert(*id, &packed),
                Ok(None) => {}
                Err(e @ StoreError::Damaged(_)) => tracing::warn!("{e}"),
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }

    fn insert(&mut self, id: TrackId, packed: &[u8]) {
        match unpack(packed) {
            Ok(codes) => self.index.insert(id.0, codes),
            Err(e) => tracing::warn!("track {id}: {e}; index its folder again"),
        }
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

    /// Tracks that were enrolled with another network and are not searched until indexed again.
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
