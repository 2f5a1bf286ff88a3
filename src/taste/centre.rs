//! The centres of a taste. Who likes metal and piano does not like their mean, which is neither: so what is
//! enjoyed is parted into groups that hold together, and each has a centre of its own.
//!
//! Bisecting spherical k-means (Steinbach, Karypis and Kumar 2000; Dhillon and Modha 2001), each track with
//! its confidence for weight. A group is parted in two where the parting has structure: where its mean
//! silhouette (Rousseeuw 1987) is above [`STRUCTURE`]. Everything is done in the order of the tracks given,
//! in double precision, so that the same tracks give the same centres bit for bit.

use super::vector::unit;
use crate::dot::dot;

/// Mean silhouette from which a parting is one. Kaufman and Rousseeuw ("Finding Groups in Data", 1990, table
/// 2.4): up to 0.25 no substantial structure was found.
const STRUCTURE: f64 = 0.25;
/// Cosine distance that stands for the spread of a group of one, which has none to measure: tracks below a
/// cosine of a half are not alike.
const ALONE: f64 = 0.5;
/// Rounds of k-means: groups of some hundred tracks settle in fewer.
const ROUNDS: usize = 20;

/// Where the taste has a centre.
#[derive(Debug, Clone, PartialEq)]
pub struct Centre {
    /// Its direction, unit length, as many values as a style.
    pub direction: Vec<f32>,
    /// How much it counts, 0 to 1: grows with the pulls of its tracks.
    pub strength: f64,
    /// Its share of all confidence, 0 to 1.
    pub share: f64,
    /// Tracks that it is the centre of.
    pub tracks: usize,
}

/// Tracks to be grouped: unit vectors, one after another, and their weights.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a> {
    /// Values of a vector.
    pub dim: usize,
    /// All vectors.
    pub values: &'a [f32],
    /// The weight of each, above 0.
    pub weights: &'a [f64],
}

impl Points<'_> {
    fn of(&self, point: usize) -> &[f32] {
        &self.values[point * self.dim..][..self.dim]
    }

    /// Sum of the weighted vectors of some points.
    fn sum(&self, points: &[usize]) -> Vec<f64> {
        let mut sum = vec![0.0; self.dim];
        for point in points {
            for (sum, x) in sum.iter_mut().zip(self.of(*point)) {
                *sum += self.weights[*point] * f64::from(*x);
            }
        }
        sum
    }

    fn weight(&self, points: &[usize]) -> f64 {
        points.iter().map(|point| self.weights[*point]).sum()
    }
}

/// The groups of the points, at most `most`, the heaviest first; each lists its points in order.
#[must_use]
pub fn groups(points: &Points<'_>, most: usize) -> Vec<Vec<usize>> {
    let mut done: Vec<Vec<usize>> = Vec::new();
    let mut open: Vec<Vec<usize>> = vec![(0..points.weights.len()).collect()];
    while let Some(group) = open.pop() {
        let room = done.len() + open.len() + 2 <= most;
        match part(points, &group).filter(|_| room) {
            Some((left, right)) => open.extend([right, left]),
            None => done.push(group),
        }
    }
    done.retain(|group| !group.is_empty());
    done.sort_by(|a, b| points.weight(b).total_cmp(&points.weight(a)).then(a[0].cmp(&b[0])));
    done
}

/// The best parting in two that was found, where it has structure.
fn part(points: &Points<'_>, group: &[usize]) -> Option<(Vec<usize>, Vec<usize>)> {
    if group.len() < 2 {
        return None;
    }
    // Seeds: the point least like the mean, and the point least like that one.
    let mean = unit(&points.sum(group)).unwrap_or_else(|| points.of(group[0]).to_vec());
    let first = points.of(least_like(points, group, &mean)?).to_vec();
    let second = points.of(least_like(points, group, &first)?).to_vec();
    let mut centres = [first, second];
    let mut sides: [Vec<usize>; 2] = Default::default();
    for _ in 0..ROUNDS {
        let nearer = |point: &usize| {
            let x = points.of(*point);
            dot(x, &centres[0]) >= dot(x, &centres[1])
        };
        let (left, right) = group.iter().copied().partition(nearer);
        let now: [Vec<usize>; 2] = [left, right];
        if now == sides || now.iter().any(Vec::is_empty) {
            break;
        }
        sides = now;
        for (centre, side) in centres.iter_mut().zip(&sides) {
            *centre = unit(&points.sum(side)).unwrap_or_else(|| centre.clone());
        }
    }
    let [left, right] = sides;
    let parted = !left.is_empty() && !right.is_empty();
    (parted && silhouette(points, &left, &right) > STRUCTURE).then_some((left, right))
}

