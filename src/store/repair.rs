//! Brings back what a bad disk took: the database is built anew from what is still readable of the
//! old one and from the snapshots. Nothing is worked on but copies, and what is replaced is set aside
//! in a folder of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::blobs;
use super::db::{Changes, GENERATION, TABLES, Table, number, pack, rebuilt_path, track_id};
use super::error::{Result, StoreError};
use super::lock::{OwnerLock, announcement};
use super::migrate;
use super::records::{Event, Failure, Track, TrackId};
use super::snapshot::{self, Events, Library, Part, Trouble};

/// Says that records are lost, from when that is noticed until it is repaired.
const LOSS: &str = "records.lost";
/// The copy that is read.
const SALVAGE: &str = "db.salvage";
/// Changes written together.
const TOGETHER: usize = 500;

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
pub(super) fn note_loss(dir: &Path) {
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
    super::db::finish_swap(dir).map_err(folder)?;
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

/// Everything the new database is made of.
#[derive(Debug, Default)]
struct Whole {
    tracks: BTreeMap<TrackId, Track>,
    serials: BTreeMap<TrackId, u64>,
    failures: BTreeMap<PathBuf, Failure>,
    gone: BTreeMap<[u8; 32], TrackId>,
    events: Vec<Event>,
    generation: u64,
    next_track: u32,
}

/// What could be read of the old database.
#[derive(Debug, Default)]
struct Salvaged {
    whole: Whole,
    /// It has all that it ever had, as far as it knows itself.
    complete: bool,
}

type Row = (Vec<u8>, Vec<u8>);

impl Salvaged {
    fn read(dir: &Path, wrong: &mut Vec<String>) -> Result<Self> {
        let folder = |source| StoreError::Folder { dir: dir.to_owned(), source };
        let copy = dir.join(SALVAGE);
        remove_folder(&copy).map_err(folder)?;
        let there = dir.join("db");
        if !there.exists() {
            return Ok(Self { complete: true, ..Self::default() });
        }
        // Opening a damaged database cuts it: that happens to a copy.
        copy_folder(&there, &copy, &|_| true).map_err(folder)?;
        let mut opened = super::db::open_sled(&copy);
        if let Err(error) = &opened {
            wrong.push(format!("the database cannot be opened: {error}"));
            // sled's own summary of its log may be what is damaged; the log alone will do then.
            remove_folder(&copy).map_err(folder)?;
            copy_folder(&there, &copy, &|name| !name.starts_with("snap.")).map_err(folder)?;
            opened = super::db::open_sled(&copy);
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
        for (key, value) in of(Table::Blobs) {
            whole.serials.extend(track_id(key).ok().zip(number(value).ok()));
        }
        for (key, value) in of(Table::Gone) {
            whole.gone.extend(<[u8; 32]>::try_from(key.as_slice()).ok().zip(track_id(value).ok()));
        }
        let counter = |name: &[u8]| {
            let row = of(Table::Meta).iter().find(|(key, _)| key == name);
            row.and_then(|(_, value)| number(value).ok())
        };
        whole.generation = counter(GENERATION).unwrap_or(0);
        whole.next_track = counter(super::db::NEXT_TRACK).unwrap_or(1) as u32;
        if unreadable > 0 {
            wrong.push(format!("{unreadable} records of the database cannot be read"));
        }
        if links(&whole)
            != [of(Table::Paths).len(), of(Table::Contents).len(), of(Table::Nonces).len()]
        {
            wrong.push("the lists of the database do not agree with its records".to_owned());
        }
        Ok(Self { whole, complete: wrong.is_empty() && !is_lossy(dir) })
    }
}

/// How many paths, contents and nonces there must be.
fn links(whole: &Whole) -> [usize; 3] {
    let paths: BTreeSet<&Path> = whole.tracks.values().map(|t| t.path.as_path()).collect();
    let nonces: BTreeSet<u128> = whole.events.iter().map(|event| event.nonce).collect();
    [paths.len(), whole.tracks.len(), nonces.len()]
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

/// What the snapshots hold: those of now, and those from before a loss.
#[derive(Debug, Default)]
struct Snapshots {
    now: Option<Library>,
    before: Option<Library>,
    events: Vec<Event>,
}

impl Snapshots {
    fn read(dir: &Path, bad: &mut Vec<PathBuf>) -> Result<Self> {
        let mut library = |path: PathBuf| checked::<Library>(dir, path, bad);
        let now = library(Part::Library.path_in(dir))?;
        let before = library(Part::Library.kept_in(dir))?;
        let mut events = Vec::new();
        for path in [Part::Events.kept_in(dir), Part::Events.path_in(dir)] {
            events.extend(checked::<Events>(dir, path, bad)?.map_or(Vec::new(), |e| e.events));
        }
        Ok(Self { now, before, events })
    }
}

fn checked<T: DeserializeOwned>(
    dir: &Path,
    path: PathBuf,
    bad: &mut Vec<PathBuf>,
) -> Result<Option<T>> {
    match snapshot::read(&path) {
        Ok(content) => Ok(Some(content)),
        Err(Trouble::Missing) => Ok(None),
        Err(Trouble::Damaged(_) | Trouble::Io(_)) => {
            bad.push(path);
            Ok(None)
        }
        Err(Trouble::Newer(_)) => Err(StoreError::Unrecognised {
            dir: dir.to_owned(),
            detail: format!("a later EchoVibe wrote {}", path.display()),
        }),
    }
}

/// The database's own records, and those it lost.
fn merge(
    old: &mut Salvaged,
    snapshots: &Snapshots,
    dir: &Path,
    done: &mut Repaired,
) -> Result<Whole> {
    let mut whole = std::mem::take(&mut old.whole);
    let ahead = |library: &Library| library.generation > whole.generation;
    // What a whole database lacks was removed.
    let lossy = !old.complete || snapshots.now.as_ref().is_some_and(ahead);
    let now = snapshots.now.as_ref().filter(|_| lossy);
    let mut renumbered: HashMap<TrackId, TrackId> = HashMap::new();
    for library in [now, snapshots.before.as_ref()].into_iter().flatten() {
        done.tracks += add_lost(&mut whole, library, &mut renumbered);
    }
    if done.tracks > 0 {
        done.wrong.push(format!("{} tracks were lost", done.tracks));
    }
    let log = blobs::records(dir)?;
    add_serials(&mut whole, &log);
    if lossy {
        let known: BTreeSet<TrackId> = whole.gone.values().copied().collect();
        let nameless: BTreeSet<TrackId> = log
            .iter()
            .map(|(id, _)| *id)
            .filter(|id| !whole.tracks.contains_key(id) && !known.contains(id))
            .filter(|id| !renumbered.contains_key(id))
            .collect();
        done.nameless = nameless.len();
    }
    done.events = add_lost_events(&mut whole, &snapshots.events);
    if done.events > 0 {
        done.wrong.push(format!("{} events were lost", done.events));
    }
    for event in &mut whole.events {
        event.track_id = renumbered.get(&event.track_id).copied().unwrap_or(event.track_id);
    }
    let highest = whole.tracks.keys().chain(log.iter().map(|(id, _)| id)).max();
    let after = highest.map_or(1, |id| id.0.saturating_add(1));
    whole.next_track = whole.next_track.max(after);
    whole.generation += 1;
    Ok(whole)
}

/// Adds the tracks that only the snapshot has. One whose file was enrolled anew since has another
/// number now, which its history follows.
fn add_lost(
    whole: &mut Whole,
    library: &Library,
    renumbered: &mut HashMap<TrackId, TrackId>,
) -> usize {
    let by_path: HashMap<PathBuf, TrackId> =
        whole.tracks.values().map(|track| (track.path.clone(), track.id)).collect();
    let serials: BTreeMap<TrackId, u64> = library.serials.iter().copied().collect();
    let mut added = 0;
    for track in &library.tracks {
        if whole.tracks.contains_key(&track.id) || whole.gone.get(&track.content) == Some(&track.id)
        {
            continue;
        }
        if let Some(now) = by_path.get(&track.path) {
            renumbered.insert(track.id, *now);
            continue;
        }
        whole.tracks.insert(track.id, track.clone());
        whole.serials.extend(serials.get(&track.id).map(|serial| (track.id, *serial)));
        added += 1;
    }
    for failure in &library.failures {
        let enrolled = by_path.contains_key(&failure.path);
        if !enrolled {
            whole.failures.entry(failure.path.clone()).or_insert_with(|| failure.clone());
        }
    }
    for (content, id) in &library.gone {
        if !whole.tracks.contains_key(id) {
            whole.gone.entry(*content).or_insert(*id);
        }
    }
    whole.generation = whole.generation.max(library.generation);
    added
}

/// Tracks that nothing says the fingerprints of have the last that were written for them.
fn add_serials(whole: &mut Whole, log: &[(TrackId, u64)]) {
    for (id, serial) in log {
        if whole.tracks.contains_key(id) {
            let held = whole.serials.get(id).copied();
            let known = held.is_some_and(|held| log.contains(&(*id, held)));
            if !known && held.is_none_or(|held| held < *serial) {
                whole.serials.insert(*id, *serial);
            }
        }
    }
    let tracks = &whole.tracks;
    whole.serials.retain(|id, _| tracks.contains_key(id));
}

/// Adds the events that only the snapshots have; all are numbered anew, by their time, if there are any.
fn add_lost_events(whole: &mut Whole, snapshots: &[Event]) -> usize {
    let mut nonces: BTreeSet<u128> = whole.events.iter().map(|event| event.nonce).collect();
    let before = whole.events.len();
    for event in snapshots {
        if nonces.insert(event.nonce) {
            whole.events.push(event.clone());
        }
    }
    let added = whole.events.len() - before;
    if added > 0 {
        whole.events.sort_by_key(|event| (event.at, event.seq));
        for (i, event) in whole.events.iter_mut().enumerate() {
            event.seq = i as u64 + 1;
        }
    }
    added
}

/// Writes a new database beside the old one.
fn build(dir: &Path, whole: &Whole) -> Result<()> {
    let path = rebuilt_path(dir);
    remove_folder(&path).map_err(|source| StoreError::Folder { dir: dir.to_owned(), source })?;
    let failed = |source| StoreError::Database { dir: dir.to_owned(), source };
    let db = super::db::open_sled(&path).map_err(failed)?;
    migrate::bring_up(dir, &db, &migrate::PLAN)?;
    let mut changes = Changes::default();
    for track in whole.tracks.values() {
        super::tracks::link(&mut changes, track)?;
    }
    for (id, serial) in &whole.serials {
        changes.put(Table::Blobs, &id.0.to_be_bytes(), serial.to_be_bytes());
    }
    for failure in whole.failures.values() {
        let packed = pack(Table::Failures, failure)?;
        changes.put(Table::Failures, failure.path.as_os_str().as_bytes(), packed);
    }
    for (content, id) in &whole.gone {
        changes.put(Table::Gone, content, id.0.to_be_bytes());
    }
    for event in &whole.events {
        let seq = event.seq.to_be_bytes();
        changes.put(Table::Events, &seq, pack(Table::Events, event)?);
        changes.put(Table::Nonces, &event.nonce.to_be_bytes(), seq);
    }
    changes.put(Table::Meta, GENERATION, whole.generation.to_be_bytes());
    changes.next_track(whole.next_track);
    changes.apply(&db, TOGETHER).and_then(|()| db.flush()).map_err(failed)?;
    Ok(())
}

/// Puts the new database in the place of the old. A crash in between is made good at the next
/// opening.
fn swap(dir: &Path, aside: &mut Aside) -> io::Result<()> {
    aside.take(&dir.join("db"))?;
    super::db::finish_swap(dir)
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
