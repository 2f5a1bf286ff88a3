//! Looks after what other processes write, away from the drawing thread: a store that another
//! process holds may take seconds to answer.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use color_eyre::eyre::Report;
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use super::brain::Stimulus;
use crate::library::{Catalogue, maintain_cells_beside};
use crate::listen::Engine;
use crate::store::Store;
use crate::tui::News;

/// How often the store is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// The same where it is on a server.
const LOOK_ELSEWHERE: Duration = Duration::from_secs(5);

/// What is watched: the library that is shown and, beside a server's, this machine's own.
pub struct Watched {
    pub store: Store,
    pub own: Option<Store>,
    pub engine: Engine,
}

/// A running look-out; ends when dropped.
pub struct Watcher {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Looks out for events after `after` and for changes of the library.
    pub fn start(
        watched: Watched,
        after: u64,
        brain: Sender<Stimulus>,
        news: Sender<News>,
    ) -> Self {
        let (stop, stopped) = bounded(0);
        let thread = std::thread::spawn(move || {
            let (mut after, mut looked, mut waited) = (after, Instant::now(), 0);
            let elsewhere = watched.store.is_elsewhere();
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if let Err(e) = watched.look_at_own() {
                    tracing::error!("the library of this machine cannot be refreshed: {e:#}");
                }
                if elsewhere && looked.elapsed() < LOOK_ELSEWHERE {
                    continue;
                }
                looked = Instant::now();
                if let Err(e) = watched.look(&mut after, &brain) {
                    tracing::error!("the library cannot be refreshed: {e:#}");
                }
                let waits = watched.store.waiting();
                if waits < waited && waits == 0 {
                    let told = "what waited for the server was sent".to_owned();
                    let _ = news.send(News::Said(told));
                }
                waited = waits;
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

impl Watched {
    fn look(&self, after: &mut u64, brain: &Sender<Stimulus>) -> Result<(), Report> {
        let (store, engine) = (&self.store, &self.engine);
        let model = engine.network.id();
        // The library is asked first: with it what waited is sent, and is among the events then.
        let changed = Catalogue::refresh(&engine.catalogue, store, model)?;
        if changed {
            if !store.is_elsewhere() {
                maintain_cells_beside(&engine.catalogue, store.dir(), model);
            }
            let _ = brain.send(Stimulus::Library);
        }
        let events = store.events(*after)?;
        *after = events.last().map_or(*after, |event| event.seq);
        if !events.is_empty() {
            let _ = brain.send(Stimulus::Events(events));
        }
        Ok(())
    }

    /// Has what another process enrolled searched here beside the server's.
    fn look_at_own(&self) -> Result<(), Report> {
        let (Some(store), Some(catalogue)) = (&self.own, &self.engine.own) else { return Ok(()) };
        let model = self.engine.network.id();
        if Catalogue::refresh(catalogue, store, model)? {
            maintain_cells_beside(catalogue, store.dir(), model);
        }
        Ok(())
    }
}
