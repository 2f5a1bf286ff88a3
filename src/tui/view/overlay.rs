//! A frame over the page.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use crate::tui::text;
use crate::tui::theme::Theme;

/// Draws an empty frame of `size` in the middle, at most as large as the screen, and gives its inside.
pub fn frame(
    buf: &mut Buffer,
    screen: Rect,
    theme: &Theme,
    size: (u16, u16),
    title: &str,
    foot: Vec<Span<'static>>,
) -> Rect {
    let (width, height) = (size.0.min(screen.width - 4), size.1.min(screen.height - 2));
    let area = Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 2,
        width,
        height,
    };
    cut_wide_letters(buf, area);
    Clear.render(area, buf);
    let block = Block::bordered()
        .border_set(theme.symbols.border)
        .border_style(theme.border)
        .style(theme.text)
        .title_top(Line::styled(format!(" {title} "), theme.accent))
        .title_bottom(Line::from(foot).right_aligned());
    let inner = block.inner(area);
    block.render(area, buf);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
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
