//! A library elsewhere and the one of this machine, told as one.
//!
//! Tracks of this machine that the other library does not have stand behind its own, with numbers that say so
//! ([`TrackId::beside`]). What is said of a track is kept where the track is. While the other library is away
//! this machine's goes on alone.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::elsewhere::Elsewhere;
use super::error::{Result, StoreError};
use super::events::NewEvent;
use super::records::{Event, Track, TrackId};
use super::wire::{Reply, Request};
use super::{PAGE, Store};

/// The generation of a library that was never reached.
const NEVER: u64 = u64::MAX;

/// Both as one.
pub struct Together {
    there: Arc<dyn Elsewhere>,
    /// None where this machine has no library.
    here: Option<Store>,
    generation: Mutex<u64>,
    /// Which files the other library has, as far as they were listed.
    files: Mutex<HashSet<[u8; 32]>>,
    log: Mutex<Log>,
}

impl fmt::Debug for Together {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Together").field("there", &self.there).field("here", &self.here).finish()
    }
}

/// Both logs as one, numbered anew in the order in which they became known.
#[derive(Default)]
struct Log {
    events: Vec<Event>,
    known: HashSet<u128>,
    /// Place in each up to which it was read.
    there: u64,
    here: u64,
}

impl Together {
    /// This library elsewhere, and the one of this machine, if it has one.
    #[must_use]
    pub fn new(there: Arc<dyn Elsewhere>, here: Option<Store>) -> Self {
        let generation = Mutex::new(NEVER);
        Self { there, here, generation, files: Mutex::default(), log: Mutex::default() }
    }

    fn generation(&self) -> Result<u64> {
        let mut last = lock(&self.generation);
        match self.there.answer(Request::Generation) {
            Ok(Reply::Generation(now)) => *last = now,
            Ok(_) => {}
            // What is known of it still holds.
            Err(StoreError::Away(why)) => tracing::debug!("{why}"),
            Err(error) => return Err(error),
        }
        let here = self.here.as_ref().map_or(Ok(0), Store::generation)?;
        Ok(last.rotate_left(32) ^ here)
    }

    /// A page of the other library's tracks, and behind their last this machine's.
    fn tracks(&self, after: TrackId, limit: usize) -> Result<Vec<Track>> {
        let mut page = Vec::new();
        if !after.is_beside() {
            match self.there.answer(Request::Tracks { after, limit }) {
                Ok(Reply::Tracks(tracks)) => page = tracks,
                Ok(_) => {}
                Err(StoreError::Away(why)) => {
                    tracing::debug!("{why}");
                    let known = self.there.remembered().into_iter();
                    page = known.filter(|track| track.id > after).take(limit).collect();
                }
                Err(error) => return Err(error),
            }
            lock(&self.files).extend(page.iter().map(|track| track.content));
        }
        let Some(here) = &self.here else { return Ok(page) };
        let mut after = if after.is_beside() { after.own() } else { TrackId(0) };
        while page.len() < limit {
            let more = here.tracks_after(after, PAGE)?;
            let Some(last) = more.last() else { break };
            after = last.id;
            let files = lock(&self.files);
            let only_here = more.into_iter().filter(|track| !files.contains(&track.content));
            page.extend(only_here.map(beside));
        }
        page.truncate(limit);
        Ok(page)
    }

    fn track(&self, id: TrackId) -> Result<Option<Track>> {
        if let (true, Some(here)) = (id.is_beside(), &self.here) {
            return Ok(here.track(id.own())?.map(beside));
        }
        match self.there.answer(Request::Track(id)) {
            Ok(Reply::Track(track)) => Ok(track.map(|track| *track)),
            Ok(_) => Ok(None),
            Err(StoreError::Away(why)) => {
                let known = self.there.remembered().into_iter().find(|track| track.id == id);
                known.map_or(Err(StoreError::Away(why)), |track| Ok(Some(track)))
            }
            Err(error) => Err(error),
        }
    }

