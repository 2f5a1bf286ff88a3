//! The bottom line: a message while there is one, else the keys of the page; on the right how far indexing is.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::gauge;
use super::paint::{put, put_right};
use crate::tui::app::App;
use crate::tui::commands::{Command, hinted};
use crate::tui::core::Indexing;
use crate::tui::text;

/// Columns between two keys.
const GAP: usize = 3;
/// Rows that what went wrong may take.
const ROWS: usize = 3;
/// Columns of the gauge of indexing.
const BAR: usize = 8;

/// Draws the bottom line.
pub fn draw(buf: &mut Buffer, area: Rect, app: &App, now: Instant) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let area = match &app.indexing {
        Some(indexing) => put_right(buf, area, &progress(app, indexing)),
        None => area,
    };
    let width = usize::from(area.width);
    let line = match (app.slow(now), &app.message) {
        (Some(_), _) => {
            let said = format!("{} keeping{}", symbols.waiting, symbols.more);
            Line::styled(said, theme.warning)
        }
        (None, Some(message)) if message.failed => return failed(buf, area, app, &message.text),
        (None, Some(message)) => {
            Line::styled(text::truncate(&message.text, width, symbols.more), theme.text)
        }
        (None, None) => keys(app, width),
    };
    put(buf, area, &line);
}

/// What went wrong, and what to do, in as many rows as it needs, the last of them the bottom line.
fn failed(buf: &mut Buffer, area: Rect, app: &App, told: &str) {
    let (theme, more) = (&app.theme, app.theme.symbols.more);
    let lines = text::wrap(told, usize::from(area.width), ROWS, more);
    for (above, line) in (0..).zip(lines.iter().rev()) {
        let area = Rect { y: area.y.saturating_sub(above), ..area };
        let blank = " ".repeat(usize::from(area.width));
        buf.set_string(area.x, area.y, blank, theme.text);
        put(buf, area, &Line::styled(line.clone(), theme.error));
    }
}

/// `━━━╸──── 12 of 300 indexed`
fn progress(app: &App, indexing: &Indexing) -> Line<'static> {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let Indexing { done, files } = *indexing;
    if files == 0 {
        return Line::styled(format!("looking for music{}", symbols.more), theme.dim);
    }
    let share = done as f64 / files as f64;
    let mut line = gauge::line(share, BAR, symbols, theme.accent, theme.border);
    let count = |n: u64| text::count(usize::try_from(n).unwrap_or(usize::MAX));
    line.push_span(Span::styled(
        format!(" {} of {} indexed", count(done), count(files)),
        theme.dim,
    ));
    let key = app.keys.shown_at(Command::StopIndexing, app.place(), symbols);
    if !key.is_empty() {
        line.push_span(Span::styled(format!("  {key}"), theme.accent));
        line.push_span(Span::styled(" ends it", theme.dim));
    }
    line
}

/// As many keys as fit, the ones needed most, in the order of the declarations.
fn keys(app: &App, width: usize) -> Line<'static> {
    let place = app.place();
    let mut hints: Vec<(u8, String, &str)> = hinted(place)
        .map(|(d, hint)| {
            (hint.rank, app.keys.shown_at(d.command, place, app.theme.symbols), hint.word)
        })
        .filter(|(_, key, _)| !key.is_empty())
        .collect();
    let taken = |hints: &[(u8, String, &str)]| -> usize {
        hints.iter().map(|(_, key, word)| text::width(key) + 1 + word.len() + GAP).sum()
    };
    while taken(&hints) > width + GAP {
        let Some(last) = (0..hints.len()).max_by_key(|&i| hints[i].0) else { break };
        hints.remove(last);
    }
    let spans = hints.into_iter().flat_map(|(_, key, word)| {
        [
            Span::styled(key, app.theme.accent),
            Span::styled(format!(" {word}{}", " ".repeat(GAP)), app.theme.dim),
        ]
    });
    Line::from(spans.collect::<Vec<_>>())
}
