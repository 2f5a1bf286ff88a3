//! The spectrogram: one cell a column of sound, the newest at the right edge.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::{Moving, pixels};
use crate::picture::Rows;
use crate::tui::app::App;
use crate::tui::hold::Hold;
use crate::tui::spectrogram::Spectrogram;
use crate::tui::theme::{Spectrum, Theme};

/// Columns of the axis, and the smallest picture that has one.
const AXIS: u16 = 4;
const AXIS_FROM: (u16, u16) = (60, 4);
/// What the axis may name, and how; the first ones where rows are short.
const FREQUENCIES: [(f64, &str); 7] = [
    (1000.0, " 1k"),
    (100.0, "100"),
    (5000.0, " 5k"),
    (300.0, "300"),
    (2000.0, " 2k"),
    (500.0, "500"),
    (200.0, "200"),
];

/// Draws the spectrogram, or the held one; tells where it moves.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) -> Option<Moving> {
    let with_axis = area.width >= AXIS_FROM.0 && area.height >= AXIS_FROM.1;
    let picture =
        if with_axis { Rect { x: area.x + AXIS, width: area.width - AXIS, ..area } } else { area };
    let halves = match app.theme.spectrum {
        Spectrum::HalfBlocks { .. } => 2,
        Spectrum::Ramp => 1,
    };
    let rows = rows(app, usize::from(area.height) * halves);
    app.picture = (usize::from(picture.width), rows.len());
    if with_axis {
        axis(buf, area, &rows, halves, app.theme.dim);
    }
    if let Some(hold) = &app.hold {
        cells(buf, picture, &hold.picture, hold.edge, &rows, &app.theme);
        if app.peaks {
            peaks(buf, picture, &hold.picture, hold.edge, &rows, halves, &app.theme);
        }
        cursor(buf, picture, hold, &rows, halves, &app.theme);
        return None;
    }
    if let Some(drawn) = pixels::draw(buf, picture, app) {
        return drawn;
    }
    let drawn = see_to(app, u64::from(picture.width) / 2);
    let back = (app.spectrogram.heard() - drawn) as usize;
    cells(buf, picture, &app.spectrogram, back, &rows, &app.theme);
    if app.peaks {
        peaks(buf, picture, &app.spectrogram, back, &rows, halves, &app.theme);
    }
    clear_beside(buf, picture);
    Some(Moving { area: picture, columns: drawn })
}

/// So many rows, spaced as the user wants them.
pub fn rows(app: &App, count: usize) -> Rows {
    if app.screen.spectrogram_scale == "mel" { Rows::mel(count) } else { Rows::log(count) }
}

/// How many columns had come when the newest one that is shown came. Where bytes are to be saved the picture
/// stays as it was drawn last, until `most` columns wait.
pub fn see_to(app: &mut App, most: u64) -> u64 {
    let heard = app.spectrogram.heard();
    let waits = app.save_bytes && heard - app.drawn_columns < most;
    if !waits {
        app.drawn_columns = heard;
    }
    app.drawn_columns
}

/// The column beside the picture stays untouched, so that shifting the lines leaves it as it is.
pub fn clear_beside(buf: &mut Buffer, picture: Rect) {
    for y in picture.top()..picture.bottom() {
        for x in picture.right()..buf.area.right() {
            buf[(x, y)].reset();
        }
    }
}

/// Marks the peaks.
fn peaks(
    buf: &mut Buffer,
    area: Rect,
    heard: &Spectrogram,
    back: usize,
    rows: &Rows,
    halves: usize,
    theme: &Theme,
) {
    let sign = theme.symbols.points[0];
    let colour = theme.matched.fg.unwrap_or_default();
    for x in 0..area.width {
        for band in heard.peaks(back + usize::from(area.width - 1 - x)) {
            let Some(row) = rows.row_of_band(band) else { continue };
            let cell = &mut buf[(area.x + x, area.y + (row / halves) as u16)];
            cell.set_symbol(sign).set_fg(colour);
        }
    }
}

