//! Where in a track a clip lies, and the fingerprints there.

use std::ops::Range;

use super::codes::Code;
use super::memory::TrackKey;
use super::searched::{Fingerprints, SearchError};
use super::{INDEX_HOP_S, Query};

/// What is read of a track before and after the clip: the furthest that is looked at.
const AROUND_S: f64 = 3.0;

/// Where in a track a clip lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Place in the track where the clip starts, seconds.
    pub offset_s: f64,
    /// Seconds of the track in a second of the clip.
    pub speed: f64,
}

impl Place {
    /// At the right speed.
    #[must_use]
    pub fn at(offset_s: f64) -> Self {
        Self { offset_s, speed: 1.0 }
    }

    /// Place in the track at a time of the clip.
    #[must_use]
    pub fn of(self, time_s: f64) -> f64 {
        self.offset_s + time_s * self.speed
    }

    pub(super) fn moved(self, by_s: f64) -> Self {
        Self { offset_s: self.offset_s + by_s, ..self }
    }

    /// At another speed, the same at `fixed_s` of the clip.
    pub(super) fn turned(self, speed: f64, fixed_s: f64) -> Self {
        Self { offset_s: self.of(fixed_s) - fixed_s * speed, speed }
    }
}

/// The fingerprints of a track where a clip may lie, with what is looked at beside it.
pub(super) struct Stretch {
    pub key: TrackKey,
    first: usize,
    codes: Vec<Code>,
}

impl Stretch {
    /// One for each of these places.
    pub fn around<F: Fingerprints + ?Sized>(
        index: &F,
        queries: &[Query],
        places: &[(TrackKey, Place)],
    ) -> Result<Vec<Self>, SearchError> {
        let at = |seconds: f64| (seconds / INDEX_HOP_S).max(0.0) as usize;
        let range = |place: Place| {
            let (from_s, to_s) = match (queries.first(), queries.last()) {
                (Some(first), Some(last)) => (place.of(first.time_s), place.of(last.time_s)),
                _ => (0.0, 0.0),
            };
            at(from_s - AROUND_S)..at(to_s + AROUND_S) + 1
        };
        let wanted: Vec<(TrackKey, Range<usize>)> =
            places.iter().map(|(key, place)| (*key, range(*place))).collect();
        let stretches = index.stretches(&wanted)?;
        let of = |((key, range), codes): ((TrackKey, Range<usize>), Vec<Code>)| Self {
            key,
            first: range.start,
            codes,
        };
        Ok(wanted.into_iter().zip(stretches).map(of).collect())
    }

    pub fn get(&self, window: f64) -> Option<&Code> {
        if window < 0.0 {
            return None;
        }
        self.codes.get((window as usize).checked_sub(self.first)?)
    }
}
