//! The rows of a spectrogram's picture: which bands each shows.

use crate::dsp::{MEL_BANDS, MEL_HIGH_HZ, MEL_LOW_HZ, band_of};

/// Brightness of each band, lowest band first: 0 is dark, 255 the loudest.
pub type Brightness = [u8; MEL_BANDS];

/// Which bands a row of the picture shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// For each row from the top: its lowest and highest frequency as bands with their fraction.
    edges: Vec<[f32; 2]>,
    hz: Vec<f64>,
}

impl Rows {
    /// Equal steps of pitch: each octave has as many rows as the next.
    #[must_use]
    pub fn log(rows: usize) -> Self {
        let hz = |share: f64| MEL_LOW_HZ * (MEL_HIGH_HZ / MEL_LOW_HZ).powf(share);
        Self::new(rows, hz)
    }

    /// Equal steps of the mel scale: linear up to 1 kHz.
    #[must_use]
    pub fn mel(rows: usize) -> Self {
        Self::new(rows, |share| hz_of_band(share * MEL_BANDS as f64))
    }

    fn new(rows: usize, hz: impl Fn(f64) -> f64) -> Self {
        let share = |from_below: usize, within: f64| (from_below as f64 + within) / rows as f64;
        let band = |share: f64| band_of(hz(share)).clamp(0.0, MEL_BANDS as f64) as f32;
        let from_below = || (0..rows).rev();
        Self {
            edges: from_below().map(|r| [band(share(r, 0.0)), band(share(r, 1.0))]).collect(),
            hz: from_below().map(|r| hz(share(r, 0.5))).collect(),
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.edges.len()
    }

    /// No row at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// The middle of a row, Hz; the top row first.
    #[must_use]
    pub fn hz(&self, row: usize) -> f64 {
        self.hz.get(row).copied().unwrap_or(MEL_LOW_HZ)
    }

    /// The row that shows a frequency.
    #[must_use]
    pub fn row_of(&self, hz: f64) -> Option<usize> {
        let band = band_of(hz) as f32;
        self.edges.iter().position(|[low, high]| (*low..*high).contains(&band))
    }

    /// The row in which the middle of a band lies.
    #[must_use]
    pub fn row_of_band(&self, band: usize) -> Option<usize> {
        let middle = band as f32 + 0.5;
        self.edges.iter().position(|[low, high]| (*low..*high).contains(&middle))
    }

    /// The loudest band of a row; between bands, what lies between them.
    #[must_use]
    pub fn level(&self, column: &Brightness, row: usize) -> u8 {
        let Some([low, high]) = self.edges.get(row) else { return 0 };
        if high - low < 1.0 {
            // A band's value stands for its middle.
            let place = ((low + high) / 2.0 - 0.5).clamp(0.0, (MEL_BANDS - 1) as f32);
            let (below, share) = (place as usize, place.fract());
            let above = (below + 1).min(MEL_BANDS - 1);
            let mix = f32::from(column[below]) * (1.0 - share) + f32::from(column[above]) * share;
            return mix.round() as u8;
        }
        let (low, high) = (*low as usize, (high.ceil() as usize).min(MEL_BANDS));
        column[low..high].iter().copied().max().unwrap_or(0)
    }
}

/// The frequency at a place in the bands: the inverse of [`band_of`].
fn hz_of_band(band: f64) -> f64 {
    let (mut low, mut high) = (MEL_LOW_HZ, MEL_HIGH_HZ);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if band_of(middle) < band { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_cover_all_bands_the_lowest_at_the_bottom() {
        for count in [1, 5, 24, 60, 128] {
            for rows in [Rows::log(count), Rows::mel(count)] {
                assert_eq!(rows.len(), count);
                for band in 0..MEL_BANDS {
                    let mut column = [0; MEL_BANDS];
                    column[band] = 200;
                    let lit = (0..count).map(|row| rows.level(&column, row)).max();
                    assert!(lit >= Some(90), "{band} of {count}: {lit:?}");
                }
                let mut column = [0; MEL_BANDS];
                column[0] = 9;
                assert_eq!(rows.level(&column, count - 1), 9);
            }
        }
    }

    #[test]
    fn octaves_are_equally_high_and_frequencies_find_their_row() {
        let rows = Rows::log(70);
        let at = |hz| rows.row_of(hz).unwrap() as i32;
        for hz in [100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0] {
            assert!((at(hz) - at(2.0 * hz) - 10).abs() <= 1, "{hz}");
        }
        for row in 0..70 {
            assert_eq!(rows.row_of(rows.hz(row)), Some(row));
        }
        assert!((hz_of_band(band_of(3333.0)) - 3333.0).abs() < 0.01);
    }
}
