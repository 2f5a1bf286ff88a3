//! The spectrogram: one cell a column of sound, the newest at the right edge.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::dsp::{MEL_BANDS, band_of};
use crate::tui::app::App;
use crate::tui::spectrogram::{Brightness, Spectrogram, row_brightness};
use crate::tui::theme::{Spectrum, Theme};

/// Columns of the axis, and the smallest picture that has one.
const AXIS: u16 = 4;
const AXIS_FROM: (u16, u16) = (60, 4);
/// What the axis may name, and how; the first ones where rows are short.
const FREQUENCIES: [(f64, &str); 6] = [
    (1000.0, " 1k"),
    (5000.0, " 5k"),
    (100.0, "100"),
    (2000.0, " 2k"),
    (500.0, "500"),
    (3000.0, " 3k"),
];

/// Draws the spectrogram, or the held one.
pub fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let with_axis = area.width >= AXIS_FROM.0 && area.height >= AXIS_FROM.1;
    let picture = if with_axis {
        axis(buf, area, app.theme.dim);
        Rect { x: area.x + AXIS, width: area.width - AXIS, ..area }
    } else {
        area
    };
    cells(buf, picture, app.frozen.as_ref().unwrap_or(&app.spectrogram), &app.theme);
    if app.frozen.is_some() {
        let style = app.theme.warning.patch(app.theme.selection);
        buf.set_string(picture.right().saturating_sub(6), picture.y, " held ", style);
    }
}

/// Draws the columns.
fn cells(buf: &mut Buffer, area: Rect, heard: &Spectrogram, theme: &Theme) {
    for x in 0..area.width {
        let column = heard.newest(usize::from(area.width - 1 - x));
        for y in 0..area.height {
            let cell = &mut buf[(area.x + x, area.y + y)];
            match &theme.spectrum {
                Spectrum::HalfBlocks { sign, palette } => {
                    let colour = |half: u16| {
                        let level = column.map_or(0, |c| level(c, 2 * y + half, 2 * area.height));
                        palette[usize::from(level) * palette.len() / 256]
                    };
                    let (upper, lower) = (colour(0), colour(1));
                    if upper == lower {
                        cell.set_symbol(" ").set_fg(Color::Reset).set_bg(lower);
                    } else {
                        cell.set_symbol(sign).set_fg(upper).set_bg(lower);
                    }
                }
                Spectrum::Ramp => {
                    let level = column.map_or(0, |c| level(c, y, area.height));
                    let ramp = theme.symbols.ramp;
                    cell.set_symbol(ramp[usize::from(level) * ramp.len() / 256]);
                    cell.set_style(zone(level, theme));
                }
            }
        }
    }
}

fn level(column: &Brightness, row: u16, rows: u16) -> u8 {
    row_brightness(column, usize::from(row), usize::from(rows))
}

fn zone(level: u8, theme: &Theme) -> Style {
    match level {
        0..=119 => theme.level_low,
        120..=199 => theme.level_mid,
        200..=255 => theme.level_high,
    }
}

/// Names frequencies at their rows, a free row between any two.
fn axis(buf: &mut Buffer, area: Rect, style: Style) {
    let mut taken: Vec<u16> = Vec::new();
    for (hz, name) in FREQUENCIES {
        let from_below = band_of(hz) * f64::from(area.height) / MEL_BANDS as f64;
        let y = area.bottom() - 1 - (from_below as u16).min(area.height - 1);
        if taken.iter().all(|t| t.abs_diff(y) >= 2) {
            buf.set_string(area.x, y, name, style);
            taken.push(y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::MelColumn;
    use crate::tui::capability::{Background, TerminalKind};
    use crate::tui::colour::ColourDepth;

    fn theme(depth: ColourDepth) -> Theme {
        let kind =
            TerminalKind { depth, unicode: true, background: Background::Dark, remote: false };
        Theme::choose("auto", &kind).unwrap()
    }

    /// Column `i` has its one loud band at a place that depends on `i`.
    fn column(i: usize) -> MelColumn {
        let mut column = [-30.0; MEL_BANDS];
        column[i * 37 % MEL_BANDS] = 9.0;
        column
    }

    fn picture(heard: &Spectrogram, width: u16, height: u16, depth: ColourDepth) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        cells(&mut buf, area, heard, &theme(depth));
        buf
    }

    #[test]
    fn n_columns_move_the_picture_by_exactly_n_cells() {
        for depth in [ColourDepth::True, ColourDepth::Sixteen] {
            for n in [1usize, 2, 7, 39] {
                let mut heard = Spectrogram::new(60.0);
                (0..100).for_each(|i| heard.push(&column(i)));
                let before = picture(&heard, 40, 9, depth);
                (100..100 + n).for_each(|i| heard.push(&column(i)));
                let after = picture(&heard, 40, 9, depth);
                for x in 0..40 - n as u16 {
                    for y in 0..9 {
                        assert_eq!(before[(x + n as u16, y)], after[(x, y)], "{n} at {x},{y}");
                    }
                }
                assert_ne!(before, after);
            }
        }
    }

    #[test]
    fn a_resize_keeps_the_newest_columns_at_the_right_edge() {
        let mut heard = Spectrogram::new(60.0);
        (0..300).for_each(|i| heard.push(&column(i)));
        let (narrow, wide) =
            (picture(&heard, 30, 9, ColourDepth::True), picture(&heard, 200, 9, ColourDepth::True));
        for x in 0..30 {
            for y in 0..9 {
                assert_eq!(narrow[(x, y)], wide[(x + 170, y)]);
            }
        }
    }

    #[test]
    fn a_short_history_leaves_the_left_dark() {
        let mut heard = Spectrogram::new(60.0);
        (0..3).for_each(|i| heard.push(&column(i)));
        let buf = picture(&heard, 10, 20, ColourDepth::True);
        let lit = |x: u16| (0..20).any(|y| buf[(x, y)].symbol() != " ");
        assert_eq!((0..10).map(lit).collect::<Vec<_>>(), [vec![false; 7], vec![true; 3]].concat());
    }
}