fn least_like(points: &Points<'_>, group: &[usize], to: &[f32]) -> Option<usize> {
    let like = |point: &usize| dot(points.of(*point), to);
    group.iter().copied().min_by(|a, b| like(a).total_cmp(&like(b)).then(a.cmp(b)))
}

/// Weighted mean silhouette of a parting in two. The mean cosine distance from a point to a group is one
/// less its inner product with the group's weighted mean, so no pair need be looked at.
fn silhouette(points: &Points<'_>, left: &[usize], right: &[usize]) -> f64 {
    let sides = [left, right].map(|side| (side, points.sum(side), points.weight(side)));
    let inner = |sum: &[f64], x: &[f32]| -> f64 {
        sum.iter().zip(x).map(|(sum, x)| sum * f64::from(*x)).sum()
    };
    let (mut total, mut weights) = (0.0, 0.0);
    for ((side, own_sum, own_weight), (_, sum, weight)) in
        [(&sides[0], &sides[1]), (&sides[1], &sides[0])]
    {
        for point in *side {
            let (x, w) = (points.of(*point), points.weights[*point]);
            let within = if side.len() > 1 {
                1.0 - (inner(own_sum, x) - w * inner_self(x)) / (own_weight - w)
            } else {
                ALONE
            };
            let across = 1.0 - inner(sum, x) / weight;
            let larger = within.max(across);
            total += w * if larger > 0.0 { (across - within) / larger } else { 0.0 };
            weights += w;
        }
    }
    total / weights
}

fn inner_self(x: &[f32]) -> f64 {
    x.iter().map(|x| f64::from(*x).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taste::vector::unit_or_zero;

    const DIM: usize = 32;

    /// Points about directions of their own: `about` lists (direction, points), `spread` is the length of
    /// the noise against a direction of length one.
    fn cloud(about: &[(u64, usize)], spread: f32, seed: u64) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut gauss = |dim: usize| -> Vec<f32> {
            (0..dim).map(|_| (0..12).map(|_| random.f32()).sum::<f32>() - 6.0).collect()
        };
        let mut values = Vec::new();
        for (direction, count) in about {
            let mut own = fastrand::Rng::with_seed(*direction);
            let centre: Vec<f32> = (0..DIM).map(|_| own.f32() - 0.5).collect();
            let centre = unit_or_zero(&centre, DIM);
            for _ in 0..*count {
                let noise = unit_or_zero(&gauss(DIM), DIM);
                let point: Vec<f32> =
                    centre.iter().zip(&noise).map(|(c, n)| c + spread * n).collect();
                values.extend(unit_or_zero(&point, DIM));
            }
        }
        values
    }

    fn sizes(values: &[f32], most: usize) -> Vec<usize> {
        let weights = vec![1.0; values.len() / DIM];
        let points = Points { dim: DIM, values, weights: &weights };
        groups(&points, most).iter().map(Vec::len).collect()
    }

    #[test]
    fn one_style_is_one_group() {
        for seed in 0..20 {
            for (spread, count) in [(0.2, 3), (0.5, 3), (0.2, 40), (0.5, 40), (0.9, 40)] {
                let style = cloud(&[(1, count)], spread, seed);
                assert_eq!(sizes(&style, 6), [count], "{seed} {spread}");
            }
        }
        assert!(sizes(&[], 6).is_empty());
    }

    #[test]
    fn styles_apart_are_groups_apart() {
        for seed in 0..20 {
            let three = cloud(&[(1, 20), (2, 12), (3, 6)], 0.6, seed);
            assert_eq!(sizes(&three, 6), [20, 12, 6], "{seed}");
            assert_eq!(sizes(&three, 2).len(), 2, "no more than asked for");
        }
        let metal_and_piano = [cloud(&[(1, 1)], 0.1, 1), cloud(&[(2, 1)], 0.1, 2)].concat();
        assert_eq!(sizes(&metal_and_piano, 6), [1, 1], "two likes of unlike things");
    }

    #[test]
    fn equal_points_and_points_without_direction_do_no_harm() {
        let same = [unit_or_zero(&[1.0; DIM], DIM), unit_or_zero(&[1.0; DIM], DIM)].concat();
        assert_eq!(sizes(&same, 6), [2]);
        assert_eq!(sizes(&[0.0; 3 * DIM], 6), [3]);
    }
}
