//! The library as points: the two directions in which the style vectors spread most (principal
//! components, Pearson 1901), by power iteration on the covariance of a sample.

use std::collections::HashMap;

use crate::store::records::{Track, TrackId};

/// Tracks that the covariance is taken of at most: enough for its two largest directions.
const SAMPLE: usize = 4096;
/// Rounds of the power iteration: the angle left is far under a dot of the screen.
const ROUNDS: usize = 100;
/// Styles that have a colour of their own.
pub const STYLES: usize = 8;

/// A track on the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Which track.
    pub id: TrackId,
    /// From left to right, -1 to 1.
    pub x: f32,
    /// From below to above, -1 to 1.
    pub y: f32,
    /// Place in [`Chart::styles`]; as many as there are styles where it is of none of them.
    pub style: u8,
}

/// How the points were laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Along the two directions in which styles differ most.
    #[default]
    Directions,
    /// So that near ones lie together; distances far apart say little.
    Near,
}

/// The library as points.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    /// How they were laid out.
    pub kind: Kind,
    /// A point for each track that has a style.
    pub points: Vec<Point>,
    /// The commonest styles, the commonest first.
    pub styles: Vec<String>,
    /// Which share of how much the styles differ the two directions hold, 0 to 1.
    pub held: f64,
}

impl Chart {
    /// Lays out a library.
    #[must_use]
    pub fn of(tracks: &[Track]) -> Self {
        let dim = tracks.iter().map(|t| t.style.len()).max().unwrap_or(0);
        let usable = |t: &&Track| {
            dim > 0 && t.style.len() == dim && t.style.iter().all(|value| value.is_finite())
        };
        let tracks: Vec<&Track> = tracks.iter().filter(usable).collect();
        let styles = commonest(&tracks);
        let (axes, mean, held) = axes(&tracks, dim);
        let place = |t: &Track| {
            axes.each_ref().map(|axis| {
                let along = t.style.iter().zip(&mean).zip(axis);
                along.map(|((value, mean), a)| (f64::from(*value) - mean) * a).sum::<f64>() as f32
            })
        };
        let places: Vec<[f32; 2]> = tracks.iter().map(|t| place(t)).collect();
        let reach = [0, 1].map(|axis| {
            places.iter().map(|p| p[axis].abs()).fold(0.0, f32::max).max(f32::MIN_POSITIVE)
        });
        let points = tracks.iter().zip(&places).map(|(track, place)| Point {
            id: track.id,
            x: place[0] / reach[0],
            y: place[1] / reach[1],
            style: place_of(track, &styles) as u8,
        });
        Self { kind: Kind::Directions, points: points.collect(), styles, held }
    }

    /// Are these the same tracks as those of `other`?
    #[must_use]
    pub fn is_of(&self, other: &Self) -> bool {
        self.points.iter().map(|p| p.id).eq(other.points.iter().map(|p| p.id))
    }
}

/// What a track sounds like, else what its tags say.
#[must_use]
pub fn style_name(track: &Track) -> &str {
    track.sounds_like.first().map_or(track.genre.as_str(), |share| share.genre.as_str())
}

fn place_of(track: &Track, styles: &[String]) -> usize {
    styles.iter().position(|style| style == style_name(track)).unwrap_or(styles.len())
}

fn commonest(tracks: &[&Track]) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in tracks.iter().map(|t| style_name(t)).filter(|name| !name.is_empty()) {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    counts.truncate(STYLES);
    counts.into_iter().map(|(name, _)| name.to_owned()).collect()
}

/// The two directions, the mean, and the share of the variance they hold.
fn axes(tracks: &[&Track], dim: usize) -> ([Vec<f64>; 2], Vec<f64>, f64) {
    let step = tracks.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<&&Track> = tracks.iter().step_by(step).collect();
    let count = sample.len().max(1) as f64;
    let mut mean = vec![0.0; dim];
    for track in &sample {
        mean.iter_mut().zip(&track.style).for_each(|(m, v)| *m += f64::from(*v) / count);
    }
    let mut covariance = vec![0.0; dim * dim];
    let mut centred = vec![0.0; dim];
    for track in &sample {
        for (c, (v, m)) in centred.iter_mut().zip(track.style.iter().zip(&mean)) {
            *c = f64::from(*v) - m;
        }
        for (row, a) in covariance.chunks_exact_mut(dim).zip(&centred) {
            row.iter_mut().zip(&centred).for_each(|(cell, b)| *cell += a * b / count);
        }
    }
    let total: f64 = (0..dim).map(|i| covariance[i * dim + i]).sum();
    let mut held = 0.0;
    let axes = std::array::from_fn(|_| {
        let (axis, variance) = largest(&covariance, dim);
        for i in 0..dim {
            for j in 0..dim {
                covariance[i * dim + j] -= variance * axis[i] * axis[j];
            }
        }
        held += variance;
        axis
    });
    (axes, mean, if total > 0.0 { (held / total).clamp(0.0, 1.0) } else { 0.0 })
}

