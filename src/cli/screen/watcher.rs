//! Looks after what other processes write, away from the drawing thread: a store that another
//! process holds may take seconds to answer.

use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use color_eyre::eyre::Report;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use super::feed::Tracks;
use crate::listen::Engine;
use crate::store::Store;
use crate::store::records::Event;

/// How often the store is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What has changed.
pub struct Update {
    /// Events not told before.
    pub events: Vec<Event>,
    /// The library, where it changed.
    pub tracks: Option<Arc<Tracks>>,
}

/// A running look-out; ends when dropped.
pub struct Watcher {
    updates: Receiver<Update>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Looks out for events after `after` and for changes of the library.
    pub fn start(store: Store, engine: Engine, after: u64) -> Self {
        let (say, updates) = unbounded();
        let (stop, stopped) = bounded(0);
        let thread = std::thread::spawn(move || {
            let mut after = after;
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                match look(&store, &engine, &mut after) {
                    Ok(Some(update)) => drop(say.send(update)),
                    Ok(None) => {}
                    Err(e) => tracing::error!("the library cannot be refreshed: {e:#}"),
                }
            }
        });
        Self { updates, stop: Some(stop), thread: Some(thread) }
    }

    /// What has changed since the last call.
    pub fn updates(&self) -> impl Iterator<Item = Update> + '_ {
        self.updates.try_iter()
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

fn look(store: &Store, engine: &Engine, after: &mut u64) -> Result<Option<Update>, Report> {
    let events = store.events(*after)?;
    *after = events.last().map_or(*after, |event| event.seq);
    let mut catalogue = engine.catalogue.write().unwrap_or_else(PoisonError::into_inner);
    let changed = catalogue.refresh(store, engine.network.id())?;
    let tracks = changed.then(|| Arc::new(Tracks::of(&catalogue)));
    drop(catalogue);
    Ok((changed || !events.is_empty()).then_some(Update { events, tracks }))
}
