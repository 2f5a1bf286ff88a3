//! All fingerprints in memory, searched by an exact scan on all cores.

use std::collections::HashMap;

use rayon::prelude::*;

use super::codes::{Code, DIM, cosine};

/// A track, as the index knows it.
pub type TrackKey = u32;

/// An indexed fingerprint near one that was heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Which track.
    pub key: TrackKey,
    /// Which of its fingerprints.
    pub window: u32,
    /// How near: cosine.
    pub cosine: f32,
}

/// Which fingerprints of each track are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// All.
    All,
    /// Half of them: neighbours are much alike.
    EverySecond,
}

impl Among {
    fn step(self) -> usize {
        match self {
            Self::All => 1,
            Self::EverySecond => 2,
        }
    }
}

/// The fingerprints of all tracks. Tracks come and go without a rebuild.
#[derive(Debug, Clone, Default)]
pub struct Index {
    tracks: Vec<Entry>,
    slots: HashMap<TrackKey, usize>,
}

#[derive(Debug, Clone)]
struct Entry {
    key: TrackKey,
    codes: Vec<i8>,
}

impl Index {
    /// Adds a track, or replaces it. `codes` is a multiple of [`DIM`] long; a rest is ignored.
    pub fn insert(&mut self, key: TrackKey, codes: Vec<i8>) {
        if let Some(slot) = self.slots.get(&key) {
            self.tracks[*slot].codes = codes;
        } else {
            self.slots.insert(key, self.tracks.len());
            self.tracks.push(Entry { key, codes });
        }
    }

    /// Takes a track out; nothing happens where it is not there.
    pub fn remove(&mut self, key: TrackKey) {
        if let Some(slot) = self.slots.remove(&key) {
            self.tracks.swap_remove(slot);
            if let Some(moved) = self.tracks.get(slot) {
                self.slots.insert(moved.key, slot);
            }
        }
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
        self.tracks.iter().map(|track| track.codes.len() / DIM).sum()
    }

    /// Whether the track is there.
    #[must_use]
    pub fn contains(&self, key: TrackKey) -> bool {
        self.slots.contains_key(&key)
    }

    pub(super) fn codes_of(&self, key: TrackKey) -> &[i8] {
        self.slots.get(&key).map_or(&[], |slot| &self.tracks[*slot].codes)
    }

    /// For each query the `count` nearest fingerprints, nearest first.
    #[must_use]
    pub fn search(&self, queries: &[Code], count: usize, among: Among) -> Vec<Vec<Hit>> {
        self.tracks
            .par_iter()
            .fold(
                || vec![Nearest::new(count); queries.len()],
                |mut nearest, track| {
                    scan(track, queries, among.step(), &mut nearest);
                    nearest
                },
            )
            .reduce(
                || vec![Nearest::new(count); queries.len()],
                |mut a, b| {
                    a.iter_mut().zip(b).for_each(|(a, b)| a.merge(b));
                    a
                },
            )
            .into_iter()
            .map(|nearest| nearest.hits)
            .collect()
    }
}

fn scan(track: &Entry, queries: &[Code], step: usize, nearest: &mut [Nearest]) {
    for (window, code) in track.codes.chunks_exact(DIM).enumerate().step_by(step) {
        for (query, nearest) in queries.iter().zip(nearest.iter_mut()) {
            let cosine = cosine(code, query);
            if cosine > nearest.worst {
                nearest.offer(Hit { key: track.key, window: window as u32, cosine });
            }
        }
    }
}

/// The best few hits so far, best first.
#[derive(Debug, Clone)]
struct Nearest {
    hits: Vec<Hit>,
    count: usize,
    worst: f32,
}

impl Nearest {
    fn new(count: usize) -> Self {
        Self { hits: Vec::with_capacity(count + 1), count, worst: f32::NEG_INFINITY }
    }

    fn offer(&mut self, hit: Hit) {
        let place = self.hits.partition_point(|other| before(other, &hit));
        self.hits.insert(place, hit);
        self.hits.truncate(self.count);
        if self.hits.len() == self.count {
            self.worst = self.hits.last().map_or(f32::NEG_INFINITY, |last| last.cosine);
        }
    }

    fn merge(&mut self, other: Self) {
        for hit in other.hits {
            self.offer(hit);
        }
    }
}

/// Nearest first; among equals by track and place, so that the answer does not depend on threads.
fn before(a: &Hit, b: &Hit) -> bool {
    b.cosine.total_cmp(&a.cosine).then(a.key.cmp(&b.key)).then(a.window.cmp(&b.window)).is_lt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(seed: u64) -> Code {
        let mut random = fastrand::Rng::with_seed(seed);
        std::array::from_fn(|_| random.i8(-40..40))
    }

    fn index(tracks: u32) -> Index {
        let mut index = Index::default();
        for key in 0..tracks {
            let codes = (0..30).flat_map(|w| code(u64::from(key) * 1000 + w)).collect();
            index.insert(key, codes);
        }
        index
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
        index.insert(4, code(1).to_vec());
        assert_eq!(index.windows(), 91);
    }
}
