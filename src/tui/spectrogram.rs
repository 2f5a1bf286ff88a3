//! The columns of the spectrogram that the screen remembers, as brightness.

use std::collections::VecDeque;

use crate::dsp::{HOP, MEL_BANDS, MEL_HIGH_HZ, MEL_LOW_HZ, MelColumn, SAMPLE_RATE, band_of};

/// Columns kept: 64 s of sound in 256 kB.
pub const KEPT: usize = 2048;
/// Decibels of one unit of natural logarithm of power.
const DB_PER_NEPER: f32 = 4.342_945;
/// How fast the reference falls after a loud stretch, decibels a second.
const FALL_DB: f32 = 4.0;
/// The reference never falls below this, so that the noise of a quiet room stays dark. A full-scale
/// sine reaches about 40 dB in these units.
const LOWEST_REFERENCE_DB: f32 = 0.0;

/// Columns and bands on each side that a peak is louder than.
const PEAK_COLUMNS: usize = 2;
const PEAK_BANDS: usize = 3;
/// Darker than this is no peak: 35 dB below the loudest where 60 are shown.
const PEAK_FROM: u8 = 106;

/// Brightness of each band, lowest band first: 0 is dark, 255 the loudest.
pub type Brightness = [u8; MEL_BANDS];

/// What was heard lately, oldest first.
///
/// Brightness is fixed when a column comes, against the loudest of the last seconds: what is on the
/// screen already never changes, it only moves.
#[derive(Debug, Clone)]
pub struct Spectrogram {
    columns: VecDeque<Brightness>,
    reference_db: f32,
    range_db: f32,
    heard: u64,
}

impl Spectrogram {
    /// Nothing heard yet; `range_db` below the loudest is dark.
    pub fn new(range_db: f32) -> Self {
        Self {
            columns: VecDeque::with_capacity(KEPT),
            reference_db: LOWEST_REFERENCE_DB,
            range_db: range_db.max(1.0),
            heard: 0,
        }
    }

    /// Columns that ever came.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// Columns kept.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Decibels from the darkest to the brightest.
    pub fn range_db(&self) -> f32 {
        self.range_db
    }

    /// From now on `range_db` below the loudest is dark.
    pub fn set_range_db(&mut self, range_db: f32) {
        self.range_db = range_db.max(1.0);
    }

    /// Takes the next column.
    pub fn push(&mut self, column: &MelColumn) {
        let loudest = column.iter().copied().filter(|v| v.is_finite()).fold(f32::MIN, f32::max);
        let fall = FALL_DB * HOP as f32 / SAMPLE_RATE as f32;
        self.reference_db =
            (self.reference_db - fall).max(loudest * DB_PER_NEPER).max(LOWEST_REFERENCE_DB);
        self.heard += 1;
        if self.columns.len() == KEPT {
            self.columns.pop_front();
        }
        let (reference, range) = (self.reference_db, self.range_db);
        self.columns.push_back(std::array::from_fn(|band| {
            let below = reference - column[band] * DB_PER_NEPER;
            ((1.0 - below / range).clamp(0.0, 1.0) * 255.0) as u8
        }));
    }

    /// The column that came `back` columns before the newest.
    pub fn newest(&self, back: usize) -> Option<&Brightness> {
        self.columns.get(self.columns.len().checked_sub(back + 1)?)
    }
}

impl Spectrogram {
    /// Columns that came last for which it is not known yet whether they have peaks.
    pub const UNSETTLED: usize = PEAK_COLUMNS;

