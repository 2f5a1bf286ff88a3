//! What naming needs of an index, wherever it is.

use std::ops::Range;

use thiserror::Error;

use super::align::align;
use super::codes::Code;
use super::memory::{Among, Hit, Index, TrackKey};
use super::{
    CANDIDATES, Candidate, Decision, Effort, Evidence, FEW_WINDOWS, HITS, Query, SEARCH_EVERY,
    decision,
};

/// Why an index gave no answer. One in this process always does.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SearchError {
    /// The database is not there just now.
    #[error("{0}")]
    Away(String),
    /// It does not do what was asked.
    #[error("{0}")]
    Refused(String),
}

/// What an index holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// Tracks that can be found.
    pub tracks: usize,
    /// Their fingerprints.
    pub windows: usize,
    /// Which state of the library that is, where it is known here.
    pub generation: Option<u64>,
}

/// Fingerprints that are searched and read: in this process ([`Index`]), or in databases that several share.
/// Votes, scores and the decision are the same for all of them.
pub trait Fingerprints: Send + Sync {
    /// For each query the `count` nearest fingerprints, nearest first; further ones may follow in no order.
    ///
    /// # Errors
    /// See [`SearchError`].
    fn nearest(
        &self,
        queries: &[Code],
        count: usize,
        among: Among,
        effort: Effort,
    ) -> Result<Vec<Vec<Hit>>, SearchError>;

    /// Stretches of exact fingerprints, each as far as there is one.
    ///
    /// # Errors
    /// See [`SearchError`].
    fn stretches(&self, wanted: &[(TrackKey, Range<usize>)])
    -> Result<Vec<Vec<Code>>, SearchError>;

    /// What it holds.
    fn extent(&self) -> Extent;

    /// Number of tracks.
    fn tracks(&self) -> usize {
        self.extent().tracks
    }

    /// Whether it can be asked just now.
    ///
    /// # Errors
    /// See [`SearchError`].
    fn check(&self) -> Result<(), SearchError> {
        Ok(())
    }

    /// Takes over what changed in the library, where it does that by itself.
    ///
    /// # Errors
    /// See [`SearchError`].
    fn keep_up(&self) -> Result<(), SearchError> {
        Ok(())
    }

    /// The tracks a clip of `heard_s` seconds may come from, best first, one alignment each.
    ///
    /// # Errors
    /// See [`SearchError`].
    fn identify(
        &self,
        queries: &[Query],
        heard_s: f64,
        decision: &Decision,
    ) -> Result<Vec<Candidate>, SearchError> {
        let hits = self.hits(queries)?;
        let hits: Vec<&[Hit]> = hits.iter().map(Vec::as_slice).collect();
        self.identify_hits(queries, &hits, heard_s, decision, Effort::Once)
    }

    /// The nearest fingerprints of a clip's windows. Few windows are all searched among all
    /// fingerprints; of many, every second one, which finds the places that are then scored exactly
    /// with all of them.
    ///
    /// # Errors
    /// See [`SearchError`].
    fn hits(&self, queries: &[Query]) -> Result<Vec<Vec<Hit>>, SearchError> {
        let (step, among) = if queries.len() <= FEW_WINDOWS {
            (1, Among::All)
        } else {
            (SEARCH_EVERY, Among::EverySecond)
        };
        let searched: Vec<Code> = queries.iter().step_by(step).map(|q| q.code).collect();
        let mut hits = vec![Vec::new(); queries.len()];
        for (i, found) in
            self.nearest(&searched, HITS, among, Effort::Once)?.into_iter().enumerate()
        {
            hits[i * step] = found;
        }
        Ok(hits)
    }

    /// [`Self::identify`] for fingerprints already searched: `hits[i]` are those of `queries[i]`, which come
    /// from `heard_s` seconds of sound.
    ///
    /// # Errors
    /// See [`SearchError`].
    fn identify_hits(
        &self,
        queries: &[Query],
        hits: &[&[Hit]],
        heard_s: f64,
        decision: &Decision,
        effort: Effort,
    ) -> Result<Vec<Candidate>, SearchError> {
        let alignments = align(self, queries, hits, effort)?;
        let background = decision::background(&alignments);
        let tracks = self.tracks();
        let candidates = alignments.iter().take(CANDIDATES).map(|alignment| Candidate {
            key: alignment.key,
            offset_s: alignment.place.offset_s,
            speed: alignment.place.speed,
            score: alignment.score,
            beside: alignment.beside,
            verdict: decision.verdict(Evidence {
                score: alignment.score,
                beside: alignment.beside,
                background,
                heard_s,
                tracks,
            }),
        });
        Ok(candidates.collect())
    }
}

impl Fingerprints for Index {
    fn nearest(
        &self,
        queries: &[Code],
        count: usize,
        among: Among,
        effort: Effort,
    ) -> Result<Vec<Vec<Hit>>, SearchError> {
        Ok(self.search_with(queries, count, among, effort))
    }

    fn stretches(
        &self,
        wanted: &[(TrackKey, Range<usize>)],
    ) -> Result<Vec<Vec<Code>>, SearchError> {
        Ok(wanted.iter().map(|(key, range)| self.stretch(*key, range.clone())).collect())
    }

    fn extent(&self) -> Extent {
        Extent { tracks: self.len(), windows: self.windows(), generation: None }
    }

    fn tracks(&self) -> usize {
        self.len()
    }
}
