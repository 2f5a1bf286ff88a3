//! The library and the log as the screen sees them: made off the drawing thread, shared, never changed.

use std::collections::HashMap;

use crate::store::records::{Event, Track, TrackId};
use crate::taste::Taste;

/// All tracks, found by number or by place.
#[derive(Debug, Default)]
pub struct Shelf {
    tracks: Vec<Track>,
    places: HashMap<TrackId, usize>,
}

impl Shelf {
    /// Of these tracks, in this order.
    #[must_use]
    pub fn new(tracks: Vec<Track>) -> Self {
        let places = tracks.iter().enumerate().map(|(place, track)| (track.id, place)).collect();
        Self { tracks, places }
    }

    /// A track by its number.
    #[must_use]
    pub fn get(&self, id: TrackId) -> Option<&Track> {
        self.places.get(&id).map(|place| &self.tracks[*place])
    }

    /// All tracks.
    #[must_use]
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// Number of tracks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// No track at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// "artist - title", also of a track that has gone.
    #[must_use]
    pub fn label(&self, id: TrackId) -> String {
        self.get(id).map_or_else(|| format!("track {id}"), Track::label)
    }
}

/// What happened, oldest first, and the taste that follows from it.
#[derive(Debug, Default)]
pub struct Log {
    /// Oldest first.
    pub events: Vec<Event>,
    /// What follows.
    pub taste: Taste,
}
