//! The columns of the spectrogram that the screen remembers, as brightness.

use std::collections::VecDeque;

use crate::dsp::{HOP, MEL_BANDS, MelColumn, SAMPLE_RATE};

/// Columns kept: wider than any terminal, and 32 s of sound in 128 kB.
pub const KEPT: usize = 1024;
/// Decibels of one unit of natural logarithm of power.
const DB_PER_NEPER: f32 = 4.342_945;
/// How fast the reference falls after a loud stretch, decibels a second.
const FALL_DB: f32 = 4.0;
/// The reference never falls below this, so that the noise of a quiet room stays dark. A full-scale
/// sine reaches about 40 dB in these units.
const LOWEST_REFERENCE_DB: f32 = 0.0;

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
}

impl Spectrogram {
    /// Nothing heard yet; `range_db` below the loudest is dark.
    pub fn new(range_db: f32) -> Self {
        Self {
            columns: VecDeque::with_capacity(KEPT),
            reference_db: LOWEST_REFERENCE_DB,
            range_db: range_db.max(1.0),
        }
    }

    /// Takes the next column.
    pub fn push(&mut self, column: &MelColumn) {
        let loudest = column.iter().copied().filter(|v| v.is_finite()).fold(f32::MIN, f32::max);
        let fall = FALL_DB * HOP as f32 / SAMPLE_RATE as f32;
        self.reference_db =
            (self.reference_db - fall).max(loudest * DB_PER_NEPER).max(LOWEST_REFERENCE_DB);
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

/// The loudest band of row `row` of `rows`, the top row first.
pub fn row_brightness(column: &Brightness, row: usize, rows: usize) -> u8 {
    let from_below = rows - 1 - row;
    let low = from_below * MEL_BANDS / rows;
    let high = ((from_below + 1) * MEL_BANDS / rows).max(low + 1).min(MEL_BANDS);
    column[low..high].iter().copied().max().unwrap_or(0)
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
    fn rows_cover_all_bands_the_lowest_at_the_bottom() {
        for rows in [1, 5, 24, 128, 200] {
            for band in 0..MEL_BANDS {
                let mut column = [0; MEL_BANDS];
                column[band] = 9;
                assert!(
                    (0..rows).any(|row| row_brightness(&column, row, rows) == 9),
                    "{band} of {rows}"
                );
            }
        }
        let mut column = [0; MEL_BANDS];
        column[0] = 9;
        assert_eq!(row_brightness(&column, 23, 24), 9);
    }
}
