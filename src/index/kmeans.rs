//! Spherical-ish k-means over codes, in two levels, so that thousands of cells cost seconds.

use std::ops::Range;

use rayon::prelude::*;

use super::codes::{Code, DIM};
use super::simd::{LANES, dot, dots, widened};

/// Rounds at each level; more change little.
const ROUNDS: usize = 8;
/// Groups whose cells are looked through for a code's nearest cell.
const NEAR_GROUPS: usize = 4;

/// Centres, each with half of its squared length: the nearest to a code has the greatest
/// `dot(code, centre) - half`.
#[derive(Debug, Clone, Default)]
struct Centres {
    codes: Vec<Code>,
    halves: Vec<i32>,
}

impl Centres {
    fn new(codes: Vec<Code>) -> Self {
        let halves = codes.iter().map(|code| dot(code, code) / 2).collect();
        Self { codes, halves }
    }

    fn len(&self) -> usize {
        self.codes.len()
    }

    /// Hands each centre in `range` and how near it is to `visit`.
    fn nearness(&self, query: &[i16; DIM], range: Range<usize>, mut visit: impl FnMut(usize, i32)) {
        let mut found = [0; LANES];
        for start in range.clone().step_by(LANES) {
            let block = start..range.end.min(start + LANES);
            dots(query, &self.codes[block.clone()], 1, &mut found);
            for (centre, dot) in block.zip(found) {
                visit(centre, dot - self.halves[centre]);
            }
        }
    }

    fn nearest(&self, code: &Code) -> usize {
        let mut best = (i32::MIN, 0);
        self.nearness(&widened(code), 0..self.len(), |centre, near| {
            best = best.max((near, centre))
        });
        best.1
    }
}

/// Cells in groups: a code's nearest cell is looked for in the nearest groups only.
#[derive(Debug, Clone)]
pub(super) struct Partition {
    groups: Centres,
    /// `cells[members[g]..members[g + 1]]` belong to group `g`.
    members: Vec<usize>,
    cells: Centres,
}

impl Partition {
    /// About `count` cells over a sample of codes; the same sample and seed give the same cells.
    pub fn train(sample: &[Code], count: usize, seed: u64) -> Self {
        let group_count = (count as f64).sqrt().round().max(1.0) as usize;
        let groups = lloyd(sample, group_count, seed);
        let nearest: Vec<usize> = sample.par_iter().map(|code| groups.nearest(code)).collect();
        let mut by_group: Vec<Vec<Code>> = vec![Vec::new(); groups.len()];
        for (code, group) in sample.iter().zip(nearest) {
            by_group[group].push(*code);
        }
        let inside: Vec<Centres> = by_group
            .par_iter()
            .enumerate()
            .map(|(group, codes)| {
                let share = (count * codes.len()).div_ceil(sample.len().max(1)).max(1);
                lloyd(codes, share, seed + 1 + group as u64)
            })
            .collect();
        Self::assemble(groups, inside)
    }

    fn assemble(groups: Centres, inside: Vec<Centres>) -> Self {
        let mut members = vec![0];
        let mut cells = Vec::new();
        for group in inside {
            cells.extend(group.codes);
            members.push(cells.len());
        }
        Self { groups, members, cells: Centres::new(cells) }
    }

    /// The cells' centroids.
    pub fn centroids(&self) -> Vec<Code> {
        self.cells.codes.clone()
    }

