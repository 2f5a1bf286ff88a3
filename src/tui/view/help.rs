//! The help: every command with its keys, from the declarations.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::overlay;
use super::paint::{below, put, row, search_line};
use crate::tui::app::App;
use crate::tui::help::Help;
use crate::tui::text;

/// Columns of the help, and of the keys in it.
const WIDTH: u16 = 78;
const KEYS: usize = 17;

/// Draws the help.
pub fn draw(buf: &mut Buffer, screen: Rect, app: &App, help: &mut Help) {
    let theme = &app.theme;
    let [_, _, up, down] = theme.symbols.arrows;
    let foot = vec![
        Span::styled(format!(" {up} {down} "), theme.accent),
        Span::styled("scroll  ", theme.dim),
        Span::styled("Esc", theme.accent),
        Span::styled(" close ", theme.dim),
    ];
    let inner = overlay::frame(buf, screen, theme, (WIDTH, 60), "keys", foot);
    let lines = lines(app, help, usize::from(inner.width));
    help.height = usize::from(inner.height.saturating_sub(2));
    help.scroll = help.scroll.min(lines.len().saturating_sub(help.height));
    if let Some(area) = row(inner, 0) {
        let found = help.found().map(|(_, own)| own.len()).sum();
        let found = format!("{} commands", text::count(found));
        search_line(buf, area, theme, help.search.text(), true, &found);
    }
    let body = below(inner, 2);
    if lines.is_empty() {
        put(buf, body, &Line::styled("no command says that", theme.dim));
    }
    for (i, line) in (0..).zip(&lines[help.scroll..]) {
        match row(body, i) {
            Some(area) => put(buf, area, line),
            None => break,
        }
    }
}

fn lines(app: &App, help: &Help, columns: usize) -> Vec<Line<'static>> {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let key_columns = KEYS.min(columns / 4);
    let room = columns.saturating_sub(2 + key_columns);
    let mut lines = Vec::new();
    for (group, commands) in help.found() {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(group.title(), theme.text.add_modifier(Modifier::BOLD)));
        for declared in commands {
            let keys: Vec<String> =
                app.keys.keys(declared.command).map(|k| k.shown(symbols)).collect();
            let keys = text::fit(&keys.join("  "), key_columns, symbols.more);
            lines.push(Line::from(vec![
                Span::styled(format!("  {keys}"), theme.accent),
                Span::styled(text::truncate(declared.description, room, symbols.more), theme.text),
            ]));
        }
    }
    lines
}
