//! The records of the database, and those that only the snapshots still have.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::super::blobs;
use super::super::error::{Result, StoreError};
use super::super::people::People;
use super::super::records::{Event, TrackId};
use super::super::snapshot::{self, Events, Library, Part, Trouble};
use super::Repaired;
use super::salvage::{Salvaged, Whole};

/// What the snapshots hold: those of now, and those from before a loss.
#[derive(Debug, Default)]
pub struct Snapshots {
    now: Option<Library>,
    before: Option<Library>,
    events: Vec<Event>,
    people: Vec<People>,
}

impl Snapshots {
    pub fn read(dir: &Path, bad: &mut Vec<PathBuf>) -> Result<Self> {
        let mut library = |path: PathBuf| checked::<Library>(dir, path, bad);
        let now = library(Part::Library.path_in(dir))?;
        let before = library(Part::Library.kept_in(dir))?;
        let mut events = Vec::new();
        for path in [Part::Events.kept_in(dir), Part::Events.path_in(dir)] {
            events.extend(checked::<Events>(dir, path, bad)?.map_or(Vec::new(), |e| e.events));
        }
        let mut people = Vec::new();
        for path in [Part::People.kept_in(dir), Part::People.path_in(dir)] {
            people.extend(checked::<People>(dir, path, bad)?);
        }
        Ok(Self { now, before, events, people })
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
pub fn merge(
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
    let ahead = |people: &&People| !old.complete || people.changes > whole.people.changes;
    let lost: Vec<&People> = snapshots.people.iter().filter(ahead).collect();
    let records: usize = lost.into_iter().map(|people| whole.people.add_lost(people)).sum();
    if records > 0 {
        done.wrong.push(format!("{records} records of accounts were lost"));
    }
    for event in &mut whole.events {
        event.track_id = renumbered.get(&event.track_id).copied().unwrap_or(event.track_id);
    }
    for track in people_tracks(&mut whole.people) {
        *track = renumbered.get(track).copied().unwrap_or(*track);
    }
    let highest = whole.tracks.keys().chain(log.iter().map(|(id, _)| id)).max();
    let after = highest.map_or(1, |id| id.0.saturating_add(1));
    whole.next_track = whole.next_track.max(after);
    whole.generation += 1;
    Ok(whole)
}

fn people_tracks(people: &mut People) -> impl Iterator<Item = &mut TrackId> {
    let files = people.holdings.iter_mut().map(|holding| &mut holding.track_id);
    files.chain(people.events.iter_mut().map(|(_, event)| &mut event.track_id))
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
