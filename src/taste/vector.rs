//! Arithmetic of style vectors.

/// Cosine of the angle between two vectors, -1 to 1; 0 where one has no direction, is not finite, or is
/// of another length than the other.
#[must_use]
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    if a.len() != b.len() {
        return 0.0;
    }
    let (mut ab, mut aa, mut bb) = (0.0f64, 0.0f64, 0.0f64);
    for (&x, &y) in a.iter().zip(b) {
        let (x, y) = (f64::from(x), f64::from(y));
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    let cosine = ab / (aa * bb).sqrt();
    if cosine.is_finite() { cosine.clamp(-1.0, 1.0) } else { 0.0 }
}

/// A weighted mean under way.
#[derive(Debug, Clone, Default)]
pub struct Mean {
    sum: Vec<f64>,
    weight: f64,
}

impl Mean {
    /// Adds a vector. The first sets the length; others of another length are left out.
    pub fn add(&mut self, vector: &[f32], weight: f64) {
        if self.sum.is_empty() {
            self.sum = vec![0.0; vector.len()];
        }
        if self.sum.len() != vector.len() || vector.iter().any(|x| !x.is_finite()) {
            return;
        }
        for (sum, &x) in self.sum.iter_mut().zip(vector) {
            *sum += weight * f64::from(x);
        }
        self.weight += weight;
    }

    /// The mean; [`None`] where nothing was added.
    #[must_use]
    pub fn mean(&self) -> Option<Vec<f64>> {
        (self.weight > 0.0).then(|| self.sum.iter().map(|sum| sum / self.weight).collect())
    }
}

/// The direction of a vector, as a vector of length 1; [`None`] where it has none.
#[must_use]
pub fn unit(vector: &[f64]) -> Option<Vec<f32>> {
    /// Shorter than this is rounding error, not a direction (means of unit vectors come in).
    const SHORTEST: f64 = 1e-6;
    let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    (length > SHORTEST && length.is_finite())
        .then(|| vector.iter().map(|x| (x / length) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_of_known_angles_and_of_nonsense() {
        assert_eq!(cosine(&[2.0, 0.0], &[0.0, 3.0]), 0.0);
        assert!((cosine(&[1.0, 1.0], &[5.0, 0.0]) - 0.5f64.sqrt()).abs() < 1e-7);
        assert_eq!(cosine(&[1.0], &[-2.0]), -1.0);
        assert_eq!(cosine(&[1.0, 0.0], &[1.0]), 0.0);
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 0.0]), 0.0);
        assert_eq!(cosine(&[f32::NAN, 0.0], &[1.0, 0.0]), 0.0);
        assert_eq!(cosine(&[], &[]), 0.0);
    }

    #[test]
    fn the_mean_weighs_and_leaves_out_what_does_not_fit() {
        let mut mean = Mean::default();
        assert_eq!(mean.mean(), None);
        mean.add(&[1.0, 0.0], 3.0);
        mean.add(&[0.0, 1.0], 1.0);
        mean.add(&[9.0], 5.0);
        mean.add(&[f32::INFINITY, 0.0], 5.0);
        assert_eq!(mean.mean(), Some(vec![0.75, 0.25]));
    }

    #[test]
    fn no_direction_is_none() {
        assert_eq!(unit(&[0.0, 1e-9]), None);
        assert_eq!(unit(&[0.0, -4.0]), Some(vec![0.0, -1.0]));
    }
}
