//! What EchoVibe keeps: tracks, fingerprints, failures and the event log, in sled and one log file.
//!
//! # Many processes, one folder
//! The first process that opens a data folder owns it: it alone has the database, and it serves a
//! Unix socket beside it. Every other process is its client and asks over the socket; only
//! fingerprints, which are big, it reads from their file itself. When the owner ends, the next
//! process that wants something takes its place. [`Store`] hides which of the two it is.
//!
//! # One library, many servers
//! A store may also be in PostgreSQL ([`Store::in_postgres`]): then every process asks the database, and
//! fingerprints are in it too.
//!
//! Who can only read the folder asks the owner too, where it may; else it reads the snapshots that the
//! last owner left (see `snapshot`).
//!
//! # What a crash costs
//! Whatever was acknowledged is on the disk: events and records are flushed, fingerprints are
//! synced before the record that points at them. Changes of several trees are one transaction.
//! A process killed at any moment loses at most what it had not yet acknowledged.

mod backend;
mod backup;
mod binary;
mod blobs;
mod client;
mod db;
mod elsewhere;
mod error;
mod events;
mod lock;
mod migrate;
mod owner;
pub mod people;
mod place;
mod postgres;
mod reader;
pub mod records;
mod repair;
#[cfg(test)]
mod repair_tests;
mod snapshot;
#[cfg(test)]
mod tests;
mod together;
mod tracks;
mod wire;

use std::fmt;
use std::fs::{DirBuilder, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use backend::Backend;
pub use backup::{BackupError, Restored, Saved, Watch, backup, restore};
use client::Trouble;
pub use elsewhere::Elsewhere;
use error::Result;
pub use error::StoreError;
pub(crate) use error::words;
pub use events::NewEvent;
pub use place::{Place, network_mark};
use postgres::Postgres;
use records::{Enrolment, Event, EventKind, Failure, FileStamp, Track, TrackId};
pub use repair::{Repaired, bad_snapshots, is_lossy, repair};
pub use together::Together;
pub use wire::{Bytewise, Lead, Progress, Reply, Request};

/// How long an owner may be silent, and how long a new one is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Records asked for at once, so that messages stay small.
const PAGE: usize = 1000;

/// The store of one data folder. Clones share it; all methods may be called from any thread.
/// Every method fails when the disk fails or when the process that owns the folder does not answer.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    patience: Duration,
    backend: RwLock<Arc<Backend>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("dir", &self.inner.dir)
            .field("owner", &self.is_owner())
            .finish()
    }
}

impl Store {
    /// Opens the data folder, making it (mode 0700) where there is none.
    ///
    /// # Errors
    /// The folder cannot be made or used, a newer program made the store, or the process that owns it
    /// does not answer within five seconds.
    pub fn open(dir: &Path) -> Result<Self> {
        Self::open_within(dir, PATIENCE)
    }

    /// Whether a folder has a library.
    #[must_use]
    pub fn exists(dir: &Path) -> bool {
        dir.join("db").exists()
    }

    fn open_within(dir: &Path, patience: Duration) -> Result<Self> {
        let make = DirBuilder::new().recursive(true).mode(0o700).create(dir);
        let dir = make
            .and_then(|()| dir.canonicalize())
            .map_err(|source| StoreError::Folder { dir: dir.to_owned(), source })?;
        let backend = RwLock::new(Arc::new(Backend::open(&dir, patience)?));
        Ok(Self { inner: Arc::new(Inner { dir, patience, backend }) })
    }

    /// A library that is elsewhere. What is kept on this machine besides is in `dir`, which need not exist.
    #[must_use]
    pub fn elsewhere(dir: &Path, answers: Arc<dyn Elsewhere>) -> Self {
        let backend = RwLock::new(Arc::new(Backend::Elsewhere(answers)));
        Self { inner: Arc::new(Inner { dir: dir.to_owned(), patience: PATIENCE, backend }) }
    }

    /// A library in the PostgreSQL database at `url`. What is kept on this machine besides is in `dir`, which is
    /// made (mode 0700) where there is none.
    ///
    /// # Errors
    /// The database cannot be reached, refuses, or a newer program made its tables.
    pub fn in_postgres(dir: &Path, url: &str) -> Result<Self> {
        let make = DirBuilder::new().recursive(true).mode(0o700).create(dir);
        make.map_err(|source| StoreError::Folder { dir: dir.to_owned(), source })?;
        let backend = Backend::Database(Box::new(Postgres::open(url)?));
        let backend = RwLock::new(Arc::new(backend));
        Ok(Self { inner: Arc::new(Inner { dir: dir.to_owned(), patience: PATIENCE, backend }) })
    }

    /// Whether it is in a database that several processes share, its fingerprints too.
    #[must_use]
    pub fn is_in_database(&self) -> bool {
        matches!(*self.backend(), Backend::Database(_))
    }

