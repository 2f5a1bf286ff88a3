//! The folders that tracks are in.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::paint::{below, put, put_right, row, select};
use crate::store::records::shown;
use crate::tui::app::App;
use crate::tui::text::{self, clock, count};

/// Draws them.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    if let Some(area) = row(area, 0) {
        let line = format!("{:>8}   {:>8}", "tracks", "length");
        let room = put_right(buf, area, &Line::styled(line, theme.border));
        put(buf, room, &Line::styled("  folder", theme.border));
    }
    let rows = below(area, 1);
    app.hits.rows = rows;
    let visible = app.library.folder_list.show(usize::from(rows.height));
    let chosen = app.library.folder_list.selected();
    for (y, index) in (0..).zip(visible) {
        let (Some(area), Some(folder)) = (row(rows, y), app.library.folders.get(index)) else {
            break;
        };
        let line = format!("{:>8}   {:>8}", count(folder.tracks), clock(folder.duration_s));
        let room = put_right(buf, area, &Line::styled(line, theme.dim));
        let selected = chosen == Some(index);
        let marker = if selected { symbols.marker } else { " " };
        let columns = usize::from(room.width).saturating_sub(2);
        let path = text::truncate_start(&shown(&folder.path), columns, symbols.more);
        put(
            buf,
            room,
            &Line::from(vec![
                Span::styled(format!("{marker} "), theme.accent),
                Span::styled(path, theme.text),
            ]),
        );
        if selected {
            select(buf, area, theme.selection);
        }
    }
}
