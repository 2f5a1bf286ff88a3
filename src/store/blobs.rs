//! `fingerprints.log`: the fingerprints of all tracks, append only, one checksummed record each.
//!
//! A record is a header of 32 bytes, all numbers little-endian, and then the bytes themselves:
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..4 | `EVF1` |
//! | 4..8 | track |
//! | 8..16 | serial: given once, the database says which serial of a track counts |
//! | 16..24 | length of what follows |
//! | 24..28 | CRC-32 of what follows |
//! | 28..32 | CRC-32 of bytes 0..28 |
//!
//! A record is on the disk before the database points at it, so whatever follows the last whole record
//! was never acknowledged and is cut. The database keeps the places too, so that a long log need not be
//! searched; where what it says cannot be (a log that was rewritten just before a crash, a row that a repair
//! made), it is. That makes compaction a single rename.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::{Result, StoreError};
use super::place::{Place, Row, trusted};
use super::records::TrackId;

const MAGIC: [u8; 4] = *b"EVF1";
pub(super) const HEADER: u64 = 32;
/// Less than this is not worth rewriting.
const COMPACT_ABOVE: u64 = 1 << 20;
/// Bytes looked at together when searching the next record behind damage.
const SEARCH_STEP: usize = 64 << 10;

/// Name of the log in a data folder.
#[must_use]
pub fn path_in(dir: &Path) -> PathBuf {
    dir.join("fingerprints.log")
}

/// The log, open for appending. Only the owner of the folder has one.
#[derive(Debug)]
pub struct BlobLog {
    path: PathBuf,
    file: File,
    end: u64,
    next_serial: u64,
    highest_track: TrackId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub track: TrackId,
    pub serial: u64,
    pub len: u64,
    crc: u32,
}

impl Header {
    fn pack(&self) -> [u8; HEADER as usize] {
        let mut packed = [0; HEADER as usize];
        packed[0..4].copy_from_slice(&MAGIC);
        packed[4..8].copy_from_slice(&self.track.0.to_le_bytes());
        packed[8..16].copy_from_slice(&self.serial.to_le_bytes());
        packed[16..24].copy_from_slice(&self.len.to_le_bytes());
        packed[24..28].copy_from_slice(&self.crc.to_le_bytes());
        let crc = crc32fast::hash(&packed[..28]);
        packed[28..32].copy_from_slice(&crc.to_le_bytes());
        packed
    }

    fn unpack(packed: &[u8; HEADER as usize]) -> Option<Self> {
        let u32_at = |at: usize| packed[at..at + 4].try_into().map(u32::from_le_bytes).ok();
        let u64_at = |at: usize| packed[at..at + 8].try_into().map(u64::from_le_bytes).ok();
        if packed[0..4] != MAGIC || u32_at(28)? != crc32fast::hash(&packed[..28]) {
            return None;
        }
        Some(Self {
            track: TrackId(u32_at(4)?),
            serial: u64_at(8)?,
            len: u64_at(16)?,
            crc: u32_at(24)?,
        })
    }
}

impl BlobLog {
    /// Opens or makes the log of `dir`, cuts a torn tail, and finds the records that `rows` name.
    pub fn open(
        dir: &Path,
        rows: &BTreeMap<TrackId, Row>,
    ) -> Result<(Self, BTreeMap<TrackId, Place>)> {
        let path = path_in(dir);
        let fresh = path.with_extension("log.new");
        remove_if_there(&fresh).map_err(|e| trouble("remove", &fresh, e))?;
        let file = open_file(&path, false).map_err(|e| trouble("open", &path, e))?;
        sync_folder(dir).map_err(|e| trouble("open", &path, e))?;

        let unread = |e| trouble("read", &path, e);
        let (found, end, places) = match trusted(rows, &file).map_err(unread)? {
            Some(places) => {
                let from = places.values().map(Place::end).max().unwrap_or(0);
                let (found, end) = scan(&file, from).map_err(unread)?;
                (found, end, places)
            }
            None => {
                let (found, end) = scan(&file, 0).map_err(unread)?;
                let places = live_places(&found, rows);
                (found, end, places)
            }
        };
        let serials = found.iter().map(|(header, _)| header.serial);
        let next_serial =
            serials.chain(rows.values().map(|row| row.serial())).max().map_or(1, |last| last + 1);
        let tracks = found.iter().map(|(header, _)| header.track);
        let highest_track = tracks.chain(places.keys().copied()).max().unwrap_or(TrackId(0));
        let log = Self { path, file, end, next_serial, highest_track };
        log.cut_tail()?;
        Ok((log, places))
    }

