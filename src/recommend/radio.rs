//! Endless radio: one offer after another, each from what was played before it and what was said since.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::candidates::best;
use super::score::Scorer;
use super::{Offer, Request, Seed, offers, recommend};
use crate::store::records::TrackId;

/// A radio under way: what it has offered.
#[derive(Debug, Clone, Default)]
pub struct Radio {
    /// The last offers, oldest first.
    offered: VecDeque<(TrackId, Timestamp)>,
    /// Offers so far.
    count: usize,
}

impl Radio {
    /// The next offer. It sounds like the last one that was not skipped, and like the seeds of the request, so
    /// that the radio wanders but not away. Nothing comes again within `radio_window` offers, or, where
    /// the library is small, within half of it. Where the rules leave nothing, they give way: first that of
    /// how often an artist may come, then that a song comes in one version only. [`None`] where there is
    /// nothing to offer at all.
    pub fn next(&mut self, request: &Request<'_>) -> Option<Offer> {
        let library = request.library;
        let window = request.settings.radio_window.min(library.len() / 2);
        let lately = self.offered.len().saturating_sub(window);
        let recent: Vec<TrackId> = self.offered.iter().skip(lately).map(|(id, _)| *id).collect();
        let last = self.last_welcome(request).and_then(|id| library.get(id)).map(Seed::of);
        let seeds: Vec<Seed> = last.into_iter().chain(request.seeds.iter().cloned()).collect();
        let strict =
            Request { seeds: &seeds, before: &recent, count: 1, place: self.count, ..*request };
        let all_but_recent: Vec<TrackId> = request.exclude.iter().chain(&recent).copied().collect();
        let without_artists = Request { before: &[], exclude: &all_but_recent, ..strict };
        let mut offer = recommend(&strict)
            .pop()
            .or_else(|| recommend(&without_artists).pop())
            .or_else(|| whatever(&without_artists))?;
        self.count += 1;
        offer.rank = self.count;
        self.offered.push_back((offer.track_id, request.now));
        while self.offered.len() > request.settings.radio_window.max(1) {
            self.offered.pop_front();
        }
        Some(offer)
    }

    /// The last offer that was not skipped since.
    fn last_welcome(&self, request: &Request<'_>) -> Option<TrackId> {
        let skipped = |id: TrackId, offered: Timestamp| {
            request.taste.banned(id)
                || request.taste.last_skipped(id).is_some_and(|skipped| skipped >= offered)
        };
        let welcome = self.offered.iter().rev().find(|(id, offered)| !skipped(*id, *offered));
        welcome.map(|(id, _)| *id)
    }
}

/// The best track that is not excluded itself, whatever it is a version of.
fn whatever(request: &Request<'_>) -> Option<Offer> {
    let scorer = Scorer::new(request);
    let mut list = best(&scorer, 1).list;
    list.truncate(1);
    offers(&scorer, list).pop()
}
