//! The page of what was heard, played and said, newest first.

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::Moving;
use super::paint::{below, paragraph, place, put, put_right, row, search_line, select};
use crate::store::records::{Event, EventKind, label};
use crate::tui::app::App;
use crate::tui::search::Kinds;
use crate::tui::text::{self, clock, count, percent};
use crate::tui::theme::Theme;

/// Columns of the day, the time, and what happened.
const DAY: usize = 12;
const TIME: usize = 7;
const WHAT: usize = 17;
/// From so many columns on it is told where something was heard.
const WHERE_FROM: usize = 90;

/// Draws the page.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) -> Option<Moving> {
    if let Some(area) = row(area, 0) {
        kinds(buf, area, app);
    }
    let body = below(area, 1 + u16::from(area.height >= 16));
    let typed = app.history.search.text().to_owned();
    let searched = app.searching || !typed.is_empty();
    if let (true, Some(area)) = (searched, row(body, 0)) {
        let found = format!("{} found", count(app.history.rows.len()));
        search_line(buf, area, &app.theme, &typed, app.searching, &found);
    }
    let rows = below(body, u16::from(searched));
    app.hits.rows = rows;
    if app.history.rows.is_empty() {
        let told = if searched || app.history.kinds != Kinds::All {
            "Nothing like that happened."
        } else {
            "Nothing happened yet. What is heard, played and said is kept here."
        };
        paragraph(buf, rows, &app.theme, told);
        return None;
    }
    let visible = app.history.list.show(usize::from(rows.height));
    let chosen = app.history.list.selected();
    let mut before = String::new();
    for (y, index) in (0..).zip(visible) {
        let (Some(area), Some(place)) = (row(rows, y), app.history.rows.get(index)) else { break };
        let Some(event) = app.history.log.events.get(*place as usize) else { break };
        let at = event.at.to_zoned(app.time_zone.clone());
        let day = at.strftime("%a %b %e").to_string();
        let selected = chosen == Some(index);
        // A day is named once, and where the list begins.
        let shown_day = if day == before { "" } else { &day };
        let line = line(app, event, shown_day, &at.strftime("%H:%M").to_string(), area, selected);
        put(buf, area, &line);
        if selected {
            select(buf, area, app.theme.selection);
        }
        before = day;
    }
    None
}

/// `everything   heard   played   said                    3 of 1 234`
fn kinds(buf: &mut Buffer, area: Rect, app: &App) {
    let (theme, page) = (&app.theme, &app.history);
    let at = place(page.list.selected(), page.rows.len());
    let room = put_right(buf, area, &Line::styled(at, theme.dim));
    let mut spans = Vec::new();
    for kinds in Kinds::ALL {
        let style = if kinds == page.kinds {
            theme.accent.add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
        } else {
            theme.dim
        };
        spans.extend([Span::styled(kinds.name(), style), Span::raw("   ")]);
    }
    put(buf, room, &Line::from(spans));
}

fn line(
    app: &App,
    event: &Event,
    day: &str,
    time: &str,
    area: Rect,
    selected: bool,
) -> Line<'static> {
    let (theme, more) = (&app.theme, app.theme.symbols.more);
    let width = usize::from(area.width);
    let marker = if selected { theme.symbols.marker } else { " " };
    let (what, style) = what(&event.what, theme);
    let place = match &event.what {
        EventKind::Heard { position_s, input, .. } if width >= WHERE_FROM => {
            let at = format!("at {}", clock(*position_s));
            // Of a file its name says most.
            let file = input.strip_prefix("file:").and_then(|path| Path::new(path).file_name());
            match file {
                Some(file) => format!("{at} in {}", file.to_string_lossy()),
                None => format!("{at} by {input}"),
            }
        }
        _ => String::new(),
    };
    let place = text::truncate(&place, 28, more);
    let columns = width.saturating_sub(2 + DAY + TIME + WHAT + text::width(&place) + 1);
    let bold = if selected { theme.text.add_modifier(Modifier::BOLD) } else { theme.text };
    let name = text::fit(&label(&event.artist, &event.title), columns, more);
    Line::from(vec![
        Span::styled(format!("{marker} "), theme.accent),
        Span::styled(format!("{day:<DAY$}"), theme.accent),
        Span::styled(format!("{time:<TIME$}"), theme.dim),
        Span::styled(text::fit(&what, WHAT, more), style),
        Span::styled(name, bold),
        Span::styled(format!(" {place}"), theme.dim),
    ])
}

fn what(kind: &EventKind, theme: &Theme) -> (String, Style) {
    let symbols = theme.symbols;
    match kind {
        EventKind::Heard { .. } => ("heard".into(), theme.text),
        EventKind::Like => (format!("{} liked", symbols.heart), theme.liked),
        EventKind::Unlike => ("like taken back".into(), theme.dim),
        EventKind::Skip { share: Some(share) } => {
            (format!("skipped at {}", percent(*share)), theme.dim)
        }
        EventKind::Skip { share: None } => ("skipped".into(), theme.dim),
        EventKind::Play { share } => (format!("played {}", percent(*share)), theme.accent),
        EventKind::Save => ("kept for later".into(), theme.accent),
        EventKind::Unsave => ("kept no more".into(), theme.dim),
        EventKind::Ban => ("banned".into(), theme.dim),
        EventKind::Unban => ("no longer banned".into(), theme.dim),
        EventKind::Rate { stars } => {
            let given = usize::from(*stars).min(5);
            (symbols.stars[0].repeat(given) + &symbols.stars[1].repeat(5 - given), theme.warning)
        }
    }
}
