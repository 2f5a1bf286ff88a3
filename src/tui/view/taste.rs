//! The page of what is enjoyed: sums, weeks, tracks, artists, styles, and the mood.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::paint::{below, heading, paragraph, place, put, put_right, row, select, split};
use super::plane::{self, Spot};
use super::{Moving, gauge, weeks};
use crate::taste::mood::region;
use crate::tui::app::App;
use crate::tui::summary::Summary;
use crate::tui::text::{self, count, percent};

/// From so many columns on there is a third column, with the plane of moods.
const PLANE_FROM: u16 = 130;
const PLANE: u16 = 46;
/// From so many rows on likes and skips over time are shown, and the rows they take.
const WEEKS_FROM: u16 = 14;
const BAR: usize = 8;
/// In fewer columns the bar is half as long.
const NARROW: u16 = 30;

/// Draws the page.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) -> Option<Moving> {
    let Some(summary) = app.taste.summary.take() else {
        paragraph(buf, area, &app.theme, "Looking at what you like.");
        return None;
    };
    if let Some(area) = row(area, 0) {
        sums(buf, area, app, &summary);
    }
    let mut body = below(area, 2);
    if area.height >= WEEKS_FROM {
        let height = if area.height >= 30 { 9 } else { 5 };
        if let Some(area) = row(body, 0) {
            let name = "likes up, skips down, a bar a week";
            heading(buf, area, &app.theme, name, "this week");
        }
        weeks::draw(buf, Rect { height, ..below(body, 1) }, &app.theme, &summary.weeks);
        body = below(body, 2 + height);
    }
    lists(buf, body, app, &summary);
    app.taste.summary = Some(summary);
    None
}

/// `128 heard   54 played   12 liked   9 skipped          the taste is 82 % certain`
fn sums(buf: &mut Buffer, area: Rect, app: &App, summary: &Summary) {
    let theme = &app.theme;
    let certain = format!("{} certain", percent(summary.certainty));
    let room = put_right(buf, area, &Line::styled(certain, theme.dim));
    let spans = [
        (summary.heard, "heard"),
        (summary.played, "played"),
        (summary.liked, "liked"),
        (summary.skipped, "skipped"),
    ]
    .into_iter()
    .flat_map(|(number, what)| {
        [
            Span::styled(count(number), theme.accent.add_modifier(Modifier::BOLD)),
            Span::styled(format!(" {what}   "), theme.dim),
        ]
    });
    put(buf, room, &Line::from(spans.collect::<Vec<_>>()));
}

fn lists(buf: &mut Buffer, area: Rect, app: &mut App, summary: &Summary) {
    let (area, moods) = if area.width >= PLANE_FROM {
        let (area, moods) = split(area, area.width - PLANE - 3, 3);
        (area, Some(moods))
    } else {
        (area, None)
    };
    let (left, right) = split(area, area.width * 3 / 5, 3);
    if let Some(area) = row(left, 0) {
        let at = place(app.taste.list.selected(), summary.enjoyed.len());
        heading(buf, area, &app.theme, "what you enjoy", &at);
    }
    let rows = below(left, 1);
    app.hits.rows = rows;
    if summary.enjoyed.is_empty() {
        let key = app.keys.shown(crate::tui::commands::Command::Like, app.theme.symbols);
        let told = format!("Nothing yet: {key} likes the selected track of any view.");
        paragraph(buf, rows, &app.theme, &told);
    }
    let visible = app.taste.list.show(usize::from(rows.height));
    let chosen = app.taste.list.selected();
    for (y, index) in (0..).zip(visible) {
        let (Some(area), Some((id, feedback))) = (row(rows, y), summary.enjoyed.get(index)) else {
            break;
        };
        let selected = chosen == Some(index);
        let marker = if selected { app.theme.symbols.marker } else { " " };
        let heart = if app.liked(*id) { app.theme.symbols.heart } else { "" };
        let name = format!("{marker} {}", app.shelf.label(*id));
        ranked(buf, area, app, &name, *feedback, heart);
        if selected {
            select(buf, area, app.theme.selection);
        }
    }
    sides(buf, right, app, summary);
    if let Some(area) = moods {
        plane_of(buf, area, app, summary);
    }
}

/// Styles above, artists below.
fn sides(buf: &mut Buffer, area: Rect, app: &App, summary: &Summary) {
    let name = summary.mood.and_then(|mood| region(mood, &app.moods)).unwrap_or_default();
    let half = area.height.div_ceil(2);
    let parts = [
        ("styles", name, &summary.styles, Rect { height: half, ..area }),
        ("artists", "", &summary.artists, below(area, half)),
    ];
    for (title, place, rows, area) in parts {
        if let Some(area) = row(area, 0) {
            heading(buf, area, &app.theme, title, place);
        }
        let best = rows.first().map_or(1.0, |(_, sum)| *sum);
        for (y, (name, sum)) in (1..).zip(rows) {
            let Some(area) = row(area, y) else { break };
            ranked(buf, area, app, &format!("  {name}"), sum / best, "");
        }
    }
}

fn ranked(buf: &mut Buffer, area: Rect, app: &App, name: &str, share: f64, heart: &str) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let bar = if area.width < NARROW { BAR / 2 } else { BAR };
    let bar = gauge::line(share, bar, symbols, theme.accent, theme.border);
    let room = put_right(buf, area, &bar);
    let columns = usize::from(room.width).saturating_sub(3);
    put(
        buf,
        room,
        &Line::from(vec![
            Span::styled(text::fit(name, columns, symbols.more), theme.text),
            Span::styled(format!(" {heart:<2}"), theme.liked),
        ]),
    );
}

fn plane_of(buf: &mut Buffer, area: Rect, app: &App, summary: &Summary) {
    let theme = &app.theme;
    let [point, chosen, _] = theme.symbols.points;
    if let Some(area) = row(area, 0) {
        heading(buf, area, theme, "your mood", "");
    }
    let mut spots: Vec<Spot> = Vec::new();
    for (id, _) in &summary.enjoyed {
        let mood = app.shelf.get(*id).and_then(|t| t.mood);
        spots.extend(mood.map(|mood| Spot { mood, sign: point, style: theme.liked }));
    }
    spots.extend(summary.mood.map(|mood| Spot { mood, sign: chosen, style: theme.matched }));
    let body = below(area, 1);
    let height = body.height.min(PLANE / 2);
    plane::draw(buf, Rect { height, ..body }, theme, &app.moods, &spots);
}
