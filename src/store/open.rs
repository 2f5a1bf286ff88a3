//! Opening a database, and putting another in its place.

use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::backup;

/// Page cache of the database; the default would be 1 GB.
const CACHE_BYTES: u64 = 32 << 20;
/// How often what nobody waits for is written; everything acknowledged is flushed at once.
const FLUSH_MS: u64 = 1000;
/// A database that was just closed may stay locked for a moment.
const UNLOCK_WAIT: Duration = Duration::from_secs(3);

/// Where a repair makes the new database.
pub(super) fn rebuilt_path(dir: &Path) -> PathBuf {
    dir.join("db.rebuilt")
}

/// Puts a database that a repair made in the place of the old one, once that was set aside, or a store that
/// was restored.
pub(super) fn finish_swap(dir: &Path) -> io::Result<()> {
    backup::finish_restore(dir)?;
    let (db, rebuilt) = (dir.join("db"), rebuilt_path(dir));
    if !db.exists() && rebuilt.exists() {
        fs::rename(rebuilt, db)?;
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// Opens a database; one so damaged that sled cannot even say so is an error too.
pub(super) fn open_sled(path: &Path) -> sled::Result<sled::Db> {
    let config =
        sled::Config::new().path(path).cache_capacity(CACHE_BYTES).flush_every_ms(Some(FLUSH_MS));
    let started = Instant::now();
    loop {
        let opened = catch_unwind(AssertUnwindSafe(|| config.open())).unwrap_or_else(|_| {
            Err(sled::Error::Unsupported("it is damaged beyond reading".to_owned()))
        });
        match opened {
            // We hold the folder's own lock, so a database that is locked is one just being closed.
            Err(sled::Error::Io(_)) if started.elapsed() < UNLOCK_WAIT => {
                thread::sleep(Duration::from_millis(20));
            }
            outcome => return outcome,
        }
    }
}
