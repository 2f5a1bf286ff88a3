//! Owner, client or reader: which of them this process is for a data folder, decided by the lock.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::client::{Client, Trouble};
use super::elsewhere::Elsewhere;
use super::error::{Result, StoreError};
use super::lock::{OwnerLock, announcement};
use super::owner::Owner;
use super::postgres::Postgres;
use super::reader::{Reader, is_read_only};

/// First pause between two attempts; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// What this process is for the folder.
#[derive(Debug)]
pub enum Backend {
    /// It has the database.
    Owner(Box<Owner>),
    /// It asks the process that has it.
    Client(Client),
    /// It can only read, and nobody answers.
    Reader(Box<Reader>),
    /// It is in a database that several processes share.
    Database(Box<Postgres>),
    /// The library is not in a folder of this machine.
    Elsewhere(Arc<dyn Elsewhere>),
}

impl Backend {
    /// Becomes the owner, or a client of the owner. While an owner starts or ends, tries again for
    /// `patience`.
    pub fn open(dir: &Path, patience: Duration) -> Result<Self> {
        let deadline = Instant::now() + patience;
        let mut pause = FIRST_PAUSE;
        loop {
            let folder = |source| StoreError::Folder { dir: dir.to_owned(), source };
            match OwnerLock::try_take(dir) {
                Ok(Some(lock)) => {
                    return match Owner::start(dir, lock) {
                        Ok(owner) => Ok(Self::Owner(Box::new(owner))),
                        Err(error) => Self::read(dir, patience, read_only_cause(error)?),
                    };
                }
                Ok(None) => {}
                Err(error) if is_read_only(&error) => return Self::read(dir, patience, error),
                Err(error) => return Err(folder(error)),
            }
            let owner = announcement(dir);
            let pid = owner.as_ref().map(|owner| owner.pid);
            match owner.map(|owner| Client::connect(dir, owner, patience)) {
                Some(Ok(client)) => return Ok(Self::Client(client)),
                Some(Err(Trouble::Final(error))) => return Err(error),
                Some(Err(Trouble::Silent)) => {
                    return Err(StoreError::Silent { dir: dir.to_owned(), pid });
                }
                Some(Err(Trouble::Gone)) | None => {}
            }
            if Instant::now() >= deadline {
                return Err(StoreError::Silent { dir: dir.to_owned(), pid });
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks the owner, where there is one that lets us; else reads what it left.
    fn read(dir: &Path, patience: Duration, why: io::Error) -> Result<Self> {
        let owner = announcement(dir).map(|owner| Client::connect(dir, owner, patience));
        match owner {
            Some(Ok(client)) => Ok(Self::Client(client)),
            _ => Reader::open(dir, why).map(|reader| Self::Reader(Box::new(reader))),
        }
    }
}

/// That files could not be written, as opposed to all else that keeps an owner from starting.
fn read_only_cause(error: StoreError) -> Result<io::Error> {
    match error {
        StoreError::Folder { source, .. } | StoreError::Fingerprints { source, .. }
            if is_read_only(&source) =>
        {
            Ok(source)
        }
        StoreError::Database { source: sled::Error::Io(source), .. } if is_read_only(&source) => {
            Ok(source)
        }
        error => Err(error),
    }
}
