//! The most engaging stretch of a track: what comes back (Bartsch and Wakefield 2005; Goto 2006), is loud,
//! begins where something begins, and lies neither in the intro nor at the end.

use super::segments::{Segment, TIMBRE};
use crate::dot::dot;

/// Length of a highlight, seconds.
pub const HIGHLIGHT_S: f64 = 20.0;
/// What comes back is no nearer than this, seconds: what goes on in one way, or comes back within itself, is no chorus.
/// With half of it what was found in the training music came back no more, by pychorus's chroma, than any other
/// stretch (49.6 % of the others come back less); with this it is 58.4 %, and louder besides.
const APART_S: f64 = HIGHLIGHT_S;
/// Seconds on each side over which harmony and timbre are smoothed; with twice as many it is 58.4 % instead of 60.4.
const SMOOTHED_S: f64 = 0.5;
/// Seconds before and after a place that are compared to tell whether something begins there.
const EDGE_S: f64 = 4.0;
/// Each place has a rank among all places of the track, 0 to 1, by how well it comes back, by how loud it is, and
/// by whether something begins there. The first two are multiplied: a place must be good in both, where a sum
/// chooses places that are the best in one. With this power of the first what is found in the training music comes back
/// nearly as much as where nothing else counts (60 %), and is louder than 73 % of the others.
const REPETITION: i32 = 3;
/// Weight of the third against that product.
const BEGINNING: f64 = 0.1;
/// What lies wholly in the first or last share of a track counts less by up to this.
const INTRO: f64 = 0.12;
const OUTRO: f64 = 0.08;
const EDGE_PENALTY: f64 = 0.4;
/// Of places as good as each other the earlier one is taken.
const LATER: f64 = 0.02;
/// Harmony against timbre in how alike two segments are.
const HARMONY: f32 = 0.8;
const WIDTH: usize = 12 + TIMBRE;
type Vector = [f32; WIDTH];

/// Seconds from the start to the most engaging [`HIGHLIGHT_S`]; 0 for a track that has not more.
pub(super) fn highlight(segments: &[Segment], segment_s: f64) -> f64 {
    let count = |seconds: f64| ((seconds / segment_s).round() as usize).max(1);
    let window = count(HIGHLIGHT_S);
    if segments.len() <= window {
        return 0.0;
    }
    let vectors = vectors(segments, count(SMOOTHED_S));
    // Where all is too short to come back, loudness decides.
    let again = repetition(&vectors, window, count(APART_S));
    let again = again.map_or_else(|| vec![1.0; segments.len() - window + 1], |again| ranks(&again));
    let squares: Vec<f32> = segments.iter().map(|s| s.square).collect();
    let energy = means(&squares, window);
    let begins = beginnings(&vectors, &squares, count(EDGE_S), energy.len());
    let [energy, begins] = [energy, begins].map(|values| ranks(&values));
    let places = energy.len();
    let score = |at: usize| {
        let sum = again[at].powi(REPETITION) * energy[at] + BEGINNING * begins[at];
        let place = at as f64 / segments.len() as f64;
        let end = (at + window) as f64 / segments.len() as f64;
        let intro = (1.0 - place / INTRO).max(0.0);
        let outro = (1.0 - (1.0 - end) / OUTRO).max(0.0);
        sum - EDGE_PENALTY * intro.max(outro) - LATER * place
    };
    let best = (0..places).max_by(|a, b| score(*a).total_cmp(&score(*b)).then(b.cmp(a)));
    best.unwrap_or(0) as f64 * segment_s
}

