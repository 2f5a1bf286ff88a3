//! The page of what to play next: the offers, why each is one, and where they lie on the plane of moods.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::paint::{below, heading, place, put, put_right, row, select, split};
use super::plane::{self, Spot};
use super::{Moving, feed, gauge, track};
use crate::store::records::label;
use crate::tui::app::App;
use crate::tui::core::FeedItem;
use crate::tui::feed::Selected;
use crate::tui::text::{self, clock};

/// From so many columns on, the reasons stand beside the offers, else below.
const BESIDE_FROM: u16 = 120;
/// Columns of the plane where the reasons stand below, and rows then.
const PLANE: u16 = 34;
const UNDER: u16 = 9;
/// From so many rows on there is room for something below.
const UNDER_FROM: u16 = 18;
/// Columns of the bar that shows a score.
const BAR: usize = 8;

/// Draws the page.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) -> Option<Moving> {
    let (list, aside) = if area.width >= BESIDE_FROM {
        let (list, aside) = split(area, area.width * 3 / 5, 3);
        (list, Some((aside, true)))
    } else if area.height >= UNDER_FROM {
        let top = area.height - UNDER;
        (Rect { height: top - 1, ..area }, Some((below(area, top), false)))
    } else {
        (area, None)
    };
    let selected = match app.feed.selected(false) {
        Some(Selected::Item(i, _)) => Some(i),
        _ => None,
    };
    if let Some(area) = row(list, 0) {
        heading(buf, area, &app.theme, &feed::name(app), &place(selected, app.feed.items.len()));
    }
    let rows = below(list, 1);
    app.hits.rows = rows;
    app.feed.height = usize::from(rows.height);
    let Some(selected) = selected else {
        feed::nothing(buf, rows, app);
        return None;
    };
    let height = app.feed.height;
    let lowest = (selected + 1).saturating_sub(height);
    app.feed.scroll = app.feed.scroll.clamp(lowest, selected);
    app.feed.scroll = app.feed.scroll.min(app.feed.items.len().saturating_sub(height));
    for (y, index) in (0..).zip(app.feed.scroll..app.feed.items.len()) {
        let Some(area) = row(rows, y) else { break };
        item(buf, area, app, index, index == selected);
    }
    match aside {
        Some((area, true)) => beside(buf, area, app, selected),
        Some((area, false)) => under(buf, area, app, selected),
        None => {}
    }
    None
}

fn item(buf: &mut Buffer, area: Rect, app: &App, index: usize, selected: bool) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let item = &app.feed.items[index];
    let plays = app.playing.as_ref().is_some_and(|p| p.now.track_id == item.track_id);
    let sign = match (selected, plays) {
        (true, _) => symbols.marker,
        (false, true) => symbols.play,
        _ => " ",
    };
    let (best, worst) = (app.feed.items[0].score, lowest_score(&app.feed.items));
    let share = (item.score - worst) / (best - worst).max(f64::MIN_POSITIVE);
    let mut score = gauge::line(share, BAR, symbols, theme.accent, theme.border);
    score.push_span(Span::styled(format!("  {:>7}", clock(item.duration_s)), theme.dim));
    let room = put_right(buf, area, &score);
    let heart = if app.liked(item.track_id) { symbols.heart } else { "" };
    let columns = usize::from(room.width).saturating_sub(9);
    let name = text::fit(&label(&item.artist, &item.title), columns, symbols.more);
    let style = if selected { theme.text.add_modifier(Modifier::BOLD) } else { theme.text };
    put(
        buf,
        room,
        &Line::from(vec![
            Span::styled(format!("{sign} "), theme.accent),
            Span::styled(format!("{:>2}  ", index + 1), theme.dim),
            Span::styled(name, style),
            Span::styled(format!(" {heart:<2}"), theme.liked),
        ]),
    );
    if selected {
        select(buf, area, theme.selection);
    }
}

/// What the shortest bar stands for: nothing, or less where a score is below it.
fn lowest_score(items: &[FeedItem]) -> f64 {
    items.iter().map(|item| item.score).fold(0.0, f64::min)
}

fn beside(buf: &mut Buffer, area: Rect, app: &App, selected: usize) {
    let reasons = 5 + app.feed.items[selected].reasons.len() as u16;
    let height = area.height.saturating_sub(reasons + 1).min(area.width / 2);
    if let Some(area) = row(area, 0) {
        heading(buf, area, &app.theme, "moods of what is offered", "");
    }
    moods(buf, Rect { height: height.saturating_sub(1), ..below(area, 1) }, app, selected);
    why(buf, below(area, height + 1), app, selected);
}

fn under(buf: &mut Buffer, area: Rect, app: &App, selected: usize) {
    let (left, right) = split(area, area.width.saturating_sub(PLANE + 3), 3);
    why(buf, left, app, selected);
    if let Some(area) = row(right, 0) {
        heading(buf, area, &app.theme, "moods", "");
    }
    moods(buf, below(right, 1), app, selected);
}

fn moods(buf: &mut Buffer, area: Rect, app: &App, selected: usize) {
    let (theme, [point, chosen, plays]) = (&app.theme, app.theme.symbols.points);
    let mut spots: Vec<Spot> = Vec::new();
    for item in &app.feed.items {
        spots.extend(item.mood.map(|mood| Spot { mood, sign: point, style: theme.dim }));
    }
    let subject = app.subject().and_then(|id| app.shelf.get(id)?.mood);
    spots.extend(subject.map(|mood| Spot { mood, sign: plays, style: theme.matched }));
    let wanted = app.mood.place();
    spots.extend(wanted.map(|mood| Spot {
        mood,
        sign: theme.symbols.target,
        style: theme.warning,
    }));
    let own = app.feed.items[selected].mood;
    spots.extend(own.map(|mood| Spot { mood, sign: chosen, style: theme.accent }));
    plane::draw(buf, area, theme, &app.moods, &spots);
}

/// The reasons, the weightiest first, and what else there is to tell.
fn why(buf: &mut Buffer, area: Rect, app: &App, selected: usize) {
    let theme = &app.theme;
    let item = &app.feed.items[selected];
    if let Some(area) = row(area, 0) {
        heading(buf, area, theme, "why", "");
    }
    let mut y = 1;
    for why in &item.reasons {
        let style = if why.weight < 0.0 { theme.warning } else { theme.level_low };
        let columns = usize::from(area.width).saturating_sub(10);
        for (i, line) in text::wrap(&why.text, columns, 3, theme.symbols.more).iter().enumerate() {
            let Some(at) = row(area, y) else { return };
            let told = i == 0 && why.weight.abs() >= 0.005;
            let weight = if told { format!("{:+.2}", why.weight) } else { String::new() };
            let room = put_right(buf, at, &Line::styled(weight, style));
            put(buf, room, &Line::styled(format!("  {line}"), theme.text));
            y += 1;
        }
    }
    let facts = app.shelf.get(item.track_id).map(|t| track::facts(t, &app.moods));
    if let (Some(facts), Some(at)) = (facts, row(area, y + 1)) {
        let facts = facts.join(&format!(" {} ", theme.symbols.dot));
        let columns = usize::from(at.width).saturating_sub(2);
        let facts = text::truncate(&facts, columns, theme.symbols.more);
        put(buf, at, &Line::styled(format!("  {facts}"), theme.dim));
    }
}
