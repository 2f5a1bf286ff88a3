//! Brings back what a bad disk took: the database is built anew from what is still readable of the
//! old one and from the snapshots. Nothing is worked on but copies, and what is replaced is set aside
//! in a folder of its own.

mod build;
mod merge;
mod salvage;

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::{Result, StoreError};
use super::lock::{OwnerLock, announcement};
use super::open;
use super::people::People;
use super::snapshot::{self, Events, Library, Part, Trouble};
use build::build;
use merge::{Snapshots, merge};
use salvage::Salvaged;

/// Says that records are lost, from when that is noticed until it is repaired.
const LOSS: &str = "records.lost";

/// What a repair found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// What was wrong with the database; nothing where it could be left as it is.
    pub wrong: Vec<String>,
    /// Snapshots that were damaged.
    pub bad_snapshots: Vec<PathBuf>,
    /// Tracks brought back.
    pub tracks: usize,
    /// Events brought back.
    pub events: usize,
    /// Fingerprints whose track is not known any more: their folders must be indexed again.
    pub nameless: usize,
    /// Where what was replaced is.
    pub aside: Option<PathBuf>,
}

/// Whether records are known to be lost and not yet brought back.
#[must_use]
pub fn is_lossy(dir: &Path) -> bool {
    dir.join(LOSS).exists()
}

/// The snapshots that are damaged, and how.
#[must_use]
pub fn bad_snapshots(dir: &Path) -> Vec<(PathBuf, String)> {
    let bad = |part: Part| {
        let path = part.path_in(dir);
        let trouble = match part {
            Part::Library => snapshot::read::<Library>(&path).err(),
            Part::Events => snapshot::read::<Events>(&path).err(),
            Part::People => snapshot::read::<People>(&path).err(),
        };
        match trouble {
            Some(Trouble::Damaged(detail)) => Some((path, detail)),
            Some(Trouble::Io(error)) => Some((path, error.to_string())),
            _ => None,
        }
    };
    Part::ALL.into_iter().filter_map(bad).collect()
}

/// Notes that the database has less than it had.
pub(in super::super) fn note_loss(dir: &Path) {
    if let Err(error) = File::create(dir.join(LOSS)) {
        tracing::error!("{}: {error}", dir.join(LOSS).display());
    }
}

/// Repairs the database and the snapshots of a data folder that nobody uses. A database that is whole is
/// left as it is. Fingerprints are not looked at: the store says which are damaged once it is open.
///
/// # Errors
/// Another process has the folder; a later program made the store; the disk fails.
pub fn repair(dir: &Path) -> Result<Repaired> {
    let folder = |source| StoreError::Folder { dir: dir.to_owned(), source };
    let Some(lock) = OwnerLock::try_take(dir).map_err(folder)? else {
        let pid = announcement(dir).map(|owner| owner.pid);
        return Err(StoreError::Held { dir: dir.to_owned(), pid });
    };
    open::finish_swap(dir).map_err(folder)?;
    let mut done = Repaired::default();
    let mut aside = Aside { dir: dir.to_owned(), made: None };

    let mut old = Salvaged::read(dir, &mut done.wrong)?;
    let snapshots = Snapshots::read(dir, &mut done.bad_snapshots)?;
    let whole = merge(&mut old, &snapshots, dir, &mut done)?;
    if !done.wrong.is_empty() {
        build(dir, &whole)?;
        swap(dir, &mut aside).map_err(folder)?;
    }
    for path in &done.bad_snapshots {
        aside.take(path).map_err(folder)?;
    }
    for part in Part::ALL {
        aside.take(&part.kept_in(dir)).map_err(folder)?;
    }
    remove_if_there(&dir.join(LOSS)).map_err(folder)?;
    done.aside = aside.made;
    drop(lock);
    Ok(done)
}

/// Puts the new database in the place of the old. A crash in between is made good at the next
/// opening.
fn swap(dir: &Path, aside: &mut Aside) -> io::Result<()> {
    aside.take(&dir.join("db"))?;
    open::finish_swap(dir)
}

/// A folder for what was replaced, made when something is.
struct Aside {
    dir: PathBuf,
    made: Option<PathBuf>,
}

impl Aside {
    fn take(&mut self, path: &Path) -> io::Result<()> {
        let Some(name) = path.file_name().filter(|_| path.exists()) else { return Ok(()) };
        let folder = match &self.made {
            Some(folder) => folder,
            None => {
                let second = Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
                let free = (0..100)
                    .map(|n| {
                        self.dir.join(match n {
                            0 => format!("damaged-{second}"),
                            n => format!("damaged-{second}-{n}"),
                        })
                    })
                    .find(|folder| !folder.exists())
                    .ok_or(ErrorKind::AlreadyExists)?;
                DirBuilder::new().mode(0o700).create(&free)?;
                self.made.insert(free)
            }
        };
        fs::rename(path, folder.join(name))?;
        File::open(&self.dir)?.sync_all()
    }
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
