//! The library and the log as the screen sees them: made off the drawing thread, shared, never changed.

use std::sync::Arc;

use crate::recommend::Collection;
use crate::store::records::{Event, Track, TrackId};
use crate::taste::Taste;

/// All tracks, found by number or by place.
#[derive(Debug, Default)]
pub struct Shelf {
    collection: Arc<Collection>,
}

impl Shelf {
    /// Of these tracks, in order of their numbers.
    #[must_use]
    pub fn new(tracks: Vec<Track>) -> Self {
        Self { collection: Arc::new(Collection::new(tracks)) }
    }

    /// The same, as what is recommended from.
    #[must_use]
    pub fn collection(&self) -> &Arc<Collection> {
        &self.collection
    }

    /// A track by its number.
    #[must_use]
    pub fn get(&self, id: TrackId) -> Option<&Track> {
        self.collection.get(id)
    }

    /// All tracks.
    #[must_use]
    pub fn tracks(&self) -> &[Track] {
        self.collection.tracks()
    }

    /// Number of tracks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.collection.len()
    }

    /// No track at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.collection.is_empty()
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
