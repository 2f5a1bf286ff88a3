//! Puts a restored store in the place of the old one. Everything lies ready in a folder inside the data
//! folder, which may be a mount of its own; from the moment that folder has its second name, the change
//! is made, however often it is interrupted: whoever opens the data folder next goes on.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::super::blobs;
use super::is_other_file;

/// Where a store is made ready.
const STAGING: &str = "restore.new";
/// It is ready: the old one is set aside.
const READY: &str = "restore.ready";
/// The old one is set aside: it is moved to its place.
const CLEARED: &str = "restore.cleared";
/// Start of the name of the folder where the old one is kept.
const ASIDE: &str = "replaced-";

/// Makes an empty folder for the store that is made ready.
pub fn stage(dir: &Path) -> io::Result<PathBuf> {
    let staging = dir.join(STAGING);
    remove(&staging)?;
    DirBuilder::new().mode(0o700).create(&staging)?;
    Ok(staging)
}

/// Forgets what was made ready so far.
pub fn abandon(dir: &Path) {
    // A database that was just closed may write a last file.
    for last in [false, false, true] {
        match remove(&dir.join(STAGING)) {
            Ok(()) => return,
            Err(error) if last => tracing::warn!("{}: {error}", dir.join(STAGING).display()),
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// The store in the staging folder is whole: from here on it is the one that counts. Gives where the old
/// one is kept, where there was one.
pub fn commit(dir: &Path) -> io::Result<Option<PathBuf>> {
    fs::rename(dir.join(STAGING), dir.join(READY))?;
    sync(dir)?;
    finish(dir)
}

/// Goes on with a change that was interrupted; removes what was never ready. Needs the folder's lock.
pub fn finish(dir: &Path) -> io::Result<Option<PathBuf>> {
    let (ready, cleared) = (dir.join(READY), dir.join(CLEARED));
    remove(&dir.join(STAGING))?;
    let mut aside = None;
    if ready.exists() {
        aside = set_aside(dir)?;
        fs::rename(&ready, &cleared)?;
        sync(dir)?;
    }
    if cleared.exists() {
        for entry in fs::read_dir(&cleared)? {
            let name = entry?.file_name();
            fs::rename(cleared.join(&name), dir.join(&name))?;
        }
        sync(dir)?;
        fs::remove_dir(&cleared)?;
    }
    Ok(aside)
}

/// What a store consists of, of the things in a data folder.
pub fn parts(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = if entry.file_type()?.is_dir() {
            name == "db" || name.starts_with("db.")
        } else {
            entry.path() == blobs::path_in(dir)
                || is_other_file(&name)
                || name.ends_with(".snapshot")
                || name.starts_with("cells.")
        };
        if ours {
            parts.push(entry.path());
        }
    }
    Ok(parts)
}

fn set_aside(dir: &Path) -> io::Result<Option<PathBuf>> {
    let parts = parts(dir)?;
    if parts.is_empty() {
        return Ok(None);
    }
    let second = Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
    let mut aside = dir.join(format!("{ASIDE}{second}"));
    let mut n = 1;
    while aside.exists() {
        aside = dir.join(format!("{ASIDE}{second}-{n}"));
        n += 1;
    }
    DirBuilder::new().mode(0o700).create(&aside)?;
    for part in parts {
        if let Some(name) = part.file_name() {
            fs::rename(&part, aside.join(name))?;
        }
    }
    sync(&aside)?;
    Ok(Some(aside))
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
