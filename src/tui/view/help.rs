//! The help: every command with its keys, from the declarations.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::overlay;
use crate::tui::app::App;
use crate::tui::commands::{DECLARATIONS, Group};
use crate::tui::text;

/// Columns of the help, and of the keys in it.
const WIDTH: u16 = 64;
const KEYS: usize = 18;

/// Draws the help.
pub fn draw(buf: &mut Buffer, screen: Rect, app: &mut App) {
    let lines = lines(app);
    overlay::draw(buf, screen, app, "keys", WIDTH, &lines);
}

fn lines(app: &App) -> Vec<Line<'static>> {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let mut lines = Vec::new();
    for group in Group::ALL {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(group.title(), theme.text.add_modifier(Modifier::BOLD)));
        for declared in DECLARATIONS.iter().filter(|d| d.group == group) {
            let keys: Vec<String> =
                app.keys.keys(declared.command).map(|k| k.shown(symbols)).collect();
            let keys = text::fit(&keys.join("  "), KEYS, symbols.more);
            lines.push(Line::from(vec![
                Span::styled(format!("  {keys}"), theme.accent),
                Span::styled(declared.description, theme.text),
            ]));
        }
    }
    lines
}
