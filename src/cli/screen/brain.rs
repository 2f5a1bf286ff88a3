//! Library, log and taste, away from the drawing thread: keeps them, and works out the feed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};
use jiff::Timestamp;

use crate::import::People;
use crate::recommend::{GraphUpkeep, Offer, Request, Seed, path, recommend};
use crate::settings::Settings;
use crate::store::Store;
use crate::store::records::{Event, Mood, TrackId};
use crate::taste::Taste;
use crate::taste::mood::{MoodState, drift};
use crate::tui::{FeedItem, Log, News, Shelf, Why};

/// Tracks of a path, its ends among them: an evening's half hour.
const STEPS: usize = 12;

/// The library, for those who only need to look up a track.
pub type SharedShelf = Arc<Mutex<Arc<Shelf>>>;

/// What the brain is told or asked.
pub enum Stimulus {
    /// The library is another.
    Library,
    /// Something happened; it may be known already.
    Events(Vec<Event>),
    /// What to play next, after this track.
    Feed(Option<TrackId>),
    /// The mood that is wanted, if any.
    Mood(Option<Mood>),
    /// The way from one track to another.
    Path(TrackId, TrackId),
}

/// Starts it. It ends when nobody can tell it anything any more.
pub fn start(
    store: Store,
    events: Vec<Event>,
    settings: Settings,
    shelf: SharedShelf,
    stimuli: Receiver<Stimulus>,
    news: Sender<News>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut brain = Brain {
            store,
            shelf,
            settings,
            events: events.into_iter().map(|event| (event.seq, event)).collect(),
            log: Arc::default(),
            mood: MoodState::default(),
            people: None,
            worths: BTreeMap::new(),
            graphs: GraphUpkeep::new(Arc::default()),
            news,
        };
        brain.reshelve();
        brain.meet();
        brain.reflect();
        brain.run(&stimuli);
    })
}

struct Brain {
    store: Store,
    shelf: SharedShelf,
    settings: Settings,
    /// By their place in the log: they come from here and from other processes, in any order.
    events: BTreeMap<u64, Event>,
    log: Arc<Log>,
    /// The mood asked for in this session; its drift is kept up here.
    mood: MoodState,
    /// Other people's plays as they were when the screen opened, and what tracks are worth by them.
    people: Option<People>,
    worths: BTreeMap<TrackId, f64>,
    graphs: GraphUpkeep,
    news: Sender<News>,
}

impl Brain {
    fn run(&mut self, stimuli: &Receiver<Stimulus>) {
        while let Ok(first) = stimuli.recv() {
            let (mut library, mut fresh, mut feed) = (false, false, None);
            let (mut mood, mut ends) = (None, None);
            // What has come meanwhile is worked on together.
            for stimulus in std::iter::once(first).chain(stimuli.try_iter()) {
                match stimulus {
                    Stimulus::Library => library = true,
                    Stimulus::Feed(seed) => feed = Some(seed),
                    Stimulus::Mood(place) => mood = Some(place),
                    Stimulus::Path(from, to) => ends = Some((from, to)),
                    Stimulus::Events(events) => {
                        for event in events {
                            fresh |= self.take(event);
                        }
                    }
                }
            }
            if library {
                self.reshelve();
            }
            if let Some(place) = mood {
                self.mood.set_place(place);
                self.drift(Timestamp::now());
            }
            if library || fresh {
                self.reflect();
            }
            if let Some((from, to)) = ends {
                self.tell(News::Path(self.way(from, to)));
            }
            if let Some(seed) = feed {
                let items = self.offers(seed);
                self.tell(News::Feed(seed, items));
            }
        }
    }

