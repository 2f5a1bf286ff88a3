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

/// A vector with length 1, or all zeros where it has no direction, is not finite or is not of length `dim`.
#[must_use]
pub fn unit_or_zero(vector: &[f32], dim: usize) -> Vec<f32> {
    let wide: Vec<f64> = vector.iter().map(|x| f64::from(*x)).collect();
    unit(&wide).filter(|unit| unit.len() == dim).unwrap_or_else(|| vec![0.0; dim])
}

/// The point at `share` (0 to 1) of the shorter great circle from `from` to `to`, two unit vectors
/// (Shoemake 1985); [`None`] where they are opposite, so that there is no shorter one.
#[must_use]
pub fn between(from: &[f32], to: &[f32], share: f64) -> Option<Vec<f32>> {
    /// Closer than this the circle is a straight line.
    const STRAIGHT: f64 = 1e-6;
    let angle = cosine(from, to).acos();
    let (a, b) = if angle.sin() > STRAIGHT {
        (((1.0 - share) * angle).sin() / angle.sin(), (share * angle).sin() / angle.sin())
    } else {
        (1.0 - share, share)
    };
    let point: Vec<f64> =
        from.iter().zip(to).map(|(x, y)| a * f64::from(*x) + b * f64::from(*y)).collect();
    if angle > std::f64::consts::PI - STRAIGHT { None } else { unit(&point) }
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
    fn great_circles_have_even_steps() {
        let (from, to) = ([1.0, 0.0, 0.0], [-0.6, 0.8, 0.0]);
        let points: Vec<Vec<f32>> =
            (0..=4).map(|k| between(&from, &to, f64::from(k) / 4.0).unwrap()).collect();
        let steps: Vec<f64> = points.windows(2).map(|p| cosine(&p[0], &p[1]).acos()).collect();
        assert!(steps.iter().all(|step| (step - steps[0]).abs() < 1e-4), "{steps:?}");
        assert!(cosine(&points[0], &from) > 0.999_999 && cosine(&points[4], &to) > 0.999_999);
        assert_eq!(between(&from, &[-1.0, 0.0, 0.0], 0.5), None);
        assert_eq!(between(&from, &from, 0.3), Some(from.to_vec()));
    }

    #[test]
    fn units_of_nonsense_are_zero() {
        assert_eq!(unit_or_zero(&[0.0, 2.0], 2), [0.0, 1.0]);
        assert_eq!(unit_or_zero(&[f32::NAN, 2.0], 2), [0.0, 0.0]);
        assert_eq!(unit_or_zero(&[1.0], 2), [0.0, 0.0]);
    }

    #[test]
    fn no_direction_is_none() {
        assert_eq!(unit(&[0.0, 1e-9]), None);
        assert_eq!(unit(&[0.0, -4.0]), Some(vec![0.0, -1.0]));
    }
}
