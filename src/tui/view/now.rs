//! The page of what plays or is heard: its name, where in it we are, and what sounds like it.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::paint::{below, heading, paragraph, place, put, put_right, row, select};
use super::wave::{self, Marks};
use super::{Moving, gauge, track};
use crate::dsp::features::HIGHLIGHT_S;
use crate::map::style_name;
use crate::store::records::{Track, TrackId};
use crate::tui::app::App;
use crate::tui::search::tempo;
use crate::tui::text::{self, clock};
use crate::tui::theme::Theme;

/// Most rows of the loudness.
const WAVE: u16 = 8;

/// Draws the page.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App, now: Instant) -> Option<Moving> {
    let Some(id) = app.now.subject.filter(|_| app.subject().is_some()) else {
        let told = "Nothing plays, and nothing was heard yet.\n\nEnter plays the selected track of any view.";
        paragraph(buf, area, &app.theme, told);
        return None;
    };
    let top = head(buf, area, app, id, now);
    let list = below(area, top);
    let count = app.now.near.len();
    let selected = app.now.list.selected();
    if let Some(area) = row(list, 0) {
        let at = selected.and_then(|row| row.checked_sub(1));
        heading(buf, area, &app.theme, "sounds like it", &place(at, count));
    }
    let rows = below(list, 1);
    // The first row of the list is the track itself, above.
    let shown = app.now.list.show(usize::from(rows.height) + 1);
    let first = shown.start.max(1);
    app.hits.rows = Rect { y: rows.y.saturating_sub(1), height: rows.height + 1, ..rows };
    for (y, index) in (0..).zip(first..app.now.list.len()) {
        let (Some(area), Some((id, cosine))) = (row(rows, y), app.now.near.get(index - 1)) else {
            break;
        };
        neighbour(buf, area, app, *id, *cosine, selected == Some(index));
    }
    None
}

/// Name, facts, loudness and place; gives the rows they took.
fn head(buf: &mut Buffer, area: Rect, app: &App, id: TrackId, now: Instant) -> u16 {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let known = app.shelf.get(id);
    let selected = app.now.list.selected() == Some(0);
    let (position, duration, state) = progress(app, id, now);
    if let Some(area) = row(area, 0) {
        let room = put_right(buf, area, &Line::styled(state, theme.dim));
        let heart = if app.liked(id) { format!("  {}", symbols.heart) } else { String::new() };
        let columns = usize::from(room.width).saturating_sub(2 + text::width(&heart));
        let title = known.map_or_else(|| app.shelf.label(id), |t| t.title.clone());
        let title = Span::styled(text::truncate(&title, columns, symbols.more), theme.matched);
        marked(buf, (area, room), theme, title, heart, selected);
    }
    if let (Some(area), Some(track)) = (row(area, 1), known) {
        put(buf, area, &by(app, track, usize::from(area.width)));
    }
    let mut y = 2;
    if let (Some(area), Some(track)) = (row(area, y), known) {
        let facts = track::facts(track, &app.moods).join(&format!(" {} ", symbols.dot));
        let facts = text::truncate(&facts, usize::from(area.width).saturating_sub(2), symbols.more);
        put(buf, area, &Line::styled(format!("  {facts}"), theme.dim));
        y += 1;
    }
    let levels = app.now.overview.as_deref().unwrap_or_default();
    let free = area.height.saturating_sub(y);
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area };
    if !levels.is_empty() && free >= 9 {
        let height = (free / 4).clamp(2, WAVE);
        let at = Rect { y: area.y + y + 1, height, ..inner };
        let share = |s: f64| if duration > 0.0 { s / duration } else { 0.0 };
        let best = known.and_then(|t| t.highlight_s).map(f64::from);
        let highlight = best.map(|s| [share(s), share(s + HIGHLIGHT_S)]);
        wave::draw(buf, at, theme, levels, Marks { position: share(position), highlight });
        y += 1 + height;
    }
    if let Some(area) = row(Rect { x: inner.x, width: inner.width, ..area }, y) {
        let (start, end) = (clock(position), clock(duration));
        let columns =
            usize::from(area.width).saturating_sub(text::width(&start) + text::width(&end) + 2);
        let share = position / duration.max(f64::MIN_POSITIVE);
        let mut spans = vec![Span::styled(format!("{start} "), theme.text)];
        spans.extend(gauge::line(share, columns, symbols, theme.accent, theme.border).spans);
        spans.push(Span::styled(format!(" {end}"), theme.dim));
        put(buf, area, &Line::from(spans));
    }
    y + if area.height >= 14 { 2 } else { 1 }
}

