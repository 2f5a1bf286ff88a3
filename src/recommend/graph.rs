//! The nearest tracks of a large library, through a graph over all styles (`instant-distance`; Malkov and
//! Yashunin 2018).

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use instant_distance::{Builder, Hnsw, Point, Search};

use crate::store::records::TrackId;

/// Tracks from which on a graph is used. A look at every track is exact and ready at once, and takes one core
/// 16.8 ms for 100 000 tracks, where a graph takes 15.1; for 300 000 it is 35 and 18 ms, and with three seeds 41 and
/// 23 (95th percentiles, `benches/recommend.rs`). But a graph takes minutes to make, and finds 87 of 100 tracks
/// of the exact list where styles lie as those of 383 tracks do, 70 where they are spread at random. Neighbours of
/// the seed and what is enjoyed together, in the place of those of each, and 1 024 of them, find 88.
pub const FROM: usize = 200_000;
/// The graph is made anew when more than one in so many tracks lies outside of it.
pub const OUTSIDE: usize = 16;
/// Values of a style that a graph can be made of: the network's.
const DIM: usize = 128;
/// Neighbours that a search gives: some times more than a feed holds, since artists and versions thin them.
pub const NEIGHBOURS: usize = 384;
const EF_CONSTRUCTION: usize = 100;
/// Values of a style in whole steps of a 200th: a byte each, and no value of a unit vector of 128 that
/// occurs is cut. Enough to find candidates; their scores are exact.
const STEPS: f32 = 200.0;

#[derive(Clone)]
struct Coded {
    code: [i8; DIM],
    id: TrackId,
}

impl Coded {
    fn new(id: TrackId, style: &[f32]) -> Option<Self> {
        let style: &[f32; DIM] = style.try_into().ok()?;
        Some(Self { code: style.map(|x| (x * STEPS).round() as i8), id })
    }
}

impl Point for Coded {
    fn distance(&self, other: &Self) -> f32 {
        let apart = |(a, b): (&i8, &i8)| {
            let apart = i32::from(*a) - i32::from(*b);
            apart * apart
        };
        self.code.iter().zip(&other.code).map(apart).sum::<i32>() as f32
    }
}

/// A graph, and which tracks are not, or not any more, in it.
#[derive(Clone)]
pub struct Graph {
    points: Arc<Hnsw<Coded>>,
    /// In the library, but not in the graph as they are now.
    outside: BTreeSet<TrackId>,
    /// In the graph, but not in the library as they were.
    gone: BTreeSet<TrackId>,
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { outside, gone, .. } = self;
        write!(f, "Graph {{ outside: {}, gone: {} }}", outside.len(), gone.len())
    }
}

impl Graph {
    /// [`None`] where the styles are not of the network's length.
    pub fn build<'a>(styles: impl Iterator<Item = (TrackId, &'a [f32])>) -> Option<Self> {
        let points: Vec<Coded> =
            styles.map(|(id, style)| Coded::new(id, style)).collect::<Option<_>>()?;
        let builder = Builder::default().ef_search(NEIGHBOURS).ef_construction(EF_CONSTRUCTION);
        let points = Arc::new(builder.seed(1).build_hnsw(points).0);
        Some(Self { points, outside: BTreeSet::new(), gone: BTreeSet::new() })
    }

    /// A track is new or has changed.
    pub fn came(&mut self, id: TrackId) {
        self.outside.insert(id);
        self.gone.insert(id);
    }

    /// A track has gone.
    pub fn went(&mut self, id: TrackId) {
        self.outside.remove(&id);
        self.gone.insert(id);
    }

    /// Tracks that must be looked at beside the graph.
    pub fn outside(&self) -> &BTreeSet<TrackId> {
        &self.outside
    }

    /// The nearest tracks of a style, but for those outside.
    pub fn nearest(&self, style: &[f32]) -> Vec<TrackId> {
        let Some(query) = Coded::new(TrackId(0), style) else { return Vec::new() };
        let mut search = Search::default();
        let found = self.points.search(&query, &mut search).map(|item| item.point.id);
        found.filter(|id| !self.gone.contains(id)).collect()
    }
}