    /// The centroid of a cell.
    pub fn centroid(&self, cell: usize) -> &Code {
        &self.cells.codes[cell]
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// The cell of a code.
    pub fn cell_of(&self, code: &Code) -> usize {
        let query = widened(code);
        let mut near = Vec::with_capacity(self.groups.len());
        self.groups.nearness(&query, 0..self.groups.len(), |group, nearness| {
            near.push((-nearness, group));
        });
        let looked_at = NEAR_GROUPS.min(near.len());
        if looked_at < near.len() {
            near.select_nth_unstable(looked_at - 1);
        }
        let mut best = (i32::MIN, 0);
        for (_, group) in &near[..looked_at] {
            let cells = self.members[*group]..self.members[group + 1];
            self.cells.nearness(&query, cells, |cell, near| best = best.max((near, cell)));
        }
        best.1
    }

    /// Groups' centroids and the borders of their cells, to be kept.
    pub fn parts(&self) -> (Vec<Code>, Vec<usize>) {
        (self.groups.codes.clone(), self.members.clone())
    }

    /// What [`Self::parts`] and [`Self::centroids`] gave; [`None`] where they do not fit together.
    pub fn from_parts(groups: &[Code], members: Vec<usize>, cells: &[Code]) -> Option<Self> {
        let sound = members.len() == groups.len() + 1
            && members.first() == Some(&0)
            && members.last() == Some(&cells.len())
            && members.is_sorted()
            && !cells.is_empty();
        let centres = |codes: &[Code]| Centres::new(codes.to_vec());
        sound.then(|| Self { groups: centres(groups), members, cells: centres(cells) })
    }
}

/// Lloyd's algorithm from codes drawn at random; an empty centre is drawn anew.
fn lloyd(codes: &[Code], count: usize, seed: u64) -> Centres {
    let mut random = fastrand::Rng::with_seed(seed);
    let drawn = random.choose_multiple(codes, count.min(codes.len()));
    let mut centres = Centres::new(drawn.into_iter().copied().collect());
    if centres.len() == 0 {
        return Centres::new(vec![[0; DIM]]);
    }
    for _ in 0..ROUNDS {
        let assigned: Vec<usize> = codes.par_iter().map(|code| centres.nearest(code)).collect();
        let mut sums = vec![[0_i64; DIM]; centres.len()];
        let mut sizes = vec![0_i64; centres.len()];
        for (code, centre) in codes.iter().zip(assigned) {
            sizes[centre] += 1;
            for (sum, value) in sums[centre].iter_mut().zip(code) {
                *sum += i64::from(*value);
            }
        }
        let moved = sums.iter().zip(sizes).map(|(sum, size)| match size {
            0 => codes[random.usize(..codes.len())],
            size => sum.map(|v| (v as f64 / size as f64).round() as i8),
        });
        centres = Centres::new(moved.collect());
    }
    centres
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clustered(n: usize) -> Vec<Code> {
        let mut random = fastrand::Rng::with_seed(1);
        let middles: Vec<Code> =
            (0..40).map(|_| std::array::from_fn(|_| random.i8(-40..40))).collect();
        (0..n).map(|i| middles[i % 40].map(|v| v + random.i8(-4..5))).collect()
    }

    #[test]
    fn codes_of_one_cluster_share_few_cells() {
        let codes = clustered(4000);
        let partition = Partition::train(&codes, 160, 7);
        assert!(partition.len() >= 160 && partition.len() < 180);
        let near = codes.iter().filter(|code| {
            let cell = partition.cells.codes[partition.cell_of(code)];
            let away: i32 =
                code.iter().zip(cell).map(|(a, b)| (i32::from(*a) - i32::from(b)).pow(2)).sum();
            away < 64 * 64
        });
        assert!(near.count() > 3600);
    }

    #[test]
    fn it_is_the_same_twice_and_survives_being_taken_apart() {
        let codes = clustered(1000);
        let [a, b] = [0, 1].map(|_| Partition::train(&codes, 30, 9));
        assert_eq!(a.centroids(), b.centroids());
        let (groups, members) = a.parts();
        let again = Partition::from_parts(&groups, members, &a.centroids()).unwrap();
        assert!(codes.iter().all(|code| again.cell_of(code) == a.cell_of(code)));
        assert!(Partition::from_parts(&groups, vec![0, 3], &a.centroids()).is_none());
    }

    #[test]
    fn few_codes_give_few_cells() {
        assert_eq!(Partition::train(&[], 8, 1).len(), 1);
        assert!(Partition::train(&clustered(3), 100, 1).len() <= 3);
    }
}
