//! What the server remembers of each user between requests: their log, their taste, their files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use moka::sync::Cache;

use super::error::Answer;
use super::shared::Shared;
use crate::recommend::Collection;
use crate::store::people::UserId;
use crate::store::records::{Event, FileStamp, TrackId};
use crate::taste::Taste;

/// Users remembered at once; who was not there for as long is forgotten, and read again from the store.
const REMEMBERED: u64 = 1000;
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3600);
/// Events age: a taste is summed up again after so long even if nothing happened.
const TASTE_LASTS: Duration = Duration::from_secs(600);
/// Events read at once.
const PAGE: usize = 1000;

/// All that are remembered.
pub struct People(Cache<UserId, Arc<Mutex<Person>>>);

impl Default for People {
    fn default() -> Self {
        let people = Cache::builder().max_capacity(REMEMBERED).time_to_idle(FORGOTTEN_AFTER);
        Self(people.build())
    }
}

#[derive(Default)]
struct Person {
    events: Vec<Event>,
    taste: Option<Summed>,
    files: Option<(u64, Arc<Files>)>,
}

struct Summed {
    taste: Arc<Taste>,
    of_events: usize,
    of_library: Arc<Collection>,
    at: Instant,
}

/// A user's own files, by the track that they are.
pub struct Files(HashMap<TrackId, (PathBuf, FileStamp)>);

impl Files {
    /// The user's own file of a track.
    pub fn of(&self, track: TrackId) -> Option<(&Path, &FileStamp)> {
        self.0.get(&track).map(|(path, stamp)| (path.as_path(), stamp))
    }
}

impl People {
    fn person(&self, user: UserId) -> Arc<Mutex<Person>> {
        self.0.get_with(user, Arc::default)
    }

    /// A user's log and what it says of their taste, as of now.
    pub fn taste(
        &self,
        shared: &Shared,
        user: UserId,
        library: &Arc<Collection>,
    ) -> Answer<(Arc<Taste>, Vec<Event>)> {
        let person = self.person(user);
        let mut person = person.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let after = person.events.last().map_or(0, |event| event.seq);
            let page = shared.store.events_of(user, after, PAGE)?;
            let last = page.len() < PAGE;
            person.events.extend(page);
            if last {
                break;
            }
        }
        let current = |summed: &&Summed| {
            summed.of_events == person.events.len()
                && Arc::ptr_eq(&summed.of_library, library)
                && summed.at.elapsed() < TASTE_LASTS
        };
        if let Some(summed) = person.taste.as_ref().filter(current) {
            return Ok((Arc::clone(&summed.taste), person.events.clone()));
        }
        let style_of = |id: TrackId| library.get(id).map(|track| track.style.clone());
        let settings = &shared.settings.taste;
        let taste = Taste::from_events(&person.events, &style_of, settings, Timestamp::now());
        let taste = Arc::new(taste);
        person.taste = Some(Summed {
            taste: Arc::clone(&taste),
            of_events: person.events.len(),
            of_library: Arc::clone(library),
            at: Instant::now(),
        });
        Ok((taste, person.events.clone()))
    }

    /// A user's own files.
    pub fn files(&self, shared: &Shared, user: UserId) -> Answer<Arc<Files>> {
        let person = self.person(user);
        let mut person = person.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = shared.store.files_mark(user)?;
        if let Some((_, files)) = person.files.as_ref().filter(|(known, _)| *known == mark) {
            return Ok(Arc::clone(files));
        }
        let holdings = shared.store.holdings_of(user)?;
        let files = holdings.into_iter().map(|h| (h.track_id, (h.path, h.stamp))).collect();
        let files = Arc::new(Files(files));
        person.files = Some((mark, Arc::clone(&files)));
        Ok(files)
    }

    /// The user's files have changed.
    pub fn files_changed(&self, user: UserId) {
        let person = self.person(user);
        person.lock().unwrap_or_else(PoisonError::into_inner).files = None;
    }
}
