//! The answer: what this is, and where in it we are.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::gauge;
use super::paint::{put, put_right, row, select};
use crate::tui::app::App;
use crate::tui::feed::Selected;
use crate::tui::hearing::{Answer, Heard, Input};
use crate::tui::text::{self, clock, confidence, percent};

/// Draws the answer in two or three rows.
pub fn draw(buf: &mut Buffer, area: Rect, app: &App, now: Instant) {
    let selected = app.feed.selected(app.has_named()) == Some(Selected::Named);
    match app.hearing.answer(now) {
        Answer::Named(heard) => named(buf, area, app, heard, selected, now),
        answer => unnamed(buf, area, app, answer, selected, now),
    }
}

fn named(buf: &mut Buffer, area: Rect, app: &App, heard: &Heard, selected: bool, now: Instant) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let full = area.height >= 3;
    if let Some(area) = row(area, 0) {
        let sure = Line::from(vec![
            Span::styled(confidence(heard.confidence), theme.text),
            Span::styled(format!(" {} {}", symbols.dot, percent(heard.confidence)), theme.dim),
        ]);
        let room = put_right(buf, area, &sure);
        let name = if full { heard.title.clone() } else { heard.label() };
        let columns = usize::from(room.width).saturating_sub(2 + heart_width(app, heard));
        let name = Span::styled(text::truncate(&name, columns, symbols.more), theme.matched);
        put(
            buf,
            room,
            &Line::from([vec![marker(app, selected), name], heart(app, heard)].concat()),
        );
        if selected {
            select(buf, area, theme.selection);
        }
    }
    if let (true, Some(area)) = (full, row(area, 1)) {
        let took = format!("heard in {:.1} s{}", heard.heard_s, whose(app, heard));
        let room = put_right(buf, area, &Line::styled(took, theme.dim));
        put(buf, room, &Line::from(artist_and_album(app, heard, usize::from(room.width))));
    }
    if let Some(area) = row(area, if full { 2 } else { 1 }) {
        place(buf, area, app, heard, now);
    }
}

/// Which index named it, where there are two, and that the other one is away.
fn whose(app: &App, heard: &Heard) -> String {
    let dot = app.theme.symbols.dot;
    let here =
        if heard.track_id.is_beside() { format!(" {dot} this machine") } else { String::new() };
    if app.hearing.is_away() { format!("{here} {dot} server away") } else { here }
}

fn artist_and_album(app: &App, heard: &Heard, columns: usize) -> Vec<Span<'static>> {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let columns = columns.saturating_sub(2);
    let artist = if heard.artist.is_empty() { "unknown artist" } else { &heard.artist };
    let artist = text::truncate(artist, columns, symbols.more);
    let left = columns.saturating_sub(text::width(&artist) + 3);
    let mut spans = vec![Span::raw("  "), Span::styled(artist, theme.text)];
    if !heard.album.is_empty() && left >= 4 {
        let album = text::truncate(&heard.album, left, symbols.more);
        spans.push(Span::styled(format!(" {} {album}", symbols.dot), theme.dim));
    }
    spans
}

/// `1:23 ━━━━━━╸────── 5:02`
fn place(buf: &mut Buffer, area: Rect, app: &App, heard: &Heard, now: Instant) {
    let theme = &app.theme;
    let position = heard.position_s(now);
    let mut spans = vec![Span::styled(format!("  {}", clock(position)), theme.text)];
    if let Some(duration) = heard.duration_s.filter(|d| *d > 0.0) {
        let end = format!(" {}", clock(duration));
        let start = text::width(&clock(duration)).max(text::width(&clock(position))) + 3;
        spans[0] = Span::styled(format!("  {:<w$}", clock(position), w = start - 2), theme.text);
        let columns = usize::from(area.width).saturating_sub(start + text::width(&end));
        let share = position / duration;
        spans.extend(gauge::line(share, columns, theme.symbols, theme.accent, theme.border).spans);
        spans.push(Span::styled(end, theme.dim));
    }
    put(buf, area, &Line::from(spans));
}

