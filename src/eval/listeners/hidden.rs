//! Hidden tastes of simulated listeners: sets of tracks that are drawn without looking at the network's style.

use std::collections::{BTreeMap, HashSet};

use fastrand::Rng;

use crate::eval::described::{Described, timbres};
use crate::eval::similarity::nearness;
use crate::eval::timbre::standardised;

/// A source needs so many tracks to be a taste: one in one half, two in the other.
const LEAST_TRACKS: usize = 3;
/// Sources, or places in the space of timbre, of a taste: at most so many.
const MOST_PARTS: usize = 3;
/// One of so many tracks is near a place in the space of timbre.
const NEAR_ONE_IN: usize = 12;

/// What a hidden taste is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TasteKind {
    /// All tracks of one to three sources.
    Sources,
    /// The tracks nearest, by standardised MFCC statistics, to one to three tracks.
    Timbre,
}

/// What tastes are drawn from.
pub enum Tastes {
    Sources(Vec<Vec<usize>>),
    Timbre(Vec<Vec<f32>>),
}

impl Tastes {
    /// [`None`] where there are too few sources, or tracks whose timbre is known.
    pub fn new(kind: TasteKind, tracks: &[Described]) -> Option<Self> {
        match kind {
            TasteKind::Sources => {
                let mut by_source: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
                for (place, track) in tracks.iter().enumerate() {
                    by_source.entry(&track.source).or_default().push(place);
                }
                by_source
                    .retain(|source, places| !source.is_empty() && places.len() >= LEAST_TRACKS);
                let sources: Vec<Vec<usize>> = by_source.into_values().collect();
                (sources.len() > MOST_PARTS).then_some(Self::Sources(sources))
            }
            TasteKind::Timbre => {
                let enough = tracks.len() >= LEAST_TRACKS * NEAR_ONE_IN;
                let timbres = timbres(tracks).filter(|_| enough)?;
                Some(Self::Timbre(standardised(&timbres)))
            }
        }
    }

    /// Places of the tracks of a taste.
    pub fn draw(&self, rng: &mut Rng) -> HashSet<usize> {
        let parts = rng.usize(1..=MOST_PARTS);
        match self {
            Self::Sources(sources) => {
                rng.choose_multiple(sources, parts).into_iter().flatten().copied().collect()
            }
            Self::Timbre(timbres) => (0..parts)
                .flat_map(|_| {
                    let centre = &timbres[rng.usize(..timbres.len())];
                    let mut near: Vec<(f32, usize)> =
                        timbres.iter().map(|timbre| nearness(centre, timbre)).zip(0..).collect();
                    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                    near.truncate(timbres.len() / NEAR_ONE_IN);
                    near.into_iter().map(|(_, place)| place)
                })
                .collect(),
        }
    }
}