/// Harmony and timbre of each segment, relative to the whole track and smoothed over `reach` segments on
/// each side, so that the inner product is how alike two are, -1 to 1.
fn vectors(segments: &[Segment], reach: usize) -> Vec<Vector> {
    let count = segments.len() as f64;
    let raw: Vec<Vector> = segments
        .iter()
        .map(|segment| {
            let mut vector = [0.0; WIDTH];
            vector[..12].copy_from_slice(&segment.chroma);
            vector[12..].copy_from_slice(&segment.timbre);
            vector
        })
        .collect();
    let mut mean = [0.0_f64; WIDTH];
    let mut square = [0.0_f64; WIDTH];
    for vector in &raw {
        for ((mean, square), value) in mean.iter_mut().zip(&mut square).zip(vector) {
            *mean += f64::from(*value) / count;
            *square += f64::from(*value).powi(2) / count;
        }
    }
    let relative = |vector: &Vector| -> Vector {
        std::array::from_fn(|i| {
            let deviation = (square[i] - mean[i] * mean[i]).max(0.0).sqrt();
            // the pitch classes keep their weights, the coefficients differ in scale
            let scale = if i < 12 { 1.0 } else { deviation.max(1e-6) };
            ((f64::from(vector[i]) - mean[i]) / scale) as f32
        })
    };
    let relative: Vec<Vector> = raw.iter().map(relative).collect();
    let around = |at: usize| {
        let mut sum = [0.0; WIDTH];
        for vector in &relative[at.saturating_sub(reach)..(at + reach + 1).min(relative.len())] {
            for (sum, value) in sum.iter_mut().zip(vector) {
                *sum += value;
            }
        }
        let (harmony, timbre) = sum.split_at_mut(12);
        scale_to(harmony, HARMONY.sqrt());
        scale_to(timbre, (1.0 - HARMONY).sqrt());
        sum
    };
    (0..relative.len()).map(around).collect()
}

fn scale_to(vector: &mut [f32], length: f32) {
    let scale = length / vector.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-9);
    vector.iter_mut().for_each(|v| *v *= scale);
}

/// How well each stretch of `window` segments comes back as a whole: the mean likeness along a diagonal of the
/// self-similarity matrix, at the best lag of `apart` or more. [`None`] where the sound is too short for that.
fn repetition(vectors: &[Vector], window: usize, apart: usize) -> Option<Vec<f32>> {
    let count = vectors.len();
    let places = count - window + 1;
    if places <= apart {
        return None;
    }
    let mut best = vec![-1.0_f32; places];
    let mut diagonal = Vec::with_capacity(count);
    for lag in apart..places {
        diagonal.clear();
        diagonal.extend((0..count - lag).map(|at| dot(&vectors[at], &vectors[at + lag])));
        for (start, likeness) in means(&diagonal, window).into_iter().enumerate() {
            for place in [start, start + lag] {
                best[place] = best[place].max(likeness);
            }
        }
    }
    Some(best)
}

/// Mean of each stretch of `window` values.
fn means(values: &[f32], window: usize) -> Vec<f32> {
    let mut sum: f64 = values[..window].iter().map(|v| f64::from(*v)).sum();
    let mut means = Vec::with_capacity(values.len() - window + 1);
    means.push((sum / window as f64) as f32);
    for (gone, come) in values.iter().zip(&values[window..]) {
        sum += f64::from(*come) - f64::from(*gone);
        means.push((sum / window as f64) as f32);
    }
    means
}

/// How much of a beginning each of the first `places` is: other sound than before it, and not quieter.
fn beginnings(vectors: &[Vector], squares: &[f32], edge: usize, places: usize) -> Vec<f32> {
    let total = |from: usize, to: usize| {
        let mut sum = [0.0; WIDTH];
        for vector in &vectors[from..to] {
            for (sum, value) in sum.iter_mut().zip(vector) {
                *sum += value / (to - from) as f32;
            }
        }
        let square = squares[from..to].iter().sum::<f32>() / (to - from) as f32;
        (sum, square)
    };
    (0..places)
        .map(|at| {
            if at == 0 {
                return 0.0;
            }
            let (before, quiet) = total(at.saturating_sub(edge), at);
            let (after, loud) = total(at, (at + edge).min(vectors.len()));
            let apart: f32 = before.iter().zip(&after).map(|(a, b)| (a - b).powi(2)).sum();
            let rise = (loud.max(1e-9) / quiet.max(1e-9)).log10().clamp(-1.0, 1.0);
            apart * (1.0 + rise)
        })
        .collect()
}

/// The share of the others that each is greater than.
fn ranks(values: &[f32]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let below = |value: &f32| sorted.partition_point(|other| other < value);
    values.iter().map(|value| below(value) as f64 / values.len() as f64).collect()
}
