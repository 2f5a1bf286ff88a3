//! What to play next, on the page that listens: a heading, and a row for each offer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::paint::{self, heading, put, row, select};
use crate::store::records::label;
use crate::taste::mood::region;
use crate::tui::app::App;
use crate::tui::core::{FeedItem, Why};
use crate::tui::feed::Selected;
use crate::tui::text;

/// Columns of the marker, and of the heart with the space around it.
const MARKER: usize = 2;
const HEART: usize = 4;
/// Below this width the reasons stand under the selected row only.
const REASONS_FROM: usize = 56;
/// Labels need no more than this, however wide the screen is.
const LABEL_MOST: usize = 72;

/// Draws heading and rows.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) {
    if let Some(area) = row(area, 0) {
        let place = match app.feed.selected(app.named_row()) {
            Some(Selected::Item(i, _)) => paint::place(Some(i), app.feed.items.len()),
            _ => String::new(),
        };
        heading(buf, area, &app.theme, &name(app), &place);
    }
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    app.feed.height = usize::from(rows.height);
    if app.feed.items.is_empty() {
        return nothing(buf, rows, app);
    }
    let selected = match app.feed.selected(app.named_row()) {
        Some(Selected::Item(index, _)) => Some(index),
        _ => None,
    };
    let columns = Columns::new(usize::from(area.width));
    let reasons = selected.map_or_else(Vec::new, |i| all_reasons(&app.feed.items[i], columns, app));
    // The first stands in the row itself where there is a column for it.
    let (inline, under) = reasons.split_at(usize::from(columns.reason > 0).min(reasons.len()));
    let under = &under[..under.len().min(usize::from(rows.height) / 2)];
    scroll(app, selected, under.len());
    let mut y = 0;
    for (index, item) in app.feed.items.iter().enumerate().skip(app.feed.scroll) {
        let Some(area) = row(rows, y) else { break };
        let is_selected = selected == Some(index);
        let first = item.reasons.first().map_or("", |why| why.text.as_str());
        let reason = if is_selected { inline.first().map_or("", String::as_str) } else { first };
        put(buf, area, &item_line(item, is_selected, reason, columns, app));
        if is_selected {
            select(buf, area, app.theme.selection);
            for text in under {
                y += 1;
                if let Some(area) = row(rows, y) {
                    let line = format!("{}{text}", " ".repeat(columns.indent()));
                    put(buf, area, &Line::styled(line, app.theme.dim));
                }
            }
        }
        y += 1;
    }
}

/// Columns of label and reason.
#[derive(Debug, Clone, Copy)]
struct Columns {
    label: usize,
    reason: usize,
}

impl Columns {
    fn new(width: usize) -> Self {
        let free = width.saturating_sub(MARKER + HEART);
        if width < REASONS_FROM {
            return Self { label: free, reason: 0 };
        }
        let label = (free * 11 / 20).min(LABEL_MOST);
        Self { label, reason: free - label }
    }

    /// Where the reasons under a row begin.
    fn indent(self) -> usize {
        if self.reason > 0 { MARKER + self.label + HEART } else { MARKER + 2 }
    }
}

/// Moves the first row shown no further than needed to show the selected one with its reasons.
fn scroll(app: &mut App, selected: Option<usize>, under: usize) {
    let (items, height) = (app.feed.items.len(), app.feed.height);
    let last_start = (items + under).saturating_sub(height);
    let mut first = app.feed.scroll.min(last_start);
    if let Some(index) = selected {
        first = first.max((index + under + 1).saturating_sub(height)).min(index);
    }
    app.feed.scroll = if selected.is_none() { 0 } else { first };
}

/// "next, after Xtal", "next, calm, after Xtal".
pub fn name(app: &App) -> String {
    let mood = app.mood.place().and_then(|mood| region(mood, &app.moods));
    let mood = mood.map(|name| format!(", {name}")).unwrap_or_default();
    match &app.feed.seed {
        Some((_, title)) => format!("next{mood}, after {title}"),
        None => format!("next{mood}"),
    }
}

fn item_line(
    item: &FeedItem,
    selected: bool,
    reason: &str,
    columns: Columns,
    app: &App,
) -> Line<'static> {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let plays = app.playing.as_ref().is_some_and(|p| p.now.track_id == item.track_id);
    let sign = match (selected, plays) {
        (true, _) => symbols.marker,
        (false, true) => symbols.play,
        _ => " ",
    };
    let name = text::fit(&label(&item.artist, &item.title), columns.label, symbols.more);
    let style = if selected { theme.text.add_modifier(Modifier::BOLD) } else { theme.text };
    let heart = if app.liked(item.track_id) { symbols.heart } else { "" };
    Line::from(vec![
        Span::styled(format!("{sign} "), theme.accent),
        Span::styled(name, style),
        Span::styled(format!(" {heart:<2} "), theme.liked),
        Span::styled(text::truncate(reason, columns.reason, symbols.more), theme.dim),
    ])
}

/// Every reason in full, on as many lines as it takes.
fn all_reasons(item: &FeedItem, columns: Columns, app: &App) -> Vec<String> {
    let width = MARKER + columns.label + HEART + columns.reason - columns.indent();
    let wrap = |why: &Why| text::wrap(&why.text, width, 3, app.theme.symbols.more);
    item.reasons.iter().flat_map(wrap).collect()
}

/// Why there is nothing, and what to do.
pub fn nothing(buf: &mut Buffer, area: Rect, app: &App) {
    let told = match (app.ready, app.shelf.len()) {
        (false, _) => "Reading the library.",
        (true, 0) => no_music(app),
        (true, _) => "Nothing to offer yet.",
    };
    paint::paragraph(buf, area, &app.theme, told);
}

/// What is said where the library is empty.
pub fn no_music(app: &App) -> &'static str {
    if app.indexing.is_some() {
        "The first tracks are on their way."
    } else {
        "No music is known yet. Add yours with :index ~/Music, or leave with q and run: echovibe demo"
    }
}
