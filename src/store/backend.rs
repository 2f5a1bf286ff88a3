//! Owner or client: which of the two this process is for a data folder, decided by the lock.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::client::{Client, Trouble};
use super::error::{Result, StoreError};
use super::lock::{OwnerLock, announcement};
use super::owner::Owner;

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
}

impl Backend {
    /// Becomes the owner, or a client of the owner. While an owner starts or ends, tries again for
    /// `patience`.
    pub fn open(dir: &Path, patience: Duration) -> Result<Self> {
        let deadline = Instant::now() + patience;
        let mut pause = FIRST_PAUSE;
        loop {
            let folder = |source| StoreError::Folder { dir: dir.to_owned(), source };
            if let Some(lock) = OwnerLock::try_take(dir).map_err(folder)? {
                return Owner::start(dir, lock).map(|owner| Self::Owner(Box::new(owner)));
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
}
