//! Plain ways of foreseeing what people play, to be compared with.

use rayon::prelude::*;

use super::Scores;
use crate::collab::{Bm25, Plays};

/// The same for everyone: how many people play it.
pub struct Popularity(Vec<f32>);

impl Popularity {
    pub fn fit(plays: &Plays) -> Self {
        Self(plays.listeners().into_iter().map(|listeners| listeners as f32).collect())
    }
}

impl Scores for Popularity {
    fn scores(&self, _: &[(u32, f32)]) -> Vec<f32> {
        self.0.clone()
    }
}

/// Neighbours kept of each item, itself among them.
const NEIGHBOURS: usize = 20;

/// Inner products of items' listeners weighed by BM25, as `BM25Recommender` of the Python package
/// `implicit` has them (K1 1.2, B 0.75).
pub struct Neighbours(Vec<Vec<(u32, f32)>>);

impl Neighbours {
    pub fn fit(plays: &Plays) -> Self {
        let items = plays.items.len();
        let mut columns: Vec<Vec<(u32, f32)>> = vec![Vec::new(); items];
        for (person, row) in plays.rows.iter().enumerate() {
            for (column, weight) in row {
                columns[*column as usize].push((person as u32, *weight));
            }
        }
        let bm25 = Bm25::fit(&columns, plays.rows.len(), 1.2, 0.75);
        let columns: Vec<_> = columns.iter().map(|column| bm25.weigh(column)).collect();
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); plays.rows.len()];
        for (item, column) in columns.iter().enumerate() {
            for (person, weight) in column {
                rows[*person as usize].push((item as u32, *weight));
            }
        }
        let of_item = |likeness: &mut Vec<f32>, column: &Vec<(u32, f32)>| {
            likeness.fill(0.0);
            for (person, weight) in column {
                for (item, other) in &rows[*person as usize] {
                    likeness[*item as usize] += weight * other;
                }
            }
            let mut near: Vec<(u32, f32)> = (0..)
                .zip(likeness.iter().copied())
                .filter(|(_, likeness)| *likeness > 0.0)
                .collect();
            near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            near.truncate(NEIGHBOURS);
            near
        };
        Self(columns.par_iter().map_init(|| vec![0.0; items], of_item).collect())
    }
}

impl Scores for Neighbours {
    fn scores(&self, row: &[(u32, f32)]) -> Vec<f32> {
        let mut scores = vec![0.0; self.0.len()];
        for (column, weight) in row {
            for (item, likeness) in &self.0[*column as usize] {
                scores[*item as usize] += weight * likeness;
            }
        }
        scores
    }
}
