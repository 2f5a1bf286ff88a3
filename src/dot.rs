//! The inner product, as every room computes it.

use std::ops::{AddAssign, Mul};

const LANES: usize = 8;

/// Inner product of two vectors of the same length: of unit vectors the cosine of the angle between them.
/// Eight sums run side by side, so that the processor's wide registers are used without being named.
#[must_use]
pub(crate) fn dot<T>(a: &[T], b: &[T]) -> T
where
    T: Copy + Default + AddAssign + Mul<Output = T>,
{
    let mut sums = [T::default(); LANES];
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += *a * *b;
        }
    }
    let mut all = T::default();
    sums.into_iter().for_each(|sum| all += sum);
    let mut rest = T::default();
    a_rest.iter().zip(b_rest).for_each(|(a, b)| rest += *a * *b);
    all += rest;
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_products_of_any_length() {
        let mut random = fastrand::Rng::with_seed(3);
        for length in [0, 1, 7, 8, 9, 128, 131] {
            let [a, b] = [0, 1].map(|_| (0..length).map(|_| random.f32()).collect::<Vec<f32>>());
            let plain: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert!((f64::from(dot(&a, &b)) - plain).abs() < 1e-4, "{length}");
        }
        assert_eq!(dot(&[1.0_f64; 19], &[1.0; 19]), 19.0);
    }
}
