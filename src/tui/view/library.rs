//! The page of all tracks, the folders they are in, and the files that failed.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::paint::{
    below, heading, paragraph, place, put, put_right, row, search_line, select, split,
};
use super::{Moving, feed, gauge, track};
use crate::map::style_name;
use crate::store::records::{Failure, Track, shown};
use crate::tui::app::App;
use crate::tui::commands::Command;
use crate::tui::pages::Part;
use crate::tui::search::{Order, tempo};
use crate::tui::text::{self, clock, count};

/// From so many columns on, all that is known of the selected track stands beside the list.
const DETAILS_FROM: u16 = 130;
/// Columns of that.
const DETAILS: u16 = 44;
/// Columns of marker and heart.
const MARKER: usize = 2;
const HEART: usize = 3;

/// Draws the page.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) -> Option<Moving> {
    if let Some(area) = row(area, 0) {
        parts(buf, area, app);
    }
    let body = below(area, 1 + u16::from(area.height >= 16));
    match app.library.part {
        Part::Tracks => tracks(buf, body, app),
        Part::Folders => folders(buf, body, app),
        Part::Failures => failures(buf, body, app),
    }
    None
}

/// `tracks 1 234   folders 12   failures 3                 by artist ↑`
fn parts(buf: &mut Buffer, area: Rect, app: &App) {
    let (theme, page) = (&app.theme, &app.library);
    let sort = if page.part == Part::Tracks && page.search.text().is_empty() {
        format!("by {} {}", page.order.name(), sign(app))
    } else {
        String::new()
    };
    let room = put_right(buf, area, &Line::styled(sort, theme.dim));
    let mut spans = Vec::new();
    for part in Part::ALL {
        let number = match part {
            Part::Tracks => app.shelf.len(),
            Part::Folders => page.folders.len(),
            Part::Failures => page.failures.len(),
        };
        let style = if part == page.part {
            theme.accent.add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
        } else {
            theme.dim
        };
        spans.push(Span::styled(part.name(), style));
        let failed = part == Part::Failures && number > 0;
        let style = if failed { theme.warning } else { theme.dim };
        spans.push(Span::styled(format!(" {}   ", count(number)), style));
    }
    put(buf, room, &Line::from(spans));
}

fn sign(app: &App) -> &'static str {
    let downwards = app.library.order.starts_high() != app.library.reversed;
    app.theme.symbols.sorted[usize::from(downwards)]
}

fn tracks(buf: &mut Buffer, area: Rect, app: &mut App) {
    if !app.ready {
        return paragraph(buf, area, &app.theme, "Reading the library.");
    }
    if app.shelf.is_empty() {
        return paragraph(buf, area, &app.theme, feed::no_music(app));
    }
    let typed = app.library.search.text().to_owned();
    let searched = app.searching || !typed.is_empty();
    if let (true, Some(area)) = (searched, row(area, 0)) {
        let found = format!("{} found", count(app.library.rows.len()));
        search_line(buf, area, &app.theme, &typed, app.searching, &found);
    }
    let area = below(area, u16::from(searched));
    let (list, details) = if area.width >= DETAILS_FROM {
        let (list, details) = split(area, area.width - DETAILS - 3, 3);
        (list, Some(details))
    } else {
        (area, None)
    };
    let columns = Columns::new(usize::from(list.width));
    if let Some(area) = row(list, 0) {
        put(buf, area, &headings(app, &columns));
    }
    let rows = below(list, 1);
    app.hits.rows = rows;
    let visible = app.library.list.show(usize::from(rows.height));
    let chosen = app.library.list.selected();
    for (y, index) in (0..).zip(visible) {
        let (Some(area), Some(place)) = (row(rows, y), app.library.rows.get(index)) else { break };
        let Some(track) = app.library.shelf.tracks().get(*place as usize) else { break };
        let selected = chosen == Some(index);
        put(buf, area, &line(app, track, &columns, selected));
        if selected {
            select(buf, area, app.theme.selection);
        }
    }
    if let Some(area) = details {
        let page = &app.library;
        let id = page.selected();
        if let Some(track) = id.and_then(|id| page.shelf.get(id)) {
            all(buf, area, app, track);
        }
    }
}

/// How wide each column is; 0 where there is no room for it.
struct Columns {
    title: usize,
    artist: usize,
    album: usize,
    style: usize,
    tempo: usize,
    plays: usize,
    length: usize,
    added: usize,
}

