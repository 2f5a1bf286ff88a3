//! Looks after what other processes write, away from the drawing thread: a store that another
//! process holds may take seconds to answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use color_eyre::eyre::Report;
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use crate::library::{Catalogue, SharedCatalogue, maintain_cells_beside};
use crate::listen::Engine;
use crate::recommend::{Collection, GraphUpkeep};
use crate::store::Store;
use crate::store::records::Event;

/// How often the store is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What has changed since it was last asked for.
#[derive(Default)]
pub struct Update {
    /// Events not told before.
    pub events: Vec<Event>,
    /// The library, where it changed.
    pub tracks: Option<Arc<Collection>>,
}

/// A running look-out; ends when dropped.
pub struct Watcher {
    update: Arc<Mutex<Option<Update>>>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Looks out for events after `after` and for changes of the library, which is `tracks` now.
    pub fn start(store: Store, engine: Engine, after: u64, tracks: Arc<Collection>) -> Self {
        let update = Arc::new(Mutex::new(None));
        let told = Arc::clone(&update);
        let (stop, stopped) = bounded(0);
        let thread = std::thread::spawn(move || {
            let mut after = after;
            let mut graphs = GraphUpkeep::new(tracks);
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if let Err(e) = look(&store, &engine, &mut after, &mut graphs, &told) {
                    tracing::error!("the library cannot be refreshed: {e:#}");
                }
            }
        });
        Self { update, stop: Some(stop), thread: Some(thread) }
    }

    /// What has changed since the last call.
    pub fn update(&self) -> Option<Update> {
        self.update.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn look(
    store: &Store,
    engine: &Engine,
    after: &mut u64,
    graphs: &mut GraphUpkeep,
    told: &Mutex<Option<Update>>,
) -> Result<(), Report> {
    let events = store.events(*after)?;
    *after = events.last().map_or(*after, |event| event.seq);
    let changed = Catalogue::refresh(&engine.catalogue, store, engine.network.id())?;
    let tracks = changed.then(|| Arc::new(collection(&engine.catalogue)));
    graphs.keep(tracks.as_ref());
    if changed {
        maintain_cells_beside(&engine.catalogue, store.dir(), engine.network.id());
    }
    if changed || !events.is_empty() {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        let update = told.get_or_insert_default();
        update.events.extend(events);
        update.tracks = tracks.or(update.tracks.take());
    }
    Ok(())
}

/// The library as the feed sees it.
pub fn collection(catalogue: &SharedCatalogue) -> Collection {
    let catalogue = catalogue.read().unwrap_or_else(PoisonError::into_inner);
    Collection::new(catalogue.tracks().cloned())
}
