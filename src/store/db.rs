//! The database of the owner: trees, and changes that happen together or not at all.
//!
//! | tree | key | value |
//! | --- | --- | --- |
//! | `meta` | `version`, `generation`, `next_track` | see [`super::migrate`]; numbers |
//! | `tracks` | track | [`Track`](super::records::Track) |
//! | `paths` | path | track |
//! | `contents` | BLAKE3, track | nothing |
//! | `gone` | BLAKE3 | the number a removed track had, should its file come back |
//! | `blobs` | track | where in `fingerprints.log`: see [`Row`] |
//! | `failures` | path | [`Failure`](super::records::Failure) |
//! | `events` | seq | [`Event`](super::records::Event) |
//! | `nonces` | nonce | seq |
//!
//! and those of [`super::people`].
//!
//! Numbers are big-endian, so that keys sort as numbers do.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use rayon::prelude::*;
use serde::de::DeserializeOwned;
use sled::transaction::{TransactionError, Transactional};

use super::backup::Journals;
use super::blobs::BlobLog;
use super::changes::Changes;
use super::error::{Result, StoreError};
use super::migrate;
use super::open::{finish_swap, open_sled};
use super::place::{Place, Row, network_mark};
use super::records::TrackId;
use super::repair;
use super::snapshot::{Part, Unsaved};
use super::tables::{GENERATION, NEXT_TRACK, PEOPLE, TABLES, Table, number, track_id, unpack};

/// Rows of the table of places that are written, and that are read, at once.
const ROWS_TOGETHER: usize = 1000;
const ROWS_AT_ONCE: u64 = 8192;

/// The open database. One process has it at a time.
#[derive(Debug)]
pub struct Db {
    dir: PathBuf,
    sled: sled::Db,
    /// As [`Table`] numbers them.
    tables: Vec<sled::Tree>,
    generation: AtomicU64,
    places: RwLock<BTreeMap<TrackId, Place>>,
    unsaved: Unsaved,
    journals: Journals,
    writer: Mutex<Writer>,
}

/// What only one thread at a time may use.
#[derive(Debug)]
pub(super) struct Writer {
    pub log: BlobLog,
    pub next_track: u32,
    pub next_seq: u64,
}

impl Db {
    /// Opens or makes the database in `dir`, brings it up to this program's version, and finds the
    /// fingerprints. A track whose fingerprints are lost is marked for enrolling anew.
    pub fn open(dir: &Path) -> Result<Self> {
        finish_swap(dir).map_err(|source| StoreError::Folder { dir: dir.to_owned(), source })?;
        let sled = open_sled(&dir.join("db")).map_err(|e| failed(dir, e))?;
        migrate::bring_up(dir, &sled, &migrate::PLAN)?;
        let tables: Vec<sled::Tree> = TABLES
            .iter()
            .map(|name| sled.open_tree(name))
            .collect::<sled::Result<_>>()
            .map_err(|e| failed(dir, e))?;

        let rows = placed(dir, &tables[Table::Blobs as usize])?;
        let (mut log, mut places) = BlobLog::open(dir, &rows)?;

        let meta = &tables[Table::Meta as usize];
        let counter = |key| match meta.get(key) {
            Ok(Some(value)) => number(&value).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(failed(dir, error)),
        };
        let generation = counter(GENERATION)?.unwrap_or(0);
        let next_track = counter(NEXT_TRACK)?.unwrap_or(1) as u32;
        // sled cuts its log where the disk damaged it; the numbers given since are not given again.
        // One enrolment may have been under way, more is a loss.
        let highest = log.highest_track();
        let kept_next = next_track;
        let next_track = next_track.max(highest.0.saturating_add(1));
        let last = tables[Table::Events as usize].last().map_err(|e| failed(dir, e))?;
        let next_seq = last.map_or(Ok(0), |(seq, _)| number(&seq))? + 1;

        let people = counter(PEOPLE)?.unwrap_or(0);
        let marks = [generation, next_seq - 1, people];
        let (unsaved, behind) = Unsaved::compare(dir, marks);
        if behind || highest.0 > kept_next {
            tracing::warn!("{}: the database lost records: echovibe doctor", dir.display());
            repair::note_loss(dir);
        }
        // What seems dead may belong to records that a repair brings back.
        if !repair::is_lossy(dir) {
            log.tidy(&mut places)?;
        }

        let lost: Vec<TrackId> =
            rows.keys().copied().filter(|track| !places.contains_key(track)).collect();
        for track in &lost {
            places.insert(*track, Place::lost(rows[track].serial()));
        }
        let db = Self {
            dir: dir.to_owned(),
            sled,
            tables,
            generation: AtomicU64::new(generation),
            places: RwLock::new(places),
            unsaved,
            journals: Journals::default(),
            writer: Mutex::new(Writer { log, next_track, next_seq }),
        };
        if next_track > kept_next {
            // Said now, lest a number that was never acknowledged look like a loss next time.
            let mut changes = Changes::default();
            changes.next_track(next_track);
            db.commit(&changes)?;
        }
        for track in lost {
            tracing::warn!("{}: the fingerprints of track {track} are lost", dir.display());
            db.distrust(track)?;
        }
        db.keep_places(&rows)?;
        Ok(db)
    }

