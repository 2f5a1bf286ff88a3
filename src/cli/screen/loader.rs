//! Opens the store, loads network and catalogue, and starts to listen, while the screen is already shown.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use color_eyre::eyre::Report;
use crossbeam_channel::{Receiver, Sender};
use jiff::Timestamp;

use super::brain::{self, SharedShelf, Stimulus};
use super::core::Failed;
use super::indexer::{self, Roots, Stops};
use super::newcomer;
use super::recorder::{self, Errand};
use super::watcher::{Watched, Watcher};
use crate::audio::InputSpec;
use crate::cli::context::{Context, stale};
use crate::cli::demo;
use crate::cli::listen::heard;
use crate::listen::Listener;
use crate::listen::event::{LiveEvent, Named};
use crate::store::Store;
use crate::tui::News;

/// What listens: the live path, and which inputs it can take.
pub struct Ears {
    listener: Listener,
    source: Arc<Mutex<Source>>,
    /// Looks after what other processes write.
    _watcher: Watcher,
}

struct Source {
    now: InputSpec,
    all: Vec<InputSpec>,
}

impl Ears {
    /// What the live path tells.
    pub fn events(&self) -> &Receiver<LiveEvent> {
        self.listener.events()
    }

    /// Names the sound again.
    pub fn name_anew(&self) {
        self.listener.name_anew();
    }

    /// Goes to the next input; tells which, as on the command line.
    pub fn next_input(&self) -> String {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        let at = source.all.iter().position(|spec| *spec == source.now).unwrap_or(0);
        let next = source.all[(at + 1) % source.all.len()].clone();
        // Standard input cannot be taken up again in its middle.
        source.all.retain(|spec| !matches!(spec, InputSpec::Stdin(_)));
        source.now = next.clone();
        let spelling = next.to_string();
        self.listener.switch_to(next);
        spelling
    }
}

/// What is needed to load, and where what was asked meanwhile waits.
pub struct Loader {
    pub context: Context,
    pub asked: Option<String>,
    pub ears: Arc<OnceLock<Ears>>,
    pub stops: Stops,
    pub failed: Failed,
    pub shelf: SharedShelf,
    pub brain: Sender<Stimulus>,
    pub stimuli: Receiver<Stimulus>,
    pub errands: Receiver<Errand>,
    pub indexing: Receiver<Roots>,
    pub news: Sender<News>,
}

impl Loader {
    /// Loads everything; gives the threads that now work. Where it fails the screen is closed.
    pub fn run(self) -> Vec<JoinHandle<()>> {
        let (failed, news) = (Arc::clone(&self.failed), self.news.clone());
        let mut threads = Vec::new();
        if let Err(why) = self.load(&mut threads) {
            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
            let _ = news.send(News::Over);
        }
        threads
    }

    fn load(self, threads: &mut Vec<JoinHandle<()>>) -> Result<(), Report> {
        let wanted = self.asked.as_deref().unwrap_or(&self.context.settings.input.default);
        let demo = wanted == "demo";
        let context = if demo { self.demo()? } else { self.context.clone() };
        let stopped = || self.stops.all.load(Ordering::Relaxed);
        if stopped() {
            return Ok(());
        }
        let (store, own) = context.libraries(false)?;
        let events = store.events(0)?;
        let after = events.last().map_or(0, |event| event.seq);
        let newcomer = !demo && self.asked.is_none() && newcomer::is_new(&context, &store)?;
        threads.push(brain::start(
            store.clone(),
            events,
            context.settings.clone(),
            self.shelf,
            self.stimuli,
            self.news.clone(),
        ));
        threads.push(recorder::start(
            store.clone(),
            self.errands,
            self.brain.clone(),
            self.news.clone(),
        ));
        if stopped() {
            return Ok(());
        }
        let engine = context.engine(&store, own.as_ref())?;
        if let Some(told) = stale(engine.own.as_ref().unwrap_or(&engine.catalogue)) {
            let _ = self.news.send(News::Said(told));
        }
        let now = if demo { InputSpec::Demo } else { context.input(self.asked.as_deref())? };
        let mut all = vec![InputSpec::Mic(None), InputSpec::Monitor];
        if !all.contains(&now) {
            all.push(now.clone());
        }
        let source = Arc::new(Mutex::new(Source { now: now.clone(), all }));
        let listener = Listener::start(&now, &engine, history(&store, &source))?;
        let network = Arc::clone(&engine.network);
        let watched = Watched { store, own, engine };
        let watcher = Watcher::start(watched, after, self.brain, self.news.clone());
        // What is indexed goes to the server's library, where there is one.
        let store = context.store()?;
        let _ = self.ears.set(Ears { listener, source, _watcher: watcher });
        threads.push(indexer::start(store, network, self.indexing, self.stops, self.news.clone()));
        // Also has the screen look where the live path is now.
        let _ = self.news.send(News::Listening);
        if newcomer {
            let _ = self.news.send(News::Welcome(newcomer::look_around()));
        }
        Ok(())
    }

    fn demo(&self) -> Result<Context, Report> {
        let told = indexer::progress(&self.news);
        let demo = demo::prepare(&self.context, &self.stops.all, &told);
        let _ = self.news.send(News::Indexing(None));
        demo
    }
}

fn history(
    store: &Store,
    source: &Arc<Mutex<Source>>,
) -> impl Fn(&Named, Timestamp) + Send + 'static {
    let (store, source) = (store.clone(), Arc::clone(source));
    move |named, at| {
        let input = source.lock().unwrap_or_else(PoisonError::into_inner).now.to_string();
        if let Err(e) = store.record_at(named.track_id, heard(&input, named), at) {
            tracing::error!("the history could not be written: {e}");
        }
    }
}
