//! The feed: what to play next, from the library, the taste and what plays.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::recommend::{Offer, Request, recommend};
use crate::settings::Settings;
use crate::store::records::{Event, Track, TrackId};
use crate::store::{Store, StoreError};
use crate::taste::Taste;
use crate::tui::FeedItem;

/// The library as the feed sees it.
pub struct Tracks {
    all: Vec<Track>,
    places: HashMap<TrackId, usize>,
}

impl Tracks {
    pub fn of(store: &Store) -> Result<Self, StoreError> {
        let all = store.tracks()?;
        let places = all.iter().enumerate().map(|(place, track)| (track.id, place)).collect();
        Ok(Self { all, places })
    }

    pub fn get(&self, id: TrackId) -> Option<&Track> {
        self.places.get(&id).map(|place| &self.all[*place])
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }
}

/// Library, events and the taste that follows from both.
pub struct Feed {
    pub tracks: Arc<Tracks>,
    /// By their place in the log: they come from here and from other processes, in any order.
    pub events: BTreeMap<u64, Event>,
    taste: Taste,
    settings: Settings,
}

impl Feed {
    pub fn new(tracks: Arc<Tracks>, events: Vec<Event>, settings: Settings) -> Self {
        let events = events.into_iter().map(|event| (event.seq, event)).collect();
        let taste = taste(&tracks, &events, &settings);
        Self { tracks, events, taste, settings }
    }

    /// Takes over what is new.
    pub fn take(&mut self, events: impl IntoIterator<Item = Event>, tracks: Option<Arc<Tracks>>) {
        self.events.extend(events.into_iter().map(|event| (event.seq, event)));
        self.tracks = tracks.unwrap_or_else(|| Arc::clone(&self.tracks));
        self.taste = taste(&self.tracks, &self.events, &self.settings);
    }

    pub fn liked(&self, id: TrackId) -> bool {
        self.taste.liked(id)
    }

    pub fn offers(&self, seed: Option<TrackId>) -> Vec<FeedItem> {
        let seed = seed.and_then(|id| self.tracks.get(id));
        let offers = recommend(&Request {
            tracks: &self.tracks.all,
            seeds: &seed.iter().map(|seed| seed.style.clone()).collect::<Vec<_>>(),
            // The feed's heading names it.
            seed_label: seed.map(|_| "it"),
            exclude: &seed.iter().map(|seed| seed.id).collect::<Vec<_>>(),
            taste: &self.taste,
            settings: &self.settings.recommend,
            now: Timestamp::now(),
            count: self.settings.recommend.count,
        });
        offers.into_iter().filter_map(|offer| self.item(offer)).collect()
    }

    fn item(&self, offer: Offer) -> Option<FeedItem> {
        let track = self.tracks.get(offer.track_id)?;
        Some(FeedItem {
            track_id: track.id,
            title: track.title.clone(),
            artist: track.artist.clone(),
            score: offer.score,
            reasons: offer.reasons.into_iter().map(|reason| reason.text).collect(),
            liked: self.taste.liked(track.id),
        })
    }
}

fn taste(tracks: &Tracks, events: &BTreeMap<u64, Event>, settings: &Settings) -> Taste {
    let events: Vec<Event> = events.values().cloned().collect();
    let style_of = |id: TrackId| tracks.get(id).map(|track| track.style.clone());
    Taste::from_events(&events, &style_of, &settings.taste, Timestamp::now())
}
