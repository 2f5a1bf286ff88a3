//! Fingerprints in, matches out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::blob::Blob;
use super::path::RemotePath;
use crate::store::records::TrackId;

/// A clip to be named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IdentifyRequest {
    /// Which network made the fingerprints (`/v1/stats` tells the server's).
    pub model: String,
    /// Seconds of sound heard, more than 0.
    #[schema(exclusive_minimum = 0, maximum = 60)]
    pub heard_s: f64,
    /// Its windows: runs of four-bit fingerprints (see the documentation).
    pub windows: Blob,
}

/// What a clip may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IdentifyResponse {
    /// The track, where one is certain enough for the server's own rule.
    #[serde(rename = "match")]
    pub found: Option<CandidateBody>,
    /// What it may be, best first, the track found included.
    pub candidates: Vec<CandidateBody>,
}

/// A track that may be what was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CandidateBody {
    /// Which track.
    pub track_id: TrackId,
    /// The asking user's own file of it; empty where there is none.
    pub path: RemotePath,
    /// From the tags.
    pub title: String,
    /// From the tags, empty where there is none.
    pub artist: String,
    /// From the tags, empty where there is none.
    pub album: String,
    /// Place in the track where the clip starts, seconds.
    pub offset_s: f64,
    /// Probability that this is right, 0 to 1.
    pub confidence: f64,
    /// Share of the clips of unknown music, of the same length, that reach less.
    pub certainty: f64,
    /// Mean cosine along the alignment.
    pub score: f64,
    /// The same a little before and after.
    pub beside: f64,
    /// Seconds of the track in a second of the clip.
    pub speed: f64,
}

/// A long recording to be told as the tracks in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineRequest {
    /// Which network made the fingerprints.
    pub model: String,
    /// Where the recording ends, seconds.
    #[schema(minimum = 0)]
    pub end_s: f64,
    /// Its windows.
    pub windows: Blob,
}

/// The tracks of a long recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineResponse {
    /// In order.
    pub stretches: Vec<StretchBody>,
}

/// A track in a long recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StretchBody {
    /// Which track.
    pub track_id: TrackId,
    /// From the tags.
    pub title: String,
    /// From the tags.
    pub artist: String,
    /// When it begins in the recording, seconds.
    pub start_s: f64,
    /// When it ends.
    pub end_s: f64,
    /// Place in the track at its start, seconds.
    pub offset_s: f64,
    /// The greatest confidence while it lasted.
    pub confidence: f64,
}

/// The first message of a client that wants what it hears to be named as it comes (a WebSocket at
/// `/v1/listen`), as text. Windows follow, as binary messages: the first byte says what they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ListenHello {
    /// Which network makes the fingerprints.
    pub model: String,
}

/// What the server says to it, as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LiveMessage {
    /// It listens now.
    Ready,
    /// A track was named: once when it starts.
    Named {
        /// Which track.
        track_id: TrackId,
        /// From the tags.
        title: String,
        /// From the tags.
        artist: String,
        /// Place in the track now, seconds.
        position_s: f64,
        /// Probability that this is right.
        confidence: f64,
        /// Seconds of sound it took.
        heard_s: f64,
    },
    /// The track named last goes on.
    Position {
        /// Which track.
        track_id: TrackId,
        /// Place in the track now, seconds.
        position_s: f64,
        /// Probability that this is right.
        confidence: f64,
    },
    /// The track named last is not heard any more.
    Lost,
    /// Nothing is certain: the best guess so far.
    Guess {
        /// Which track.
        track_id: TrackId,
        /// Probability that this is right.
        confidence: f64,
    },
    /// Whether there is music in the last seconds.
    Music {
        /// Whether there is.
        music: bool,
    },
    /// All that was sent before the end was looked at.
    Ended,
    /// It cannot go on.
    Failed {
        /// Why, for the person who reads it.
        error: String,
    },
}
