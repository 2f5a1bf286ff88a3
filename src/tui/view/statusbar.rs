//! The bottom line: a message while there is one, else the keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::put;
use crate::tui::app::App;
use crate::tui::commands::DECLARATIONS;
use crate::tui::text;

/// Columns between two keys.
const GAP: usize = 3;

/// Draws the bottom line.
pub fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let width = usize::from(area.width);
    let line = match &app.message {
        Some(message) => {
            let style = if message.failed { theme.error } else { theme.text };
            Line::styled(text::truncate(&message.text, width, symbols.more), style)
        }
        None => keys(app, width),
    };
    put(buf, area, &line);
}

/// As many keys as fit, the ones needed most, in the order of the declarations.
fn keys(app: &App, width: usize) -> Line<'static> {
    let mut hints: Vec<(u8, String, &str)> = DECLARATIONS
        .iter()
        .filter_map(|d| Some((d.hint?, app.keys.shown(d.command, app.theme.symbols))))
        .filter(|(_, key)| !key.is_empty())
        .map(|(hint, key)| (hint.rank, key, hint.word))
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
