//! Likes upwards and skips downwards, a bar a week.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::theme::Theme;

/// Columns of a week, with the space after it.
const WEEK: u16 = 2;

/// Draws the newest weeks at the right edge; the line between likes and skips has a row of its own.
pub fn draw(buf: &mut Buffer, area: Rect, theme: &Theme, weeks: &[[u32; 2]]) {
    if area.height < 3 {
        return;
    }
    let up = (area.height - 1).div_ceil(2);
    let down = area.height - 1 - up;
    let middle = area.y + up;
    for x in area.x..area.right() {
        buf.set_string(x, middle, theme.symbols.rule, theme.border);
    }
    let shown = usize::from(area.width / WEEK).min(weeks.len());
    let weeks = &weeks[weeks.len() - shown..];
    let most = weeks.iter().flatten().copied().max().unwrap_or(0).max(4);
    for (i, [liked, skipped]) in (0..).zip(weeks) {
        let x = area.right() - (shown as u16 - i) * WEEK;
        bar(buf, [x, middle, up], *liked, most, theme, theme.liked, true);
        bar(buf, [x, middle, down], *skipped, most, theme, theme.dim, false);
    }
}

/// A bar from the middle, in steps of half a row.
fn bar(
    buf: &mut Buffer,
    [x, middle, rows]: [u16; 3],
    value: u32,
    most: u32,
    theme: &Theme,
    style: Style,
    upwards: bool,
) {
    let halves = (u32::from(rows) * 2 * value).div_ceil(most) as u16;
    let signs = match (theme.symbols.ascii, upwards) {
        (true, _) => ["#", "#"],
        (false, true) => ["█", "▄"],
        (false, false) => ["█", "▀"],
    };
    for row in 0..rows.min(halves.div_ceil(2)) {
        let sign = signs[usize::from(halves - 2 * row == 1)];
        let y = if upwards { middle - 1 - row } else { middle + 1 + row };
        buf.set_string(x, y, sign, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::capability::TerminalKind;
    use crate::tui::colour::ColourDepth;

    #[test]
    fn the_newest_week_is_at_the_right_and_the_tallest_reaches_the_top() {
        let kind = TerminalKind::plain(ColourDepth::True, true);
        let theme = Theme::choose("dark", &kind, None).unwrap();
        let area = Rect::new(0, 0, 6, 7);
        let mut buf = Buffer::empty(area);
        draw(&mut buf, area, &theme, &[[9, 9], [0, 0], [1, 8], [8, 4]]);
        let sign = |x: u16, y: u16| buf[(x, y)].symbol().to_owned();
        assert_eq!([sign(4, 0), sign(4, 2), sign(4, 4), sign(4, 6)], ["█", "█", "█", " "]);
        assert_eq!([sign(2, 2), sign(2, 1), sign(2, 6)], ["▄", " ", "█"]);
        assert_eq!([sign(0, 2), sign(0, 3)], [" ", "─"]);
    }
}
