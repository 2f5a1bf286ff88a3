//! The question of the first run, with the level of what is heard.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::paint::{put, row};
use super::{input, overlay};
use crate::tui::app::App;
use crate::tui::hearing::Answer;
use crate::tui::text::{count, truncate, width, wrap};
use crate::tui::welcome::Welcome;

/// Columns and rows of the frame.
const SIZE: (u16, u16) = (70, 11);

/// Draws the question over the page.
pub fn draw(buf: &mut Buffer, screen: Rect, app: &App, welcome: &Welcome, now: Instant) {
    let theme = &app.theme;
    let inner = overlay::frame(buf, screen, theme, SIZE, "welcome", foot(app, welcome));
    let columns = usize::from(inner.width);
    let mut y = 1;
    let mut say = |buf: &mut Buffer, lines: Vec<Line<'_>>| {
        for line in lines {
            if let Some(area) = row(inner, y) {
                put(buf, area, &line);
            }
            y += 1;
        }
        y += 1;
    };
    say(buf, question(app, welcome, columns));
    let heard = match app.hearing.answer(now) {
        Answer::Waiting(reason) => reason.to_owned(),
        _ => "This is how loud it is where you are:".to_owned(),
    };
    let heard = wrap(&heard, columns, 2, theme.symbols.more);
    say(buf, heard.into_iter().map(|line| Line::styled(line, theme.dim)).collect());
    if let Some(area) = row(inner, y) {
        input::draw(buf, area, app, now);
    }
}

fn question<'a>(app: &App, welcome: &'a Welcome, columns: usize) -> Vec<Line<'a>> {
    let theme = &app.theme;
    let more = theme.symbols.more;
    if let Some(line) = &welcome.typed {
        let typed = line.text();
        let cut = typed.char_indices().find(|(at, _)| width(&typed[*at..]) + 2 <= columns);
        let cursor = Span::styled(" ", theme.text.add_modifier(Modifier::REVERSED));
        let shown = Span::styled(&typed[cut.map_or(typed.len(), |(at, _)| at)..], theme.text);
        let told = Line::styled("The folder your music is in:", theme.text);
        return vec![told, Line::from(vec![shown, cursor])];
    }
    let lines = match &welcome.found {
        Some(found) => {
            let files = if found.files == 1 { "file" } else { "files" };
            let least = if found.all { "" } else { "at least " };
            [
                format!("Index {}?", found.shown),
                format!("{least}{} music {files}, while you go on", count(found.files)),
            ]
        }
        None => [
            "No music was found in your music folder.".to_owned(),
            "Name another folder, or leave and run: echovibe demo".to_owned(),
        ],
    };
    let [first, second] = lines.map(|line| truncate(&line, columns, more));
    vec![Line::styled(first, theme.accent), Line::styled(second, theme.text)]
}

fn foot(app: &App, welcome: &Welcome) -> Vec<Span<'static>> {
    let keys: &[(&str, &str)] = match (&welcome.typed, &welcome.found) {
        (Some(_), _) => &[("enter", "index it"), ("esc", "back")],
        (None, Some(_)) => &[("y", "yes"), ("n", "no"), ("o", "another folder")],
        (None, None) => &[("o", "name a folder"), ("n", "not now")],
    };
    let spans = keys.iter().flat_map(|(key, word)| {
        [
            Span::styled(format!(" {key}"), app.theme.accent),
            Span::styled(format!(" {word} "), app.theme.dim),
        ]
    });
    spans.collect()
}
