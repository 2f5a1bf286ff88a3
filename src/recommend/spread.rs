//! Where to start when nothing is known: tracks far from each other, so that the list shows what the
//! library holds (greedy farthest points; Gonzalez 1985). A score can only fall as the list grows, so
//! one that was the best after being brought up to date is the best (lazy greedy; Minoux 1978).

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::diversity::{Rules, Verdict};
use super::score::Parts;
use crate::store::records::{Track, TrackId};
use crate::taste::vector::{Mean, cosine, unit};

struct Candidate<'a> {
    track: &'a Track,
    parts: Parts,
    /// How near to the middle of the library: decides between equals.
    centrality: f64,
    /// So many tracks of the list are already counted in `parts.spread`.
    counted: usize,
}

impl Candidate<'_> {
    fn order(&self) -> (Total, Total, Reverse<TrackId>) {
        (Total(self.parts.score()), Total(self.centrality), Reverse(self.track.id))
    }

    fn count(&mut self, list: &[(&Track, Parts)]) {
        for (listed, _) in &list[self.counted..] {
            let distance = (1.0 - cosine(&listed.style, &self.track.style)) / 2.0;
            self.parts.spread = self.parts.spread.min(distance);
        }
        self.counted = list.len();
    }
}

/// Gives each place in turn to the track with the best score, where the spread part is its distance,
/// 0 to 1, from the nearest track of the list so far. The first is, all else being equal, the one in the
/// middle of the library.
pub fn spread<'a>(
    candidates: Vec<(&'a Track, Parts)>,
    mut rules: Rules<'a>,
    count: usize,
) -> Vec<(&'a Track, Parts)> {
    let middle = middle(&candidates);
    let mut heap: BinaryHeap<Candidate<'a>> = candidates
        .into_iter()
        .map(|(track, parts)| Candidate {
            track,
            parts: Parts { spread: 1.0, ..parts },
            centrality: middle.as_ref().map_or(0.0, |middle| cosine(middle, &track.style)),
            counted: 0,
        })
        .collect();
    let mut list: Vec<(&Track, Parts)> = Vec::new();
    let mut waiting = Vec::new();
    while list.len() < count {
        let Some(mut best) = heap.pop() else { break };
        if best.counted < list.len() {
            best.count(&list);
            heap.push(best);
            continue;
        }
        match rules.judge(best.track) {
            Verdict::Fits => {
                rules.take(best.track);
                list.push((best.track, best.parts));
                heap.extend(waiting.drain(..));
            }
            Verdict::NotNow => waiting.push(best),
            Verdict::Never => {}
        }
    }
    list
}

fn middle(candidates: &[(&Track, Parts)]) -> Option<Vec<f32>> {
    let mut mean = Mean::default();
    for (track, _) in candidates {
        mean.add(&track.style, 1.0);
    }
    unit(&mean.mean()?)
}

/// Floating point in its total order.
struct Total(f64);

impl Ord for Total {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Total {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Total {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Total {}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate<'_> {}
