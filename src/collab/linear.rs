//! A linear model by items: how much an item is liked is a weighted sum of the items that are played,
//! with weights that predict each item of the fitted people from their others (EASE, Steck, "Embarrassingly
//! Shallow Autoencoders for Sparse Data", WWW 2019).
//!
//! With people in the rows of Y and a penalty l, the weights are `B = I - P / diag(P)`, where
//! `P = (Y^T Y + l I)^-1` has a row and a column for each item: too many. By Woodbury's identity
//! `P = (I - Y^T K^-1 Y) / l` with `K = Y Y^T + l I`, which has one for each person. So `B` never has to
//! be made: asking is three products, from items to people and back. It is the same model seen from its
//! two sides, by items and by users: `K^-1 Y y` says which people are like the one who asks.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::inverse::inverse;
use super::weight::damped;

/// How the model is fitted. The defaults were the best on a validation split of Last.fm plays (1 892
/// people, 17 632 artists).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearOptions {
    /// The penalty, in units of the mean squared length of a person's row.
    pub penalty: f64,
    /// Items are scaled by their listeners to the minus this: the widely played then pay more penalty and
    /// are not favoured for being so (Steck, "Autoencoders that don't overfit towards the Identity",
    /// NeurIPS 2020, has a penalty by listeners).
    pub discount: f32,
    /// At most so many people are fitted, drawn at random; memory grows with their square (64 MB), time with
    /// their cube. Anyone can ask.
    pub most_people: usize,
}

impl Default for LinearOptions {
    fn default() -> Self {
        Self { penalty: 2.0, discount: 0.2, most_people: 4_096 }
    }
}

/// The fitted model. Items are columns, 0 to their count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    /// Of each fitted person the columns and scaled weights.
    people: Vec<Vec<(u32, f32)>>,
    /// `K^-1`, row by row.
    inverse: Vec<f32>,
    /// What each item's weights are multiplied with.
    scale: Vec<f32>,
    /// `1 / diag(P)`, less the factor that all items have.
    normal: Vec<f32>,
}

impl Linear {
    /// Fits people's plays over so many items. [`None`] only where weights are not finite.
    #[must_use]
    pub fn fit(rows: &[Vec<(u32, f32)>], items: usize, options: LinearOptions) -> Option<Self> {
        let mut listeners = vec![0_u32; items];
        for (column, _) in rows.iter().flatten() {
            listeners[*column as usize] += 1;
        }
        let scale: Vec<f32> = listeners
            .iter()
            .map(|n| (*n).max(1) as f32)
            .map(|n| n.powf(-options.discount))
            .collect();
        let mut drawn: Vec<usize> = (0..rows.len()).collect();
        if rows.len() > options.most_people {
            fastrand::Rng::with_seed(1).shuffle(&mut drawn);
            drawn.truncate(options.most_people.max(1));
            drawn.sort_unstable();
        }
        let people: Vec<_> = drawn.into_iter().map(|row| scaled(&rows[row], &scale)).collect();
        let size = people.len();
        let inverse = inverse(kernel(&people, items, options.penalty), size)?;
        let normal = normal(&people, &inverse, items);
        Some(Self { people, inverse, scale, normal })
    }

    /// How much each item would be played by someone who plays these: a number without a scale, the
    /// higher the more. Items that are played are scored as well.
    #[must_use]
    pub fn scores(&self, row: &[(u32, f32)]) -> Vec<f32> {
        let mut scores = vec![0.0; self.scale.len()];
        for (like, person) in self.like(row).iter().zip(&self.people) {
            for (column, weight) in person {
                scores[*column as usize] += like * weight;
            }
        }
        scores.iter_mut().zip(&self.normal).for_each(|(score, normal)| *score *= normal);
        scores
    }

    /// How like each fitted person someone is who plays these.
    fn like(&self, row: &[(u32, f32)]) -> Vec<f32> {
        let mut asked = vec![0.0; self.scale.len()];
        for (column, weight) in scaled(row, &self.scale) {
            asked[column as usize] = weight;
        }
        let shared: Vec<f32> = self
            .people
            .iter()
            .map(|person| person.iter().map(|(c, weight)| asked[*c as usize] * weight).sum())
            .collect();
        let dot = |row: &[f32]| row.iter().zip(&shared).map(|(a, b)| a * b).sum();
        self.inverse.chunks(self.people.len().max(1)).map(dot).collect()
    }
}

fn scaled(row: &[(u32, f32)], scale: &[f32]) -> Vec<(u32, f32)> {
    let mut row = damped(row);
    row.iter_mut().for_each(|(column, weight)| *weight *= scale[*column as usize]);
    row
}

/// `K`, what is on and below the diagonal.
fn kernel(people: &[Vec<(u32, f32)>], items: usize, penalty: f64) -> Vec<f64> {
    let size = people.len();
    let mut kernel = vec![0.0; size * size];
    kernel.par_chunks_mut(size.max(1)).enumerate().for_each_init(
        || vec![0.0_f32; items],
        |dense, (i, row)| {
            for (column, weight) in &people[i] {
                dense[*column as usize] = *weight;
            }
            for (entry, other) in row.iter_mut().zip(&people[..=i]) {
                *entry = other
                    .iter()
                    .map(|(column, weight)| f64::from(dense[*column as usize]) * f64::from(*weight))
                    .sum();
            }
            for (column, _) in &people[i] {
                dense[*column as usize] = 0.0;
            }
        },
    );
    let trace: f64 = (0..size).map(|i| kernel[i * size + i]).sum();
    // Without anyone, or with people who play nothing, any penalty serves.
    let mean = if trace > 0.0 { trace / size as f64 } else { 1.0 };
    (0..size).for_each(|i| kernel[i * size + i] += penalty * mean);
    kernel
}

