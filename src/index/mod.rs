//! Where was this heard before: fingerprint codes, search, alignment voting, the decision.
//!
//! Knows neither files nor the network: fingerprints come in as vectors, tracks are keys. What is searched may also
//! be elsewhere ([`Fingerprints`]).

mod align;
mod cells;
mod coarse;
mod codes;
mod decision;
mod fastscan;
mod kmeans;
mod map;
mod memory;
mod nearest;
mod residual;
mod searched;
mod segment;
mod simd;
mod stretch;

pub use align::{Alignment, align, score_at};
pub use cells::{CellTrack, STEP, build as build_cells};
pub use codes::{Code, CodesError, DIM, Packed, quantise, values};
pub use decision::{Decision, DecisionError, Evidence, Rule, Verdict};
pub use map::map_file;
pub use memory::{Among, Effort, Hit, Index, TrackKey};
pub use searched::{Extent, Fingerprints, SearchError};
pub use segment::{Segment, SegmentError};
pub use simd::dot;
pub use stretch::Place;

/// Seconds from one indexed fingerprint to the next.
pub const INDEX_HOP_S: f64 = 0.25;

/// One fingerprint of what is heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Start of its window, seconds from the start of the clip.
    pub time_s: f64,
    /// The fingerprint.
    pub code: Code,
}

/// A track that may be what is heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Which track.
    pub key: TrackKey,
    /// Place in the track where the clip starts, seconds; negative if the clip starts before it.
    pub offset_s: f64,
    /// Seconds of the track in a second of the clip.
    pub speed: f64,
    /// Mean cosine along the alignment.
    pub score: f64,
    /// The same a little before and after, on average.
    pub beside: f64,
    /// How sure that is.
    pub verdict: Verdict,
}

impl Candidate {
    /// The same, as if playback went on at the right speed from `now_s` of the clip: what long listening
    /// can compare from one look to the next.
    #[must_use]
    pub fn at_right_speed(self, now_s: f64) -> Self {
        Self { offset_s: self.offset_s + now_s * (self.speed - 1.0), speed: 1.0, ..self }
    }
}

/// Most candidates that are reported.
const CANDIDATES: usize = 10;

/// A clip of so many windows is short (under 2.5 s): nothing is left out in searching it.
pub const FEW_WINDOWS: usize = 28;

/// Where many windows are heard, one in so many is searched.
pub const SEARCH_EVERY: usize = 2;

/// Nearest fingerprints looked at for each one heard: loops and repeated bars give many equal ones.
pub const HITS: usize = 24;
