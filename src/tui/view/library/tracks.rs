//! All tracks as a table.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::super::feed;
use super::super::paint::{below, paragraph, put, row, search_line, select, split};
use super::{details, sign};
use crate::map::style_name;
use crate::store::records::Track;
use crate::tui::app::App;
use crate::tui::search::{Order, tempo};
use crate::tui::text::{self, clock, count};

/// From so many columns on, all that is known of the selected track stands beside the list.
const DETAILS_FROM: u16 = 130;
/// Columns of that.
const DETAILS: u16 = 44;
/// Columns of marker and heart.
const MARKER: usize = 2;
const HEART: usize = 3;

/// Draws the tracks, and what is known of the selected one.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) {
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
            details::draw(buf, area, app, track);
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

/// When it was added.
pub fn day(track: &Track, zone: &TimeZone) -> String {
    track.added_at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string()
}
