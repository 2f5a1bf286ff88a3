//! The program behind the screen: listener, store, library, taste and player as one. Nothing here waits:
//! each part has a thread of its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use color_eyre::eyre::Report;
use crossbeam_channel::{Receiver, Sender, unbounded};

use super::brain::{self, SharedShelf, Stimulus};
use super::player::{Ask, Player};
use super::recorder::{self, Errand};
use super::thinker::{self, Measure};
use super::wardrobe::Wardrobe;
use super::watcher::Watcher;
use crate::audio::InputSpec;
use crate::cli::context::Context;
use crate::cli::listen::heard;
use crate::listen::event::{LiveEvent, Named};
use crate::listen::{Engine, Listener};
use crate::store::Store;
use crate::store::records::TrackId;
use crate::tui::{Core, Job, LookFiles, News, NowPlaying, Options, Request};

/// What the screen drives.
pub struct LiveCore {
    listener: Listener,
    watcher: Option<Watcher>,
    _wardrobe: Wardrobe,
    player: Option<Player>,
    asks: Option<Asks>,
    shelf: SharedShelf,
    tell: Sender<News>,
    news: Receiver<News>,
    spec: InputSpec,
    inputs: Vec<InputSpec>,
    spelling: Arc<Mutex<String>>,
    threads: Vec<JoinHandle<()>>,
}

/// Where questions go. When it is dropped the threads come to their end.
struct Asks {
    brain: Sender<Stimulus>,
    recorder: Sender<Errand>,
    /// What is typed for.
    quick: Sender<Job>,
    /// What may take a second.
    slow: Sender<Job>,
    measure: Sender<Measure>,
}

impl LiveCore {
    pub fn new(
        context: &Context,
        store: Store,
        engine: Engine,
        spec: InputSpec,
        files: LookFiles,
        options: &Options,
    ) -> Result<Self, Report> {
        let spelling = Arc::new(Mutex::new(spec.to_string()));
        let listener = Listener::start(&spec, &engine, history(&store, &spelling))?;
        let events = store.events(0)?;
        let after = events.last().map_or(0, |event| event.seq);
        let (tell, news) = unbounded();
        let shelf = SharedShelf::default();
        let (brain, thinking) = brain::start(
            store.clone(),
            events,
            context.settings.clone(),
            Arc::clone(&shelf),
            tell.clone(),
        );
        let (recorder, recording) = recorder::start(store.clone(), brain.clone(), tell.clone());
        let (quick, quick_thread) = thinker::start(tell.clone());
        let (slow, slow_thread) = thinker::start(tell.clone());
        let (measure, measuring) = thinker::start_measuring(tell.clone());
        let mut inputs = vec![InputSpec::Mic(None), InputSpec::Monitor];
        if !inputs.contains(&spec) {
            inputs.push(spec.clone());
        }
        let theme = options.look.screen.theme.clone();
        Ok(Self {
            listener,
            watcher: Some(Watcher::start(store, engine, after, brain.clone())),
            _wardrobe: Wardrobe::watch(files, options.terminal, theme, tell.clone()),
            player: Some(Player::start(recorder.clone(), tell.clone())),
            asks: Some(Asks { brain, recorder, quick, slow, measure }),
            shelf,
            tell,
            news,
            spec,
            inputs,
            spelling,
            threads: vec![recording, thinking, quick_thread, slow_thread, measuring],
        })
    }

    fn switch_input(&mut self) {
        let at = self.inputs.iter().position(|spec| *spec == self.spec).unwrap_or(0);
        let next = self.inputs[(at + 1) % self.inputs.len()].clone();
        // Standard input cannot be taken up again in its middle.
        self.inputs.retain(|spec| !matches!(spec, InputSpec::Stdin(_)));
        self.spec = next;
        let spelling = self.spec.to_string();
        spelling.clone_into(&mut self.spelling.lock().unwrap_or_else(PoisonError::into_inner));
        self.listener.switch_to(self.spec.clone());
        let _ = self.tell.send(News::Input(Ok(spelling)));
    }

    fn play(&mut self, id: TrackId, from_s: f64) {
        let shelf = Arc::clone(&self.shelf.lock().unwrap_or_else(PoisonError::into_inner));
        match shelf.get(id) {
            Some(track) => {
                let (path, duration_s) = (track.path.clone(), track.duration_s);
                self.player(Ask::Play { id, path, duration_s, from_s });
            }
            None => {
                let why = "the track is not in the library any more".to_owned();
                let _ = self.tell.send(News::Failed(why));
            }
        }
    }

    fn player(&mut self, ask: Ask) {
        if let Some(player) = &mut self.player {
            player.ask(ask);
        }
    }

    fn measure(&self, asks: &Asks, id: TrackId) {
        let shelf = Arc::clone(&self.shelf.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(track) = shelf.get(id) {
            let (path, duration_s) = (track.path.clone(), track.duration_s);
            let _ = asks.measure.send(Measure { id, path, duration_s });
        }
    }

    fn forward(&self, request: Request) {
        let Some(asks) = &self.asks else { return };
        match request {
            Request::Feed(seed) => drop(asks.brain.send(Stimulus::Feed(seed))),
            Request::Think(job) => {
                let slow = matches!(job, Job::Chart(_) | Job::Folders(_) | Job::Summary(..));
                drop(if slow { asks.slow.send(job) } else { asks.quick.send(job) });
            }
            Request::Overview(id) => self.measure(asks, id),
            other => drop(asks.recorder.send(Errand::Asked(other))),
        }
    }
}

fn history(store: &Store, spelling: &Arc<Mutex<String>>) -> impl Fn(&Named) + Send + 'static {
    let (store, spelling) = (store.clone(), Arc::clone(spelling));
    move |named| {
        let input = spelling.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Err(e) = store.record(named.track_id, heard(&input, named)) {
            tracing::error!("the history could not be written: {e}");
        }
    }
}

impl Core for LiveCore {
    fn live(&self) -> &Receiver<LiveEvent> {
        self.listener.events()
    }

    fn news(&self) -> &Receiver<News> {
        &self.news
    }

    fn ask(&mut self, request: Request) {
        match request {
            Request::Play { id, from_s } => self.play(id, from_s),
            Request::Pause => self.player(Ask::Pause),
            Request::SeekBy(by_s) => self.player(Ask::SeekBy(by_s)),
            Request::SeekTo(to_s) => self.player(Ask::SeekTo(to_s)),
            Request::StopSkipped => self.player(Ask::StopSkipped),
            Request::SwitchInput => self.switch_input(),
            other => self.forward(other),
        }
    }

    fn playing(&self) -> Option<NowPlaying> {
        self.player.as_ref()?.now()
    }
}

impl Drop for LiveCore {
    /// What was asked is done before this returns: a like or a play is not lost because the screen was
    /// closed right after.
    fn drop(&mut self) {
        self.player = None;
        self.watcher = None;
        self.asks = None;
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}