/// The direction of the largest variance, and that variance. Its largest value is positive, so that the
/// same library always lies the same way round.
fn largest(covariance: &[f64], dim: usize) -> (Vec<f64>, f64) {
    // Not along any axis, so that it is not orthogonal to the answer by accident.
    let mut axis: Vec<f64> = (0..dim).map(|i| 1.0 + (i as f64 * 0.7).sin() * 0.5).collect();
    let mut variance = 0.0;
    for _ in 0..ROUNDS {
        let next: Vec<f64> = covariance
            .chunks_exact(dim.max(1))
            .map(|row| row.iter().zip(&axis).map(|(c, a)| c * a).sum())
            .collect();
        variance = next.iter().map(|v: &f64| v * v).sum::<f64>().sqrt();
        if variance < 1e-12 {
            return (vec![0.0; dim], 0.0);
        }
        axis = next.into_iter().map(|v| v / variance).collect();
    }
    let peak = axis.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
    axis.iter_mut().for_each(|v| *v *= peak.signum());
    (axis, variance)
}

/// The tracks whose style is nearest to that of `of`, the nearest first, with the cosine.
#[must_use]
pub fn neighbours(tracks: &[Track], of: TrackId, count: usize) -> Vec<(TrackId, f32)> {
    let Some(own) = tracks.iter().find(|t| t.id == of) else { return Vec::new() };
    let others = tracks.iter().filter(|t| t.id != of && t.style.len() == own.style.len());
    let dot = |t: &Track| own.style.iter().zip(&t.style).map(|(a, b)| a * b).sum::<f32>();
    let mut near: Vec<(TrackId, f32)> =
        others.map(|t| (t.id, dot(t))).filter(|(_, cosine)| cosine.is_finite()).collect();
    let by_cosine =
        |a: &(TrackId, f32), b: &(TrackId, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if near.len() > count {
        near.select_nth_unstable_by(count, by_cosine);
        near.truncate(count);
    }
    near.sort_by(by_cosine);
    near
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::tests::library;

    /// Tracks on a line in twelve dimensions, with a little beside it.
    fn line() -> Vec<Track> {
        let mut tracks = library();
        for (i, track) in tracks.iter_mut().enumerate() {
            let (along, beside) = (i as f32 - 6.5, if i % 2 == 0 { 0.4 } else { -0.4 });
            track.style = (0..12).map(|d| if d < 3 { along } else { 0.0 }).collect();
            track.style[11] = beside;
            track.genre = if i < 9 { "jazz".into() } else { "folk".into() };
        }
        tracks[4].style = vec![f32::NAN; 12];
        tracks[5].style.clear();
        tracks
    }

    #[test]
    fn the_first_direction_is_the_line_and_the_second_what_is_beside_it() {
        let chart = Chart::of(&line());
        assert_eq!(chart.points.len(), 12, "two have no style that can be used");
        assert!(chart.points.windows(2).all(|p| p[0].x < p[1].x), "{:?}", chart.points);
        assert!(chart.points.iter().all(|p| p.y.abs() > 0.5), "{:?}", chart.points);
        let reach = |axis: fn(&Point) -> f32| chart.points.iter().map(axis).fold(0.0, f32::max);
        assert!(
            (reach(|p| p.x.abs()) - 1.0).abs() < 1e-6 && (reach(|p| p.y.abs()) - 1.0).abs() < 1e-6
        );
        assert!(chart.held > 0.999, "{}", chart.held);
        assert_eq!(chart.styles, ["jazz", "folk"]);
        assert_eq!(chart.points[11].style, 1);
    }

    #[test]
    fn nothing_and_all_alike_can_be_laid_out() {
        assert_eq!(Chart::of(&[]), Chart::default());
        assert!(Chart::of(&library()).points.is_empty(), "no track has a style");
        let mut same = library();
        same.iter_mut().for_each(|t| t.style = vec![0.5; 8]);
        let chart = Chart::of(&same);
        assert!(chart.points.iter().all(|p| p.x == 0.0 && p.y == 0.0));
    }

    #[test]
    fn neighbours_are_those_of_the_nearest_direction() {
        let mut tracks = library();
        for (i, track) in tracks.iter_mut().enumerate() {
            let angle = i as f32 * 0.1;
            track.style = vec![angle.cos(), angle.sin()];
        }
        let near = neighbours(&tracks, TrackId(5), 3);
        let ids: Vec<u32> = near.iter().map(|(id, _)| id.0).collect();
        assert_eq!(near.len(), 3);
        assert!(ids[..2].contains(&4) && ids[..2].contains(&6), "{near:?}");
        assert!(near[0].1 > 0.99 && near[2].1 < near[0].1);
    }
}
