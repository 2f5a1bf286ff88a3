//! Snapshots: what the database holds, in three files that anybody who may read them can read, without
//! a lock and without writing. They serve who cannot write the data folder, and bring back what the
//! database lost.
//!
//! `library.snapshot` holds tracks, failures and which serials of the fingerprint log count;
//! `events.snapshot` the events, `people.snapshot` accounts and what is theirs. The owner replaces each as a whole, by a rename: when an index run ends
//! and when it closes, if anything changed. A header of 32 bytes, numbers little-endian, then the
//! records as `MessagePack`:
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..4 | `EVS1` |
//! | 4..8 | version of what follows |
//! | 8..16 | length of what follows |
//! | 16..24 | how far it goes: the generation, the last event, or the number of changes |
//! | 24..28 | CRC-32 of what follows |
//! | 28..32 | CRC-32 of bytes 0..28 |

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::blobs;
use super::db::Db;
use super::error::{Result, StoreError};
use super::records::{Event, Failure, Track, TrackId};
use super::tables::{Table, track_id};

const MAGIC: [u8; 4] = *b"EVS1";
/// Grows when an older program could not read what follows the header.
const VERSION: u32 = 1;
const HEADER: usize = 32;
/// A mode that nobody but the owner can read, for folders without a fingerprint log.
const PRIVATE: u32 = 0o600;

/// One of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Library,
    Events,
    People,
}

impl Part {
    /// All.
    pub const ALL: [Self; 3] = [Self::Library, Self::Events, Self::People];

    /// Where it is.
    pub fn path_in(self, dir: &Path) -> PathBuf {
        dir.join(match self {
            Self::Library => "library.snapshot",
            Self::Events => "events.snapshot",
            Self::People => "people.snapshot",
        })
    }

    /// Where the last one from before a loss is kept until it is repaired.
    pub fn kept_in(self, dir: &Path) -> PathBuf {
        self.path_in(dir).with_extension("before-loss")
    }
}

/// What `library.snapshot` holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Library {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// Generation of the tracks then.
    pub generation: u64,
    /// All tracks, in order of their numbers.
    pub tracks: Vec<Track>,
    /// Which record of the fingerprint log counts for each track.
    pub serials: Vec<(TrackId, u64)>,
    /// All failures, by path.
    pub failures: Vec<Failure>,
    /// The numbers that removed tracks had, by the BLAKE3 of their files.
    #[serde(default)]
    pub gone: Vec<([u8; 32], TrackId)>,
}

/// What `events.snapshot` holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Events {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// All events, oldest first.
    pub events: Vec<Event>,
}

/// Why a snapshot cannot be used.
#[derive(Debug)]
pub enum Trouble {
    /// It is not there.
    Missing,
    /// It cannot be read.
    Io(io::Error),
    /// It is damaged: how.
    Damaged(String),
    /// A later program made it.
    Newer(u32),
}

impl Trouble {
    /// As the person who wants to read the folder `dir` is told.
    pub fn told(self, dir: &Path, part: Part, why: &io::Error) -> StoreError {
        match self {
            Self::Missing => StoreError::NoSnapshot { dir: dir.to_owned(), why: why.to_string() },
            Self::Io(source) => StoreError::Folder { dir: dir.to_owned(), source },
            Self::Damaged(detail) => StoreError::BadSnapshot { path: part.path_in(dir), detail },
            Self::Newer(found) => StoreError::Newer { dir: dir.to_owned(), found, known: VERSION },
        }
    }
}

struct Header {
    len: u64,
    mark: u64,
    crc: u32,
}

impl Header {
    fn pack(&self) -> [u8; HEADER] {
        let mut packed = [0; HEADER];
        packed[0..4].copy_from_slice(&MAGIC);
        packed[4..8].copy_from_slice(&VERSION.to_le_bytes());
        packed[8..16].copy_from_slice(&self.len.to_le_bytes());
        packed[16..24].copy_from_slice(&self.mark.to_le_bytes());
        packed[24..28].copy_from_slice(&self.crc.to_le_bytes());
        let crc = crc32fast::hash(&packed[..28]);
        packed[28..32].copy_from_slice(&crc.to_le_bytes());
        packed
    }

