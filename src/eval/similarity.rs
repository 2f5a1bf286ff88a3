//! Cosine and Euclidean similarity, of the network's style and of plain measurement, in quality and time; beside
//! them what the feed holds seeds against offers by, which is made of both.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::described::{Described, timbres};
use super::retrieval::{Figures, Retrieval, retrieval};
use super::timbre::standardised;
use crate::recommend::{Description, likeness};
use crate::taste::vector::cosine;

/// Comparisons are timed for at least so long.
const TIMED: Duration = Duration::from_millis(100);

/// One way of comparing tracks, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Similarity {
    /// What is compared.
    pub description: &'static str,
    /// How.
    pub measure: &'static str,
    /// Same-source retrieval, mean over all queries.
    pub found: Figures,
    /// Nanoseconds a comparison takes, one core.
    pub ns: f64,
}

/// How alike two vectors are: the greater, the more alike.
type Likeness = fn(&[f32], &[f32]) -> f32;

/// Style and, where all tracks have it, timbre (standardised), by cosine and by distance. Styles have
/// length 1, so for them the orders are the same but for rounding. [`None`] without sources to compare.
#[must_use]
pub fn similarities(tracks: &[Described]) -> Option<Vec<Similarity>> {
    let sources: Vec<&str> = tracks.iter().map(|track| track.source.as_str()).collect();
    let mut descriptions =
        vec![("style", tracks.iter().map(|track| track.track.style.clone()).collect())];
    if let Some(timbres) = timbres(tracks) {
        descriptions.push(("timbre (MFCC)", standardised(&timbres)));
    }
    let row = |description: &'static str,
               measure: &'static str,
               alike: &(dyn Fn(usize, usize) -> f32 + Sync)| {
        let Retrieval { found, .. } = retrieval(&sources, alike)?;
        Some(Similarity { description, measure, found, ns: time(tracks.len(), alike) })
    };
    let described = described(tracks);
    let mut rows =
        vec![row("style, measurements", "feed", &|a, b| likeness(&described[a], &described[b]))?];
    for (description, vectors) in &descriptions {
        let measures: [(&str, Likeness); 2] = [("cosine", alike), ("Euclidean", nearness)];
        for (measure, likeness) in measures {
            let alike = |a: usize, b: usize| likeness(&vectors[a], &vectors[b]);
            rows.push(row(description, measure, &alike)?);
        }
    }
    Some(rows)
}

/// Tracks as the feed holds them against a seed.
#[must_use]
pub fn described(tracks: &[Described]) -> Vec<Description> {
    let of =
        |track: &Described| Description::new(&track.track.style, track.track.features.as_ref());
    tracks.iter().map(of).collect()
}

/// Cosine of the angle between two vectors; 0 where one has no direction.
fn alike(a: &[f32], b: &[f32]) -> f32 {
    cosine(a, b) as f32
}

/// Minus the square of the Euclidean distance.
#[must_use]
pub fn nearness(a: &[f32], b: &[f32]) -> f32 {
    -a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f32>()
}

fn time(tracks: usize, alike: &dyn Fn(usize, usize) -> f32) -> f64 {
    let started = Instant::now();
    let mut comparisons = 0;
    while started.elapsed() < TIMED {
        for query in 0..tracks.min(16) {
            for other in 0..tracks {
                black_box(alike(black_box(query), black_box(other)));
            }
            comparisons += tracks;
        }
    }
    started.elapsed().as_secs_f64() * 1e9 / comparisons.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_unit_vectors_both_give_one_order() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut unit = || {
            let vector: Vec<f32> = (0..16).map(|_| random.f32() - 0.5).collect();
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            vector.iter().map(|x| x / length).collect::<Vec<f32>>()
        };
        let query = unit();
        for _ in 0..50 {
            let (a, b) = (unit(), unit());
            let nearer = nearness(&query, &a) > nearness(&query, &b);
            assert_eq!(alike(&query, &a) > alike(&query, &b), nearer);
            assert!((nearness(&query, &a) - (2.0 * alike(&query, &a) - 2.0)).abs() < 1e-5);
        }
    }

    #[test]
    fn length_matters_to_distance_alone() {
        assert!((alike(&[1.0, 1.0], &[5.0, 5.0]) - 1.0).abs() < 1e-6);
        assert_eq!(nearness(&[1.0, 1.0], &[4.0, 5.0]), -25.0);
        assert_eq!(alike(&[0.0], &[1.0]), 0.0);
    }
}
