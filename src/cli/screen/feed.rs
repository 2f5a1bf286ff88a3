//! The feed: what to play next, from the library, the taste and what plays.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::recommend::{Collection, Offer, Request, Seed, recommend};
use crate::settings::Settings;
use crate::store::records::{Event, TrackId};
use crate::taste::Taste;
use crate::taste::mood::{MoodState, drift};
use crate::tui::FeedItem;

/// Library, events and the taste that follows from both.
pub struct Feed {
    pub tracks: Arc<Collection>,
    /// By their place in the log: they come from here and from other processes, in any order.
    pub events: BTreeMap<u64, Event>,
    taste: Taste,
    /// The mood asked for in this session; its drift is kept up here.
    pub mood: MoodState,
    settings: Settings,
}

impl Feed {
    pub fn new(tracks: Arc<Collection>, events: Vec<Event>, settings: Settings) -> Self {
        let events = events.into_iter().map(|event| (event.seq, event)).collect();
        let (taste, mood) = (Taste::default(), MoodState::default());
        let mut feed = Self { tracks, events, taste, mood, settings };
        feed.sum_up();
        feed
    }

    /// Takes over what is new.
    pub fn take(
        &mut self,
        events: impl IntoIterator<Item = Event>,
        tracks: Option<Arc<Collection>>,
    ) {
        self.events.extend(events.into_iter().map(|event| (event.seq, event)));
        self.tracks = tracks.unwrap_or_else(|| Arc::clone(&self.tracks));
        self.sum_up();
    }

    /// Taste and drift, from the log.
    fn sum_up(&mut self) {
        let (events, now): (Vec<Event>, _) =
            (self.events.values().cloned().collect(), Timestamp::now());
        let style_of = |id: TrackId| self.tracks.get(id).map(|track| track.style.clone());
        self.taste = Taste::from_events(&events, &style_of, &self.settings.taste, now);
        let mood_of = |id: TrackId| self.tracks.mood_of(id);
        self.mood.set_drift(drift(&events, &mood_of, self.mood.place(), now));
    }

    pub fn liked(&self, id: TrackId) -> bool {
        self.taste.liked(id)
    }

    pub fn offers(&self, seed: Option<TrackId>) -> Vec<FeedItem> {
        let seed = seed.and_then(|id| self.tracks.get(id));
        // The feed's heading names it.
        let seeds: Vec<Seed> = seed
            .map(|seed| Seed { label: "it".to_owned(), ..Seed::of(seed) })
            .into_iter()
            .collect();
        let now = Timestamp::now();
        let offers = recommend(&Request {
            seeds: &seeds,
            mood: self.mood,
            ..Request::new(&self.tracks, &self.taste, &self.settings.recommend, now)
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
