//! The top line: the tabs, and what is heard.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::paint::{put, put_right, select};
use crate::tui::app::App;
use crate::tui::commands::Command;
use crate::tui::hearing::Answer;
use crate::tui::page::{Page, Place};
use crate::tui::text;

/// Columns that what is heard may take, and those from which on it is told.
const HEARD: usize = 34;
const HEARD_FROM: usize = 10;

/// Draws the top line.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App, now: Instant) {
    let width = usize::from(area.width);
    let full: usize = Page::ALL.iter().map(|p| text::width(&tab(app, *p, true)) + 1).sum();
    // Where not all names fit, the other tabs have their keys alone.
    let named = full <= width;
    let brand = if full + 10 <= width { 10 } else { 0 };
    if brand > 0 {
        let style = app.theme.accent.add_modifier(Modifier::BOLD);
        put(buf, area, &Line::from(Span::styled("EchoVibe", style)));
    }
    let mut x = area.x + brand as u16;
    for page in Page::ALL {
        let current = page == app.page;
        let label = tab(app, page, named || current);
        let columns = text::width(&label) as u16;
        let at = Rect { x, width: columns.min(area.right().saturating_sub(x)), ..area };
        let key_columns = label.trim_start().find(' ').map_or(0, |space| space + 1);
        let (key, name) = label.split_at(key_columns.min(label.len()));
        let (key_style, name_style) = if current {
            (app.theme.accent, app.theme.text.add_modifier(Modifier::BOLD))
        } else {
            (app.theme.border, app.theme.dim)
        };
        let line = Line::from(vec![
            Span::styled(key.to_owned(), key_style),
            Span::styled(name.to_owned(), name_style),
        ]);
        put(buf, at, &line);
        if current {
            select(buf, at, app.theme.selection);
        }
        app.hits.tabs.push((at, page));
        x += columns + 1;
    }
    let left = usize::from(area.right().saturating_sub(x + 1));
    if left >= HEARD_FROM && app.page != Page::Listen {
        let at = Rect { x: x + 1, width: left as u16, ..area };
        put_right(buf, at, &heard(app, left.min(HEARD), now));
    }
}

/// ` 1 Listen `, or ` 1 ` where there is no room for the name.
fn tab(app: &App, page: Page, named: bool) -> String {
    let key = app.keys.shown_at(Command::Show(page), Place::On(app.page), app.theme.symbols);
    match (key.is_empty(), named) {
        (true, _) => format!(" {} ", page.title()),
        (false, true) => format!(" {key} {} ", page.title()),
        (false, false) => format!(" {key} "),
    }
}

/// `● Blink`, for the pages that do not show it.
fn heard(app: &App, columns: usize, now: Instant) -> Line<'static> {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let (sign, what, style) = match app.hearing.answer(now) {
        Answer::Named(heard) => (symbols.live, heard.title.clone(), theme.matched),
        Answer::Opening => (symbols.waiting, "opening".to_owned(), theme.dim),
        Answer::Waiting(_) => (symbols.waiting, "no sound yet".to_owned(), theme.warning),
        Answer::Away(_) => (symbols.waiting, "server away".to_owned(), theme.warning),
        Answer::Ended => (symbols.waiting, "ended".to_owned(), theme.dim),
        Answer::Silence => (symbols.live, "silence".to_owned(), theme.dim),
        Answer::NoMusic => (symbols.live, "no music".to_owned(), theme.dim),
        Answer::Listening => (symbols.live, "listening".to_owned(), theme.text),
        Answer::Unknown => (symbols.live, "unknown".to_owned(), theme.text),
    };
    let what = text::truncate(&what, columns.saturating_sub(2), symbols.more);
    Line::from(vec![Span::styled(format!("{sign} "), theme.level_low), Span::styled(what, style)])
}
