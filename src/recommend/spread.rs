//! Where to start when nothing is known: tracks far from each other, so that the list shows what the
//! library holds (greedy farthest points; Gonzalez 1985). A score can only fall as the list grows, so
//! one that was the best after being brought up to date is the best (lazy greedy; Minoux 1978).

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::candidates::{free, sort};
use super::explore::mixed;
use super::rules::{Piece, Rules, Verdict};
use super::score::{Parts, Scorer};
use crate::dot::dot;
use crate::taste::vector::{Mean, unit};

/// Tracks that a spread is made of: the best there are, and of equals (all, where nothing is known) a
/// fixed draw. More would cost time and add nothing to see.
const DRAWN: usize = 4096;

struct Candidate<'a> {
    row: usize,
    parts: Parts,
    /// How near to the middle of the library: decides between equals.
    centrality: f64,
    /// So many tracks of the list are already counted in `parts.spread`.
    counted: usize,
    piece: Piece<'a>,
}

impl Candidate<'_> {
    fn order(&self) -> (Total, Total, Reverse<usize>) {
        (Total(self.parts.score()), Total(self.centrality), Reverse(self.row))
    }

    fn count(&mut self, scorer: &Scorer<'_>, list: &[(usize, Parts)]) {
        let library = scorer.request.library;
        for (listed, _) in &list[self.counted..] {
            let cosine = f64::from(dot(library.style(*listed), library.style(self.row)));
            self.parts.spread = self.parts.spread.min((1.0 - cosine) / 2.0);
        }
        self.counted = list.len();
    }
}

/// Gives each place in turn to the track with the best score, where the spread part is its distance,
/// 0 to 1, from the nearest track of the list so far. The first is, all else being equal, the one in the
/// middle of the library.
pub fn spread(scorer: &Scorer<'_>) -> Vec<(usize, Parts)> {
    let drawn = drawn(scorer);
    let library = scorer.request.library;
    let middle = middle(scorer, &drawn);
    let mut heap: BinaryHeap<Candidate<'_>> = drawn
        .into_iter()
        .map(|(row, parts)| Candidate {
            row,
            parts: Parts { spread: 1.0, ..parts },
            centrality: middle.as_ref().map_or(0.0, |m| f64::from(dot(m, library.style(row)))),
            counted: 0,
            piece: Piece::new(library.track(row), library.style(row)),
        })
        .collect();
    let mut rules = Rules::of(scorer);
    let mut list: Vec<(usize, Parts)> = Vec::new();
    let mut waiting = Vec::new();
    while list.len() < scorer.request.count {
        let Some(mut best) = heap.pop() else { break };
        if best.counted < list.len() {
            best.count(scorer, &list);
            heap.push(best);
            continue;
        }
        match rules.judge(&mut best.piece) {
            Verdict::Fits => {
                rules.take(best.piece);
                list.push((best.row, best.parts));
                heap.extend(waiting.drain(..));
            }
            Verdict::NotNow => waiting.push(best),
            Verdict::Never => {}
        }
    }
    list
}

/// Rows with their parts, best first. Scores within a tenth count as equal here, so that what is new in the
/// library does not crowd out the rest.
fn drawn(scorer: &Scorer<'_>) -> Vec<(usize, Parts)> {
    let library = scorer.request.library;
    let free = free(scorer);
    let mut rows: Vec<(f32, u64, usize)> = (0..library.len())
        .filter(|row| free[*row])
        .map(|row| (-(scorer.quick(row) * 10.0).floor(), mixed(u64::from(library.id(row).0)), row))
        .collect();
    if DRAWN < rows.len() {
        rows.select_nth_unstable_by(DRAWN, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        rows.truncate(DRAWN);
    }
    let mut list: Vec<(usize, Parts)> =
        rows.into_iter().map(|(_, _, row)| (row, scorer.parts(row))).collect();
    sort(&mut list);
    list
}

fn middle(scorer: &Scorer<'_>, drawn: &[(usize, Parts)]) -> Option<Vec<f32>> {
    let mut mean = Mean::default();
    for (row, _) in drawn {
        mean.add(scorer.request.library.style(*row), 1.0);
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
