//! What every page draws with.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::tui::text;
use crate::tui::theme::Theme;

/// Row `index` of `area`, if there is one.
pub fn row(area: Rect, index: u16) -> Option<Rect> {
    (index < area.height).then(|| Rect { y: area.y + index, height: 1, ..area })
}

/// What is left of `area` below its first `rows` rows.
pub fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// `area` cut into a left part of `width` columns and the rest, `gap` columns apart.
pub fn split(area: Rect, width: u16, gap: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let taken = (width + gap).min(area.width);
    (Rect { width, ..area }, Rect { x: area.x + taken, width: area.width - taken, ..area })
}

/// Lays the selection over a row. Where it is drawn reversed, colours and dimness go: they would
/// become patches that are hard to read.
pub fn select(buf: &mut Buffer, area: Rect, selection: Style) {
    if selection.add_modifier.contains(Modifier::REVERSED) {
        buf.set_style(area, Style::new().fg(Color::Reset).remove_modifier(Modifier::DIM));
    }
    buf.set_style(area, selection);
}

/// Writes `line` from the left.
pub fn put(buf: &mut Buffer, area: Rect, line: &Line<'_>) {
    buf.set_line(area.x, area.y, line, area.width);
}

/// Writes `line` up to the right edge, and gives what is left of the row, two columns apart.
pub fn put_right(buf: &mut Buffer, area: Rect, line: &Line<'_>) -> Rect {
    let width = u16::try_from(line.width()).unwrap_or(u16::MAX).min(area.width);
    buf.set_line(area.right() - width, area.y, line, width);
    Rect { width: area.width.saturating_sub(width + 2), ..area }
}

/// `─ next, after Xtal ──────────────── 3 of 20 ─`
pub fn heading(buf: &mut Buffer, area: Rect, theme: &Theme, name: &str, place: &str) {
    let symbols = theme.symbols;
    let width = usize::from(area.width);
    let place = if place.is_empty() { String::new() } else { format!(" {place} ") };
    let name = text::truncate(name, width.saturating_sub(text::width(&place) + 6), symbols.more);
    let rule = width.saturating_sub(text::width(&name) + text::width(&place) + 4);
    let line = Line::from(vec![
        Span::styled(format!("{} ", symbols.rule), theme.border),
        Span::styled(name, theme.accent),
        Span::styled(format!(" {}", symbols.rule.repeat(rule)), theme.border),
        Span::styled(place, theme.dim),
        Span::styled(symbols.rule, theme.border),
    ]);
    put(buf, area, &line);
}

/// Lines of dim text, broken between words; as many as there is room for.
pub fn paragraph(buf: &mut Buffer, area: Rect, theme: &Theme, told: &str) {
    let columns = usize::from(area.width).saturating_sub(2);
    let lines = told.lines().flat_map(|line| {
        // Spaces that line things up stay where there is room.
        if text::width(line) <= columns {
            vec![line.to_owned()]
        } else {
            text::wrap(line, columns, 8, theme.symbols.more)
        }
    });
    for (i, line) in (0..).zip(lines) {
        if let Some(area) = row(area, i) {
            put(buf, area, &Line::styled(format!("  {line}"), theme.dim));
        }
    }
}

/// "3 of 20"; empty where nothing is selected.
pub fn place(selected: Option<usize>, len: usize) -> String {
    selected
        .map(|row| format!("{} of {}", text::count(row + 1), text::count(len)))
        .unwrap_or_default()
}

/// A search line: `/ blink_      3 found`.
pub fn search_line(
    buf: &mut Buffer,
    area: Rect,
    theme: &Theme,
    typed: &str,
    typing: bool,
    found: &str,
) {
    let room = put_right(buf, area, &Line::styled(found.to_owned(), theme.dim));
    let columns = usize::from(room.width).saturating_sub(4);
    // The end of a long line is what is being typed.
    let mut shown = typed;
    while text::width(shown) > columns {
        shown = shown.split_at(shown.chars().next().map_or(0, char::len_utf8)).1;
    }
    let cursor = if typing { theme.text.add_modifier(Modifier::REVERSED) } else { theme.text };
    put(
        buf,
        room,
        &Line::from(vec![
            Span::styled("/ ", theme.accent),
            Span::styled(shown.to_owned(), theme.text),
            Span::styled(" ", cursor),
        ]),
    );
}
