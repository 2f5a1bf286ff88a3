//! The page of all tracks, the folders they are in, and the files that failed.

mod details;
mod failures;
mod folders;
mod tracks;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::Moving;
use super::paint::{below, put, put_right, row};
use crate::tui::app::App;
use crate::tui::pages::Part;
use crate::tui::text::count;

/// Draws the page.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) -> Option<Moving> {
    if let Some(area) = row(area, 0) {
        parts(buf, area, app);
    }
    let body = below(area, 1 + u16::from(area.height >= 16));
    match app.library.part {
        Part::Tracks => tracks::draw(buf, body, app),
        Part::Folders => folders::draw(buf, body, app),
        Part::Failures => failures::draw(buf, body, app),
    }
    None
}

/// `tracks 1 234   folders 12   failures 3                 by artist ↑`
fn parts(buf: &mut Buffer, area: Rect, app: &App) {
    let (theme, page) = (&app.theme, &app.library);
    let sort = if page.part == Part::Tracks && page.search.text().is_empty() {
        format!("by {} {}", page.order.name(), sign(app))
    } else {
        String::new()
    };
    let room = put_right(buf, area, &Line::styled(sort, theme.dim));
    let mut spans = Vec::new();
    for part in Part::ALL {
        let number = match part {
            Part::Tracks => app.shelf.len(),
            Part::Folders => page.folders.len(),
            Part::Failures => page.failures.len(),
        };
        let style = if part == page.part {
            theme.accent.add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
        } else {
            theme.dim
        };
        spans.push(Span::styled(part.name(), style));
        let failed = part == Part::Failures && number > 0;
        let style = if failed { theme.warning } else { theme.dim };
        spans.push(Span::styled(format!(" {}   ", count(number)), style));
    }
    put(buf, room, &Line::from(spans));
}

fn sign(app: &App) -> &'static str {
    let downwards = app.library.order.starts_high() != app.library.reversed;
    app.theme.symbols.sorted[usize::from(downwards)]
}
