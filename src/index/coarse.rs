//! Which cells a query is looked for in: a graph over the centroids (`instant-distance`, Malkov and
//! Yashunin 2018).

use instant_distance::{Builder, Hnsw, Point, Search};
use serde::{Deserialize, Serialize};

use super::codes::{Code, DIM};
use super::simd::apart;

/// Cells a search of the graph gives, and so the most that are probed for a query.
pub(super) const MOST_PROBES: usize = 48;
const EF_CONSTRUCTION: usize = 120;

/// A centroid, and which cell it is of.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Centroid {
    code: Vec<i8>,
    cell: u32,
}

impl Point for Centroid {
    fn distance(&self, other: &Self) -> f32 {
        match (self.code.first_chunk(), other.code.first_chunk()) {
            (Some(a), Some(b)) => apart(a, b) as f32,
            _ => f32::MAX,
        }
    }
}

/// The centroids of all cells, ready to be searched.
#[derive(Serialize, Deserialize)]
pub(super) struct Coarse {
    graph: Hnsw<Centroid>,
}

impl Coarse {
    pub fn build(centroids: &[Code], seed: u64) -> Self {
        let points = centroids
            .iter()
            .enumerate()
            .map(|(cell, code)| Centroid { code: code.to_vec(), cell: cell as u32 })
            .collect();
        let builder = Builder::default().ef_search(MOST_PROBES).ef_construction(EF_CONSTRUCTION);
        Self { graph: builder.seed(seed).build_hnsw(points).0 }
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.graph.iter().count()
    }

    /// The centroids, by cell; [`None`] where the graph is not one over all cells.
    pub fn centroids(&self) -> Option<Vec<Code>> {
        let mut centroids = vec![None; self.len()];
        for (_, point) in self.graph.iter() {
            let code: Code = point.code.as_slice().try_into().ok()?;
            *centroids.get_mut(point.cell as usize)? = Some(code);
        }
        centroids.into_iter().collect()
    }

    /// Hands the `probes` cells nearest to a query to `visit`, nearest first.
    pub fn probe(
        &self,
        query: &Code,
        probes: usize,
        search: &mut Search,
        mut visit: impl FnMut(usize),
    ) {
        let query = Centroid { code: query.to_vec(), cell: 0 };
        for item in self.graph.search(&query, search).take(probes) {
            visit(item.point.cell as usize);
        }
    }
}

const _: () = assert!(DIM * 254 * 254 < i32::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_cells_are_found_and_the_graph_survives_being_kept() {
        let mut random = fastrand::Rng::with_seed(5);
        let centroids: Vec<Code> =
            (0..600).map(|_| std::array::from_fn(|_| random.i8(-50..50))).collect();
        let coarse = Coarse::build(&centroids, 1);
        let kept = rmp_serde::to_vec(&coarse).unwrap();
        let coarse: Coarse = rmp_serde::from_slice(&kept).unwrap();
        assert_eq!(coarse.centroids().unwrap(), centroids);
        let mut search = Search::default();
        let found = (0..600).filter(|cell| {
            let query = centroids[*cell].map(|v| v + random.i8(-6..7));
            let mut first = None;
            coarse.probe(&query, 1, &mut search, |found| first = Some(found));
            first == Some(*cell)
        });
        assert!(found.count() > 590);
    }
}
