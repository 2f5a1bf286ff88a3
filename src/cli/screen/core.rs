//! The program behind the screen: listener, store, library, taste and player as one. Nothing here waits:
//! each part has a thread of its own, and what is asked before the store is open waits in its channel.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use color_eyre::eyre::Report;
use crossbeam_channel::{Receiver, Sender, never, unbounded};

use super::brain::{SharedShelf, Stimulus};
use super::indexer::{Roots, Stops};
use super::loader::{Ears, Loader};
use super::player::{Ask, Player};
use super::recorder::Errand;
use super::thinker::{self, Measure};
use super::wardrobe::Wardrobe;
use crate::cli::context::Context;
use crate::listen::event::LiveEvent;
use crate::store::records::TrackId;
use crate::tui::{Core, Job, LookFiles, News, NowPlaying, Options, Request};

/// Why the program behind the screen could not start, where it could not.
pub type Failed = Arc<Mutex<Option<Report>>>;

/// What the screen drives.
pub struct LiveCore {
    /// What listens, once everything is loaded.
    ears: Arc<OnceLock<Ears>>,
    /// Heard until then.
    nothing: Receiver<LiveEvent>,
    /// Gives the threads that it started when everything is loaded.
    loading: Option<JoinHandle<Vec<JoinHandle<()>>>>,
    /// Ends what takes long.
    stops: Stops,
    /// Where the map's places are kept.
    places: PathBuf,
    failed: Failed,
    _wardrobe: Wardrobe,
    player: Option<Player>,
    asks: Option<Asks>,
    shelf: SharedShelf,
    tell: Sender<News>,
    news: Receiver<News>,
    threads: Vec<JoinHandle<()>>,
}

/// Where questions go. When it is dropped the threads come to their end.
struct Asks {
    brain: Sender<Stimulus>,
    recorder: Sender<Errand>,
    index: Sender<Roots>,
    /// What is typed for.
    quick: Sender<Job>,
    /// What may take a second.
    slow: Sender<Job>,
    /// What may take many.
    long: Sender<Job>,
    measure: Sender<Measure>,
}

impl LiveCore {
    /// Starts to load everything for the input that was `asked` for, and returns at once.
    pub fn new(
        context: &Context,
        asked: Option<&str>,
        files: LookFiles,
        options: &Options,
    ) -> Self {
        let (tell, news) = unbounded();
        let (brain, stimuli) = unbounded();
        let (recorder, errands) = unbounded();
        let (index, indexing) = unbounded();
        let (quick, quick_thread) = thinker::start(tell.clone());
        let (slow, slow_thread) = thinker::start(tell.clone());
        // Not waited for in the end: it leaves nothing half done, and takes too long.
        let (long, _) = thinker::start(tell.clone());
        let (measure, measuring) = thinker::start_measuring(tell.clone());
        let (shelf, failed) = (SharedShelf::default(), Failed::default());
        let (ears, stops) = (Arc::new(OnceLock::new()), Stops::default());
        let demo = asked.unwrap_or(&context.settings.input.default) == "demo";
        let data_dir = if demo { context.demo().data_dir } else { context.data_dir.clone() };
        let loader = Loader {
            // What is said goes to the screen.
            context: Context { quiet: true, ..context.clone() },
            asked: asked.map(str::to_owned),
            ears: Arc::clone(&ears),
            stops: stops.clone(),
            failed: Arc::clone(&failed),
            shelf: Arc::clone(&shelf),
            brain: brain.clone(),
            stimuli,
            errands,
            indexing,
            news: tell.clone(),
        };
        let theme = options.look.screen.theme.clone();
        Self {
            ears,
            nothing: never(),
            loading: Some(std::thread::spawn(|| loader.run())),
            stops,
            places: data_dir.join(crate::map::PLACES),
            failed,
            _wardrobe: Wardrobe::watch(files, options.terminal, theme, tell.clone()),
            player: Some(Player::start(recorder.clone(), tell.clone())),
            asks: Some(Asks { brain, recorder, index, quick, slow, long, measure }),
            shelf,
            tell,
            news,
            threads: vec![quick_thread, slow_thread, measuring],
        }
    }

    /// Where the reason is put when it cannot start.
    pub fn failed(&self) -> Failed {
        Arc::clone(&self.failed)
    }

    fn switch_input(&mut self) {
        let input = match self.ears.get() {
            Some(ears) => Ok(ears.next_input()),
            None => Err("the first input is not open yet: try again in a moment".to_owned()),
        };
        let _ = self.tell.send(News::Input(input));
    }

    fn play(&mut self, id: TrackId, from_s: f64) {
        let shelf = Arc::clone(&self.shelf.lock().unwrap_or_else(PoisonError::into_inner));
        match shelf.get(id) {
            Some(track) if track.path.as_os_str().is_empty() => {
                let why = format!("{}: its file is not on this machine", track.label());
                let _ = self.tell.send(News::Failed(why));
            }
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
        if let Some(track) = shelf.get(id)
            && !track.path.as_os_str().is_empty()
        {
            let (path, duration_s) = (track.path.clone(), track.duration_s);
            let _ = asks.measure.send(Measure { id, path, duration_s });
        }
    }

    /// Folders as typed, or where there are none those that are known.
    fn index(&self, asks: &Asks, typed: Vec<PathBuf>) {
        let roots = if typed.is_empty() {
            let shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
            Roots::Known(Arc::clone(&shelf))
        } else {
            Roots::Typed(typed)
        };
        let _ = asks.index.send(roots);
    }

    fn think(&self, asks: &Asks, job: Job) {
        let _ = match job {
            Job::Layout { shelf, chart, .. } => {
                asks.long.send(Job::Layout { shelf, chart, kept: Some(self.places.clone()) })
            }
            Job::Chart(_) | Job::Folders(_) | Job::Summary(..) => asks.slow.send(job),
            _ => asks.quick.send(job),
        };
    }

    fn forward(&self, request: Request) {
        let Some(asks) = &self.asks else { return };
        match request {
            Request::Feed(seed) => drop(asks.brain.send(Stimulus::Feed(seed))),
            Request::Mood(place) => drop(asks.brain.send(Stimulus::Mood(place))),
            Request::Path(from, to) => drop(asks.brain.send(Stimulus::Path(from, to))),
            Request::Index(folders) => self.index(asks, folders),
            Request::StopIndexing => self.stops.run.store(true, Ordering::Relaxed),
            Request::Think(job) => self.think(asks, job),
            Request::Overview(id) => self.measure(asks, id),
            other => drop(asks.recorder.send(Errand::Asked(other))),
        }
    }
}

impl Core for LiveCore {
    fn live(&self) -> &Receiver<LiveEvent> {
        self.ears.get().map_or(&self.nothing, Ears::events)
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
            Request::NameAnew => {
                if let Some(ears) = self.ears.get() {
                    ears.name_anew();
                }
            }
            other => self.forward(other),
        }
    }

    fn playing(&self) -> Option<NowPlaying> {
        self.player.as_ref()?.now()
    }
}

impl Drop for LiveCore {
    /// What was asked is done before this returns, but for indexing, which is broken off: a like or a play
    /// is not lost because the screen was closed right after.
    fn drop(&mut self) {
        self.stops.all.store(true, Ordering::Relaxed);
        self.stops.run.store(true, Ordering::Relaxed);
        let started = self.loading.take().and_then(|loading| loading.join().ok());
        self.player = None;
        self.ears = Arc::default();
        self.asks = None;
        for thread in self.threads.drain(..).chain(started.into_iter().flatten()) {
            drop(thread.join());
        }
    }
}
