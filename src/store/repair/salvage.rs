//! What is still readable of a damaged database.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::super::error::{Result, StoreError};
use super::super::migrate;
use super::super::open;
use super::super::people::{Account, Holding, People, UserId};
use super::super::place::Row as PlaceRow;
use super::super::records::{Event, Failure, Track, TrackId};
use super::super::tables::{GENERATION, NEXT_TRACK, PEOPLE, TABLES, Table, number, track_id};
use super::{is_lossy, remove_folder};

/// The copy that is read.
const SALVAGE: &str = "db.salvage";

/// Everything the new database is made of.
#[derive(Debug, Default)]
pub struct Whole {
    pub tracks: BTreeMap<TrackId, Track>,
    pub serials: BTreeMap<TrackId, u64>,
    pub failures: BTreeMap<PathBuf, Failure>,
    pub gone: BTreeMap<[u8; 32], TrackId>,
    pub events: Vec<Event>,
    pub people: People,
    pub generation: u64,
    pub next_track: u32,
}

/// What could be read of the old database.
#[derive(Debug, Default)]
pub struct Salvaged {
    pub whole: Whole,
    /// It has all that it ever had, as far as it knows itself.
    pub complete: bool,
}

type Row = (Vec<u8>, Vec<u8>);

impl Salvaged {
    pub fn read(dir: &Path, wrong: &mut Vec<String>) -> Result<Self> {
        let folder = |source| StoreError::Folder { dir: dir.to_owned(), source };
        let copy = dir.join(SALVAGE);
        remove_folder(&copy).map_err(folder)?;
        let there = dir.join("db");
        if !there.exists() {
            return Ok(Self { complete: true, ..Self::default() });
        }
        // Opening a damaged database cuts it: that happens to a copy.
        copy_folder(&there, &copy, &|_| true).map_err(folder)?;
        let mut opened = open::open_sled(&copy);
        if let Err(error) = &opened {
            wrong.push(format!("the database cannot be opened: {error}"));
            // sled's own summary of its log may be what is damaged; the log alone will do then.
            remove_folder(&copy).map_err(folder)?;
            copy_folder(&there, &copy, &|name| !name.starts_with("snap.")).map_err(folder)?;
            opened = open::open_sled(&copy);
        }
        let read = match opened {
            Ok(db) => {
                let rows = AssertUnwindSafe(|| Self::of_copy(dir, &db, wrong));
                catch_unwind(rows).unwrap_or_else(|_| {
                    wrong.push("the database cannot be read".to_owned());
                    Ok(Self::default())
                })
            }
            Err(_) => Ok(Self::default()),
        };
        remove_folder(&copy).map_err(folder)?;
        read
    }

    fn of_copy(dir: &Path, db: &sled::Db, wrong: &mut Vec<String>) -> Result<Self> {
        match migrate::bring_up(dir, db, &migrate::PLAN) {
            Ok(_) => {}
            Err(error @ StoreError::Newer { .. }) => return Err(error),
            Err(_) => wrong.push("the version of the database cannot be read".to_owned()),
        }
        let mut unreadable = 0;
        let mut rows = |table: Table| {
            let (rows, bad) = rows_of(db, TABLES[table as usize]);
            unreadable += bad;
            rows
        };
        let tables: Vec<Vec<Row>> = Table::ALL.into_iter().map(&mut rows).collect();
        let of = |table: Table| &tables[table as usize];
        let mut whole = Whole::default();
        unreadable += records(of(Table::Tracks), |track: Track| {
            whole.tracks.insert(track.id, track);
        });
        unreadable += records(of(Table::Failures), |failure: Failure| {
            whole.failures.insert(failure.path.clone(), failure);
        });
        unreadable += records(of(Table::Events), |event: Event| whole.events.push(event));
        unreadable += records(of(Table::Users), |account: Account| {
            whole.people.accounts.push(account);
        });
        unreadable += records(of(Table::Holdings), |holding: Holding| {
            whole.people.holdings.push(holding);
        });
        for (key, value) in of(Table::UserEvents) {
            let user = key.get(..4).and_then(|user| number(user).ok());
            match user.zip(rmp_serde::from_slice(value).ok()) {
                Some((user, event)) => whole.people.events.push((UserId(user as u32), event)),
                None => unreadable += 1,
            }
        }
        for (key, value) in of(Table::Blobs) {
            let serial = PlaceRow::unpack(value).map(PlaceRow::serial);
            whole.serials.extend(track_id(key).ok().zip(serial));
        }
        for (key, value) in of(Table::Gone) {
            whole.gone.extend(<[u8; 32]>::try_from(key.as_slice()).ok().zip(track_id(value).ok()));
        }
        let counter = |name: &[u8]| {
            let row = of(Table::Meta).iter().find(|(key, _)| key == name);
            row.and_then(|(_, value)| number(value).ok())
        };
        whole.generation = counter(GENERATION).unwrap_or(0);
        whole.people.changes = counter(PEOPLE).unwrap_or(0);
        whole.next_track = counter(NEXT_TRACK).unwrap_or(1) as u32;
        if unreadable > 0 {
            wrong.push(format!("{unreadable} records of the database cannot be read"));
        }
        if links(&whole)
            != [Table::Paths, Table::Contents, Table::Nonces, Table::UserNonces, Table::Held]
                .map(|table| of(table).len())
        {
            wrong.push("the lists of the database do not agree with its records".to_owned());
        }
        Ok(Self { whole, complete: wrong.is_empty() && !is_lossy(dir) })
    }
}

/// How many paths, contents and nonces there must be.
fn links(whole: &Whole) -> [usize; 5] {
    let paths: BTreeSet<&Path> = whole.tracks.values().map(|t| t.path.as_path()).collect();
    let nonces: BTreeSet<u128> = whole.events.iter().map(|event| event.nonce).collect();
    let people = &whole.people;
    let theirs: BTreeSet<_> = people.events.iter().map(|(user, e)| (*user, e.nonce)).collect();
    [paths.len(), whole.tracks.len(), nonces.len(), theirs.len(), people.holdings.len()]
}

/// All rows that can be read, from both ends, and the number of errors met.
fn rows_of(db: &sled::Db, name: &str) -> (Vec<Row>, usize) {
    let mut rows: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut errors = 0;
    let mut from_one_end = |back: bool| {
        let mut take = |row: sled::Result<(sled::IVec, sled::IVec)>| match row {
            Ok((key, value)) => rows.insert(key.to_vec(), value.to_vec()).is_none() || back,
            Err(_) => false,
        };
        let whole = catch_unwind(AssertUnwindSafe(|| -> sled::Result<bool> {
            let tree = db.open_tree(name)?;
            let mut iter = tree.iter();
            while let Some(row) = if back { iter.next_back() } else { iter.next() } {
                let failed = row.is_err();
                take(row);
                if failed {
                    return Ok(false);
                }
            }
            Ok(true)
        }));
        matches!(whole, Ok(Ok(true)))
    };
    if !from_one_end(false) {
        errors += 1;
        from_one_end(true);
    }
    (rows.into_iter().collect(), errors)
}

/// Hands on the records that can be read; gives the number of the others.
fn records<T: DeserializeOwned>(rows: &[Row], mut take: impl FnMut(T)) -> usize {
    let mut bad = 0;
    for (_, packed) in rows {
        match rmp_serde::from_slice(packed) {
            Ok(record) => take(record),
            Err(_) => bad += 1,
        }
    }
    bad
}

fn copy_folder(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if !wanted(&entry.file_name().to_string_lossy()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target, wanted)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