/// Where we are in the track, how long it is, and whether it plays here or is heard.
fn progress(app: &App, id: TrackId, now: Instant) -> (f64, f64, &'static str) {
    if let Some(playing) = app.playing.as_ref().filter(|p| p.now.track_id == id) {
        let state = match playing.now {
            now if now.opening => "opening",
            now if now.paused => "paused",
            _ => "playing here",
        };
        return (playing.now.position_s, playing.now.duration_s, state);
    }
    let length = app.shelf.get(id).map_or(0.0, |t| t.duration_s);
    match &app.hearing.last {
        Some(heard) if app.hearing.present && heard.track_id == id => {
            (heard.position_s(now), length, "heard now")
        }
        _ => (0.0, length, "heard last"),
    }
}

fn by(app: &App, track: &Track, width: usize) -> Line<'static> {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let columns = width.saturating_sub(2);
    let artist = if track.artist.is_empty() { "unknown artist" } else { &track.artist };
    let artist = text::truncate(artist, columns, symbols.more);
    let left = columns.saturating_sub(text::width(&artist) + 3);
    let mut spans = vec![Span::raw("  "), Span::styled(artist, theme.text)];
    if !track.album.is_empty() && left >= 4 {
        let album = text::truncate(&track.album, left, symbols.more);
        spans.push(Span::styled(format!(" {} {album}", symbols.dot), theme.dim));
    }
    Line::from(spans)
}

fn neighbour(buf: &mut Buffer, area: Rect, app: &App, id: TrackId, cosine: f32, selected: bool) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let Some(track) = app.shelf.get(id) else { return };
    let wide = area.width >= 100;
    let mut right = Vec::new();
    if wide {
        right.push(Span::styled(text::fit(style_name(track), 16, symbols.more), theme.dim));
        let bpm = tempo(track).map(|bpm| format!("{bpm:.0} bpm")).unwrap_or_default();
        right.push(Span::styled(format!("  {bpm:>7}  "), theme.dim));
    }
    right.extend(gauge::line(f64::from(cosine), 8, symbols, theme.accent, theme.border).spans);
    right.push(Span::styled(format!(" {cosine:>5.2}"), theme.text));
    right.push(Span::styled(format!("  {:>7}", clock(track.duration_s)), theme.dim));
    let room = put_right(buf, area, &Line::from(right));
    let heart = if app.liked(id) { symbols.heart } else { "" };
    let columns = usize::from(room.width).saturating_sub(5);
    let style = if selected { theme.text.add_modifier(Modifier::BOLD) } else { theme.text };
    let label = Span::styled(text::fit(&track.label(), columns, symbols.more), style);
    marked(buf, (area, room), theme, label, format!(" {heart:<2}"), selected);
}

/// A row with its marker and its heart, in what is left of the whole row beside what stands on the right.
fn marked(
    buf: &mut Buffer,
    (whole, room): (Rect, Rect),
    theme: &Theme,
    name: Span<'_>,
    heart: String,
    selected: bool,
) {
    let marker = if selected { theme.symbols.marker } else { " " };
    let marker = Span::styled(format!("{marker} "), theme.accent);
    put(buf, room, &Line::from(vec![marker, name, Span::styled(heart, theme.liked)]));
    if selected {
        select(buf, whole, theme.selection);
    }
}
