//! The bottom line: a message while there is one, else the keys of the page.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::put;
use crate::tui::app::App;
use crate::tui::commands::hinted;
use crate::tui::text;

/// Columns between two keys.
const GAP: usize = 3;

/// Draws the bottom line.
pub fn draw(buf: &mut Buffer, area: Rect, app: &App, now: Instant) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let width = usize::from(area.width);
    let line = match (app.slow(now), &app.message) {
        (Some(_), _) => {
            let said = format!("{} keeping{}", symbols.waiting, symbols.more);
            Line::styled(said, theme.warning)
        }
        (None, Some(message)) => {
            let style = if message.failed { theme.error } else { theme.text };
            Line::styled(text::truncate(&message.text, width, symbols.more), style)
        }
        (None, None) => keys(app, width),
    };
    put(buf, area, &line);
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