    /// Brings the rows up to date with the places that were found.
    fn keep_places(&self, rows: &BTreeMap<TrackId, Row>) -> Result<()> {
        let mut found = Vec::new();
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        let moved = |(id, place): &(&TrackId, &mut Place)| {
            !place.is_lost() && rows.get(id) != Some(&Row::Placed(**place))
        };
        for (id, place) in places.iter_mut().filter(moved) {
            if matches!(rows.get(id), Some(Row::Serial(_)))
                && let Some(track) = self.track(*id)?
            {
                place.network = network_mark(&track.model);
            }
            found.push((*id, Row::Placed(*place)));
        }
        for some in found.chunks(ROWS_TOGETHER) {
            let mut batch = sled::Batch::default();
            for (id, row) in some {
                batch.insert(&id.0.to_be_bytes(), row.pack());
            }
            self.table(Table::Blobs).apply_batch(batch).map_err(|e| failed(&self.dir, e))?;
        }
        Ok(())
    }

    /// Writes everything that is not yet on the disk.
    pub fn flush(&self) -> Result<()> {
        self.sled.flush().map(|_| ()).map_err(|e| failed(&self.dir, e))
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn unsaved(&self) -> &Unsaved {
        &self.unsaved
    }

    pub(super) fn journals(&self) -> &Journals {
        &self.journals
    }

    pub(super) fn sled(&self) -> &sled::Db {
        &self.sled
    }

    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(super) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn places(&self) -> RwLockReadGuard<'_, BTreeMap<TrackId, Place>> {
        self.places.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_place(&self, track: TrackId, place: Option<Place>) {
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        match place {
            Some(place) => places.insert(track, place),
            None => places.remove(&track),
        };
    }

    pub(super) fn get<T: DeserializeOwned>(&self, table: Table, key: &[u8]) -> Result<Option<T>> {
        self.raw(table, key)?.map(|packed| unpack(table, &packed)).transpose()
    }

    pub(super) fn raw(&self, table: Table, key: &[u8]) -> Result<Option<sled::IVec>> {
        self.table(table).get(key).map_err(|e| failed(&self.dir, e))
    }

    /// The values of the keys from `from` on, at most `limit`.
    pub(super) fn page<T: DeserializeOwned>(
        &self,
        table: Table,
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<T>> {
        self.table(table)
            .range(from..)
            .take(limit)
            .map(|row| unpack(table, &row.map_err(|e| failed(&self.dir, e))?.1))
            .collect()
    }

    /// The same, of keys that start with `prefix`.
    pub(super) fn page_within<T: DeserializeOwned>(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<T>> {
        let mut page = Vec::new();
        for row in self.table(table).range(from..).take(limit) {
            let (key, packed) = row.map_err(|e| failed(&self.dir, e))?;
            if !key.starts_with(prefix) {
                break;
            }
            page.push(unpack(table, &packed)?);
        }
        Ok(page)
    }

    /// The last key that starts with `prefix`.
    pub(super) fn last_key(&self, table: Table, prefix: &[u8]) -> Result<Option<sled::IVec>> {
        let last = self.table(table).scan_prefix(prefix).keys().next_back();
        last.transpose().map_err(|e| failed(&self.dir, e))
    }

    /// All keys and values.
    pub(super) fn rows(&self, table: Table) -> Result<Vec<(sled::IVec, sled::IVec)>> {
        self.table(table).iter().map(|row| row.map_err(|e| failed(&self.dir, e))).collect()
    }

    /// The keys that start with `prefix`.
    pub(super) fn keys(&self, table: Table, prefix: &[u8]) -> Result<Vec<sled::IVec>> {
        self.table(table)
            .scan_prefix(prefix)
            .keys()
            .map(|key| key.map_err(|e| failed(&self.dir, e)))
            .collect()
    }

    /// Makes all changes together; they are on the disk when this returns.
    pub(super) fn commit(&self, changes: &Changes) -> Result<()> {
        let make = || {
            self.tables[..].transaction(|trees| {
                for (table, key, value) in &changes.0 {
                    let tree = &trees[*table as usize];
                    match value {
                        Some(value) => tree.insert(key.as_slice(), value.as_slice())?,
                        None => tree.remove(key.as_slice())?,
                    };
                }
                Ok(())
            })
        };
        let outcome = self.journals.noting(make, || changes.listed());
        match outcome {
            Ok(()) => self.flush(),
            Err(TransactionError::Storage(error)) => Err(failed(&self.dir, error)),
            Err(TransactionError::Abort(never)) => {
                let never: Infallible = never;
                match never {}
            }
        }
    }

    /// [`Self::commit`] for changes of tracks: the generation grows with them. Needs the writer's
    /// lock held, so that generations are in order.
    pub(super) fn commit_tracks(&self, mut changes: Changes) -> Result<()> {
        let next = self.generation() + 1;
        changes.put(Table::Meta, GENERATION, next.to_be_bytes());
        self.commit(&changes)?;
        self.generation.store(next, Ordering::Release);
        self.unsaved.note(Part::Library);
        Ok(())
    }

    fn table(&self, table: Table) -> &sled::Tree {
        &self.tables[table as usize]
    }
}

fn failed(dir: &Path, source: sled::Error) -> StoreError {
    StoreError::Database { dir: dir.to_owned(), source }
}

/// All rows of the table of places, on all cores: it is what opening a big library takes longest for.
fn placed(dir: &Path, table: &sled::Tree) -> Result<BTreeMap<TrackId, Row>> {
    let Some((last, _)) = table.last().map_err(|e| failed(dir, e))? else {
        return Ok(BTreeMap::new());
    };
    let end = u64::from(track_id(&last)?.0) + 1;
    let stretches: Vec<Vec<(TrackId, Row)>> = (0..end.div_ceil(ROWS_AT_ONCE))
        .into_par_iter()
        .map(|stretch| {
            let key = |number: u64| (number.min(end) as u32).to_be_bytes();
            let from = stretch * ROWS_AT_ONCE;
            let rows = match from + ROWS_AT_ONCE < end {
                true => table.range(key(from)..key(from + ROWS_AT_ONCE)),
                false => table.range(key(from)..),
            };
            rows.map(|row| {
                let (track, packed) = row.map_err(|e| failed(dir, e))?;
                let row = Row::unpack(&packed).ok_or_else(|| broken(&packed))?;
                Ok((track_id(&track)?, row))
            })
            .collect()
        })
        .collect::<Result<_>>()?;
    Ok(stretches.into_iter().flatten().collect())
}

fn broken(row: &[u8]) -> StoreError {
    let detail = format!("a place of {} bytes", row.len());
    StoreError::Record { what: TABLES[Table::Blobs as usize].to_owned(), detail }
}
