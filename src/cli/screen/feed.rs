//! The feed: what to play next, from the library, the taste and what plays.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::recommend::{Request, recommend};
use crate::settings::Settings;
use crate::store::records::{Event, Track, TrackId};
use crate::taste::Taste;
use crate::tui::FeedItem;

/// Library and taste as the feed sees them.
pub struct Feed {
    tracks: Vec<Track>,
    places: HashMap<TrackId, usize>,
    taste: Taste,
}

impl Feed {
    pub fn new(tracks: Vec<Track>, events: &[Event], settings: &Settings) -> Self {
        let places: HashMap<TrackId, usize> =
            tracks.iter().enumerate().map(|(place, track)| (track.id, place)).collect();
        let style_of = |id: TrackId| places.get(&id).map(|place| tracks[*place].style.clone());
        let taste = Taste::from_events(events, &style_of, &settings.taste, Timestamp::now());
        Self { tracks, places, taste }
    }

    pub fn track(&self, id: TrackId) -> Option<&Track> {
        self.places.get(&id).map(|place| &self.tracks[*place])
    }

    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    pub fn liked(&self, id: TrackId) -> bool {
        self.taste.liked(id)
    }

    pub fn offers(&self, seed: Option<TrackId>, settings: &Settings) -> Vec<FeedItem> {
        let seed = seed.and_then(|id| self.track(id));
        let label = seed.map(|seed| seed.title.clone());
        let offers = recommend(&Request {
            tracks: &self.tracks,
            seeds: &seed.iter().map(|seed| seed.style.clone()).collect::<Vec<_>>(),
            seed_label: label.as_deref(),
            exclude: &seed.iter().map(|seed| seed.id).collect::<Vec<_>>(),
            taste: &self.taste,
            settings: &settings.recommend,
            now: Timestamp::now(),
            count: settings.recommend.count,
        });
        let item = |offer: crate::recommend::Offer| {
            let track = self.track(offer.track_id)?;
            Some(FeedItem {
                track_id: track.id,
                title: track.title.clone(),
                artist: track.artist.clone(),
                score: offer.score,
                reasons: offer.reasons.into_iter().map(|reason| reason.text).collect(),
                liked: self.taste.liked(track.id),
            })
        };
        offers.into_iter().filter_map(item).collect()
    }
}