    /// Rewrites the file, and the places with it, when more than half of it is dead.
    pub fn tidy(&mut self, places: &mut BTreeMap<TrackId, Place>) -> Result<()> {
        let alive: u64 = places.values().map(Place::size).sum();
        if self.end <= COMPACT_ABOVE || alive >= self.end / 2 {
            return Ok(());
        }
        let fresh = self.path.with_extension("log.new");
        self.compact(&fresh, places).map_err(|e| trouble("rewrite", &self.path, e))
    }

    /// Where the next record will be.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Highest number of a track found in the file when it was opened.
    pub fn highest_track(&self) -> TrackId {
        self.highest_track
    }

    fn cut_tail(&self) -> Result<()> {
        let cut = || -> io::Result<()> {
            let len = self.file.metadata()?.len();
            if len > self.end {
                tracing::warn!("{}: cutting {} torn bytes", self.path.display(), len - self.end);
                self.file.set_len(self.end)?;
                self.file.sync_all()?;
            }
            Ok(())
        };
        cut().map_err(|e| trouble("shorten", &self.path, e))
    }

    /// Copies what is alive to a new file and puts it in the place of the old. A crash leaves
    /// either the old file or the new, each whole.
    fn compact(&mut self, fresh: &Path, places: &mut BTreeMap<TrackId, Place>) -> io::Result<()> {
        let mut new = open_file(fresh, true)?;
        // Who may read it stays the same.
        new.set_permissions(self.file.metadata()?.permissions())?;
        let mut in_order: Vec<&mut Place> = places.values_mut().collect();
        in_order.sort_by_key(|place| place.offset);
        let mut end = 0;
        for place in in_order {
            self.file.seek(SeekFrom::Start(place.offset))?;
            let copied = io::copy(&mut io::Read::take(&self.file, place.size()), &mut new)?;
            if copied != place.size() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            place.offset = end;
            end += copied;
        }
        new.sync_all()?;
        fs::rename(fresh, &self.path)?;
        if let Some(dir) = self.path.parent() {
            sync_folder(dir)?;
        }
        self.file = new;
        self.end = end;
        Ok(())
    }

    /// Appends the fingerprints of `track`, made by `network`; they are on the disk when this returns.
    pub fn append(&mut self, track: TrackId, network: u64, bytes: &[u8]) -> Result<Place> {
        let header = Header {
            track,
            serial: self.next_serial,
            len: bytes.len() as u64,
            crc: crc32fast::hash(bytes),
        };
        let place = Place { serial: header.serial, offset: self.end, len: header.len, network };
        let write = || -> io::Result<()> {
            self.file.write_all_at(&header.pack(), place.offset)?;
            self.file.write_all_at(bytes, place.offset + HEADER)?;
            self.file.sync_data()
        };
        if let Err(error) = write() {
            // What was written in part would be cut at the next opening; cut it now if we can.
            let _ = self.file.set_len(self.end);
            return Err(trouble("write", &self.path, error));
        }
        self.end += place.size();
        self.next_serial += 1;
        Ok(place)
    }
}