    /// Events that are kept here until the server that has the library is back.
    #[must_use]
    pub fn waiting(&self) -> usize {
        match &*self.backend() {
            Backend::Elsewhere(elsewhere) => elsewhere.waiting(),
            _ => 0,
        }
    }

    /// Whether the library is on another machine, which searches its fingerprints itself.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        matches!(*self.backend(), Backend::Elsewhere(_))
    }

    /// The data folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// Whether this process has the database itself.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        matches!(*self.backend(), Backend::Owner(_))
    }

    /// Where the folder can only be read and no owner answers: when what is read was written down.
    #[must_use]
    pub fn snapshot_of(&self) -> Option<Timestamp> {
        match &*self.backend() {
            Backend::Reader(reader) => Some(reader.taken_at()),
            _ => None,
        }
    }

    /// Has what readers without write access see written down now. The owner also does so when it
    /// closes.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn snapshot(&self) -> Result<()> {
        self.done(Request::Snapshot)
    }

    /// The process that owns the folder: this one or another.
    #[must_use]
    pub fn owner_pid(&self) -> u32 {
        match &*self.backend() {
            Backend::Owner(_)
            | Backend::Reader(_)
            | Backend::Database(_)
            | Backend::Elsewhere(_) => std::process::id(),
            Backend::Client(client) => client.owner_pid(),
        }
    }

    /// A number that grows with every change of tracks.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn generation(&self) -> Result<u64> {
        match self.ask(Request::Generation)? {
            Reply::Generation(generation) => Ok(generation),
            other => Err(self.nonsense(&other)),
        }
    }

    /// All tracks, in order of their numbers.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn tracks(&self) -> Result<Vec<Track>> {
        let mut all: Vec<Track> = Vec::new();
        loop {
            let after = all.last().map_or(TrackId(0), |track| track.id);
            let page = self.many_tracks(Request::Tracks { after, limit: PAGE })?;
            let last = page.len() < PAGE;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// The tracks after this number, in order of their numbers, at most `limit`.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn tracks_after(&self, after: TrackId, limit: usize) -> Result<Vec<Track>> {
        self.many_tracks(Request::Tracks { after, limit })
    }

    /// One track.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn track(&self, id: TrackId) -> Result<Option<Track>> {
        self.one_track(Request::Track(id))
    }

    /// The track of the file at `path`.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn track_at(&self, path: &Path) -> Result<Option<Track>> {
        self.one_track(Request::TrackAt(Bytewise(path.to_owned())))
    }

    /// The tracks whose files have these bytes, by their BLAKE3.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn track_with_content(&self, content: &[u8; 32]) -> Result<Vec<Track>> {
        self.many_tracks(Request::TracksWithContent(*content))
    }

    /// Keeps a track and its fingerprints, and forgets a failure of that path. A path that is known
    /// keeps its number and `added_at`; otherwise a known `track.id` does (the file was moved and
    /// changed); otherwise the track gets a new number. Gives the track as it was kept; it
    /// is on the disk then.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn enrol(&self, enrolment: Enrolment) -> Result<Track> {
        let kept = self.one_track(Request::Enrol(Box::new(enrolment)))?;
        kept.ok_or_else(|| self.nonsense(&Reply::Track(None)))
    }

    /// The file of a track was renamed or moved: its history is kept. Another track that had that path
    /// is removed, since its file was overwritten.
    ///
    /// # Errors
    /// There is no such track; see [`Store`].
    pub fn moved(&self, id: TrackId, path: &Path, stamp: FileStamp) -> Result<()> {
        self.done(Request::Moved { id, path: Bytewise(path.to_owned()), stamp })
    }

    /// Removes a track; its events stay. False where there was none.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn remove(&self, id: TrackId) -> Result<bool> {
        match self.ask(Request::Remove(id))? {
            Reply::Removed(removed) => Ok(removed),
            other => Err(self.nonsense(&other)),
        }
    }

    /// The fingerprints of a track; [`None`] where there is no such track.
    ///
    /// # Errors
    /// The fingerprints are damaged: the track is then marked, so that the next scan enrols it
    /// anew. See [`Store`].
    pub fn fingerprints(&self, id: TrackId) -> Result<Option<Vec<u8>>> {
        if self.is_in_database() {
            let whole = self.fingerprint_parts(&[(id, 0..u64::MAX)])?.pop().unwrap_or_default();
            return Ok((!whole.is_empty()).then_some(whole));
        }
        // A new owner may have rewritten the file since it was asked for the place: ask once more.
        for _ in 0..2 {
            let Some(place) = self.place(id)? else { return Ok(None) };
            let read = self.open_log().and_then(|log| blobs::read(&log, id, &place));
            if let Some(bytes) = read.map_err(|e| self.unreadable(e))? {
                return Ok(Some(bytes));
            }
        }
        self.done(Request::Distrust(id))?;
        Err(StoreError::Damaged(id))
    }

    /// Parts of the packed fingerprints of tracks, by their bytes, each as far as there is one; nothing of a track
    /// that is not there. They are asked for together.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn fingerprint_parts(&self, wanted: &[(TrackId, Range<u64>)]) -> Result<Vec<Vec<u8>>> {
        if self.is_in_database() {
            return match self.ask(Request::Parts(wanted.to_vec()))? {
                Reply::Parts(parts) if parts.len() == wanted.len() => Ok(parts),
                other => Err(self.nonsense(&other)),
            };
        }
        let log = self.fingerprint_log()?;
        wanted.iter().map(|(id, part)| self.part(&log, *id, part)).collect()
    }

    fn part(&self, log: &File, id: TrackId, part: &Range<u64>) -> Result<Vec<u8>> {
        let place = match self.place(id) {
            Ok(Some(place)) => place,
            Ok(None) | Err(StoreError::Damaged(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        if !place.is_in(log, id).map_err(|e| self.unreadable(e))? {
            return Ok(Vec::new());
        }
        let (from, to) = (part.start.min(place.len), part.end.min(place.len));
        let mut bytes = vec![0; to.saturating_sub(from) as usize];
        let read = log.read_exact_at(&mut bytes, place.start() + from);
        read.map_err(|e| self.unreadable(e))?;
        Ok(bytes)
    }

    /// Where the fingerprints of all tracks are, in order of their numbers, in the file that
    /// [`Self::fingerprint_log`] opens; those of tracks whose fingerprints are lost, too.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn fingerprint_places(&self) -> Result<Vec<(TrackId, Place)>> {
        self.fingerprint_places_since(0)
    }

    /// The same, of tracks that changed after this generation at least; maybe of all.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn fingerprint_places_since(&self, since: u64) -> Result<Vec<(TrackId, Place)>> {
        let mut all: Vec<(TrackId, Place)> = Vec::new();
        loop {
            let after = all.last().map_or(TrackId(0), |(id, _)| *id);
            let page = self.places(since, after)?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// Numbers of tracks that were removed after this generation at least, maybe of all that ever were, and
    /// have not come back.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn gone_since(&self, since: u64) -> Result<Vec<TrackId>> {
        match self.ask(Request::Gone { since })? {
            Reply::Gone(gone) => Ok(gone),
            other => Err(self.nonsense(&other)),
        }
    }

    /// Who keeps an index up to date that several processes share: this one, if it is the first to ask.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn lead(&self) -> Result<Lead> {
        match self.ask(Request::Lead)? {
            Reply::Lead(lead) => Ok(lead),
            other => Err(self.nonsense(&other)),
        }
    }

    /// Tells the others how far the index is.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn led(&self, progress: Progress) -> Result<()> {
        self.done(Request::Led(progress))
    }

    /// Whether all who share the store hash tokens with the same pepper, by the BLAKE3 of it. The first who
    /// asks says which it is.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn has_pepper(&self, mark: [u8; 32]) -> Result<bool> {
        match self.ask(Request::Pepper(mark))? {
            Reply::Same(same) => Ok(same),
            other => Err(self.nonsense(&other)),
        }
    }

    /// The file of all fingerprints, to be mapped.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn fingerprint_log(&self) -> Result<File> {
        self.open_log().map_err(|e| self.unreadable(e))
    }

    /// Marks a track, so that the next scan makes its fingerprints anew.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn distrust(&self, id: TrackId) -> Result<()> {
        self.done(Request::Distrust(id))
    }

    /// Notes which recording each of these tracks is.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn set_recordings(&self, of: &[(TrackId, TrackId)]) -> Result<()> {
        /// Records written at once.
        const TOGETHER: usize = 1000;
        of.chunks(TOGETHER).try_for_each(|some| self.done(Request::SetRecordings(some.to_vec())))
    }

    /// Keeps a failure, in the place of an earlier one of that path.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn put_failure(&self, failure: Failure) -> Result<()> {
        self.done(Request::PutFailure(failure))
    }

    /// All failures, by path.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn failures(&self) -> Result<Vec<Failure>> {
        match self.ask(Request::Failures)? {
            Reply::Failures(failures) => Ok(failures),
            other => Err(self.nonsense(&other)),
        }
    }

    /// Forgets a failure, where there is one.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn clear_failure(&self, path: &Path) -> Result<()> {
        self.done(Request::ClearFailure(Bytewise(path.to_owned())))
    }

    /// Appends an event of now to the log. It is on the disk when this returns.
    ///
    /// # Errors
    /// There is no such track; see [`Store`].
    pub fn record(&self, track_id: TrackId, what: EventKind) -> Result<Event> {
        self.record_at(track_id, what, Timestamp::now())
    }

    /// The same, of an event that happened at `at`.
    ///
    /// # Errors
    /// There is no such track; see [`Store`].
    pub fn record_at(&self, track_id: TrackId, what: EventKind, at: Timestamp) -> Result<Event> {
        self.append(NewEvent { nonce: fastrand::u128(..), at, track_id, what })
    }

    /// Appends an event of another time, such as one that is taken over from elsewhere. The nonce tells it: the
    /// same one again is kept once.
    ///
    /// # Errors
    /// There is no such track; see [`Store`].
    pub fn record_past(
        &self,
        nonce: u128,
        at: Timestamp,
        track_id: TrackId,
        what: EventKind,
    ) -> Result<Event> {
        self.append(NewEvent { nonce, at, track_id, what })
    }

    fn append(&self, new: NewEvent) -> Result<Event> {
        match self.ask(Request::Record(new))? {
            Reply::Event(event) => Ok(*event),
            other => Err(self.nonsense(&other)),
        }
    }

    /// The events after `after_seq` (0 for all), oldest first.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn events(&self, after_seq: u64) -> Result<Vec<Event>> {
        let mut all: Vec<Event> = Vec::new();
        loop {
            let after = all.last().map_or(after_seq, |event| event.seq);
            let page = match self.ask(Request::Events { after, limit: PAGE })? {
                Reply::Events(page) => page,
                other => return Err(self.nonsense(&other)),
            };
            let last = page.len() < PAGE;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    fn one_track(&self, request: Request) -> Result<Option<Track>> {
        match self.ask(request)? {
            Reply::Track(track) => Ok(track.map(|track| *track)),
            other => Err(self.nonsense(&other)),
        }
    }

    fn many_tracks(&self, request: Request) -> Result<Vec<Track>> {
        match self.ask(request)? {
            Reply::Tracks(tracks) => Ok(tracks),
            other => Err(self.nonsense(&other)),
        }
    }

    fn place(&self, id: TrackId) -> Result<Option<Place>> {
        match self.ask(Request::Place(id))? {
            Reply::Place(place) => Ok(place),
            other => Err(self.nonsense(&other)),
        }
    }

    fn places(&self, since: u64, after: TrackId) -> Result<Vec<(TrackId, Place)>> {
        match self.ask(Request::Places { since, after, limit: PAGE })? {
            Reply::Places(places) => Ok(places),
            other => Err(self.nonsense(&other)),
        }
    }

    fn done(&self, request: Request) -> Result<()> {
        match self.ask(request)? {
            Reply::Done => Ok(()),
            other => Err(self.nonsense(&other)),
        }
    }

    fn open_log(&self) -> io::Result<File> {
        File::open(blobs::path_in(&self.inner.dir))
    }

    fn unreadable(&self, source: io::Error) -> StoreError {
        let path = blobs::path_in(&self.inner.dir);
        StoreError::Fingerprints { doing: "read", path, source }
    }

    fn nonsense(&self, reply: &Reply) -> StoreError {
        let detail = format!("{:?}", std::mem::discriminant(reply));
        StoreError::Nonsense { dir: self.inner.dir.clone(), pid: self.owner_pid(), detail }
    }

    fn backend(&self) -> Arc<Backend> {
        Arc::clone(&self.inner.backend.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks whoever has the database; when that one is gone, finds or becomes the next.
    fn ask(&self, request: Request) -> Result<Reply> {
        let deadline = Instant::now() + self.inner.patience;
        loop {
            let backend = self.backend();
            let client = match &*backend {
                Backend::Owner(owner) => return owner.answer(request),
                Backend::Reader(reader) => return reader.answer(request),
                Backend::Database(database) => return database.answer(request),
                Backend::Elsewhere(elsewhere) => return elsewhere.answer(request),
                Backend::Client(client) => client,
            };
            match client.ask(&request) {
                Ok(answer) => return answer,
                Err(Trouble::Final(error)) => return Err(error),
                Err(Trouble::Gone) if Instant::now() < deadline => self.replace(&backend)?,
                Err(Trouble::Gone | Trouble::Silent) => {
                    let (dir, pid) = (self.inner.dir.clone(), Some(client.owner_pid()));
                    return Err(StoreError::Silent { dir, pid });
                }
            }
        }
    }

    /// Puts a new backend in the place of `gone`, unless another thread has done so.
    fn replace(&self, gone: &Arc<Backend>) -> Result<()> {
        let mut backend = self.inner.backend.write().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&backend, gone) {
            *backend = Arc::new(Backend::open(&self.inner.dir, self.inner.patience)?);
        }
        Ok(())
    }
}
