//! The index in Milvus, which several servers share: searched fingerprints there, exact ones in the store.
//!
//! ```text
//! query windows -> Milvus (quantised, the nearest of each) -> votes -> stretches of the store -> scores
//! ```
//!
//! Milvus has what the cells of one machine have: every second fingerprint of each track, partitioned by track
//! (`track` is the partition key). It is made from the store and can be made again at any time: one server keeps
//! it up to date, whichever leads ([`crate::store::Store::lead`]), and looks into it for what it has, so that a
//! Milvus that was emptied, or brought back from an older state, is filled again.

mod client;
mod collection;
mod follow;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use client::Client;
pub use client::MilvusError;
use collection::Collection;
use follow::Held;

use crate::index::{Among, Code, Effort, Extent, Fingerprints, Hit, Packed, SearchError, TrackKey};
use crate::settings;
use crate::store::records::TrackId;
use crate::store::{Progress, Store, StoreError};

/// The fingerprints of a store, searched in Milvus.
pub struct MilvusIndex {
    collection: Collection,
    store: Store,
    /// Whose fingerprints can be compared: see [`crate::store::network_mark`].
    network: u64,
    progress: RwLock<Progress>,
    /// What the collection has, where this process keeps it up to date.
    held: Mutex<Option<Held>>,
    /// Milvus was away or did not know the collection: it is looked at anew.
    doubted: AtomicBool,
}

impl MilvusIndex {
    /// The index of the store's tracks of the network `model` in the Milvus at `milvus://HOST:PORT`; `token` is
    /// `user:password`. Nothing is asked yet. Numbers and versions of tracks are the same in other libraries:
    /// `library` (letters and digits) tells this one from those that the same Milvus has.
    ///
    /// # Errors
    /// The address cannot be read, or the configured type of index is none.
    pub fn new(
        address: &str,
        token: Option<&str>,
        store: &Store,
        model: &str,
        library: &str,
        settings: &settings::Milvus,
    ) -> Result<Self, MilvusError> {
        let client = Client::new(address, token, settings.timeout_s)?;
        Ok(Self {
            collection: Collection::new(client, model, library, settings)?,
            store: store.clone(),
            network: crate::store::network_mark(model),
            progress: RwLock::default(),
            held: Mutex::default(),
            doubted: AtomicBool::new(true),
        })
    }

    /// Notes that what Milvus has must be looked at anew.
    fn doubting<T>(&self, answer: Result<T, SearchError>) -> Result<T, SearchError> {
        if answer.is_err() {
            self.doubted.store(true, Ordering::Release);
        }
        answer
    }

    fn progress(&self) -> Progress {
        *self.progress.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_progress(&self, progress: Progress) {
        *self.progress.write().unwrap_or_else(PoisonError::into_inner) = progress;
    }
}

impl Fingerprints for MilvusIndex {
    fn nearest(
        &self,
        queries: &[Code],
        count: usize,
        _: Among,
        _: Effort,
    ) -> Result<Vec<Vec<Hit>>, SearchError> {
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        self.doubting(self.collection.search(queries, count))
    }

    fn stretches(
        &self,
        wanted: &[(TrackKey, Range<usize>)],
    ) -> Result<Vec<Vec<Code>>, SearchError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let parts: Vec<_> =
            wanted.iter().map(|(key, range)| (TrackId(*key), Packed::part(range))).collect();
        let parts = self.store.fingerprint_parts(&parts)?;
        Ok(parts.iter().map(|part| Packed::codes_of_part(part)).collect())
    }

    fn extent(&self) -> Extent {
        let Progress { generation, tracks, windows } = self.progress();
        Extent { tracks: tracks as usize, windows: windows as usize, generation: Some(generation) }
    }

    fn check(&self) -> Result<(), SearchError> {
        self.doubting(self.collection.is_there().map(|_| ()))
    }

    fn keep_up(&self) -> Result<(), SearchError> {
        self.doubting(self.follow())
    }
}

impl From<StoreError> for SearchError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Away(told) => Self::Away(told),
            other => Self::Refused(other.to_string()),
        }
    }
}