impl Columns {
    fn new(width: usize) -> Self {
        let shown = |from: usize, columns: usize| if width >= from { columns } else { 0 };
        let (tempo, plays, added) = (shown(76, 6), shown(84, 7), shown(110, 12));
        let (length, style) = (9, shown(150, 16));
        let free = width.saturating_sub(MARKER + HEART + tempo + plays + added + length + style);
        let album = if width >= 96 { free * 28 / 100 } else { 0 };
        let artist = (free - album) * 42 / 100;
        Self { title: free - album - artist, artist, album, style, tempo, plays, length, added }
    }
}

fn headings(app: &App, columns: &Columns) -> Line<'static> {
    let (theme, order) = (&app.theme, app.library.order);
    let name = |of: Order, width: usize, right: bool| {
        let (sorted, text) = if of == order && app.library.search.text().is_empty() {
            (theme.accent, format!("{} {}", of.name(), sign(app)))
        } else {
            (theme.border, of.name().to_owned())
        };
        let text = if right { format!("{text:>width$}") } else { format!("{text:<width$}") };
        Span::styled(if width == 0 { String::new() } else { text }, sorted)
    };
    let blank = |text: &str, width: usize| {
        let text = if width == 0 { String::new() } else { format!("{text:<width$}") };
        Span::styled(text, theme.border)
    };
    Line::from(vec![
        Span::raw(" ".repeat(MARKER)),
        name(Order::Title, columns.title, false),
        Span::raw(" ".repeat(HEART)),
        name(Order::Artist, columns.artist, false),
        name(Order::Album, columns.album, false),
        blank("style", columns.style),
        name(Order::Tempo, columns.tempo, true),
        name(Order::Plays, columns.plays, true),
        name(Order::Length, columns.length, true),
        name(Order::Added, columns.added, true),
    ])
}

fn line(app: &App, track: &Track, columns: &Columns, selected: bool) -> Line<'static> {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let plays = app.playing.as_ref().is_some_and(|p| p.now.track_id == track.id);
    let sign = match (selected, plays) {
        (true, _) => symbols.marker,
        (false, true) => symbols.play,
        _ => " ",
    };
    // A column apart from the next one.
    let cell = |text: &str, width: usize| match width {
        0 => String::new(),
        width => text::fit(text, width - 1, symbols.more) + " ",
    };
    let number = |text: String, width: usize| match width {
        0 => String::new(),
        width => format!("{text:>width$}"),
    };
    let bold = if selected { theme.text.add_modifier(Modifier::BOLD) } else { theme.text };
    let heart = if app.liked(track.id) { symbols.heart } else { "" };
    let bpm = tempo(track).map(|bpm| format!("{bpm:.0}")).unwrap_or_default();
    let played = app.log.taste.plays(track.id);
    let played = if played == 0 { String::new() } else { played.to_string() };
    Line::from(vec![
        Span::styled(format!("{sign} "), theme.accent),
        Span::styled(cell(&track.title, columns.title), bold),
        Span::styled(format!("{heart:<HEART$}"), theme.liked),
        Span::styled(cell(&track.artist, columns.artist), theme.text),
        Span::styled(cell(&track.album, columns.album), theme.dim),
        Span::styled(cell(style_name(track), columns.style), theme.dim),
        Span::styled(number(bpm, columns.tempo), theme.dim),
        Span::styled(number(played, columns.plays), theme.dim),
        Span::styled(number(clock(track.duration_s), columns.length), theme.dim),
        Span::styled(number(day(track, &app.time_zone), columns.added), theme.dim),
    ])
}

fn day(track: &Track, zone: &TimeZone) -> String {
    track.added_at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string()
}

/// All that is known of a track.
fn all(buf: &mut Buffer, area: Rect, app: &App, track: &Track) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let width = usize::from(area.width);
    let mut lines: Vec<Line<'static>> = Vec::new();
    for line in text::wrap(&track.title, width, 2, symbols.more) {
        lines.push(Line::styled(line, theme.matched));
    }
    for (text, style) in [(&track.artist, theme.text), (&track.album, theme.dim)] {
        if !text.is_empty() {
            lines.push(Line::styled(text::truncate(text, width, symbols.more), style));
        }
    }
    lines.push(Line::default());
    for share in track.sounds_like.iter().take(4) {
        let mut line = Line::styled(text::fit(&share.genre, 18, symbols.more), theme.text);
        let probability = f64::from(share.probability);
        let bar = gauge::line(probability, 14, symbols, theme.accent, theme.border);
        line.spans.extend(bar.spans);
        line.push_span(Span::styled(format!(" {}", text::percent(probability)), theme.dim));
        lines.push(line);
    }
    if !track.sounds_like.is_empty() {
        lines.push(Line::default());
    }
    let facts = track::facts(track, &app.moods);
    for fact in facts.iter().skip(usize::from(!style_name(track).is_empty())) {
        lines.push(Line::styled(fact.clone(), theme.text));
    }
    let plays = app.log.taste.plays(track.id);
    let times = if plays == 1 { "once".to_owned() } else { format!("{plays} times") };
    for (name, value) in [
        ("length", clock(track.duration_s)),
        ("played", if plays == 0 { "never".to_owned() } else { times }),
        ("added", day(track, &app.time_zone)),
        ("genre", track.genre.clone()),
        ("damage", track.damage.clone().unwrap_or_default()),
    ] {
        if !value.is_empty() {
            lines.push(pair(name, &value, width, theme.dim, theme.text, symbols.more));
        }
    }
    lines.push(Line::default());
    for line in text::wrap_anywhere(&shown(&track.path), width, 4, symbols.more) {
        lines.push(Line::styled(line, theme.dim));
    }
    if let Some(area) = row(area, 0) {
        heading(buf, area, theme, "track", "");
    }
    for (i, line) in (1..).zip(&lines) {
        if let Some(area) = row(area, i) {
            put(buf, area, line);
        }
    }
}

