//! The nearest few of many fingerprints.

use super::memory::Hit;

/// The best few hits so far, best first.
#[derive(Debug, Clone)]
pub(super) struct Nearest {
    pub hits: Vec<Hit>,
    count: usize,
    /// What a hit must exceed.
    pub worst: f32,
}

impl Nearest {
    pub fn new(count: usize) -> Self {
        Self { hits: Vec::with_capacity(count + 1), count, worst: f32::NEG_INFINITY }
    }

    pub fn offer(&mut self, hit: Hit) {
        let place = self.hits.partition_point(|other| before(other, &hit));
        self.hits.insert(place, hit);
        self.hits.truncate(self.count);
        if self.hits.len() == self.count {
            self.worst = self.hits.last().map_or(f32::NEG_INFINITY, |last| last.cosine);
        }
    }

    pub fn merge(&mut self, other: Self) {
        for hit in other.hits {
            self.offer(hit);
        }
    }
}

/// Nearest first; among equals by track and place, so that the answer does not depend on threads.
fn before(a: &Hit, b: &Hit) -> bool {
    b.cosine.total_cmp(&a.cosine).then(a.key.cmp(&b.key)).then(a.window.cmp(&b.window)).is_lt()
}
