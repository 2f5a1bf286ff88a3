//! The held spectrogram: what was heard stands still, and a cursor measures in it.

use super::commands::Towards;
use super::spectrogram::Spectrogram;
use crate::picture::Rows;

/// Columns of a second.
const SECOND: usize = 32;

/// A spectrogram that stands still.
#[derive(Debug, Clone)]
pub struct Hold {
    /// What was heard until the user held it.
    pub picture: Spectrogram,
    /// The column at the right edge, counted back from the newest.
    pub edge: usize,
    /// The column under the cursor, counted the same way.
    pub column: usize,
    /// The height of the cursor, 0 (lowest) to 1.
    height: f64,
}

/// What is under the cursor.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Frequency, Hz.
    pub hz: f64,
    /// The nearest note of equal temperament at A4 = 440 Hz.
    pub note: String,
    /// Seconds before the spectrogram was held.
    pub ago_s: f64,
    /// Level, decibels below the loudest of the seconds before.
    pub below_db: f32,
}

impl Hold {
    /// Holds `picture`, the cursor in the middle of the newest second.
    #[must_use]
    pub fn new(picture: Spectrogram) -> Self {
        let column = (SECOND / 2).min(picture.len().saturating_sub(1));
        Self { picture, edge: 0, column, height: 0.5 }
    }

    /// Moves the cursor; the picture follows where it leaves its `width` columns. A row is one of `rows`.
    pub fn step(&mut self, towards: Towards, width: usize, rows: usize) {
        let step = 1.0 / rows.max(1) as f64;
        let last = self.picture.len().saturating_sub(1);
        match towards {
            Towards::Earlier => self.column += 1,
            Towards::MuchEarlier => self.column += SECOND,
            Towards::Later => self.column = self.column.saturating_sub(1),
            Towards::MuchLater => self.column = self.column.saturating_sub(SECOND),
            Towards::Higher => self.height = (self.height + step).min(1.0 - step / 2.0),
            Towards::Lower => self.height = (self.height - step).max(step / 2.0),
        }
        self.column = self.column.min(last);
        let leftmost = (self.column + 1).saturating_sub(width);
        self.edge = self.edge.clamp(leftmost, self.column);
    }

    /// The row under the cursor, the top one first.
    #[must_use]
    pub fn row(&self, rows: usize) -> usize {
        let from_below = (self.height * rows as f64) as usize;
        rows.saturating_sub(1).saturating_sub(from_below)
    }

    /// What is under the cursor where the picture has so many rows.
    #[must_use]
    pub fn measured(&self, rows: &Rows) -> Measured {
        let row = self.row(rows.len());
        let hz = rows.hz(row);
        let level = self.picture.newest(self.column).map_or(0, |column| rows.level(column, row));
        Measured {
            hz,
            note: note(hz),
            ago_s: self.column as f64 / SECOND as f64,
            below_db: (1.0 - f32::from(level) / 255.0) * self.picture.range_db(),
        }
    }
}

/// "A4", "C#5".
fn note(hz: f64) -> String {
    const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
    let number = (69.0 + 12.0 * (hz / 440.0).log2()).round() as i64;
    format!("{}{}", NAMES[number.rem_euclid(12) as usize], number.div_euclid(12) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::MEL_BANDS;

    #[test]
    fn notes_have_their_names() {
        assert_eq!([440.0, 261.63, 60.0, 7800.0].map(note), ["A4", "C4", "B1", "B8"]);
    }

    #[test]
    fn the_cursor_stays_in_the_picture_and_the_picture_follows_it() {
        let mut picture = Spectrogram::new(60.0);
        for _ in 0..300 {
            picture.push(&[0.0; MEL_BANDS]);
        }
        let mut hold = Hold::new(picture);
        (0..20).for_each(|_| hold.step(Towards::MuchEarlier, 76, 12));
        assert_eq!((hold.column, hold.edge), (299, 224));
        hold.step(Towards::MuchLater, 76, 12);
        assert_eq!((hold.column, hold.edge), (267, 224), "inside: nothing moves");
        (0..20).for_each(|_| hold.step(Towards::MuchLater, 76, 12));
        assert_eq!((hold.column, hold.edge), (0, 0));
        (0..40).for_each(|_| hold.step(Towards::Higher, 76, 12));
        assert_eq!(hold.row(12), 0);
        (0..40).for_each(|_| hold.step(Towards::Lower, 76, 12));
        assert_eq!(hold.row(12), 11);
        let measured = hold.measured(&Rows::log(12));
        assert!(measured.hz > 60.0 && measured.hz < 110.0, "{measured:?}");
        assert_eq!(measured.ago_s, 0.0);
    }
}
