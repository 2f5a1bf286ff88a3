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
mod tests {
    use super::*;
    use crate::index::cells::build;
    use crate::index::segment::SegmentError;

    fn code(seed: u64) -> Code {
        let mut random = fastrand::Rng::with_seed(seed);
        std::array::from_fn(|_| random.i8(-40..40))
    }

    fn track(key: u32) -> Packed {
        let codes: Vec<Code> = (0..30).map(|w| code(u64::from(key) * 1000 + w)).collect();
        Packed::of(&codes)
    }

    fn index(tracks: u32) -> Index {
        let mut index = Index::default();
        for key in 0..tracks {
            index.insert(key, 1, track(key));
        }
        index
    }

    fn with_cells(index: &mut Index, dir: &std::path::Path) -> Arc<Segment> {
        let path = dir.join("cells.idx");
        build(&path, "m", &index.cell_tracks(), index.segment().map(|s| &**s)).unwrap();
        let segment = Arc::new(Segment::open(&path).unwrap().unwrap());
        index.attach(Arc::clone(&segment));
        segment
    }

    #[test]
    fn the_nearest_comes_first() {
        let hits = index(20).search(&[code(7 * 1000 + 11)], 5, Among::All);
        assert_eq!(hits[0].len(), 5);
        assert_eq!((hits[0][0].key, hits[0][0].window), (7, 11));
        assert!(hits[0].windows(2).all(|pair| pair[0].cosine >= pair[1].cosine));
    }

    #[test]
    fn tracks_come_and_go() {
        let mut index = index(5);
        index.remove(1);
        index.remove(99);
        assert_eq!((index.len(), index.windows()), (4, 120));
        assert!(index.contains(4) && !index.contains(1));
        assert!(index.search(&[code(1003)], 40, Among::All)[0].iter().all(|hit| hit.key != 1));
        assert_eq!(index.search(&[code(4003)], 1, Among::All)[0][0].key, 4);
        let even = index.search(&[code(4004)], 1, Among::EverySecond)[0][0];
        assert_eq!((even.key, even.window), (4, 4));
        index.insert(4, 2, Packed::of(&[code(1)]));
        assert_eq!(index.windows(), 91);
    }

    #[test]
    fn cells_find_what_a_scan_finds() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = index(60);
        let segment = with_cells(&mut index, dir.path());
        assert_eq!(segment.windows(), 60 * 15);
        segment.verify().unwrap();
        let found = (0..60).filter(|key| {
            let hit = index.search(&[code(key * 1000 + 8)], 1, Among::All)[0][0];
            (u64::from(hit.key), hit.window) == (*key, 8)
        });
        assert!(found.count() >= 58);
    }

    #[test]
    fn tracks_come_and_go_beside_cells() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = index(40);
        with_cells(&mut index, dir.path());
        index.remove(3);
        index.insert(5, 2, Packed::of(&[code(4_242)]));
        index.insert(90, 1, track(90));
        let best = |index: &Index, seed: u64| index.search(&[code(seed)], 1, Among::All)[0][0].key;
        assert_ne!(best(&index, 3008), 3);
        assert_ne!(best(&index, 5008), 5);
        assert_eq!(best(&index, 4_242), 5);
        assert_eq!(best(&index, 90_008), 90);

        // A file made before the change: what changed is searched outside of it.
        let old = Arc::new(Segment::open(&dir.path().join("cells.idx")).unwrap().unwrap());
        index.attach(old);
        assert_eq!((best(&index, 4_242), best(&index, 90_008)), (5, 90));
        assert_ne!(best(&index, 3008), 3);

        let again = with_cells(&mut index, dir.path());
        assert_eq!(again.windows(), 38 * 15 + 1 + 15);
        assert_eq!((best(&index, 90_008), best(&index, 4_242)), (90, 5));
    }

    #[test]
    fn a_damaged_file_of_cells_is_refused_or_noticed() {
        let dir = tempfile::tempdir().unwrap();
        with_cells(&mut index(10), dir.path());
        let path = dir.path().join("cells.idx");
        let whole = std::fs::read(&path).unwrap();
        for at in [0, 5, 12, 20, 30, 200] {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x55;
            std::fs::write(&path, &bytes).unwrap();
            assert!(matches!(Segment::open(&path), Err(SegmentError::Damaged { .. })), "{at}");
        }
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(Segment::open(&path).is_err());
        let mut bytes = whole.clone();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(Segment::open(&path).unwrap().unwrap().verify().is_err());
        assert!(Segment::open(&dir.path().join("none")).unwrap().is_none());
        let mut earlier = whole;
        earlier[3] = b'2';
        std::fs::write(&path, &earlier).unwrap();
        assert!(Segment::open(&path).unwrap().is_none(), "an earlier version's is made again");
    }
}
