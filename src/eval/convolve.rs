//! Convolution by Fourier transform.

use realfft::RealFftPlanner;

/// The convolution of two sounds, as long as both together less one sample.
pub(super) fn convolve(a: &[f32], b: &[f32]) -> Vec<f32> {
    let length = (a.len() + b.len()).saturating_sub(1);
    let size = (length + 1).next_power_of_two().max(2);
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let [mut product, factor] = [a, b].map(|sound| {
        let mut padded = sound.to_vec();
        padded.resize(size, 0.0);
        let mut spectrum = forward.make_output_vec();
        // It fails for other lengths than the plan's, and these are the plan's.
        let _ = forward.process(&mut padded, &mut spectrum);
        spectrum
    });
    for (value, factor) in product.iter_mut().zip(factor) {
        *value *= factor;
    }
    // Real in theory; what rounding leaves here is refused.
    product[0].im = 0.0;
    product[size / 2].im = 0.0;
    let mut out = inverse.make_output_vec();
    let _ = inverse.process(&mut product, &mut out);
    out.truncate(length);
    for x in &mut out {
        *x /= size as f32;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_of_shifted_copies() {
        let out = convolve(&[1.0, -2.0, 3.0], &[4.0, 0.0, 0.5, 1.0]);
        let expected = [4.0, -8.0, 12.5, 0.0, -0.5, 3.0];
        assert_eq!(out.len(), expected.len());
        assert!(out.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{out:?}");
    }
}
