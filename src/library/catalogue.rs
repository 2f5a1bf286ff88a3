//! The library in memory: the index whole, records as they are asked for.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::cells::attach_cells;
use super::error::LibraryError;
use crate::index::{Extent, Index, Packed, Segment, map_file};
use crate::store::records::{Track, TrackId};
use crate::store::{Place, Store, network_mark};

/// A catalogue that the live path and the screen share.
pub type SharedCatalogue = Arc<RwLock<Catalogue>>;

/// Tracks whose fingerprints are asked of a database at once: some megabytes.
const COPIED_TOGETHER: usize = 100;

/// Which tracks there are, and the index of those that this network can compare. A record is read from
/// the store when it is first asked for: a big library opens as fast as its index does.
#[derive(Debug)]
pub struct Catalogue {
    store: Store,
    /// Which tracks there are; nothing where that is not known beforehand: of a library elsewhere, or whose index
    /// is in databases.
    known: Option<BTreeSet<TrackId>>,
    records: Mutex<HashMap<TrackId, Arc<Track>>>,
    index: Index,
    generation: Option<u64>,
}

impl Catalogue {
    /// Takes up what the store has.
    ///
    /// # Errors
    /// The store fails.
    pub fn load(store: &Store, model: &str) -> Result<SharedCatalogue, LibraryError> {
        let known = (!store.is_elsewhere()).then(BTreeSet::new);
        let shared = Self::new(store, known);
        Self::refresh(&shared, store, model)?;
        if !store.is_elsewhere() {
            attach_cells(&shared, store.dir(), model);
        }
        Ok(shared)
    }

    /// The records alone, as they are asked for: the index is in databases.
    #[must_use]
    pub fn of_records(store: &Store) -> SharedCatalogue {
        Self::new(store, None)
    }

    fn new(store: &Store, known: Option<BTreeSet<TrackId>>) -> SharedCatalogue {
        Arc::new(RwLock::new(Self {
            store: store.clone(),
            known,
            records: Mutex::default(),
            index: Index::default(),
            generation: None,
        }))
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
        let held = {
            let catalogue = shared.read().unwrap_or_else(PoisonError::into_inner);
            catalogue.known.is_some().then(|| catalogue.versions())
        };
        let found = held.map(|held| Found::read(store, network_mark(model), &held)).transpose()?;
        let mut catalogue = shared.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = found {
            catalogue.take(found);
        }
        catalogue.records.lock().unwrap_or_else(PoisonError::into_inner).clear();
        catalogue.generation = Some(generation);
        Ok(true)
    }

    fn versions(&self) -> HashMap<TrackId, u64> {
        self.index.versions().map(|(key, version)| (TrackId(key), version)).collect()
    }

    pub(super) fn attach(&mut self, segment: Segment) {
        self.index.attach(Arc::new(segment));
    }

    fn take(&mut self, found: Found) {
        for id in self.known.iter().flatten() {
            if !found.usable.contains(id) {
                self.index.remove(id.0);
            }
        }
        for Fingerprints { id, serial, packed } in found.new {
            self.index.insert(id.0, serial, packed);
        }
        self.known = Some(found.known);
    }

    /// A track's record; [`None`] where there is no such track, or the store does not give it, which the
    /// log then says.
    #[must_use]
    pub fn track(&self, id: TrackId) -> Option<Arc<Track>> {
        if self.known.as_ref().is_some_and(|known| !known.contains(&id)) {
            return None;
        }
        let records = || self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(track) = records().get(&id) {
            return Some(Arc::clone(track));
        }
        match self.store.track(id) {
            Ok(track) => {
                let track = Arc::new(track?);
                records().insert(id, Arc::clone(&track));
                Some(track)
            }
            Err(error) => {
                tracing::warn!("track {id} cannot be read: {error}");
                None
            }
        }
    }

    /// Number of tracks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.as_ref().map_or(0, BTreeSet::len)
    }

    /// No track at all, as far as is known here: of a library elsewhere nothing is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.as_ref().is_some_and(BTreeSet::is_empty)
    }

    /// Whether it is a library elsewhere.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.store.is_elsewhere()
    }

    /// Tracks that are not searched until indexed again: enrolled with another network, or with
    /// damaged fingerprints.
    #[must_use]
    pub fn stale(&self) -> usize {
        self.known.iter().flatten().filter(|id| !self.index.contains(id.0)).count()
    }

    /// What there is, and as of which state of the store.
    #[must_use]
    pub fn extent(&self) -> Extent {
        Extent { tracks: self.len(), windows: self.index.windows(), generation: self.generation }
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

/// Which places are taken for right without a look at the file: all, if the last is, or none.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    Last,
    None,
}

/// What the store has.
#[derive(Default)]
struct Found {
    known: BTreeSet<TrackId>,
    /// Those that can be compared.
    usable: BTreeSet<TrackId>,
    /// Fingerprints not held before.
    new: Vec<Fingerprints>,
}

impl Found {
    /// Finds fingerprints of the network in their file, which is mapped: they are read when they are first
    /// looked at.
    fn read(
        store: &Store,
        network: u64,
        held: &HashMap<TrackId, u64>,
    ) -> Result<Self, LibraryError> {
        let places = store.fingerprint_places()?;
        if let Some(found) = Self::among(&places, store, network, held, Trust::Last)? {
            return Ok(found);
        }
        // An owner that has just started may have rewritten the file between the two questions; or the last
        // record is damaged, which must not cost the others.
        let places = store.fingerprint_places()?;
        let found = Self::among(&places, store, network, held, Trust::None)?;
        Ok(found.unwrap_or_default())
    }

