//! The files that could not be enrolled, and why.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::paint::{below, heading, paragraph, place, put, row, select};
use crate::store::records::{Failure, shown};
use crate::tui::app::App;
use crate::tui::commands::Command;
use crate::tui::text;

/// Draws them.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    if app.library.failures.is_empty() {
        return paragraph(buf, area, theme, "Every file could be read.");
    }
    // The selected one is told in full below.
    let told = 4.min(area.height / 3);
    let rows = Rect { height: area.height - told, ..area };
    app.hits.rows = rows;
    let visible = app.library.failure_list.show(usize::from(rows.height));
    let chosen = app.library.failure_list.selected();
    for (y, index) in (0..).zip(visible) {
        let (Some(area), Some(failure)) = (row(rows, y), app.library.failures.get(index)) else {
            break;
        };
        let name = failure.path.file_name().map(|n| n.to_string_lossy().into_owned());
        let columns = usize::from(area.width).saturating_sub(2);
        let name = text::fit(&name.unwrap_or_default(), columns * 2 / 5, symbols.more);
        let left = columns.saturating_sub(text::width(&name) + 2);
        let selected = chosen == Some(index);
        let marker = if selected { symbols.marker } else { " " };
        let style = if failure.duplicate_of.is_some() { theme.dim } else { theme.warning };
        put(
            buf,
            area,
            &Line::from(vec![
                Span::styled(format!("{marker} "), theme.accent),
                Span::styled(format!("{name}  "), theme.text),
                Span::styled(text::truncate(&why(app, failure), left, symbols.more), style),
            ]),
        );
        if selected {
            select(buf, area, theme.selection);
        }
    }
    if let Some(failure) = chosen.and_then(|row| app.library.failures.get(row)) {
        let again = app.keys.shown(Command::Part, symbols);
        let told_area = below(area, area.height - told);
        if let Some(area) = row(told_area, 0) {
            let at = place(chosen, app.library.failures.len());
            heading(buf, area, theme, &format!("in full; {again} shows the tracks"), &at);
        }
        let text = format!("{}\n{}", shown(&failure.path), why(app, failure));
        paragraph(buf, below(told_area, 1), theme, &text);
    }
}

fn why(app: &App, failure: &Failure) -> String {
    match failure.duplicate_of {
        Some(id) => format!("left out: a copy of {}", app.shelf.label(id)),
        None => failure.error.clone(),
    }
}
