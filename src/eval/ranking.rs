//! Arithmetic of ranked lists.

/// Weight of a place, from 0, in a discounted cumulative gain.
pub(super) fn discount(place: usize) -> f64 {
    1.0 / (place as f64 + 2.0).log2()
}

/// How little expected something is that happened so often of so many times, bits; what never happened
/// counts as having happened once.
pub(super) fn self_information(times: usize, of: usize) -> f64 {
    (of.max(1) as f64 / times.max(1) as f64).log2()
}