    fn record(&self, new: NewEvent) -> Result<Event> {
        let event = match &self.here {
            Some(here) if new.track_id.is_beside() => {
                let own = NewEvent { track_id: new.track_id.own(), ..new };
                told_here(here.append(own)?)
            }
            _ => match self.there.answer(Request::Record(new))? {
                Reply::Event(event) => *event,
                _ => return Err(StoreError::Elsewhere("no event came back".to_owned())),
            },
        };
        Ok(if event.is_waiting() { event } else { lock(&self.log).take(event) })
    }

    fn events(&self, after: u64, limit: usize) -> Result<Vec<Event>> {
        let mut log = lock(&self.log);
        // A page that is not full is taken for the last.
        if after.saturating_add(limit as u64) > log.events.len() as u64 {
            self.catch_up(&mut log)?;
        }
        Ok(log.events.iter().skip(after as usize).take(limit).cloned().collect())
    }

    fn catch_up(&self, log: &mut Log) -> Result<()> {
        let mut new = Vec::new();
        loop {
            let asked = Request::Events { after: log.there, limit: PAGE };
            let page = match self.there.answer(asked) {
                Ok(Reply::Events(page)) => page,
                Ok(_) => break,
                Err(StoreError::Away(why)) => {
                    tracing::debug!("{why}");
                    break;
                }
                Err(error) => return Err(error),
            };
            let Some(last) = page.last() else { break };
            log.there = last.seq;
            let ended = page.len() < PAGE;
            new.extend(page);
            if ended {
                break;
            }
        }
        if let Some(here) = &self.here {
            let page = here.events(log.here)?;
            log.here = page.last().map_or(log.here, |event| event.seq);
            new.extend(page.into_iter().map(told_here));
        }
        new.sort_by_key(|event| event.at);
        for event in new {
            log.take(event);
        }
        Ok(())
    }
}

impl Log {
    /// Takes in an event, once, and gives it as it is numbered here.
    fn take(&mut self, event: Event) -> Event {
        if !self.known.insert(event.nonce)
            && let Some(known) = self.events.iter().rev().find(|known| known.nonce == event.nonce)
        {
            return known.clone();
        }
        let event = Event { seq: self.events.len() as u64 + 1, ..event };
        self.events.push(event.clone());
        event
    }
}

impl Elsewhere for Together {
    fn answer(&self, request: Request) -> Result<Reply> {
        Ok(match (request, &self.here) {
            (Request::Generation, _) => Reply::Generation(self.generation()?),
            (Request::Tracks { after, limit }, _) => Reply::Tracks(self.tracks(after, limit)?),
            (Request::Track(id), _) => Reply::Track(self.track(id)?.map(Box::new)),
            (Request::Record(new), _) => Reply::Event(Box::new(self.record(new)?)),
            (Request::Events { after, limit }, _) => Reply::Events(self.events(after, limit)?),
            (Request::Remove(id), Some(here)) if id.is_beside() => {
                Reply::Removed(here.remove(id.own())?)
            }
            (other, _) => self.there.answer(other)?,
        })
    }

    fn waiting(&self) -> usize {
        self.there.waiting()
    }

    fn remembered(&self) -> Vec<Track> {
        self.there.remembered()
    }
}

fn beside(track: Track) -> Track {
    Track { id: track.id.beside(), ..track }
}

