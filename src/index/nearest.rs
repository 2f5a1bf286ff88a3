//! The nearest few of many fingerprints.

use std::cmp::Ordering;

/// The `count` best offers so far. `worst` is raised when twice as many wait: an offer costs a comparison and,
/// seldom, its share of a selection.
#[derive(Debug, Clone)]
pub(super) struct Nearest<T> {
    offers: Vec<(f32, T)>,
    count: usize,
    /// What an offer must reach.
    pub worst: f32,
}

impl<T: Copy + Ord> Nearest<T> {
    pub fn new(count: usize) -> Self {
        let count = count.max(1);
        Self { offers: Vec::with_capacity(2 * count), count, worst: f32::NEG_INFINITY }
    }

    pub fn offer(&mut self, cosine: f32, what: T) {
        if cosine < self.worst {
            return;
        }
        self.offers.push((cosine, what));
        if self.offers.len() == 2 * self.count {
            self.select();
        }
    }

    pub fn merge(&mut self, other: Self) {
        for (cosine, what) in other.offers {
            self.offer(cosine, what);
        }
    }

    /// The best: the first `sorted` of them nearest first, then the others in no order.
    pub fn best(mut self, sorted: usize) -> Vec<(f32, T)> {
        if self.offers.len() > self.count {
            self.select();
        }
        let offers = &mut self.offers[..];
        let sorted = sorted.min(offers.len());
        if 0 < sorted && sorted < offers.len() {
            offers.select_nth_unstable_by(sorted - 1, before);
        }
        offers[..sorted].sort_unstable_by(before);
        self.offers
    }

    fn select(&mut self) {
        let (_, (worst, _), _) = self.offers.select_nth_unstable_by(self.count - 1, before);
        self.worst = *worst;
        self.offers.truncate(self.count);
    }
}

/// Nearest first; among equals the lesser, so that the answer does not depend on threads.
fn before<T: Ord>(a: &(f32, T), b: &(f32, T)) -> Ordering {
    b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_kept_whatever_the_order() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut offers: Vec<(f32, u32)> =
            (0..1000).map(|i| (random.u32(..200) as f32, i)).collect();
        let mut expected = offers.clone();
        expected.sort_by(before);
        expected.truncate(7);
        for _ in 0..20 {
            random.shuffle(&mut offers);
            let mut parts = [Nearest::new(7), Nearest::new(7)];
            for (i, (cosine, what)) in offers.iter().enumerate() {
                parts[i % 2].offer(*cosine, *what);
            }
            let [mut one, other] = parts;
            one.merge(other);
            let mut best = one.best(3);
            assert_eq!(best[..3], expected[..3]);
            best.sort_by(before);
            assert_eq!(best, expected);
        }
    }
}