    /// The same, of these places; [`None`] where they are not those of the file.
    fn among(
        places: &[(TrackId, Place)],
        store: &Store,
        network: u64,
        held: &HashMap<TrackId, u64>,
        trust: Trust,
    ) -> Result<Option<Self>, LibraryError> {
        let mut found =
            Self { known: places.iter().map(|(id, _)| *id).collect(), ..Self::default() };
        let comparable = |place: &Place| place.network == network && !place.is_lost();
        let usable = || places.iter().filter(|(_, place)| comparable(place));
        if usable().all(|(id, place)| held.get(id) == Some(&place.serial)) {
            found.usable = usable().map(|(id, _)| *id).collect();
            return Ok(Some(found));
        }
        if store.is_in_database() {
            let usable: Vec<(TrackId, Place)> = usable().copied().collect();
            found.copy(store, &usable, held)?;
            return Ok(Some(found));
        }
        let file = Arc::new(store.fingerprint_log()?);
        let log = map_file(&file).map_err(LibraryError::Map)?;
        // A file that was rewritten has its last record elsewhere.
        let last = usable().max_by_key(|(_, place)| place.start());
        if trust == Trust::Last
            && let Some((id, place)) = last
            && !place.is_in(&file, *id).map_err(LibraryError::Map)?
        {
            return Ok(None);
        }
        for (id, place) in usable() {
            if trust == Trust::None && !place.is_in(&file, *id).map_err(LibraryError::Map)? {
                tracing::warn!(
                    "the fingerprints of track {id} are damaged: echovibe doctor --repair"
                );
                continue;
            }
            let Some(bytes) = place.slice(&log) else { continue };
            match Packed::in_file(bytes, Arc::clone(&file), place.start()) {
                Ok(packed) => {
                    found.usable.insert(*id);
                    if held.get(id) != Some(&place.serial) {
                        found.new.push(Fingerprints { id: *id, serial: place.serial, packed });
                    }
                }
                Err(e) => tracing::warn!("track {id}: {e}; index its folder again"),
            }
        }
        Ok(Some(found))
    }

    /// Takes fingerprints out of a database into memory.
    fn copy(
        &mut self,
        store: &Store,
        usable: &[(TrackId, Place)],
        held: &HashMap<TrackId, u64>,
    ) -> Result<(), LibraryError> {
        let new = usable.iter().filter(|(id, place)| held.get(id) != Some(&place.serial));
        let new: Vec<&(TrackId, Place)> = new.collect();
        self.usable = usable.iter().map(|(id, _)| *id).collect();
        for some in new.chunks(COPIED_TOGETHER) {
            let wanted: Vec<_> = some.iter().map(|(id, _)| (*id, 0..u64::MAX)).collect();
            for ((id, place), bytes) in some.iter().zip(store.fingerprint_parts(&wanted)?) {
                match Packed::new(bytes.into()) {
                    Ok(packed) => {
                        self.new.push(Fingerprints { id: *id, serial: place.serial, packed });
                    }
                    Err(e) => {
                        self.usable.remove(id);
                        tracing::warn!("track {id}: {e}; index its folder again");
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;
    use crate::index::DIM;
    use crate::store::records::{Enrolment, FileStamp};

    fn enrolment(name: &str) -> Enrolment {
        let track = Track {
            id: TrackId(0),
            path: format!("/music/{name}.flac").into(),
            stamp: FileStamp { size: 1, modified_ns: 1 },
            content: *blake3::hash(name.as_bytes()).as_bytes(),
            title: name.to_owned(),
            artist: String::new(),
            album: String::new(),
            genre: String::new(),
            duration_s: 5.0,
            windows: 20,
            style: Vec::new(),
            sounds_like: Vec::new(),
            mood: None,
            features: None,
            highlight_s: None,
            model: "m".to_owned(),
            damage: None,
            recording: None,
            added_at: jiff::Timestamp::UNIX_EPOCH,
        };
        Enrolment { track, fingerprints: Packed::of(&[[1; DIM]; 20]).bytes().to_vec() }
    }

    #[test]
    fn a_damaged_last_record_costs_only_its_track() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let ids = ["a", "b", "c"].map(|name| store.enrol(enrolment(name)).unwrap().id);
        let (_, last) = store.fingerprint_places().unwrap().pop().unwrap();
        let log = dir.path().join("fingerprints.log");
        let log = std::fs::OpenOptions::new().write(true).open(log).unwrap();
        log.write_all_at(b"????", last.offset).unwrap();

        let catalogue = Catalogue::load(&store, "m").unwrap();
        let catalogue = catalogue.read().unwrap();
        assert_eq!(ids.map(|id| catalogue.index().contains(id.0)), [true, true, false]);
        assert_eq!((catalogue.len(), catalogue.stale()), (3, 1));
        assert_eq!(catalogue.track(ids[1]).unwrap().title, "b");
        assert!(catalogue.track(TrackId(99)).is_none());
    }
}
