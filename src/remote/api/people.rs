//! Feedback, history, profile, accounts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::people::Role;
use crate::store::records::{Event, EventKind, TrackId};

/// What the user thinks of a track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeedbackRequest {
    /// Random, 32 hexadecimal digits: the same sent twice is kept once. Made by the server where missing.
    #[serde(default)]
    #[schema(pattern = "^[0-9a-f]{32}$")]
    pub nonce: Option<String>,
    /// When it happened, if not now; not in the future.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// Which track.
    pub track_id: TrackId,
    /// What happened.
    #[serde(flatten)]
    pub what: EventKind,
}

/// A line of the user's own log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventBody {
    /// Place in the log, from 1.
    pub seq: u64,
    /// What made it once: 32 hexadecimal digits.
    pub nonce: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Which track.
    pub track_id: TrackId,
    /// Title at that time.
    pub title: String,
    /// Artist at that time.
    pub artist: String,
    /// What happened.
    #[serde(flatten)]
    pub what: EventKind,
}

impl From<Event> for EventBody {
    fn from(event: Event) -> Self {
        Self {
            seq: event.seq,
            nonce: format!("{:032x}", event.nonce),
            at: event.at,
            track_id: event.track_id,
            title: event.title,
            artist: event.artist,
            what: event.what,
        }
    }
}

impl EventBody {
    /// As the store knows it; [`None`] where the nonce is none.
    #[must_use]
    pub fn into_event(self) -> Option<Event> {
        Some(Event {
            seq: self.seq,
            nonce: u128::from_str_radix(&self.nonce, 16).ok()?,
            at: self.at,
            track_id: self.track_id,
            title: self.title,
            artist: self.artist,
            what: self.what,
        })
    }
}

/// A page of the user's own log, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryResponse {
    /// The events.
    pub events: Vec<EventBody>,
    /// What to ask for as `after` to get the next page; null at the end.
    pub next: Option<u64>,
}

/// Who asks, and what the server knows of their taste.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfileResponse {
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Events in their log.
    pub events: u64,
    /// Tracks that count as enjoyed, and that do not.
    pub enjoyed: usize,
    /// Tracks skipped, rated low or banned.
    pub disliked: usize,
    /// Centres of their taste: how many kinds of music they like.
    pub centres: usize,
}

/// An account to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserRequest {
    /// What the person is called: 1 to 64 letters, digits, `.`, `_`, `-`, `@`.
    #[schema(pattern = "^[A-Za-z0-9._@-]{1,64}$")]
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// An account just made: its token is told once and not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserMade {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Its token.
    pub token: String,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserBody {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was closed, if it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

/// All accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsersResponse {
    /// In the order they were made.
    pub users: Vec<UserBody>,
}
