//! The palette: a line being typed, and what fits.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::overlay;
use super::paint::{below, put, put_right, row, select};
use crate::tui::app::App;
use crate::tui::palette::{Entry, Palette};
use crate::tui::text;
use crate::tui::theme::Theme;

/// Columns and rows of the palette, and columns of the names in it.
const SIZE: (u16, u16) = (76, 18);
const NAMES: usize = 22;

/// Draws the palette.
pub fn draw(buf: &mut Buffer, screen: Rect, app: &App, palette: &mut Palette) {
    let theme = &app.theme;
    let foot = vec![
        Span::styled(" Tab", theme.accent),
        Span::styled(" complete  ", theme.dim),
        Span::styled("Enter", theme.accent),
        Span::styled(" do  ", theme.dim),
        Span::styled("Esc", theme.accent),
        Span::styled(" close ", theme.dim),
    ];
    let inner = overlay::frame(buf, screen, theme, SIZE, "command", foot);
    if let Some(area) = row(inner, 0) {
        let typed = palette.edit.text().to_owned();
        let cursor = Span::styled(" ", theme.text.add_modifier(Modifier::REVERSED));
        put(
            buf,
            area,
            &Line::from(vec![
                Span::styled(": ", theme.accent),
                Span::styled(typed, theme.text),
                cursor,
            ]),
        );
    }
    let body = below(inner, 2);
    if palette.entries.is_empty() {
        let told = "Enter does it as it is typed";
        put(buf, body, &Line::styled(told, theme.dim));
    }
    let shown = palette.list.show(usize::from(body.height));
    for (i, index) in (0..).zip(shown) {
        let Some(area) = row(body, i) else { break };
        entry(buf, area, theme, &palette.entries[index]);
        if palette.list.selected() == Some(index) {
            select(buf, area, theme.selection);
        }
    }
}

fn entry(buf: &mut Buffer, area: Rect, theme: &Theme, entry: &Entry) {
    let more = theme.symbols.more;
    let room = put_right(buf, area, &Line::styled(entry.key.clone(), theme.accent));
    let wants = entry.wants.map(|word| format!(" {word}")).unwrap_or_default();
    let name = text::truncate(&entry.line, NAMES, more);
    let pad = NAMES.saturating_sub(text::width(&name) + text::width(&wants)).max(1);
    let left = usize::from(room.width)
        .saturating_sub(NAMES.max(text::width(&name) + text::width(&wants) + 1));
    put(
        buf,
        room,
        &Line::from(vec![
            Span::styled(name, theme.text),
            Span::styled(wants, theme.border),
            Span::raw(" ".repeat(pad)),
            Span::styled(text::truncate(entry.description, left, more), theme.dim),
        ]),
    );
}
