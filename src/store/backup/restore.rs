//! Puts a backup back: all of it is read, checked and opened beside the old store before anything of that
//! is touched.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::db::Db;
use super::super::error::StoreError;
use super::super::lock::{OwnerLock, announcement};
use super::super::open;
use super::super::{blobs, repair};
use super::follow::{Change, Raw};
use super::{
    ABOUT, About, BackupError, CHANGES, FILES, FORMAT, LOG, MEMBERS, Member, TABLES, Watch,
    is_other_file, swap,
};

/// A member that is read as a whole is never larger.
const LARGEST: u64 = 1 << 30;

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// When the backup was made.
    pub created: Timestamp,
    /// Tracks of the library.
    pub tracks: usize,
    /// Events of the history.
    pub events: usize,
    /// Where the store that was there before is.
    pub aside: Option<PathBuf>,
}

/// Puts a backup into the data folder `dir`, which nobody may be using. A store that is there is set aside
/// within the folder where `force` allows it.
///
/// # Errors
/// The backup is damaged, cut short or something else; the folder holds a store and `force` does not allow
/// to set it aside; it is in use; the disk fails; it was stopped. The store that was there is then as it was.
pub fn restore(
    from: &mut dyn Read,
    dir: &Path,
    force: bool,
    watch: &Watch<'_>,
) -> Result<Restored, BackupError> {
    let folder = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Folder { doing, path, source }
    };
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(folder("make", dir))?;
    let dir = dir.canonicalize().map_err(folder("use", dir))?;
    let Some(lock) = OwnerLock::try_take(&dir).map_err(folder("use", &dir))? else {
        let pid = announcement(&dir).map(|owner| owner.pid);
        return Err(BackupError::Held { dir, pid });
    };
    open::finish_swap(&dir).map_err(folder("use", &dir))?;
    if !force && holds_something(&dir) {
        return Err(BackupError::NotEmpty(dir));
    }
    let staging = swap::stage(&dir).map_err(folder("write", &dir))?;
    let staged = stage(from, &staging, watch);
    let (about, tracks, events) = match staged {
        Ok(staged) => staged,
        Err(error) => {
            swap::abandon(&dir);
            return Err(error);
        }
    };
    let aside = swap::commit(&dir).map_err(folder("write", &dir))?;
    drop(lock);
    Ok(Restored { created: about.created, tracks, events, aside })
}

/// Whether there is a store with anything in it.
fn holds_something(dir: &Path) -> bool {
    let path = dir.join("db");
    if !path.exists() {
        return blobs::path_in(dir).exists();
    }
    // What cannot be read may be worth something.
    open::open_sled(&path).map_or(true, |db| {
        let empty = |name: &sled::IVec| {
            name[..] == *b"meta" || db.open_tree(name).is_ok_and(|tree| tree.is_empty())
        };
        !db.tree_names().iter().all(empty)
    })
}

/// Makes the store in the staging folder, checks it, and counts its tracks and events.
fn stage(
    from: &mut dyn Read,
    staging: &Path,
    watch: &Watch<'_>,
) -> Result<(About, usize, usize), BackupError> {
    let about = unpack(from, staging, watch)?;
    let store = Db::open(staging)?;
    let lossy = repair::is_lossy(staging);
    let tracks = store.tracks(super::super::records::TrackId(0), usize::MAX)?.len();
    let events = store.events(0, usize::MAX)?.len();
    store.flush()?;
    drop(store);
    if lossy {
        tracing::warn!("the backup is of a store that had lost records: echovibe doctor --repair");
    }
    File::open(staging).and_then(|folder| folder.sync_all()).map_err(|source| {
        BackupError::Folder { doing: "write", path: staging.to_owned(), source }
    })?;
    watch.check()?;
    Ok((about, tracks, events))
}

/// Unpacks all members and compares them with the list at the end.
fn unpack(from: &mut dyn Read, staging: &Path, watch: &Watch<'_>) -> Result<About, BackupError> {
    let stopped = |error: io::Error| match watch.stop.load(Ordering::Relaxed) {
        true => BackupError::Stopped,
        false => BackupError::Damaged(error.to_string()),
    };
    let from = Stoppable { from, stop: watch.stop };
    let mut tar = tar::Archive::new(GzDecoder::new(from));
    let mut target = Target::new(staging)?;
    let mut about: Option<About> = None;
    let (mut found, mut listed): (Vec<Member>, Option<Vec<Member>>) = (Vec::new(), None);
    let entries = tar.entries().map_err(stopped)?;
    for entry in entries {
        watch.check()?;
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if about.is_none() => return Err(foreign(watch, &error)),
            Err(error) => return Err(stopped(error)),
        };
        let name = entry.path().ok().and_then(|path| path.to_str().map(str::to_owned));
        let name = name.ok_or_else(|| BackupError::Damaged("a name is not text".to_owned()))?;
        let size = entry.size();
        let mut content = Summed { from: entry, hash: blake3::Hasher::new() };
        if about.is_none() {
            about = Some(read_about(&name, &mut content)?);
        } else if name == MEMBERS {
            listed = Some(json(&whole(&mut content, size).map_err(stopped)?)?);
            break;
        } else {
            target.take(&name, &mut content, size, &stopped)?;
        }
        let blake3 = content.hash.finalize().to_hex().to_string();
        found.push(Member { name, size, blake3 });
    }
    let about = about.ok_or_else(|| BackupError::Foreign("it is empty".to_owned()))?;
    // To the end: gzip's own checksum is over everything, the spaces between the members too.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(stopped)?;
    let listed = listed.ok_or_else(|| BackupError::Damaged("it is cut short".to_owned()))?;
    if let Some((found, _)) = found.iter().zip(&listed).find(|(found, listed)| found != listed) {
        return Err(BackupError::Damaged(format!("{} is not as it was written", found.name)));
    }
    if found.len() != listed.len() || !target.complete {
        return Err(BackupError::Damaged("parts of it are missing".to_owned()));
    }
    target.finish()?;
    Ok(about)
}