fn unnamed(
    buf: &mut Buffer,
    area: Rect,
    app: &App,
    answer: Answer<'_>,
    selected: bool,
    now: Instant,
) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let mut lines =
        vec![Line::from([vec![Span::raw("  ")], headline(app, answer, now, area)].concat())];
    let last = app.hearing.last.as_ref();
    let room = usize::from(area.height) - 1 - usize::from(last.is_some());
    let columns = usize::from(area.width).saturating_sub(2);
    for text in text::wrap(&detail(app, answer), columns, room, symbols.more) {
        lines.push(Line::styled(format!("  {text}"), theme.dim));
    }
    for (i, line) in (0..).zip(&lines) {
        if let Some(area) = row(area, i) {
            put(buf, area, line);
        }
    }
    if let (Some(heard), Some(area)) = (last, row(area, area.height - 1)) {
        let columns = columns.saturating_sub(12 + heart_width(app, heard));
        let name = text::truncate(&heard.label(), columns, symbols.more);
        let said = Span::styled(format!("last heard  {name}"), theme.dim);
        put(
            buf,
            area,
            &Line::from([vec![marker(app, selected), said], heart(app, heard)].concat()),
        );
        if selected {
            select(buf, area, theme.selection);
        }
    }
}

fn headline(app: &App, answer: Answer<'_>, now: Instant, area: Rect) -> Vec<Span<'static>> {
    let (theme, more) = (&app.theme, app.theme.symbols.more);
    let one = |text: String, style| vec![Span::styled(text, style)];
    match answer {
        Answer::Named(_) => Vec::new(),
        Answer::Opening => match &app.hearing.input {
            Input::Opening(Some(input)) => one(format!("opening {input}{more}"), theme.dim),
            _ => one(format!("opening the input{more}"), theme.dim),
        },
        Answer::Waiting(_) => one("no sound yet".into(), theme.warning),
        Answer::Away(_) => one("the server is away".into(), theme.warning),
        Answer::Ended => one("the sound has ended".into(), theme.dim),
        Answer::Silence => one("silence".into(), theme.dim),
        Answer::NoMusic => one("no music".into(), theme.dim),
        Answer::Unknown => one("I don't know this one".into(), theme.text),
        Answer::Listening => {
            let mut spans = one(format!("listening{more}"), theme.text);
            if let Some(guess) = app.hearing.current_guess(now) {
                let share = percent(guess.confidence);
                let columns = usize::from(area.width).saturating_sub(30 + share.len());
                let name = text::truncate(&guess.label, columns, more);
                let text = format!("  perhaps {name} {} {share}", app.theme.symbols.dot);
                spans.push(Span::styled(text, theme.dim));
            }
            spans
        }
    }
}

/// What more there is to say, and what to do.
fn detail(app: &App, answer: Answer<'_>) -> String {
    match answer {
        Answer::Waiting(reason) | Answer::Away(reason) => reason.to_owned(),
        Answer::Listening | Answer::Unknown if app.ready && app.shelf.is_empty() => {
            "the library is empty: :index FOLDER adds your music".to_owned()
        }
        Answer::NoMusic => "speech or noise is not searched; still listening".to_owned(),
        Answer::Unknown => {
            let tracks = if app.shelf.len() == 1 { "track" } else { "tracks" };
            let count = text::count(app.shelf.len());
            format!("it is not among your {count} {tracks}; still listening")
        }
        _ => String::new(),
    }
}

fn marker(app: &App, selected: bool) -> Span<'static> {
    let sign = if selected { app.theme.symbols.marker } else { " " };
    Span::styled(format!("{sign} "), app.theme.accent)
}

fn heart(app: &App, heard: &Heard) -> Vec<Span<'static>> {
    if !app.liked(heard.track_id) {
        return Vec::new();
    }
    vec![Span::styled(format!("  {}", app.theme.symbols.heart), app.theme.liked)]
}

fn heart_width(app: &App, heard: &Heard) -> usize {
    if app.liked(heard.track_id) { 2 + text::width(app.theme.symbols.heart) } else { 0 }
}
