//! Makes a backup: tables page by page from the owner, fingerprints from their file.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::atomic::Ordering;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::Serialize;

use super::super::error::StoreError;
use super::super::wire::{Reply, Request};
use super::super::{Store, blobs};
use super::follow::{Answer, Ask};
use super::is_other_file;
use super::{
    ABOUT, About, BackupError, CHANGES, FILES, FORMAT, LOG, MEMBERS, Member, TABLES, Watch,
};

/// Nobody but the user may read what is taken out by hand.
const MODE: u32 = 0o600;

/// What a backup has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// Rows of all tables.
    pub records: u64,
    /// Bytes of fingerprints.
    pub fingerprint_bytes: u64,
}

/// Writes a backup of the store, which may be in use by this and other processes.
///
/// # Errors
/// It cannot be written, the store cannot be read, its owner ended meanwhile, or it was stopped. What was
/// written so far is of no use then.
pub fn backup(store: &Store, to: &mut dyn Write, watch: &Watch<'_>) -> Result<Saved, BackupError> {
    let (backup, mut tables, total) = match ask(store, Ask::Begin)? {
        Answer::Begun { backup, tables, bytes } => (backup, tables, bytes),
        other => return Err(nonsense(store, &other)),
    };
    tables.sort();
    let mut archive = Archive::new(to, total, watch);
    let program = format!("echovibe {}", env!("CARGO_PKG_VERSION"));
    let about = About { format: FORMAT, created: Timestamp::now(), program };
    archive.member(ABOUT, &json(&about)?)?;

    let mut records = 0;
    for table in &tables {
        records += copy_table(store, backup, table, &mut archive)?;
    }
    let (changes, log_end) = match ask(store, Ask::End { backup })? {
        Answer::Ended { changes, log_end } => (changes, log_end),
        other => return Err(nonsense(store, &other)),
    };
    archive.member(CHANGES, &packed(&changes)?)?;
    let log = blobs::path_in(store.dir());
    let file = File::open(&log).map_err(|e| unreadable(&log, e))?;
    archive.stream(LOG, file, log_end, &log)?;
    copy_files(store.dir(), &mut archive)?;
    archive.finish()?;
    Ok(Saved { records, fingerprint_bytes: log_end })
}

/// Copies a table in pages; gives the number of its rows.
fn copy_table(
    store: &Store,
    backup: u64,
    table: &str,
    archive: &mut Archive<'_>,
) -> Result<u64, BackupError> {
    let (mut after, mut records) = (None, 0);
    for page in 0.. {
        archive.watch.check()?;
        let asked = Ask::Rows { backup, table: table.to_owned(), after };
        let rows = match ask(store, asked)? {
            Answer::Rows(rows) => rows,
            other => return Err(nonsense(store, &other)),
        };
        after = rows.last().map(|(key, _)| key.clone());
        if after.is_none() {
            break;
        }
        records += rows.len() as u64;
        archive.member(&format!("{TABLES}{table}/{page:08}"), &packed(&rows)?)?;
    }
    Ok(records)
}

/// Copies the other files of the folder. One that goes away meanwhile was not worth keeping.
fn copy_files(dir: &Path, archive: &mut Archive<'_>) -> Result<(), BackupError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(|e| unreadable(dir, e))? {
        let entry = entry.map_err(|e| unreadable(dir, e))?;
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        match entry.file_name().into_string() {
            Ok(name) if is_file && is_other_file(&name) => names.push(name),
            _ => {}
        }
    }
    names.sort();
    for name in names {
        let path = dir.join(&name);
        match fs::read(&path) {
            Ok(content) => archive.member(&format!("{FILES}{name}"), &content)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&path, error)),
        }
    }
    Ok(())
}

fn ask(store: &Store, ask: Ask) -> Result<Answer, BackupError> {
    match store.ask(Request::Backup(ask))? {
        Reply::Backup(answer) => Ok(answer),
        other => Err(store.nonsense(&other).into()),
    }
}

fn nonsense(store: &Store, answer: &Answer) -> BackupError {
    store.nonsense(&Reply::Backup(answer.clone())).into()
}

/// The archive while it is written.
struct Archive<'a> {
    tar: tar::Builder<GzEncoder<&'a mut dyn Write>>,
    members: Vec<Member>,
    done: u64,
    total: u64,
    watch: &'a Watch<'a>,
}

impl<'a> Archive<'a> {
    fn new(to: &'a mut dyn Write, total: u64, watch: &'a Watch<'a>) -> Self {
        // Fingerprints hardly get smaller: more effort only takes longer.
        let tar = tar::Builder::new(GzEncoder::new(to, Compression::fast()));
        Self { tar, members: Vec::new(), done: 0, total, watch }
    }

    fn member(&mut self, name: &str, content: &[u8]) -> Result<(), BackupError> {
        self.watch.check()?;
        self.append(name, content, content.len() as u64).map_err(BackupError::Write)
    }

    /// The first `size` bytes of a file.
    fn stream(
        &mut self,
        name: &str,
        file: File,
        size: u64,
        path: &Path,
    ) -> Result<(), BackupError> {
        let stop = self.watch.stop;
        self.append(name, file, size).map_err(|error| {
            if stop.load(Ordering::Relaxed) {
                BackupError::Stopped
            } else if error.kind() == ErrorKind::UnexpectedEof {
                unreadable(path, error)
            } else {
                BackupError::Write(error)
            }
        })
    }

    fn append(&mut self, name: &str, from: impl Read, size: u64) -> io::Result<()> {
        let mut header = header(size);
        let mut counted = Counted {
            from: from.take(size),
            hash: blake3::Hasher::new(),
            read: 0,
            before: self.done,
            total: self.total,
            watch: self.watch,
        };
        self.tar.append_data(&mut header, name, &mut counted)?;
        if counted.read != size {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let blake3 = counted.hash.finalize().to_hex().to_string();
        self.done += size;
        self.members.push(Member { name: name.to_owned(), size, blake3 });
        Ok(())
    }

    fn finish(mut self) -> Result<(), BackupError> {
        let members = json(&self.members)?;
        let mut end = || -> io::Result<()> {
            let mut header = header(members.len() as u64);
            self.tar.append_data(&mut header, MEMBERS, members.as_slice())
        };
        end().map_err(BackupError::Write)?;
        let finished = self.tar.into_inner().and_then(GzEncoder::finish);
        finished.and_then(|to| to.flush()).map_err(BackupError::Write)
    }
}

fn header(size: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_size(size);
    header.set_mode(MODE);
    header.set_mtime(u64::try_from(Timestamp::now().as_second()).unwrap_or(0));
    header
}

/// Counts, sums and stops what is read.
struct Counted<'a, R> {
    from: io::Take<R>,
    hash: blake3::Hasher,
    read: u64,
    before: u64,
    total: u64,
    watch: &'a Watch<'a>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.watch.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("stopped"));
        }
        let count = self.from.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.read += count as u64;
        let done = self.before + self.read;
        (self.watch.progress)(done, self.total.max(done));
        Ok(count)
    }
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, BackupError> {
    serde_json::to_vec(value).map_err(|e| BackupError::Write(e.into()))
}

fn packed<T: Serialize>(value: &T) -> Result<Vec<u8>, BackupError> {
    rmp_serde::to_vec(value).map_err(|e| {
        let (what, detail) = ("backup".to_owned(), e.to_string());
        StoreError::Record { what, detail }.into()
    })
}

fn unreadable(path: &Path, source: io::Error) -> BackupError {
    BackupError::Folder { doing: "read", path: path.to_owned(), source }
}
