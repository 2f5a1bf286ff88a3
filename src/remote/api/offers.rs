//! What to play next.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::path::RemotePath;
use crate::store::records::{Mood, TrackId};

/// What is wanted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecommendRequest {
    /// Tracks to start from; none for what the user's taste says.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub seeds: Vec<TrackId>,
    /// A place on the plane of moods that it should be near.
    #[serde(default)]
    pub mood: Option<Mood>,
    /// How many, at most 100.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    pub count: Option<usize>,
    /// A way from this track to that of `to`, in even steps. One of the two alone counts as a seed; both together
    /// take none.
    #[serde(default)]
    pub from: Option<TrackId>,
    /// Where the way ends.
    #[serde(default)]
    pub to: Option<TrackId>,
}

/// Offers, the best first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OffersResponse {
    /// The offers.
    pub offers: Vec<OfferBody>,
}

/// An offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfferBody {
    /// Place in the list, from 1.
    pub rank: usize,
    /// Which track.
    pub track_id: TrackId,
    /// The asking user's own file of it; empty where there is none.
    pub path: RemotePath,
    /// From the tags.
    pub title: String,
    /// From the tags.
    pub artist: String,
    /// The sum of the reasons' weights and `other`.
    pub score: f64,
    /// Why, the strongest first.
    pub reasons: Vec<ReasonBody>,
    /// The part of the score that no reason tells.
    pub other: f64,
    /// Its mood, where known.
    pub mood: Option<Mood>,
    /// Where its most engaging 20 seconds start.
    pub highlight_s: Option<f32>,
}

/// A fact that placed an offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReasonBody {
    /// What kind of fact.
    pub kind: String,
    /// In words.
    pub text: String,
    /// Its part of the score.
    pub weight: f64,
}
