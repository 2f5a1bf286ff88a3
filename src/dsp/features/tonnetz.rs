//! Tonal centroid (Harte, Sandler and Gasser 2006), as librosa makes it (`feature.tonnetz`).

use std::f64::consts::PI;

/// Coordinates on the circles of fifths, minor thirds and major thirds, a sine and a cosine each, from
/// the shares of the pitch classes (from C, together 1). It is linear: that of a mean is the mean.
pub(super) fn tonnetz(chroma: &[f32; 12]) -> [f32; 6] {
    const CIRCLES: [(f64, f64); 3] = [(7.0 / 6.0, 1.0), (3.0 / 2.0, 1.0), (2.0 / 3.0, 0.5)];
    let mut out = [0.0; 6];
    for (pair, (step, radius)) in out.chunks_exact_mut(2).zip(CIRCLES) {
        for (pitch, share) in chroma.iter().enumerate() {
            let angle = PI * step * pitch as f64;
            pair[0] += share * (radius * angle.sin()) as f32;
            pair[1] += share * (radius * angle.cos()) as f32;
        }
    }
    out
}
