//! Inner products of codes, compiled for what the processor can do: with AVX2 they take a quarter of the
//! time that the instructions every processor has need (`benches/search.rs`).
#![allow(
    unsafe_code,
    reason = "multiversion calls the version it has found the processor to support"
)]

use multiversion::multiversion;

use super::codes::{Code, DIM};

/// Inner products looked at together.
pub(super) const LANES: usize = 64;

/// Inner product of two codes: their cosine in steps of the square of the scale.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
#[must_use]
pub fn dot(a: &Code, b: &Code) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// Squared distance of two codes.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
pub(super) fn apart(a: &Code, b: &Code) -> i32 {
    a.iter().zip(b).map(|(a, b)| (i32::from(*a) - i32::from(*b)).pow(2)).sum()
}

/// Inner products of a query with up to [`LANES`] codes, each `step`th.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
pub(super) fn dots(query: &[i16; DIM], codes: &[Code], step: usize, out: &mut [i32; LANES]) {
    for (out, code) in out.iter_mut().zip(codes.iter().step_by(step)) {
        *out = code.iter().zip(query).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
    }
}

/// A query as [`dots`] takes it.
pub(super) fn widened(query: &Code) -> [i16; DIM] {
    query.map(i16::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_the_sums_of_the_products() {
        let mut random = fastrand::Rng::with_seed(2);
        let codes: Vec<Code> = (0..101).map(|_| std::array::from_fn(|_| random.i8(..))).collect();
        let plain = |a: &Code, b: &Code| -> i32 {
            (0..DIM).map(|i| i32::from(a[i]) * i32::from(b[i])).sum()
        };
        let mut out = [0; LANES];
        dots(&widened(&codes[7]), &codes, 2, &mut out);
        for (i, out) in out.iter().enumerate().take(51) {
            assert_eq!(*out, plain(&codes[7], &codes[2 * i]));
        }
        assert_eq!(dot(&codes[3], &codes[4]), plain(&codes[3], &codes[4]));
        assert_eq!(dot(&[-128; DIM], &[-128; DIM]), 128 * 128 * 64);
        assert_eq!(apart(&[-128; DIM], &[127; DIM]), 255 * 255 * 64);
        let both = dot(&codes[3], &codes[3]) + dot(&codes[4], &codes[4]);
        assert_eq!(apart(&codes[3], &codes[4]), both - 2 * dot(&codes[3], &codes[4]));
    }
}
