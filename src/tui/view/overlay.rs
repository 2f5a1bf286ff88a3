//! A frame over the screen with lines that scroll.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use super::{put, row};
use crate::tui::app::App;
use crate::tui::commands::Command;
use crate::tui::text;

/// Draws `lines` under `title`, at most `widest` columns wide, and keeps the place in range.
pub fn draw(
    buf: &mut Buffer,
    screen: Rect,
    app: &mut App,
    title: &str,
    widest: u16,
    lines: &[Line<'_>],
) {
    let theme = &app.theme;
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let height = rows.saturating_add(2).min(screen.height - 2);
    let width = widest.min(screen.width - 4);
    let area = Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 2,
        width,
        height,
    };
    let visible = usize::from(height - 2);
    app.overlay_height = visible;
    app.overlay_scroll = app.overlay_scroll.min(lines.len().saturating_sub(visible));
    cut_wide_letters(buf, area);
    Clear.render(area, buf);
    let mut foot = vec![Span::styled(
        format!(" {} ", app.keys.shown(Command::Close, theme.symbols)),
        theme.accent,
    )];
    foot.push(Span::styled("closes ", theme.dim));
    if lines.len() > visible {
        let shown = app.overlay_scroll + visible;
        foot.push(Span::styled(
            format!("{} {shown} of {} ", theme.symbols.dot, lines.len()),
            theme.dim,
        ));
    }
    let block = Block::bordered()
        .border_set(theme.symbols.border)
        .border_style(theme.border)
        .style(theme.text)
        .title_top(Line::styled(format!(" {title} "), theme.accent))
        .title_bottom(Line::from(foot).right_aligned());
    let inner = block.inner(area);
    block.render(area, buf);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    for (i, line) in (0..).zip(&lines[app.overlay_scroll..]) {
        match row(inner, i) {
            Some(area) => put(buf, area, line),
            None => break,
        }
    }
}

/// A wide letter that begins left of the frame would hide its edge.
fn cut_wide_letters(buf: &mut Buffer, area: Rect) {
    let Some(x) = area.x.checked_sub(1) else { return };
    for y in area.top()..area.bottom() {
        if text::width(buf[(x, y)].symbol()) > 1 {
            buf[(x, y)].set_symbol(" ");
        }
    }
}