fn told_here(event: Event) -> Event {
    Event { track_id: event.track_id.beside(), ..event }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::super::tests::enrolment;
    use super::*;
    use crate::store::records::EventKind;

    /// A store as if it were elsewhere.
    #[derive(Debug)]
    struct Far {
        store: Store,
        away: AtomicBool,
    }

    impl Elsewhere for Far {
        fn answer(&self, request: Request) -> Result<Reply> {
            if self.away.load(Ordering::Relaxed) {
                return Err(StoreError::Away("away".to_owned()));
            }
            Ok(match request {
                Request::Generation => Reply::Generation(self.store.generation()?),
                Request::Tracks { after, limit } => {
                    Reply::Tracks(self.store.tracks_after(after, limit)?)
                }
                Request::Track(id) => Reply::Track(self.store.track(id)?.map(Box::new)),
                Request::Record(new) => Reply::Event(Box::new(self.store.append(new)?)),
                Request::Events { after, limit } => {
                    let events = self.store.events(after)?;
                    Reply::Events(events.into_iter().take(limit).collect())
                }
                _ => Reply::Done,
            })
        }

        fn remembered(&self) -> Vec<Track> {
            self.store.tracks_after(TrackId(0), 1).unwrap()
        }
    }

    /// One who has "Dune" and "Rain", and a library elsewhere that has "Tide" and "Dune".
    fn both() -> (tempfile::TempDir, Arc<Far>, Store, Store) {
        let folder = tempfile::tempdir().unwrap();
        let [far, here] =
            ["far", "here"].map(|name| Store::open(&folder.path().join(name)).unwrap());
        for (store, titles) in [(&far, ["Tide", "Dune"]), (&here, ["Dune", "Rain"])] {
            for title in titles {
                store.enrol(enrolment(&format!("/m/{title}"), title, 1)).unwrap();
            }
        }
        let far = Arc::new(Far { store: far, away: AtomicBool::new(false) });
        let together = Together::new(Arc::clone(&far) as Arc<dyn Elsewhere>, Some(here.clone()));
        let store = Store::elsewhere(folder.path(), Arc::new(together));
        (folder, far, here, store)
    }

    fn titles(tracks: &[Track]) -> Vec<&str> {
        tracks.iter().map(|track| track.title.as_str()).collect()
    }

    #[test]
    fn tracks_of_both_stand_once_and_are_found_by_their_numbers() {
        let (_folder, far, here, store) = both();
        let tracks = store.tracks().unwrap();
        assert_eq!(titles(&tracks), ["Tide", "Dune", "Rain"]);
        assert!(tracks[2].id.is_beside() && !tracks[1].id.is_beside());
        for track in &tracks {
            assert_eq!(store.track(track.id).unwrap().as_ref(), Some(track));
        }
        let mut paged = Vec::new();
        while let Some(one) =
            store.tracks_after(paged.last().map_or(TrackId(0), |t: &Track| t.id), 1).unwrap().pop()
        {
            paged.push(one);
        }
        assert_eq!(paged, tracks);

        let before = store.generation().unwrap();
        here.enrol(enrolment("/m/Moss", "Moss", 1)).unwrap();
        let changed = store.generation().unwrap();
        assert_ne!(before, changed);
        far.away.store(true, Ordering::Relaxed);
        assert_eq!(store.generation().unwrap(), changed, "what is known of it still holds");
        let listed = store.tracks().unwrap();
        // Of the other library the one that this test remembers.
        assert_eq!(titles(&listed), ["Tide", "Rain", "Moss"]);
    }

    #[test]
    fn what_is_said_is_kept_where_the_track_is_and_told_as_one_log() {
        let (_folder, far, here, store) = both();
        let tracks = store.tracks().unwrap();
        here.record(TrackId(1), EventKind::Save).unwrap();
        let liked = store.record(tracks[0].id, EventKind::Like).unwrap();
        let rain = store.record(tracks[2].id, EventKind::Skip { share: None }).unwrap();
        assert_eq!((liked.seq, rain.seq, rain.track_id), (1, 2, tracks[2].id));
        assert_eq!((far.store.events(0).unwrap().len(), here.events(0).unwrap().len()), (1, 2));
        let log = store.events(0).unwrap();
        let told: Vec<(u64, &EventKind)> =
            log.iter().map(|event| (event.seq, &event.what)).collect();
        let skip = EventKind::Skip { share: None };
        assert_eq!(told, [(1, &EventKind::Like), (2, &skip), (3, &EventKind::Save)]);
        far.store.record(TrackId(2), EventKind::Ban).unwrap();
        far.away.store(true, Ordering::Relaxed);
        assert_eq!(store.events(3).unwrap(), []);
        far.away.store(false, Ordering::Relaxed);
        let new = store.events(3).unwrap();
        assert_eq!((new.len(), new[0].seq, &new[0].what), (1, 4, &EventKind::Ban));
    }
}
