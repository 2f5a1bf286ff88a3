//! Key and mode: the profile of a key that the pitch classes follow best (Krumhansl 1990).

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Pitch class of the tonic: 0 is C, 11 is B.
    pub tonic: u8,
    /// Minor rather than major.
    pub minor: bool,
}

/// How often the steps above the tonic occur in major and in minor (Albrecht and Shanahan 2013). On
/// synthesised pieces and the demo's music these name more keys than the profiles of Krumhansl and Kessler,
/// of Temperley (two sets) or of Sha'ath.
const MAJOR: [f32; 12] =
    [0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081];
const MINOR: [f32; 12] =
    [0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052];
/// Correlation with the best profile below which no key stands out.
const LEAST_CORRELATION: f32 = 0.5;
/// Deviation of the shares from their mean, as a share of it, below which all pitches sound alike: noise.
const LEAST_DEVIATION: f32 = 0.25;

/// The key that the shares of the pitch classes, from C, follow; none where none stands out.
pub(super) fn key(classes: &[f32; 12]) -> Option<Key> {
    let (mean, deviation) = spread(classes);
    if deviation < LEAST_DEVIATION * mean {
        return None;
    }
    let keys = (0..12).flat_map(|tonic| [false, true].map(|minor| Key { tonic, minor }));
    let fits = keys.map(|key| {
        let turned = std::array::from_fn(|step| classes[(step + usize::from(key.tonic)) % 12]);
        (key, correlation(&turned, if key.minor { &MINOR } else { &MAJOR }))
    });
    let (key, fit) = fits.max_by(|a, b| a.1.total_cmp(&b.1))?;
    (fit >= LEAST_CORRELATION).then_some(key)
}

/// Pearson's; 0 where one does not vary.
fn correlation(a: &[f32; 12], b: &[f32; 12]) -> f32 {
    let ((mean_a, deviation_a), (mean_b, deviation_b)) = (spread(a), spread(b));
    let together = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f32>() / 12.0;
    let scale = deviation_a * deviation_b;
    if scale > f32::MIN_POSITIVE { together / scale } else { 0.0 }
}

/// Mean and standard deviation.
fn spread(values: &[f32; 12]) -> (f32, f32) {
    let mean = values.iter().sum::<f32>() / 12.0;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 12.0;
    (mean, variance.sqrt())
}
