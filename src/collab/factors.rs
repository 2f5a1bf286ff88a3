//! Factors of people and items for implicit feedback: what a person plays is preferred, with a
//! confidence; what is not played is not, with confidence 1 (Hu, Koren and Volinsky, "Collaborative Filtering
//! for Implicit Feedback Datasets", ICDM 2008). Fitted by alternating least squares, each step by a few
//! conjugate gradients (Takacs, Pilaszy and Tikk, RecSys 2011).
//!
//! An own one, since no kept crate has it.

use fastrand::Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::dot::dot;

/// Conjugate gradients each time a person's or item's factors are brought up to date while fitting, as in
/// the Python package `implicit`, and for a person who asks.
const STEPS: usize = 3;
const STEPS_ASKING: usize = 10;
/// A residual whose square is less than this is solved.
const SOLVED: f32 = 1e-20;

/// How the factors are fitted. The defaults were the best on a validation split of Last.fm plays (1 892
/// people, 17 632 artists).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FactorsOptions {
    /// Values of each person and item.
    pub factors: usize,
    /// Penalty on their squares.
    pub penalty: f32,
    /// Times both sides are brought up to date.
    pub rounds: usize,
    /// Seed of the start.
    pub seed: u64,
}

impl Default for FactorsOptions {
    fn default() -> Self {
        Self { factors: 48, penalty: 5.0, rounds: 15, seed: 1 }
    }
}

/// The fitted factors of the items; those of a person are made when they ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Factors {
    side: Side,
}

/// Factors of people or of items, one row each, and their Gram matrix with the penalty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Side {
    factors: usize,
    values: Vec<f32>,
    gram: Vec<f32>,
}

impl Factors {
    /// Fits confidences of people over so many items.
    #[must_use]
    pub fn fit(rows: &[Vec<(u32, f32)>], items: usize, options: FactorsOptions) -> Self {
        let mut columns: Vec<Vec<(u32, f32)>> = vec![Vec::new(); items];
        for (person, row) in rows.iter().enumerate() {
            for (column, confidence) in row {
                columns[*column as usize].push((person as u32, *confidence));
            }
        }
        let mut random = Rng::with_seed(options.seed);
        let mut start = |count: usize| -> Vec<f32> {
            (0..count * options.factors).map(|_| (random.f32() - 0.5) * 0.02).collect()
        };
        let (mut people, items) = (start(rows.len()), start(items));
        let mut side = Side::new(items, options);
        for _ in 0..options.rounds {
            side.update(&mut people, rows);
            let of_people = Side::new(people, options);
            of_people.update(&mut side.values, &columns);
            side = Side::new(side.values, options);
            people = of_people.values;
        }
        Self { side }
    }

    /// How much each item would be preferred by someone with these confidences: about 0 to 1.
    #[must_use]
    pub fn scores(&self, row: &[(u32, f32)]) -> Vec<f32> {
        let mut person = vec![0.0; self.side.factors];
        self.side.solve(&mut person, row, STEPS_ASKING);
        self.side.rows().map(|item| dot(item, &person)).collect()
    }
}