/// Draws the columns, the one `back` columns before the newest at the right edge.
fn cells(
    buf: &mut Buffer,
    area: Rect,
    heard: &Spectrogram,
    back: usize,
    rows: &Rows,
    theme: &Theme,
) {
    for x in 0..area.width {
        let column = heard.newest(back + usize::from(area.width - 1 - x));
        let level = |row: usize| column.map_or(0, |column| rows.level(column, row));
        for y in 0..area.height {
            let cell = &mut buf[(area.x + x, area.y + y)];
            cell.reset();
            let row = usize::from(y);
            match &theme.spectrum {
                Spectrum::HalfBlocks { sign, palette } => {
                    let colour = |level: u8| palette[usize::from(level) * palette.len() / 256];
                    let (upper, lower) = (colour(level(2 * row)), colour(level(2 * row + 1)));
                    if upper == lower {
                        cell.set_bg(lower);
                    } else {
                        cell.set_symbol(sign).set_fg(upper).set_bg(lower);
                    }
                }
                Spectrum::Ramp => {
                    let (level, ramp) = (level(row), theme.symbols.ramp);
                    cell.set_symbol(ramp[usize::from(level) * ramp.len() / 256]);
                    cell.set_style(zone(level, theme));
                }
            }
        }
    }
}

fn zone(level: u8, theme: &Theme) -> Style {
    match level {
        0..=119 => theme.level_low,
        120..=199 => theme.level_mid,
        200..=255 => theme.level_high,
    }
}

/// The cursor, and what is under it.
fn cursor(buf: &mut Buffer, area: Rect, hold: &Hold, rows: &Rows, halves: usize, theme: &Theme) {
    let row = area.y + (hold.row(rows.len()) / halves) as u16;
    let column = hold.column.saturating_sub(hold.edge) as u16;
    let x = area.right().saturating_sub(column + 1).max(area.x);
    let lines = Style::new().add_modifier(Modifier::REVERSED);
    for y in area.top()..area.bottom() {
        if y == row || (y + row).is_multiple_of(2) {
            buf[(x, y)].set_style(lines);
        }
    }
    for x in [x.saturating_sub(1), x + 1] {
        if (area.left()..area.right()).contains(&x) {
            buf[(x, row)].set_style(lines);
        }
    }
    let m = hold.measured(rows);
    let dot = theme.symbols.dot;
    let told = format!(
        " held {dot} {:.0} Hz {dot} {} {dot} {:.2} s ago {dot} -{:.0} dB ",
        m.hz, m.note, m.ago_s, m.below_db
    );
    let told = Line::from(Span::styled(told, theme.warning.patch(theme.selection)));
    // In the corner where the cursor is not.
    let width = (told.width() as u16).min(area.width);
    let right = x < area.x + area.width / 2;
    let at = if right { area.right() - width } else { area.x };
    let top = row > area.y + area.height / 2 || area.height < 2;
    let y = if top { area.y } else { area.bottom() - 1 };
    buf.set_line(at, y, &told, width);
}

/// Names frequencies at their rows, a free row between any two.
fn axis(buf: &mut Buffer, area: Rect, rows: &Rows, halves: usize, style: Style) {
    let mut taken: Vec<u16> = Vec::new();
    for (hz, name) in FREQUENCIES {
        let Some(row) = rows.row_of(hz) else { continue };
        let y = area.y + (row / halves) as u16;
        if taken.iter().all(|t| t.abs_diff(y) >= 2) {
            buf.set_string(area.x, y, name, style);
            taken.push(y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::{MEL_BANDS, MelColumn};
    use crate::tui::capability::TerminalKind;
    use crate::tui::colour::ColourDepth;

    fn theme(depth: ColourDepth) -> Theme {
        let kind = TerminalKind::plain(depth, true);
        Theme::choose("auto", &kind, None).unwrap()
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
        let theme = theme(depth);
        let halves = if matches!(theme.spectrum, Spectrum::Ramp) { 1 } else { 2 };
        let rows = Rows::mel(usize::from(height) * halves);
        cells(&mut buf, area, heard, 0, &rows, &theme);
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
        let dark = buf[(0, 0)].bg;
        let lit = |x: u16| (0..20).any(|y| buf[(x, y)].symbol() != " " || buf[(x, y)].bg != dark);
        assert_eq!((0..10).map(lit).collect::<Vec<_>>(), [vec![false; 7], vec![true; 3]].concat());
    }
}
