//! A reader: has neither the database nor an owner to ask, only the snapshots; it writes nothing.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use super::blobs;
use super::error::{Result, StoreError};
use super::place::{Place, Row, network_mark};
use super::records::{Event, Track, TrackId};
use super::snapshot::{self, Events, Library, Part, Trouble};
use super::wire::{Reply, Request};

/// Whether this says that the folder cannot be written, as opposed to a disk that fails.
pub fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

/// Answers from the snapshots; takes up new ones when the owner writes them.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    why: io::Error,
    held: RwLock<Arc<Held>>,
}

/// What was read.
#[derive(Debug)]
struct Held {
    stamps: Vec<Stamp>,
    library: Library,
    places: BTreeMap<TrackId, Place>,
    by_path: HashMap<PathBuf, TrackId>,
    events: Vec<Event>,
}

/// What tells that a file was replaced.
#[derive(Debug, PartialEq, Eq)]
struct Stamp(Option<(u64, u64, i64, i64)>);

impl Stamp {
    fn of(path: &Path, grows: bool) -> Self {
        let meta = fs::metadata(path).ok();
        Self(meta.map(|m| match grows {
            // The log only grows at its end, until it is rewritten as another file.
            true => (m.ino(), 0, 0, 0),
            false => (m.ino(), m.size(), m.mtime(), m.mtime_nsec()),
        }))
    }

    fn all(dir: &Path) -> Vec<Self> {
        let parts = Part::ALL.map(|part| Self::of(&part.path_in(dir), false));
        parts.into_iter().chain([Self::of(&blobs::path_in(dir), true)]).collect()
    }
}

impl Reader {
    /// Reads the snapshots of `dir`, which cannot be written: `why`.
    ///
    /// # Errors
    /// There are none, or they are damaged.
    pub fn open(dir: &Path, why: io::Error) -> Result<Self> {
        let held = RwLock::new(Arc::new(Held::read(dir, &why)?));
        Ok(Self { dir: dir.to_owned(), why, held })
    }

    /// When the tracks were written down.
    pub fn taken_at(&self) -> Timestamp {
        self.held.read().unwrap_or_else(PoisonError::into_inner).library.taken_at
    }

    fn held(&self) -> Arc<Held> {
        let held = Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner));
        if held.stamps == Stamp::all(&self.dir) {
            return held;
        }
        match Held::read(&self.dir, &self.why) {
            Ok(fresh) => {
                let fresh = Arc::new(fresh);
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
                fresh
            }
            // What was read before is better than nothing.
            Err(error) => {
                tracing::warn!("{error}");
                held
            }
        }
    }

    /// Answers what only reads.
    pub fn answer(&self, request: Request) -> Result<Reply> {
        let held = self.held();
        let tracks = &held.library.tracks;
        let one = |id: TrackId| held.track(id).cloned().map(Box::new);
        Ok(match request {
            Request::Generation => Reply::Generation(held.library.generation),
            Request::Backup(_) => {
                return Err(StoreError::Owner(format!(
                    "{} can be read but not written ({}), and a backup is made by who holds it; have its \
                     owner make it",
                    self.dir.display(),
                    self.why
                )));
            }
            Request::Tracks { after, limit } => {
                let from = tracks.partition_point(|track| track.id <= after);
                Reply::Tracks(tracks[from..].iter().take(limit).cloned().collect())
            }
            Request::Track(id) => Reply::Track(one(id)),
            Request::TrackAt(path) => {
                Reply::Track(held.by_path.get(&path.0).and_then(|id| one(*id)))
            }
            Request::TracksWithContent(content) => {
                Reply::Tracks(tracks.iter().filter(|t| t.content == content).cloned().collect())
            }
            Request::Place(id) => match held.places.get(&id) {
                Some(place) if place.is_lost() => return Err(StoreError::Damaged(id)),
                place => Reply::Place(place.copied()),
            },
            Request::Places { since: _, after, limit } => {
                let Some(from) = after.0.checked_add(1) else {
                    return Ok(Reply::Places(Vec::new()));
                };
                let places = held.places.range(TrackId(from)..).take(limit);
                Reply::Places(places.map(|(id, place)| (*id, *place)).collect())
            }
            Request::Failures => Reply::Failures(held.library.failures.clone()),
            Request::Events { after, limit } => {
                let from = held.events.partition_point(|event| event.seq <= after);
                Reply::Events(held.events[from..].iter().take(limit).cloned().collect())
            }
            Request::Gone { since: _ } => Reply::Gone(Vec::new()),
            // Nobody here can make them anew.
            Request::Distrust(_) | Request::Snapshot => Reply::Done,
            Request::Enrol(_)
            | Request::Moved { .. }
            | Request::Remove(_)
            | Request::SetRecordings(_)
            | Request::PutFailure(_)
            | Request::ClearFailure(_)
            | Request::Record(_)
            | Request::AddUser { .. }
            | Request::Users
            | Request::User(_)
            | Request::RenewUser { .. }
            | Request::RevokeUser(_)
            | Request::RecordOf { .. }
            | Request::EventsOf { .. }
            | Request::Hold(_)
            | Request::Unhold { .. }
            | Request::Holding { .. }
            | Request::Holders(_)
            | Request::HoldingsOf { .. }
            | Request::Parts(_)
            | Request::Lead
            | Request::Led(_)
            | Request::Pepper(_)
            | Request::FilesMark(_) => {
                let (dir, why) = (self.dir.clone(), self.why.to_string());
                return Err(StoreError::ReadOnly { dir, why });
            }
        })
    }
}

impl Held {
    fn read(dir: &Path, why: &io::Error) -> Result<Self> {
        // Taken first: what is replaced while it is read is read again.
        let stamps = Stamp::all(dir);
        let library: Library = snapshot::read(&Part::Library.path_in(dir))
            .map_err(|trouble| trouble.told(dir, Part::Library, why))?;
        let events = match snapshot::read::<Events>(&Part::Events.path_in(dir)) {
            Ok(events) => events.events,
            // Nothing happened yet.
            Err(Trouble::Missing) => Vec::new(),
            Err(trouble) => return Err(trouble.told(dir, Part::Events, why)),
        };
        let rows = library.serials.iter().map(|(id, serial)| (*id, Row::Serial(*serial))).collect();
        let mut places = blobs::places(dir, &rows)?;
        for track in &library.tracks {
            let lost = || Place::lost(0);
            places.entry(track.id).or_insert_with(lost).network = network_mark(&track.model);
        }
        let by_path = library.tracks.iter().map(|t| (t.path.clone(), t.id)).collect();
        Ok(Self { stamps, library, places, by_path, events })
    }

    fn track(&self, id: TrackId) -> Option<&Track> {
        let tracks = &self.library.tracks;
        tracks.binary_search_by_key(&id, |track| track.id).ok().map(|at| &tracks[at])
    }
}