/// `1 / (1 - y^T K^-1 y)` for each item's column y.
fn normal(people: &[Vec<(u32, f32)>], inverse: &[f32], items: usize) -> Vec<f32> {
    let mut columns: Vec<Vec<(u32, f32)>> = vec![Vec::new(); items];
    for (person, row) in people.iter().enumerate() {
        for (column, weight) in row {
            columns[*column as usize].push((person as u32, *weight));
        }
    }
    let size = people.len();
    columns
        .par_iter()
        .map(|column| {
            let explained: f32 = column
                .iter()
                .map(|(i, a)| {
                    let row = &inverse[*i as usize * size..][..size];
                    a * column.iter().map(|(j, b)| row[*j as usize] * b).sum::<f32>()
                })
                .sum();
            1.0 / (1.0 - explained).max(f32::EPSILON)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two circles of people, each with items of its own, and item 6 that both play.
    fn circles() -> Vec<Vec<(u32, f32)>> {
        let mut random = fastrand::Rng::with_seed(1);
        (0..40)
            .map(|person| {
                let own = if person % 2 == 0 { 0..3 } else { 3..6 };
                let mut row: Vec<(u32, f32)> = own
                    .map(|item| (item, random.f32()))
                    .filter(|(_, drawn)| *drawn < 0.8)
                    .map(|(item, drawn)| (item, 1.0 + drawn * 9.0))
                    .collect();
                row.push((6, 1.0));
                row
            })
            .collect()
    }

    /// `B` made as the paper makes it, over the items.
    fn by_items(rows: &[Vec<(u32, f32)>], items: usize, options: LinearOptions) -> Vec<f64> {
        let mut listeners = vec![0.0_f32; items];
        rows.iter().flatten().for_each(|(column, _)| listeners[*column as usize] += 1.0);
        let scale: Vec<f32> =
            listeners.iter().map(|n| n.max(1.0).powf(-options.discount)).collect();
        let rows: Vec<Vec<(u32, f32)>> = rows.iter().map(|row| scaled(row, &scale)).collect();
        let mut gram = vec![0.0; items * items];
        let mut length = 0.0;
        for row in &rows {
            for (i, a) in row {
                length += f64::from(a * a);
                for (j, b) in row {
                    gram[*i as usize * items + *j as usize] += f64::from(a * b);
                }
            }
        }
        let penalty = options.penalty * length / rows.len() as f64;
        (0..items).for_each(|i| gram[i * items + i] += penalty);
        let p = inverse(gram, items).unwrap();
        let entry = |i: usize, j: usize| f64::from(p[i * items + j]);
        (0..items * items)
            .map(|at| (at / items, at % items))
            .map(|(i, j)| if i == j { 0.0 } else { -entry(i, j) / entry(j, j) })
            .collect()
    }

    #[test]
    fn the_users_side_gives_what_the_items_side_gives() {
        let (rows, items) = (circles(), 8);
        let options = LinearOptions::default();
        let model = Linear::fit(&rows, items, options).unwrap();
        let b = by_items(&rows, items, options);
        for row in [&rows[0], &rows[1], &vec![(4, 2.0)]] {
            let scores = model.scores(row);
            let asked = scaled(row, &model.scale);
            let played: Vec<usize> = row.iter().map(|(column, _)| *column as usize).collect();
            for j in (0..items).filter(|j| !played.contains(j)) {
                let expected: f64 =
                    asked.iter().map(|(i, y)| f64::from(*y) * b[*i as usize * items + j]).sum();
                let got = f64::from(scores[j]);
                assert!((got - expected).abs() < 1e-4, "{j}: {got} for {expected}");
            }
        }
    }

    #[test]
    fn the_own_circle_comes_first() {
        let model = Linear::fit(&circles(), 7, LinearOptions::default()).unwrap();
        let scores = model.scores(&[(0, 5.0), (6, 1.0)]);
        for own in [1, 2] {
            for other in [3, 4, 5] {
                assert!(scores[own] > scores[other], "{scores:?}");
            }
        }
    }

    #[test]
    fn few_people_or_none_are_no_trouble() {
        let options = LinearOptions::default();
        let empty = Linear::fit(&[], 0, options).unwrap();
        assert!(empty.scores(&[]).is_empty());
        let one = Linear::fit(&[vec![(0, 1.0), (1, 1.0)]], 3, options).unwrap();
        let scores = one.scores(&[(0, 3.0)]);
        assert!(
            scores[1] > scores[2] && scores.iter().all(|score| score.is_finite()),
            "{scores:?}"
        );
        assert_eq!(one.scores(&[]), [0.0; 3]);
        let some = LinearOptions { most_people: 10, ..options };
        let sampled = Linear::fit(&circles(), 7, some).unwrap();
        assert_eq!(sampled.people.len(), 10);
        let scores = sampled.scores(&[(3, 1.0)]);
        assert!(scores[4] > scores[0], "{scores:?}");
    }
}
