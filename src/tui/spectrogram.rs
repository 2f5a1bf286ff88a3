//! The columns of the spectrogram that the screen remembers, as brightness.

use std::collections::VecDeque;

use crate::dsp::{HOP, MEL_BANDS, MelColumn, SAMPLE_RATE};
use crate::picture::Brightness;

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
}