fn pair(name: &str, value: &str, width: usize, a: Style, b: Style, more: &str) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!("{name:<8}"), a),
        Span::styled(text::truncate(value, width.saturating_sub(8), more), b),
    ])
}

fn folders(buf: &mut Buffer, area: Rect, app: &mut App) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    if let Some(area) = row(area, 0) {
        let line = format!("{:>8}   {:>8}", "tracks", "length");
        let room = put_right(buf, area, &Line::styled(line, theme.border));
        put(buf, room, &Line::styled("  folder", theme.border));
    }
    let rows = below(area, 1);
    app.hits.rows = rows;
    let visible = app.library.folder_list.show(usize::from(rows.height));
    let chosen = app.library.folder_list.selected();
    for (y, index) in (0..).zip(visible) {
        let (Some(area), Some(folder)) = (row(rows, y), app.library.folders.get(index)) else {
            break;
        };
        let line = format!("{:>8}   {:>8}", count(folder.tracks), clock(folder.duration_s));
        let room = put_right(buf, area, &Line::styled(line, theme.dim));
        let selected = chosen == Some(index);
        let marker = if selected { symbols.marker } else { " " };
        let columns = usize::from(room.width).saturating_sub(2);
        let path = text::truncate_start(&shown(&folder.path), columns, symbols.more);
        put(
            buf,
            room,
            &Line::from(vec![
                Span::styled(format!("{marker} "), theme.accent),
                Span::styled(path, theme.text),
            ]),
        );
        if selected {
            select(buf, area, theme.selection);
        }
    }
}

fn failures(buf: &mut Buffer, area: Rect, app: &mut App) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    if app.library.failures.is_empty() {
        return paragraph(buf, area, theme, "Every file could be read.");
    }
    // The selected one is told in full below.
    let told = 4.min(area.height / 3);
    let rows = Rect { height: area.height - told, ..area };
    app.hits.rows = rows;
    let visible = app.library.failure_list.show(usize::from(rows.height));
    let chosen = app.library.failure_list.selected();
    for (y, index) in (0..).zip(visible) {
        let (Some(area), Some(failure)) = (row(rows, y), app.library.failures.get(index)) else {
            break;
        };
        let name = failure.path.file_name().map(|n| n.to_string_lossy().into_owned());
        let columns = usize::from(area.width).saturating_sub(2);
        let name = text::fit(&name.unwrap_or_default(), columns * 2 / 5, symbols.more);
        let left = columns.saturating_sub(text::width(&name) + 2);
        let selected = chosen == Some(index);
        let marker = if selected { symbols.marker } else { " " };
        let style = if failure.duplicate_of.is_some() { theme.dim } else { theme.warning };
        put(
            buf,
            area,
            &Line::from(vec![
                Span::styled(format!("{marker} "), theme.accent),
                Span::styled(format!("{name}  "), theme.text),
                Span::styled(text::truncate(&why(app, failure), left, symbols.more), style),
            ]),
        );
        if selected {
            select(buf, area, theme.selection);
        }
    }
    if let Some(failure) = chosen.and_then(|row| app.library.failures.get(row)) {
        let again = app.keys.shown(Command::Part, symbols);
        let told_area = below(area, area.height - told);
        if let Some(area) = row(told_area, 0) {
            let at = place(chosen, app.library.failures.len());
            heading(buf, area, theme, &format!("in full; {again} shows the tracks"), &at);
        }
        let text = format!("{}\n{}", shown(&failure.path), why(app, failure));
        paragraph(buf, below(told_area, 1), theme, &text);
    }
}

fn why(app: &App, failure: &Failure) -> String {
    match failure.duplicate_of {
        Some(id) => format!("left out: a copy of {}", app.shelf.label(id)),
        None => failure.error.clone(),
    }
}