    fn unpack(packed: &[u8; HEADER]) -> std::result::Result<Self, Trouble> {
        let four = |at: usize| [packed[at], packed[at + 1], packed[at + 2], packed[at + 3]];
        let u64_at = |at: usize| {
            u64::from(u32::from_le_bytes(four(at)))
                | u64::from(u32::from_le_bytes(four(at + 4))) << 32
        };
        if packed[..4] != MAGIC || u32::from_le_bytes(four(28)) != crc32fast::hash(&packed[..28]) {
            return Err(Trouble::Damaged("its header is not whole".to_owned()));
        }
        match u32::from_le_bytes(four(4)) {
            VERSION => {}
            newer => return Err(Trouble::Newer(newer)),
        }
        Ok(Self { len: u64_at(8), mark: u64_at(16), crc: u32::from_le_bytes(four(24)) })
    }
}

/// How far a snapshot goes, without reading the whole.
pub fn mark(path: &Path) -> std::result::Result<u64, Trouble> {
    Ok(read_header(&mut open(path)?)?.mark)
}

/// Reads a snapshot and checks it.
pub fn read<T: DeserializeOwned>(path: &Path) -> std::result::Result<T, Trouble> {
    let mut file = open(path)?;
    let header = read_header(&mut file)?;
    let mut payload = Vec::new();
    file.read_to_end(&mut payload).map_err(Trouble::Io)?;
    if payload.len() as u64 != header.len || crc32fast::hash(&payload) != header.crc {
        return Err(Trouble::Damaged("its checksum is wrong".to_owned()));
    }
    rmp_serde::from_slice(&payload).map_err(|e| Trouble::Damaged(e.to_string()))
}

fn open(path: &Path) -> std::result::Result<File, Trouble> {
    File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Trouble::Missing,
        _ => Trouble::Io(error),
    })
}

fn read_header(file: &mut File) -> std::result::Result<Header, Trouble> {
    let mut packed = [0; HEADER];
    file.read_exact(&mut packed).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => Trouble::Damaged("it is cut short".to_owned()),
        _ => Trouble::Io(error),
    })?;
    Header::unpack(&packed)
}

/// Puts a snapshot in the place of the one there, all of it or nothing. Who may read it: who may
/// read the one there, or the fingerprints.
pub fn write<T: Serialize>(dir: &Path, part: Part, mark: u64, content: &T) -> io::Result<()> {
    let payload = rmp_serde::to_vec_named(content).map_err(io::Error::other)?;
    let header = Header { len: payload.len() as u64, mark, crc: crc32fast::hash(&payload) };
    let path = part.path_in(dir);
    let fresh = path.with_extension("new");
    let mode = [&path, &blobs::path_in(dir)].into_iter().find_map(|like| fs::metadata(like).ok());
    let mode = mode.map_or(PRIVATE, |meta| meta.mode() & 0o777);
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(PRIVATE).open(&fresh)?;
    file.write_all(&header.pack())?;
    file.write_all(&payload)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()?;
    fs::rename(&fresh, &path)?;
    File::open(dir)?.sync_all()
}

/// What has changed since the snapshots were taken.
#[derive(Debug, Default)]
pub struct Unsaved {
    library: AtomicBool,
    events: AtomicBool,
    people: AtomicBool,
    /// Held while they are written: two at once would write the same file.
    saving: Mutex<()>,
}

impl Unsaved {
    fn flag(&self, part: Part) -> &AtomicBool {
        match part {
            Part::Library => &self.library,
            Part::Events => &self.events,
            Part::People => &self.people,
        }
    }

    /// Something changed.
    pub fn note(&self, part: Part) {
        self.flag(part).store(true, Ordering::Release);
    }
}

