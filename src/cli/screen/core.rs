//! The program behind the screen: listener, store, library, taste and player as one.

use std::sync::{Arc, Mutex, PoisonError};

use color_eyre::eyre::Report;
use crossbeam_channel::Receiver;

use super::feed::Feed;
use super::player::Player;
use super::watcher::{Watcher, collection};
use crate::audio::InputSpec;
use crate::cli::context::Context;
use crate::cli::listen::heard;
use crate::listen::event::{LiveEvent, Named};
use crate::listen::{Engine, Listener};
use crate::store::Store;
use crate::store::records::{Event, EventKind, Track, TrackId};
use crate::tui::{Core, FeedItem, NowPlaying};

/// Events of the history that are worth showing.
const SHOWN_EVENTS: usize = 500;

/// What the screen drives.
pub struct LiveCore {
    store: Store,
    listener: Listener,
    watcher: Watcher,
    spec: InputSpec,
    inputs: Vec<InputSpec>,
    spelling: Arc<Mutex<String>>,
    feed: Feed,
    player: Player,
}

impl LiveCore {
    pub fn new(
        context: &Context,
        store: Store,
        engine: Engine,
        spec: InputSpec,
    ) -> Result<Self, Report> {
        let spelling = Arc::new(Mutex::new(spec.to_string()));
        let listener = Listener::start(&spec, &engine, history(&store, &spelling))?;
        let events = store.events(0)?;
        let tracks = Arc::new(collection(&engine.catalogue));
        let after = events.last().map_or(0, |event| event.seq);
        let mut inputs = vec![InputSpec::Mic(None), InputSpec::Monitor];
        if !inputs.contains(&spec) {
            inputs.push(spec.clone());
        }
        Ok(Self {
            feed: Feed::new(Arc::clone(&tracks), events, context.settings.clone()),
            watcher: Watcher::start(store.clone(), engine, after, tracks),
            store,
            listener,
            spec,
            inputs,
            spelling,
            player: Player::default(),
        })
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
    fn events(&self) -> &Receiver<LiveEvent> {
        self.listener.events()
    }

    fn track(&self, id: TrackId) -> Option<Track> {
        self.feed.tracks.get(id).cloned()
    }

    fn liked(&self, id: TrackId) -> bool {
        self.feed.liked(id)
    }

    fn library_size(&self) -> usize {
        self.feed.tracks.len()
    }

    fn refresh(&mut self) -> bool {
        let ended = self.player.ended(&self.store);
        let Some(update) = self.watcher.update() else { return ended };
        self.feed.take(update.events, update.tracks);
        true
    }

    fn feed(&mut self, seed: Option<TrackId>) -> Vec<FeedItem> {
        self.feed.offers(seed)
    }

    fn feedback(&mut self, id: TrackId, what: EventKind) -> Result<(), String> {
        if matches!(what, EventKind::Skip { .. }) {
            self.player.note_skip(id);
        }
        let event = self.store.record(id, what).map_err(|e| e.to_string())?;
        self.feed.take([event], None);
        Ok(())
    }

    fn switch_input(&mut self) -> Result<String, String> {
        let at = self.inputs.iter().position(|spec| *spec == self.spec).unwrap_or(0);
        let next = self.inputs[(at + 1) % self.inputs.len()].clone();
        // Standard input cannot be taken up again in its middle.
        self.inputs.retain(|spec| !matches!(spec, InputSpec::Stdin(_)));
        self.spec = next;
        *self.spelling.lock().unwrap_or_else(PoisonError::into_inner) = self.spec.to_string();
        self.listener.switch_to(self.spec.clone());
        Ok(self.spec.to_string())
    }

    fn play(&mut self, id: TrackId) -> Result<(), String> {
        let track =
            self.feed.tracks.get(id).ok_or("the track is not in the library any more")?.clone();
        self.player.play(&self.store, &track)
    }

    fn pause(&mut self) {
        self.player.toggle_pause();
    }

    fn seek(&mut self, by_s: f64) -> Result<(), String> {
        self.player.seek(by_s)
    }

    fn stop(&mut self) {
        self.player.stop(&self.store);
    }

    fn playing(&self) -> Option<NowPlaying> {
        self.player.now()
    }

    fn history(&mut self) -> Vec<Event> {
        self.feed.events.values().rev().take(SHOWN_EVENTS).cloned().collect()
    }
}

impl Drop for LiveCore {
    fn drop(&mut self) {
        self.player.stop(&self.store);
    }
}
