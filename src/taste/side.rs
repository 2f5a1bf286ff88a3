//! One side of a taste, what was enjoyed or what was skipped: its tracks and their centres.

use super::centre::{Centre, Points, groups};
use super::vector::{Mean, unit, unit_or_zero};
use crate::dot::dot;
use crate::store::records::TrackId;

/// Tracks that make up a side: the strongest. What pulls less has faded, and would only cost time.
const MOST: usize = 1024;
/// Evidence (sum of pulls) at which a centre has half of its strength: one like by the default weights.
const HALF_STRENGTH: f64 = 3.0;

/// A track that pulls, as a side is made of it.
#[derive(Debug)]
pub struct Pulled {
    pub id: TrackId,
    /// How far, above 0 on both sides.
    pub pull: f64,
    pub confidence: f64,
    pub style: Vec<f32>,
}

/// Tracks in order of their numbers, their unit vectors one after another, and the centres of these.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Side {
    ids: Vec<TrackId>,
    confidences: Vec<f64>,
    styles: Vec<f32>,
    dim: usize,
    /// The weightiest first.
    pub centres: Vec<Centre>,
}

impl Side {
    /// A side with at most so many centres, whose strengths are weighed. Styles shorter than others, and such without a
    /// direction, are left out.
    pub fn of(mut pulled: Vec<Pulled>, most_centres: usize, weight: f64) -> Self {
        let dim = pulled.iter().map(|track| track.style.len()).max().unwrap_or(0);
        pulled.retain_mut(|track| {
            track.style = unit_or_zero(&track.style, dim);
            track.style.iter().any(|x| *x != 0.0)
        });
        pulled.sort_by(|a, b| b.pull.total_cmp(&a.pull).then(a.id.cmp(&b.id)));
        pulled.truncate(MOST);
        pulled.sort_by_key(|track| track.id);
        let mut side = Self { dim, ..Self::default() };
        for track in &pulled {
            side.ids.push(track.id);
            side.confidences.push(track.confidence);
            side.styles.extend(&track.style);
        }
        let points = Points { dim, values: &side.styles, weights: &side.confidences };
        let all: f64 = side.confidences.iter().sum();
        side.centres = groups(&points, most_centres)
            .iter()
            .filter_map(|group| {
                let evidence: f64 = group.iter().map(|place| pulled[*place].pull).sum();
                let confidence: f64 = group.iter().map(|place| side.confidences[*place]).sum();
                Some(Centre {
                    direction: unit(&side.mean_of(group)?)?,
                    strength: weight * evidence / (evidence + HALF_STRENGTH),
                    share: confidence / all,
                    tracks: group.len(),
                })
            })
            .collect();
        side
    }

    /// The track, other than `except`, that sounds most like `style`, with the cosine.
    pub fn nearest(&self, style: &[f32], except: TrackId) -> Option<(TrackId, f64)> {
        let style = unit_or_zero(style, self.dim);
        self.ids
            .iter()
            .enumerate()
            .filter(|(_, id)| **id != except)
            .map(|(place, id)| (*id, f64::from(dot(&style, self.style(place)))))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
    }

    /// All tracks with their styles (unit length).
    pub fn tracks(&self) -> impl Iterator<Item = (TrackId, &[f32])> {
        self.ids.iter().copied().zip(self.styles.chunks_exact(self.dim.max(1)))
    }

    fn style(&self, place: usize) -> &[f32] {
        &self.styles[place * self.dim..][..self.dim]
    }

    fn mean_of(&self, places: &[usize]) -> Option<Vec<f64>> {
        let mut mean = Mean::default();
        for place in places {
            mean.add(self.style(*place), self.confidences[*place]);
        }
        mean.mean()
    }
}
