//! Library, log and taste, as of now.

use std::collections::BTreeMap;

use color_eyre::eyre::Report;
use jiff::Timestamp;

use crate::cli::context::Context;
use crate::import::People;
use crate::recommend::{Collection, Request, Seed};
use crate::settings::Settings;
use crate::store::Store;
use crate::store::records::{Event, Mood, TrackId};
use crate::taste::Taste;
use crate::taste::mood::{MoodState, drift};

/// What offers are made of.
pub struct Library {
    store: Store,
    settings: Settings,
    generation: u64,
    pub collection: Collection,
    events: Vec<Event>,
    taste: Taste,
    people: Option<People>,
    /// What tracks are worth by what like-minded people play.
    worths: BTreeMap<TrackId, f64>,
    mood: MoodState,
    now: Timestamp,
}

impl Library {
    pub fn open(context: &Context) -> Result<Self, Report> {
        let store = context.store()?;
        let generation = store.generation()?;
        let mut library = Self {
            collection: Collection::new(store.tracks()?),
            events: store.events(0)?,
            people: People::open(store.dir())?,
            worths: BTreeMap::new(),
            store,
            settings: context.settings.clone(),
            generation,
            taste: Taste::default(),
            mood: MoodState::default(),
            now: Timestamp::now(),
        };
        library.sum_up();
        Ok(library)
    }

    pub fn is_empty(&self) -> bool {
        self.collection.is_empty()
    }

    /// Takes over what has happened since; gives what is new in the log.
    pub fn refresh(&mut self) -> Result<Vec<Event>, Report> {
        let generation = self.store.generation()?;
        if generation != self.generation {
            self.collection = Collection::new(self.store.tracks()?);
            self.generation = generation;
        }
        let new = self.store.events(self.events.last().map_or(0, |event| event.seq))?;
        self.events.extend(new.iter().cloned());
        self.now = Timestamp::now();
        self.sum_up();
        Ok(new)
    }

    /// The mood asked for; [`None`] for none.
    pub fn set_mood(&mut self, place: Option<Mood>) {
        self.mood.set_place(place);
        self.drift();
    }

    fn sum_up(&mut self) {
        let style_of = |id: TrackId| self.collection.get(id).map(|track| track.style.clone());
        self.taste = Taste::from_events(&self.events, &style_of, &self.settings.taste, self.now);
        let people = self.people.as_ref();
        let worths = people.map(|people| people.worths(self.collection.tracks(), &self.taste));
        self.worths = worths.unwrap_or_default();
        self.drift();
    }

    fn drift(&mut self) {
        let mood_of = |id: TrackId| self.collection.mood_of(id);
        self.mood.set_drift(drift(&self.events, &mood_of, self.mood.place(), self.now));
    }

    /// A request for offers that sound like the seeds.
    pub fn request<'a>(&'a self, seeds: &'a [Seed], count: Option<usize>) -> Request<'a> {
        let feed = Request::new(&self.collection, &self.taste, &self.settings.recommend, self.now);
        let people = Some(&self.worths);
        Request { seeds, people, mood: self.mood, count: count.unwrap_or(feed.count), ..feed }
    }
}
