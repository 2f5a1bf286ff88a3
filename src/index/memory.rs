//! The fingerprints of all tracks: exact ones of every track, and cells to search many in.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::cells::{CellTrack, Cells, STEP};
use super::codes::{Code, DIM, Packed, cosine_of};
use super::nearest::Nearest;
use super::segment::Segment;
use super::simd::{LANES, dots, widened};

/// A track, as the index knows it.
pub type TrackKey = u32;

/// An indexed fingerprint near one that was heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Which track.
    pub key: TrackKey,
    /// Which of its fingerprints.
    pub window: u32,
    /// How near: cosine; in cells, by the searched code.
    pub cosine: f32,
}

/// Which fingerprints of each track are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// All, where they are not in cells.
    All,
    /// Half of them: neighbours are much alike.
    EverySecond,
}

/// How much a search may cost: who asks once can wait longer than who asks several times a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Of a clip.
    Once,
    /// Of sound that goes on: what one look misses the next one finds.
    Live,
}

/// Cells probed for the queries of one search together, and for each at least: measured in
/// `benches/growth.rs`.
const PROBES: usize = 2400;
const FEWEST_PROBES: usize = 24;
/// So many times as many hits are taken from cells as from a scan, because a code leaves the rank of its
/// fingerprint unsure. Of 600 clips of 10 s of sources that the training held out, at -5, -8 and -11 dB, among 100 000
/// tracks, 96.0 % are right with 64 (95 % of them within 41 ms), 96.7 with three times as many places rescored as for
/// a scan (48 ms), 97.2 with 96 and these (54 ms), 97.3 with 128 and eight times as many (67 ms); twice as many cells
/// add 0.2 points and 10 ms.
const CODED_HITS: usize = 96;
/// The same while listening, where 96 and as many places as for a clip take 20 % of a core in a library of 10 000
/// tracks, and 48 half of that (`benches/screen.rs`).
const CODED_HITS_LIVE: usize = 48;
/// Queries that a thread searches together at least.
const FEWEST_TOGETHER: usize = 8;

/// Below this many fingerprints outside cells, scanning them costs less than cells would
/// (`benches/growth.rs`).
const SCANNED: usize = 150_000;
/// Where there are cells, this share of what is in them may be outside.
const SCANNED_SHARE: usize = 64;
const SCANNED_BESIDE: usize = 25_000;

/// The fingerprints of all tracks. Tracks come and go without a rebuild.
#[derive(Debug, Default)]
pub struct Index {
    tracks: Vec<Entry>,
    slots: HashMap<TrackKey, usize>,
    cells: Option<Cells>,
}

#[derive(Debug)]
struct Entry {
    key: TrackKey,
    version: u64,
    packed: Packed,
    /// Place in the file of cells, where it is searched there.
    cell_slot: Option<u32>,
}

impl Index {
    /// Adds a track, or replaces it. `version` tells other fingerprints of the same key apart.
    pub fn insert(&mut self, key: TrackKey, version: u64, packed: Packed) {
        self.remove(key);
        self.slots.insert(key, self.tracks.len());
        self.tracks.push(Entry { key, version, packed, cell_slot: None });
    }

    /// Takes a track out; nothing happens where it is not there.
    pub fn remove(&mut self, key: TrackKey) {
        let Some(slot) = self.slots.remove(&key) else { return };
        let entry = self.tracks.swap_remove(slot);
        if let (Some(cells), Some(slot)) = (&mut self.cells, entry.cell_slot) {
            cells.bury(slot as usize);
        }
        if let Some(moved) = self.tracks.get(slot) {
            self.slots.insert(moved.key, slot);
        }
    }

    /// Searches the tracks that are in these cells there from now on, in the place of any cells before.
    pub fn attach(&mut self, segment: Arc<Segment>) {
        for entry in &mut self.tracks {
            entry.cell_slot = None;
        }
        let alive = segment
            .description
            .tracks
            .iter()
            .enumerate()
            .map(|(place, covered)| {
                let entry = self.slots.get(&covered.key).map(|slot| &mut self.tracks[*slot]);
                let entry = entry.filter(|entry| entry.version == covered.version);
                entry.map(|entry| entry.cell_slot = Some(place as u32)).is_some()
            })
            .collect();
        self.cells = Some(Cells::new(segment, alive));
    }

    /// The cells in use.
    #[must_use]
    pub fn segment(&self) -> Option<&Arc<Segment>> {
        self.cells.as_ref().map(|cells| &cells.segment)
    }

    /// Whether so much is outside cells, or dead inside, that making them again is worth it.
    #[must_use]
    pub fn needs_cells(&self) -> bool {
        let (mut inside, mut outside) = (0, 0);
        for entry in &self.tracks {
            let windows = entry.packed.len().div_ceil(STEP);
            *if entry.cell_slot.is_some() { &mut inside } else { &mut outside } += windows;
        }
        match self.segment() {
            None => outside > SCANNED,
            Some(segment) => {
                outside > SCANNED_BESIDE + inside / SCANNED_SHARE || inside * 2 < segment.windows()
            }
        }
    }

