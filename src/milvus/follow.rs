//! Keeps the collection as the store is.

use std::collections::HashMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::MilvusIndex;
use crate::index::{Packed, SearchError};
use crate::store::records::TrackId;
use crate::store::{Lead, Place, Progress};

/// Tracks looked up at once.
const TOGETHER: usize = 1000;

/// What the collection has.
#[derive(Debug, Default)]
pub struct Held {
    generation: u64,
    /// Version and number of fingerprints of each track.
    tracks: HashMap<TrackId, (u64, usize)>,
    windows: u64,
}

impl Held {
    fn version(&self, track: TrackId) -> Option<u64> {
        self.tracks.get(&track).map(|(version, _)| *version)
    }

    fn note(&mut self, track: TrackId, version: u64, windows: usize) {
        self.forget(track);
        self.windows += windows as u64;
        self.tracks.insert(track, (version, windows));
    }

    fn forget(&mut self, track: TrackId) -> bool {
        let known = self.tracks.remove(&track);
        self.windows -= known.map_or(0, |(_, windows)| windows as u64);
        known.is_some()
    }

    fn progress(&self) -> Progress {
        let (tracks, windows) = (self.tracks.len() as u64, self.windows);
        Progress { generation: self.generation, tracks, windows }
    }
}

impl MilvusIndex {
    /// Takes over what changed in the store, if this process leads; else notes how far the one is that does.
    pub(super) fn follow(&self) -> Result<(), SearchError> {
        if let Lead::Theirs(progress) = self.store.lead()? {
            *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
            if self.doubted.swap(false, Ordering::AcqRel) {
                self.collection.load()?;
            }
            self.set_progress(progress);
            return Ok(());
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if self.doubted.swap(false, Ordering::AcqRel) || !self.collection.is_there()? {
            *held = None;
        }
        let known = match held.take() {
            Some(known) => known,
            None => {
                self.collection.make()?;
                self.collection.load()?;
                Held::default()
            }
        };
        // Put back only when all went well: else what there is, is looked up again.
        let known = self.catch_up(known)?;
        self.tell(known.progress())?;
        *held = Some(known);
        Ok(())
    }

    /// Tells the servers that do not lead, and this one, how far it is.
    fn tell(&self, progress: Progress) -> Result<(), SearchError> {
        if progress != self.progress() {
            self.store.led(progress)?;
            self.set_progress(progress);
        }
        Ok(())
    }

    fn catch_up(&self, mut held: Held) -> Result<Held, SearchError> {
        let generation = self.store.generation()?;
        let (since, fresh) = (held.generation, held.tracks.is_empty());
        if since == generation {
            return Ok(held);
        }
        let mut gone = self.store.gone_since(since)?;
        let places = self.store.fingerprint_places_since(since)?;
        let usable = |place: &Place| place.network == self.network && !place.is_lost();
        gone.extend(places.iter().filter(|(_, place)| !usable(place)).map(|(id, _)| *id));
        for some in gone.chunks(TOGETHER) {
            self.remove(&mut held, some, fresh)?;
        }
        let new: Vec<&(TrackId, Place)> = places
            .iter()
            .filter(|(id, place)| usable(place) && held.version(*id) != Some(place.serial))
            .collect();
        for some in new.chunks(TOGETHER) {
            self.add(&mut held, some)?;
            self.tell(held.progress())?;
        }
        held.generation = generation;
        Ok(held)
    }

    /// Removes what is gone; what is not known to be there is looked up where not everything is known.
    fn remove(&self, held: &mut Held, gone: &[TrackId], fresh: bool) -> Result<(), SearchError> {
        let there = if fresh { self.collection.versions(gone)? } else { HashMap::new() };
        let there: Vec<TrackId> =
            gone.iter().copied().filter(|id| held.forget(*id) || there.contains_key(id)).collect();
        self.collection.drop(&there)
    }

    /// Writes what is not there in this version.
    fn add(&self, held: &mut Held, new: &[&(TrackId, Place)]) -> Result<(), SearchError> {
        let ids: Vec<TrackId> = new.iter().map(|(id, _)| *id).collect();
        let there = self.collection.versions(&ids)?;
        for (id, place) in new {
            let before = there.get(id);
            if before != Some(&place.serial) {
                if before.is_some() {
                    self.collection.drop(&[*id])?;
                }
                // Removed meanwhile, or damaged: the next change of the store tells.
                let Some(packed) = self.store.fingerprints(*id)? else { continue };
                let Ok(packed) = Packed::new(packed.into()) else {
                    tracing::warn!(
                        "the fingerprints of track {id} are damaged: index its folder again"
                    );
                    continue;
                };
                self.collection.put(*id, place.serial, packed.codes())?;
            }
            held.note(*id, place.serial, Packed::count(place.len));
        }
        Ok(())
    }
}