impl Side {
    fn new(values: Vec<f32>, options: FactorsOptions) -> Self {
        let factors = options.factors.max(1);
        let gram = values
            .par_chunks(factors * 256)
            .map(|rows| {
                let mut gram = vec![0.0; factors * factors];
                for row in rows.chunks(factors) {
                    for (line, a) in gram.chunks_mut(factors).zip(row) {
                        line.iter_mut().zip(row).for_each(|(entry, b)| *entry += a * b);
                    }
                }
                gram
            })
            .collect::<Vec<_>>();
        let mut sum = vec![0.0_f32; factors * factors];
        for gram in gram {
            sum.iter_mut().zip(gram).for_each(|(sum, part)| *sum += part);
        }
        (0..factors).for_each(|i| sum[i * factors + i] += options.penalty);
        Self { factors, values, gram: sum }
    }

    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks(self.factors)
    }

    fn row(&self, row: u32) -> &[f32] {
        &self.values[row as usize * self.factors..][..self.factors]
    }

    /// Brings the other side's factors up to date.
    fn update(&self, other: &mut [f32], rows: &[Vec<(u32, f32)>]) {
        let each = other.par_chunks_mut(self.factors).zip(rows);
        each.for_each(|(values, row)| self.solve(values, row, STEPS));
    }

    /// Moves `x` towards the minimum of `sum c (p - x y)^2 + penalty x^2`, where the preference p is 1
    /// and c the confidence for what is in `row`, and p is 0 and c 1 for all else.
    fn solve(&self, x: &mut [f32], row: &[(u32, f32)], steps: usize) {
        let mut residual = self.times(x, row);
        residual.iter_mut().for_each(|value| *value = -*value);
        for (column, confidence) in row {
            add(&mut residual, *confidence, self.row(*column));
        }
        let mut direction = residual.clone();
        let mut before = dot(&residual, &residual);
        for _ in 0..steps {
            if before < SOLVED {
                break;
            }
            let image = self.times(&direction, row);
            let far = before / dot(&direction, &image);
            add(x, far, &direction);
            add(&mut residual, -far, &image);
            let now = dot(&residual, &residual);
            let turn = now / before;
            direction.iter_mut().zip(&residual).for_each(|(d, r)| *d = r + turn * *d);
            before = now;
        }
    }

    /// The normal equations' matrix times `x`.
    fn times(&self, x: &[f32], row: &[(u32, f32)]) -> Vec<f32> {
        let mut product: Vec<f32> = self.gram.chunks(self.factors).map(|row| dot(row, x)).collect();
        for (column, confidence) in row {
            let factors = self.row(*column);
            add(&mut product, (confidence - 1.0) * dot(factors, x), factors);
        }
        product
    }
}

fn add(to: &mut [f32], times: f32, what: &[f32]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += times * what);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: FactorsOptions = FactorsOptions { factors: 3, penalty: 0.1, rounds: 20, seed: 1 };

    /// Even people play items 0 to 3, odd ones 4 to 7; everyone leaves one out.
    fn rows() -> Vec<Vec<(u32, f32)>> {
        (0..16_u32)
            .map(|person| {
                let first = person % 2 * 4;
                let left_out = first + person / 2 % 4;
                (first..first + 4)
                    .filter(|item| *item != left_out)
                    .map(|item| (item, 8.0))
                    .collect()
            })
            .collect()
    }

    #[test]
    fn what_was_left_out_is_expected() {
        let model = Factors::fit(&rows(), 8, SMALL);
        let scores = model.scores(&[(0, 8.0), (1, 8.0), (2, 8.0)]);
        assert!((scores[3] - 1.0).abs() < 0.25, "{scores:?}");
        assert!(scores[4..].iter().all(|score| score.abs() < 0.25), "{scores:?}");
    }

    #[test]
    fn a_person_is_the_minimum_of_the_loss() {
        let model = Factors::fit(&rows(), 8, SMALL);
        let row = [(0, 5.0), (5, 2.0), (6, 0.5)];
        let mut person = vec![0.0; 3];
        model.side.solve(&mut person, &row, 10);
        let loss = |x: &[f32]| -> f64 {
            let all = (0..8_u32).map(|item| {
                let given = row.iter().find(|(column, _)| *column == item);
                let (confidence, preference) = given.map_or((1.0, 0.0), |(_, c)| (*c, 1.0));
                let off = preference - dot(model.side.row(item), x);
                f64::from(confidence * off * off)
            });
            all.sum::<f64>() + f64::from(SMALL.penalty * dot(x, x))
        };
        let least = loss(&person);
        for i in 0..3 {
            for step in [-0.02, 0.02] {
                let mut moved = person.clone();
                moved[i] += step;
                assert!(loss(&moved) > least, "{i} {step}: {} under {least}", loss(&moved));
            }
        }
    }

    #[test]
    fn nobody_is_no_trouble() {
        assert!(Factors::fit(&[], 0, SMALL).scores(&[]).is_empty());
        let scores = Factors::fit(&rows(), 8, SMALL).scores(&[]);
        assert_eq!(scores, [0.0; 8]);
    }
}