impl Unsaved {
    /// Compares the snapshots with a database just opened, whose marks these are. One that goes further than the database
    /// tells that records are lost: it is set aside for a repair. Gives whether that is so.
    pub fn compare(dir: &Path, marks: [u64; 3]) -> (Self, bool) {
        let (unsaved, mut lost) = (Self::default(), false);
        for (part, ours) in Part::ALL.into_iter().zip(marks) {
            let path = part.path_in(dir);
            match mark(&path) {
                Ok(mark) if mark == ours => {}
                Ok(mark) => {
                    unsaved.note(part);
                    if mark > ours {
                        lost = true;
                        keep_aside(&path, &part.kept_in(dir));
                    }
                }
                // Nothing to take a snapshot of, and none.
                Err(Trouble::Missing) if ours == 0 => {}
                Err(Trouble::Newer(version)) => {
                    tracing::warn!("{}: version {version} is newer", path.display());
                }
                // A damaged one is left for a repair to tell of.
                Err(Trouble::Damaged(detail)) => {
                    tracing::warn!("{}: {detail}: echovibe doctor --repair", path.display());
                }
                Err(Trouble::Missing | Trouble::Io(_)) => unsaved.note(part),
            }
        }
        (unsaved, lost)
    }
}

impl Db {
    /// Takes the snapshots that are out of date. A snapshot that cannot be written costs nothing
    /// that was acknowledged, so that is a warning.
    pub fn save_snapshots(&self) {
        let _saving = self.unsaved().saving.lock().unwrap_or_else(PoisonError::into_inner);
        for part in Part::ALL {
            let flag = self.unsaved().flag(part);
            if !flag.swap(false, Ordering::AcqRel) {
                continue;
            }
            let saved = match part {
                Part::Library => self.save_library(),
                Part::Events => self.save_events(),
                Part::People => self.save_people(),
            };
            if let Err(error) = saved {
                flag.store(true, Ordering::Release);
                let path = part.path_in(self.dir());
                tracing::warn!("{} could not be written: {error}", path.display());
            }
        }
    }

    fn save_library(&self) -> Result<()> {
        // Nobody writes meanwhile, so that all parts are of one moment.
        let library = {
            let _writer = self.writer();
            self.library_now()?
        };
        self.write_part(Part::Library, library.generation, &library)
    }

    pub(super) fn library_now(&self) -> Result<Library> {
        let mut gone = Vec::new();
        for (content, id) in self.rows(Table::Gone)? {
            gone.extend(<[u8; 32]>::try_from(&content[..]).ok().zip(track_id(&id).ok()));
        }
        Ok(Library {
            taken_at: Timestamp::now(),
            generation: self.generation(),
            tracks: self.tracks(TrackId(0), usize::MAX)?,
            serials: self.serials(),
            failures: self.failures()?,
            gone,
        })
    }

    fn serials(&self) -> Vec<(TrackId, u64)> {
        let places = self.places();
        let held = places.iter().filter(|(_, place)| !place.is_lost());
        held.map(|(id, place)| (*id, place.serial)).collect()
    }

    fn save_events(&self) -> Result<()> {
        let events = self.events(0, usize::MAX)?;
        let last = events.last().map_or(0, |event| event.seq);
        self.write_part(Part::Events, last, &Events { taken_at: Timestamp::now(), events })
    }

    fn save_people(&self) -> Result<()> {
        let people = {
            let _writer = self.writer();
            self.people()?
        };
        self.write_part(Part::People, people.changes, &people)
    }

    fn write_part<T: Serialize>(&self, part: Part, mark: u64, content: &T) -> Result<()> {
        write(self.dir(), part, mark, content)
            .map_err(|source| StoreError::Snapshot { path: part.path_in(self.dir()), source })
    }
}

/// Keeps a copy, unless an earlier loss left one, which goes further.
fn keep_aside(path: &Path, kept: &Path) {
    if !kept.exists()
        && let Err(error) = fs::copy(path, kept)
    {
        tracing::error!("{} could not be set aside: {error}", path.display());
    }
}
