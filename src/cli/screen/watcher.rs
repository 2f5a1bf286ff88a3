//! Looks after what other processes write, away from the drawing thread: a store that another
//! process holds may take seconds to answer.

use std::thread::JoinHandle;
use std::time::Duration;

use color_eyre::eyre::Report;
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use super::brain::Stimulus;
use crate::library::{Catalogue, maintain_cells_beside};
use crate::listen::Engine;
use crate::store::Store;

/// How often the store is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// The same where it is on a server.
const LOOK_ELSEWHERE: Duration = Duration::from_secs(5);

/// A running look-out; ends when dropped.
pub struct Watcher {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Looks out for events after `after` and for changes of the library.
    pub fn start(store: Store, engine: Engine, after: u64, brain: Sender<Stimulus>) -> Self {
        let (stop, stopped) = bounded(0);
        let thread = std::thread::spawn(move || {
            let mut after = after;
            let every = if store.is_elsewhere() { LOOK_ELSEWHERE } else { LOOK };
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                if let Err(e) = look(&store, &engine, &mut after, &brain) {
                    tracing::error!("the library cannot be refreshed: {e:#}");
                }
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
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
    brain: &Sender<Stimulus>,
) -> Result<(), Report> {
    let events = store.events(*after)?;
    *after = events.last().map_or(*after, |event| event.seq);
    let changed = Catalogue::refresh(&engine.catalogue, store, engine.network.id())?;
    if changed {
        maintain_cells_beside(&engine.catalogue, store.dir(), engine.network.id());
        let _ = brain.send(Stimulus::Library);
    }
    if !events.is_empty() {
        let _ = brain.send(Stimulus::Events(events));
    }
    Ok(())
}