    /// Takes in an event; tells whether it is new. One that waited for its server is told again when that has
    /// it, with its place in the log.
    fn take(&mut self, mut event: Event) -> bool {
        if event.is_waiting() {
            let shelf = self.shelf();
            if let Some(track) = shelf.get(event.track_id) {
                (event.title, event.artist) = (track.title.clone(), track.artist.clone());
            }
        } else {
            let waiting = self.events.range(Event::WAITING..);
            let same = waiting.filter(|(_, waits)| waits.nonce == event.nonce).map(|(seq, _)| *seq);
            if let Some(seq) = same.collect::<Vec<_>>().first() {
                self.events.remove(seq);
            }
        }
        self.events.insert(event.seq, event).is_none()
    }

    fn tell(&self, news: News) {
        // Nobody listens any more while the screen closes.
        let _ = self.news.send(news);
    }

    fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.shelf.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn reshelve(&mut self) {
        let tracks = match self.store.tracks() {
            Ok(tracks) => tracks,
            Err(error) => return tracing::error!("the library cannot be read: {error}"),
        };
        let shelf = Arc::new(Shelf::new(tracks));
        self.graphs.keep(Some(shelf.collection()));
        *self.shelf.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&shelf);
        self.tell(News::Library(shelf));
    }

    fn meet(&mut self) {
        match People::open(self.store.dir()) {
            Ok(people) => self.people = people,
            Err(error) => tracing::error!("{error}"),
        }
    }

    fn reflect(&mut self) {
        let shelf = self.shelf();
        let events: Vec<Event> = self.events.values().cloned().collect();
        let style_of = |id: TrackId| shelf.get(id).map(|track| track.style.clone());
        let now = Timestamp::now();
        let taste = Taste::from_events(&events, &style_of, &self.settings.taste, now);
        if let Some(people) = &self.people {
            self.worths = people.worths(shelf.collection().tracks(), &taste);
        }
        self.log = Arc::new(Log { events, taste });
        self.drift(now);
        self.tell(News::Log(Arc::clone(&self.log)));
    }

    /// How far what was liked and skipped lately moves the mood.
    fn drift(&mut self, now: Timestamp) {
        let shelf = self.shelf();
        let mood_of = |id: TrackId| shelf.collection().mood_of(id);
        self.mood.set_drift(drift(&self.log.events, &mood_of, self.mood.place(), now));
    }

    fn way(&self, from: TrackId, to: TrackId) -> Result<Vec<TrackId>, String> {
        let shelf = self.shelf();
        let end =
            |id| shelf.get(id).map(Seed::of).ok_or("the track is not in the library any more");
        let (settings, now) = (&self.settings.recommend, Timestamp::now());
        let request = Request {
            mood: self.mood,
            count: STEPS,
            ..Request::new(shelf.collection(), &self.log.taste, settings, now)
        };
        let way = path(&request, &end(from)?, &end(to)?).map_err(|e| e.to_string())?;
        Ok(way.into_iter().map(|offer| offer.track_id).collect())
    }

    fn offers(&mut self, seed: Option<TrackId>) -> Vec<FeedItem> {
        let shelf = self.shelf();
        self.graphs.keep(None);
        // The feed's heading names it.
        let named = |seed| Seed { label: "it".to_owned(), ..Seed::of(seed) };
        let seeds: Vec<Seed> = seed.and_then(|id| shelf.get(id)).map(named).into_iter().collect();
        let (settings, now) = (&self.settings.recommend, Timestamp::now());
        let offers = recommend(&Request {
            seeds: &seeds,
            mood: self.mood,
            people: Some(&self.worths),
            ..Request::new(shelf.collection(), &self.log.taste, settings, now)
        });
        offers.into_iter().filter_map(|offer| item(&shelf, offer)).collect()
    }
}

fn item(shelf: &Shelf, offer: Offer) -> Option<FeedItem> {
    let track = shelf.get(offer.track_id)?;
    let reasons = offer.reasons.into_iter();
    Some(FeedItem {
        track_id: track.id,
        title: track.title.clone(),
        artist: track.artist.clone(),
        duration_s: track.duration_s,
        score: offer.score,
        reasons: reasons.map(|r| Why { text: r.text, weight: r.weight }).collect(),
        mood: track.mood,
    })
}