    /// All tracks, to make cells of.
    #[must_use]
    pub fn cell_tracks(&self) -> Vec<CellTrack> {
        let of = |entry: &Entry| CellTrack {
            key: entry.key,
            version: entry.version,
            packed: entry.packed.clone(),
        };
        self.tracks.iter().map(of).collect()
    }

    /// Which version of its fingerprints each track has.
    pub fn versions(&self) -> impl Iterator<Item = (TrackKey, u64)> {
        self.tracks.iter().map(|entry| (entry.key, entry.version))
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

    /// Number of fingerprints.
    #[must_use]
    pub fn windows(&self) -> usize {
        self.tracks.iter().map(|track| track.packed.len()).sum()
    }

    /// Whether the track is there.
    #[must_use]
    pub fn contains(&self, key: TrackKey) -> bool {
        self.slots.contains_key(&key)
    }

    /// Fingerprints `range` of a track, as far as there are any: of one that is searched in cells they are
    /// read from their file.
    pub(super) fn stretch(&self, key: TrackKey, range: Range<usize>) -> Vec<Code> {
        let Some(entry) = self.slots.get(&key).map(|slot| &self.tracks[*slot]) else {
            return Vec::new();
        };
        if entry.cell_slot.is_some() {
            return entry.packed.stretch(range);
        }
        let codes = entry.packed.codes();
        codes[range.start.min(codes.len())..range.end.min(codes.len())].to_vec()
    }

    /// For each query the `count` nearest fingerprints, nearest first: exactly among the tracks outside cells, of
    /// those in cells among the nearest cells and by their codes. Of the latter many times as many follow in no
    /// order, since a code leaves the rank of its fingerprint unsure.
    #[must_use]
    pub fn search(&self, queries: &[Code], count: usize, among: Among) -> Vec<Vec<Hit>> {
        self.search_with(queries, count, among, Effort::Once)
    }

    /// [`Self::search`] with a choice of what it may cost.
    #[must_use]
    pub fn search_with(
        &self,
        queries: &[Code],
        count: usize,
        among: Among,
        effort: Effort,
    ) -> Vec<Vec<Hit>> {
        let step = if among == Among::All { 1 } else { STEP };
        let mut hits = self.scan(queries, count, step);
        let Some(cells) = &self.cells else { return hits };
        let coded = match effort {
            Effort::Once => CODED_HITS,
            Effort::Live => CODED_HITS_LIVE,
        };
        let probes = (PROBES / queries.len().max(1)).max(FEWEST_PROBES);
        let share = queries.len().div_ceil(rayon::current_num_threads()).max(FEWEST_TOGETHER);
        hits.par_chunks_mut(share).zip(queries.par_chunks(share)).for_each(|(hits, queries)| {
            let found = cells.search(queries, probes, count * coded, count);
            for (hits, found) in hits.iter_mut().zip(found) {
                let scanned = !hits.is_empty();
                hits.extend(found);
                if scanned {
                    hits.sort_by(before);
                }
            }
        });
        hits
    }

    fn scan(&self, queries: &[Code], count: usize, step: usize) -> Vec<Vec<Hit>> {
        let queries: Vec<[i16; DIM]> = queries.iter().map(widened).collect();
        let empty = || vec![Nearest::new(count); queries.len()];
        let nearest = self
            .tracks
            .par_iter()
            .filter(|entry| entry.cell_slot.is_none())
            .fold(empty, |mut nearest, entry| {
                scan(entry, &queries, step, &mut nearest);
                nearest
            })
            .reduce(empty, |mut a, b| {
                a.iter_mut().zip(b).for_each(|(a, b)| a.merge(b));
                a
            });
        let hit = |(cosine, (key, window))| Hit { key, window, cosine };
        nearest
            .into_iter()
            .map(|nearest| nearest.best(count).into_iter().map(hit).collect())
            .collect()
    }
}

/// Nearest first; among equals by track and place.
fn before(a: &Hit, b: &Hit) -> Ordering {
    b.cosine.total_cmp(&a.cosine).then(a.key.cmp(&b.key)).then(a.window.cmp(&b.window))
}

fn scan(
    track: &Entry,
    queries: &[[i16; DIM]],
    step: usize,
    nearest: &mut [Nearest<(TrackKey, u32)>],
) {
    let mut found = [0; LANES];
    for (block, codes) in track.packed.codes().chunks(LANES * step).enumerate() {
        for (query, nearest) in queries.iter().zip(nearest.iter_mut()) {
            dots(query, codes, step, &mut found);
            for (i, dot) in found.iter().take(codes.len().div_ceil(step)).enumerate() {
                let window = ((block * LANES + i) * step) as u32;
                nearest.offer(cosine_of(*dot), (track.key, window));
            }
        }
    }
}

#[cfg(test)]
mod tests;
