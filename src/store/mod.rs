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
mod changes;
mod client;
mod db;
mod elsewhere;
mod error;
mod events;
mod library;
mod lock;
mod migrate;
mod open;
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
mod tables;
#[cfg(test)]
mod tests;
mod together;
mod tracks;
mod wire;

use std::fmt;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
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
use records::{Event, EventKind, TrackId};
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