    /// The peaks of the column that came `back` columns before the newest: bands that are louder than all
    /// around them, in pitch and in time. Such local maxima hold most of the energy of music; older
    /// fingerprints are made of nothing else (Wang 2003), while the network sees the whole picture.
    pub fn peaks(&self, back: usize) -> impl Iterator<Item = usize> + '_ {
        let around: Option<[&Brightness; 2 * PEAK_COLUMNS + 1]> =
            back.checked_sub(PEAK_COLUMNS).and_then(|first| {
                let columns: Option<Vec<_>> =
                    (first..=back + PEAK_COLUMNS).map(|back| self.newest(back)).collect();
                columns?.try_into().ok()
            });
        (0..MEL_BANDS).filter(move |band| {
            let Some(around) = &around else { return false };
            let own = around[PEAK_COLUMNS][*band];
            let from = band.saturating_sub(PEAK_BANDS);
            let to = (band + PEAK_BANDS).min(MEL_BANDS - 1);
            // Of neighbours that are equally loud the latest and lowest is the peak.
            let beats = |column: usize, other: usize| {
                let theirs = around[column][other];
                own > theirs || own == theirs && (column, other) >= (PEAK_COLUMNS, *band)
            };
            own >= PEAK_FROM
                && (0..around.len()).all(|column| (from..=to).all(|other| beats(column, other)))
        })
    }
}

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

    /// A column with `value` decibels in one band and nothing elsewhere.
    fn tone(band: usize, db: f32) -> MelColumn {
        let mut column = [f32::NEG_INFINITY; MEL_BANDS];
        column[band] = db / DB_PER_NEPER;
        column
    }

    #[test]
    fn the_newest_columns_are_kept_in_order() {
        let mut heard = Spectrogram::new(60.0);
        assert!(heard.newest(0).is_none());
        for i in 0..KEPT + 10 {
            heard.push(&tone(i % MEL_BANDS, 30.0));
        }
        for back in [0, 1, 500, KEPT - 1] {
            let lit = heard.newest(back).unwrap().iter().position(|v| *v == 255);
            assert_eq!(lit, Some((KEPT + 9 - back) % MEL_BANDS));
        }
        assert!(heard.newest(KEPT).is_none());
    }

    #[test]
    fn brightness_is_decibels_below_the_loudest() {
        let mut heard = Spectrogram::new(60.0);
        let mut column = tone(3, 40.0);
        column[4] = 10.0 / DB_PER_NEPER;
        column[5] = f32::NAN;
        heard.push(&column);
        let lit = heard.newest(0).unwrap();
        assert_eq!((lit[3], lit[4], lit[5], lit[6]), (255, 127, 0, 0));
    }

    #[test]
    fn a_loud_moment_darkens_what_follows_for_some_seconds_only() {
        let mut heard = Spectrogram::new(60.0);
        heard.push(&tone(0, 40.0));
        heard.push(&tone(0, 20.0));
        let after = heard.newest(0).unwrap()[0];
        assert!((165..=175).contains(&after), "{after}");
        for _ in 0..200 {
            heard.push(&tone(0, 20.0));
        }
        assert_eq!(heard.newest(0).unwrap()[0], 255);
    }

    #[test]
    fn a_peak_is_louder_than_all_around_it_and_is_known_two_columns_later() {
        let mut heard = Spectrogram::new(60.0);
        let mut play = |db: [f32; 2]| {
            let mut column = tone(40, db[0]);
            column[80] = db[1] / DB_PER_NEPER;
            heard.push(&column);
            let back = Spectrogram::UNSETTLED;
            heard.peaks(back).collect::<Vec<_>>()
        };
        // A steady tone has one peak only, at its end; a short one where it is.
        let levels = [[40.0, 0.0], [40.0, 30.0], [40.0, 0.0], [40.0, 0.0], [10.0, 0.0], [0.0; 2]];
        let peaks: Vec<_> = levels.map(&mut play).to_vec();
        assert_eq!(peaks, [vec![], vec![], vec![], vec![], vec![], vec![40]]);
        assert_eq!(
            heard.peaks(4).collect::<Vec<_>>(),
            [] as [usize; 0],
            "the oldest has no before"
        );
        (0..2).for_each(|_| heard.push(&tone(0, -30.0)));
        assert_eq!(heard.peaks(0).count(), 0);
    }

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