/// Reads fingerprints, for owner and clients alike. [`None`] where the file has no whole record of this
/// track and serial at this place: the place is out of date or the record damaged.
pub fn read(log: &File, track: TrackId, place: &Place) -> io::Result<Option<Vec<u8>>> {
    let Some(header) = header_at(log, place.offset, log.metadata()?.len())? else {
        return Ok(None);
    };
    if (header.track, header.serial, header.len) != (track, place.serial, place.len) {
        return Ok(None);
    }
    let Ok(len) = usize::try_from(header.len) else {
        return Ok(None);
    };
    let mut bytes = vec![0; len];
    log.read_exact_at(&mut bytes, place.offset + HEADER)?;
    Ok((crc32fast::hash(&bytes) == header.crc).then_some(bytes))
}

/// Where the records are that `rows` name, for who cannot write; none where there is no log.
pub fn places(dir: &Path, rows: &BTreeMap<TrackId, Row>) -> Result<BTreeMap<TrackId, Place>> {
    Ok(live_places(&found_in(dir)?, rows))
}

/// Track and serial of every whole record, as they lie in the file.
pub fn records(dir: &Path) -> Result<Vec<(TrackId, u64)>> {
    Ok(found_in(dir)?.into_iter().map(|(header, _)| (header.track, header.serial)).collect())
}

fn found_in(dir: &Path) -> Result<Vec<(Header, u64)>> {
    let path = path_in(dir);
    let file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file.map_err(|e| trouble("open", &path, e))?,
    };
    let (found, _) = scan(&file, 0).map_err(|e| trouble("read", &path, e))?;
    Ok(found)
}

fn live_places(found: &[(Header, u64)], rows: &BTreeMap<TrackId, Row>) -> BTreeMap<TrackId, Place> {
    let place = |(header, offset): &(Header, u64)| {
        let row = rows.get(&header.track).filter(|row| row.serial() == header.serial)?;
        let Header { track, serial, len, .. } = *header;
        Some((track, Place { serial, offset: *offset, len, network: row.network() }))
    };
    found.iter().filter_map(place).collect()
}

/// All whole headers from `from` on, where a record begins, with their offsets; and the end of the last
/// record.
fn scan(file: &File, from: u64) -> io::Result<(Vec<(Header, u64)>, u64)> {
    let len = file.metadata()?.len();
    let mut found = Vec::new();
    let (mut at, mut end) = (from, from);
    while at < len {
        if let Some(header) = header_at(file, at, len)? {
            found.push((header, at));
            at += HEADER + header.len;
            end = at;
        } else if let Some(next) = next_header(file, at + 1, len)? {
            tracing::warn!("fingerprints: {} damaged bytes at {at}", next - at);
            at = next;
        } else {
            break;
        }
    }
    Ok((found, end))
}

/// The header at `at`, if it is whole and its record ends within the file.
pub(super) fn header_at(file: &File, at: u64, file_len: u64) -> io::Result<Option<Header>> {
    if at.saturating_add(HEADER) > file_len {
        return Ok(None);
    }
    let mut packed = [0; HEADER as usize];
    file.read_exact_at(&mut packed, at)?;
    Ok(Header::unpack(&packed)
        .filter(|header| (at + HEADER).saturating_add(header.len) <= file_len))
}

/// Where the next whole record starts, from `from` on.
fn next_header(file: &File, from: u64, file_len: u64) -> io::Result<Option<u64>> {
    let mut at = from;
    let mut buffer = vec![0; SEARCH_STEP];
    while at + HEADER <= file_len {
        let here = usize::try_from(file_len - at).unwrap_or(usize::MAX).min(SEARCH_STEP);
        file.read_exact_at(&mut buffer[..here], at)?;
        for (i, four) in buffer[..here].windows(MAGIC.len()).enumerate() {
            if four == MAGIC && header_at(file, at + i as u64, file_len)?.is_some() {
                return Ok(Some(at + i as u64));
            }
        }
        // The magic may lie across the border of two steps.
        at += (here - (MAGIC.len() - 1)) as u64;
    }
    Ok(None)
}

fn open_file(path: &Path, fresh: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(fresh).mode(0o600).open(path)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn trouble(doing: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Fingerprints { doing, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