fn read_about(name: &str, content: &mut impl Read) -> Result<About, BackupError> {
    if name != ABOUT {
        return Err(BackupError::Foreign(format!("it begins with {name}")));
    }
    let read = whole(content, 1 << 16);
    let about: About =
        read.map_err(|e| BackupError::Damaged(e.to_string())).and_then(|b| json(&b))?;
    if about.format > FORMAT {
        return Err(BackupError::Newer { found: about.format });
    }
    Ok(about)
}

fn foreign(watch: &Watch<'_>, error: &io::Error) -> BackupError {
    match watch.stop.load(Ordering::Relaxed) {
        true => BackupError::Stopped,
        false => BackupError::Foreign(error.to_string()),
    }
}

/// The store that is made.
struct Target<'a> {
    dir: &'a Path,
    db: sled::Db,
    /// Whether the changes and the fingerprints were there.
    complete: bool,
}

impl<'a> Target<'a> {
    fn new(dir: &'a Path) -> Result<Self, BackupError> {
        let db = open::open_sled(&dir.join("db"))
            .map_err(|source| StoreError::Database { dir: dir.to_owned(), source })?;
        Ok(Self { dir, db, complete: false })
    }

    fn take(
        &mut self,
        name: &str,
        content: &mut impl Read,
        size: u64,
        stopped: &dyn Fn(io::Error) -> BackupError,
    ) -> Result<(), BackupError> {
        if let Some(page) = name.strip_prefix(TABLES) {
            let table = page.rsplit_once('/').map_or(page, |(table, _)| table);
            let rows: Vec<(Raw, Raw)> = packed(&whole(content, size).map_err(stopped)?)?;
            let mut batch = sled::Batch::default();
            for (key, value) in rows {
                batch.insert(key.0, value.0);
            }
            return self.apply(table, batch);
        }
        if name == CHANGES {
            let changes: Vec<Change> = packed(&whole(content, size).map_err(stopped)?)?;
            for Change { table, key, value } in changes {
                let mut batch = sled::Batch::default();
                match value {
                    Some(value) => batch.insert(key.0, value.0),
                    None => batch.remove(key.0),
                }
                self.apply(&table, batch)?;
            }
            return Ok(());
        }
        if name == LOG {
            self.complete = true;
            return self.write(&blobs::path_in(self.dir), content, stopped);
        }
        match name.strip_prefix(FILES) {
            Some(file) if !file.contains('/') && is_other_file(file) => {
                self.write(&self.dir.join(file), content, stopped)
            }
            _ => Err(BackupError::Damaged(format!("{name} does not belong into it"))),
        }
    }

    fn apply(&self, table: &str, batch: sled::Batch) -> Result<(), BackupError> {
        let apply = || self.db.open_tree(table)?.apply_batch(batch);
        apply().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: sled::Error) -> BackupError {
        StoreError::Database { dir: self.dir.to_owned(), source }.into()
    }

    fn write(
        &self,
        path: &Path,
        content: &mut impl Read,
        stopped: &dyn Fn(io::Error) -> BackupError,
    ) -> Result<(), BackupError> {
        let unwritten =
            |source| BackupError::Folder { doing: "write", path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(path);
        let file = file.as_mut().map_err(|e| unwritten(io::Error::new(e.kind(), e.to_string())))?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match content.read(&mut buffer).map_err(stopped)? {
                0 => break,
                count => file.write_all(&buffer[..count]).map_err(unwritten)?,
            }
        }
        file.sync_all().map_err(unwritten)
    }

    fn finish(self) -> Result<(), BackupError> {
        self.db.flush().map(|_| ()).map_err(|source| self.failed(source))
    }
}

fn whole(content: &mut impl Read, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    content.take(size.min(LARGEST)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BackupError> {
    serde_json::from_slice(bytes).map_err(|e| BackupError::Damaged(e.to_string()))
}

fn packed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BackupError> {
    rmp_serde::from_slice(bytes).map_err(|e| BackupError::Damaged(e.to_string()))
}

/// Sums what is read.
struct Summed<R> {
    from: R,
    hash: blake3::Hasher,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

/// Ends when it is told to.
struct Stoppable<'a> {
    from: &'a mut dyn Read,
    stop: &'a AtomicBool,
}

impl Read for Stoppable<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("stopped"));
        }
        self.from.read(buffer)
    }
}
