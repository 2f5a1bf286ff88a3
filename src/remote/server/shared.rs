//! What all requests share.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::answers::Answers;
use super::error::Answer;
use super::limits::Limits;
use super::metrics::Metrics;
use super::overload::Refusals;
use super::people::People;
use super::proxies::Proxies;
use super::work::Work;
use crate::listen::Engine;
use crate::recommend::Collection;
use crate::remote::token::Pepper;
use crate::settings::Settings;
use crate::store::Store;

/// Questions to the disk that may be under way at once: events wait for it together.
const DISK_AT_ONCE: usize = 64;

/// Long recordings that may wait.
const LONG_WAITING: usize = 16;

/// The server's state.
pub struct Shared {
    pub store: Store,
    pub engine: Engine,
    pub settings: Settings,
    pub pepper: Pepper,
    pub people: People,
    pub limits: Limits,
    pub proxies: Proxies,
    pub refusals: Refusals,
    pub answers: Answers,
    pub metrics: Metrics,
    /// Searches: as many at once as there are processors.
    pub search: Work,
    /// Long recordings: one at a time, so that clips do not wait for them.
    pub long: Work,
    /// Questions to the store.
    pub disk: Work,
    collection: RwLock<Option<Made>>,
    making: Mutex<()>,
}

/// The library as recommending wants it.
#[derive(Clone)]
struct Made {
    generation: u64,
    collection: Arc<Collection>,
}

impl Shared {
    pub fn new(store: Store, engine: Engine, settings: Settings, pepper: Pepper) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let server = &settings.server;
        Self {
            limits: Limits::new(server),
            proxies: Proxies::new(server),
            refusals: Refusals::default(),
            answers: Answers::new(server.answers_kept),
            search: Work::new(cores, server.waiting),
            long: Work::new(1, LONG_WAITING),
            disk: Work::new(DISK_AT_ONCE, server.waiting),
            people: People::default(),
            metrics: Metrics::new(),
            collection: RwLock::default(),
            making: Mutex::default(),
            store,
            engine,
            settings,
            pepper,
        }
    }

    /// Asks the store something, when there is room for another question.
    pub async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Self) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let shared = Arc::clone(self);
        self.disk.run(move || question(&shared)).await?
    }

    /// The library as recommending wants it: made again, by one at a time, when tracks have changed; others
    /// meanwhile get the one before.
    pub fn collection(&self) -> Answer<Arc<Collection>> {
        let generation = self.store.generation()?;
        let held = self.held();
        let current = |made: &Made| made.generation == generation;
        if let Some(made) = held.as_ref().filter(|made| current(made)) {
            return Ok(Arc::clone(&made.collection));
        }
        let _making = match (self.making.try_lock(), held) {
            (Ok(making), _) => making,
            (Err(_), Some(before)) => return Ok(before.collection),
            (Err(_), None) => self.making.lock().unwrap_or_else(PoisonError::into_inner),
        };
        if let Some(made) = self.held().filter(current) {
            return Ok(made.collection);
        }
        let collection = Arc::new(Collection::new(self.store.tracks()?));
        let made = Made { generation, collection: Arc::clone(&collection) };
        *self.collection.write().unwrap_or_else(PoisonError::into_inner) = Some(made);
        Ok(collection)
    }

    fn held(&self) -> Option<Made> {
        self.collection.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
