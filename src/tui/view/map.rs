//! The library as points: tracks that sound alike lie near each other.

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::paint::{below, paragraph, put, put_right, row, search_line, select};
use super::{Moving, feed, track};
use crate::map::{Chart, Kind, Point, STYLES};
use crate::store::records::TrackId;
use crate::tui::app::App;
use crate::tui::text::{self, clock, count, percent};
use crate::tui::theme::Theme;

/// So few points are drawn larger than dots; of fewer still the titles stand beside them.
const FEW: usize = 400;
const NAMED: usize = 60;
/// Columns of such a title.
const NAME: usize = 20;
/// Dots of a braille cell, by column and row.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Draws the page.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) -> Option<Moving> {
    let Some(chart) = app.map.chart.clone() else {
        paragraph(buf, area, &app.theme, "Drawing the map.");
        return None;
    };
    if chart.points.is_empty() {
        let told = if app.shelf.is_empty() {
            feed::no_music(app)
        } else {
            "No track has a style yet: u on the library's page indexes them again."
        };
        paragraph(buf, area, &app.theme, told);
        return None;
    }
    let typed = app.map.search.text().to_owned();
    if let Some(area) = row(area, 0) {
        if app.searching || !typed.is_empty() {
            let found = format!("{} found", count(app.map.found.len()));
            search_line(buf, area, &app.theme, &typed, app.searching, &found);
        } else {
            legend(buf, area, app, &chart);
        }
    }
    let foot = 2.min(area.height.saturating_sub(3));
    let picture = Rect { height: area.height.saturating_sub(1 + foot), ..below(area, 1) };
    app.map.size = (picture.width, picture.height);
    app.hits.rows = Rect::default();
    points(buf, picture, app, &chart);
    path(buf, picture, app, &chart);
    marks(buf, picture, app, &chart);
    if let Some(area) = row(below(area, 1 + picture.height), foot.saturating_sub(1)) {
        selected(buf, area, app);
    }
    None
}

fn colour(theme: &Theme, style: u8) -> Style {
    if usize::from(style) >= STYLES {
        theme.dim
    } else {
        theme.series[usize::from(style) % theme.series.len()]
    }
}

/// The sign of a point: of its style where colours cannot tell styles apart.
fn sign(theme: &Theme, style: u8) -> &'static str {
    let kinds = theme.symbols.kinds;
    match kinds.get(usize::from(style)) {
        _ if theme.series.len() > 1 => theme.symbols.points[0],
        Some(sign) => sign,
        None => theme.symbols.dot,
    }
}

/// `● jazz  ● ambient  ● other                 4x   31 % of the differences`
fn legend(buf: &mut Buffer, area: Rect, app: &App, chart: &Chart) {
    let theme = &app.theme;
    let zoom = if app.map.zoom > 1.0 { format!("{:.1}x   ", app.map.zoom) } else { String::new() };
    let told = match chart.kind {
        _ if !app.map.path.is_empty() => format!("a path of {}", count(app.map.path.len())),
        Kind::Directions => format!("shows {} of the differences", percent(chart.held)),
        Kind::Near => "by nearness".to_owned(),
    };
    let held = format!("{zoom}{told}");
    let room = put_right(buf, area, &Line::styled(held, theme.dim));
    let mut spans = Vec::new();
    let mut left = usize::from(room.width);
    for (place, name) in (0..).zip(&chart.styles) {
        let taken = text::width(name) + 4;
        if taken > left {
            break;
        }
        left -= taken;
        let style = colour(theme, place);
        spans.extend([
            Span::styled(format!("{} ", sign(theme, place)), style),
            Span::styled(format!("{name}  "), theme.text),
        ]);
    }
    put(buf, room, &Line::from(spans));
}

/// All points, as dots where the terminal has them, else as shades.
fn points(buf: &mut Buffer, area: Rect, app: &App, chart: &Chart) {
    let inside = |p: &&Point| app.map.at(p.x, p.y).iter().all(|share| (0.0..1.0).contains(share));
    let few = chart.points.iter().filter(inside).count() <= FEW;
    let signs = few || app.theme.series.len() == 1;
    let braille = app.theme.symbols.braille && !signs;
    let (columns, rows) = if braille { (2, 4) } else { (1, 1) };
    let (width, height) = (usize::from(area.width) * columns, usize::from(area.height) * rows);
    let cells = usize::from(area.width) * usize::from(area.height);
    let mut dots = vec![0u8; cells];
    // How many of each style a cell has: it gets the colour of most of them.
    let mut styles = vec![[0u16; STYLES + 1]; cells];
    for point in &chart.points {
        let [x, y] = app.map.at(point.x, point.y);
        if !(0.0..1.0).contains(&x) || !(0.0..1.0).contains(&y) {
            continue;
        }
        let (x, y) = ((x * width as f32) as usize, (y * height as f32) as usize);
        let cell = y / rows * usize::from(area.width) + x / columns;
        if braille {
            dots[cell] |= DOTS[x % 2][y % 4];
        } else {
            dots[cell] = dots[cell].saturating_add(1);
        }
        let style = usize::from(point.style).min(STYLES);
        styles[cell][style] = styles[cell][style].saturating_add(1);
    }
    let ramp = app.theme.symbols.ramp;
    for (cell, (dots, styles)) in dots.iter().zip(&styles).enumerate() {
        if *dots == 0 {
            continue;
        }
        let most =
            (0..=STYLES).max_by_key(|style| (styles[*style], STYLES - style)).unwrap_or(STYLES);
        let sign = if signs {
            sign(&app.theme, most as u8).chars().next().unwrap_or('.')
        } else if braille {
            char::from_u32(0x2800 + u32::from(*dots)).unwrap_or(' ')
        } else {
            let shade = 1 + usize::from(dots.ilog2() as u8);
            ramp[shade.min(ramp.len() - 1)].chars().next().unwrap_or('.')
        };
        let (x, y) = (cell as u16 % area.width, cell as u16 / area.width);
        let style = colour(&app.theme, most as u8);
        buf[(area.x + x, area.y + y)].set_char(sign).set_style(style);
    }
}

/// The way from one track to another: a line from each to the next, and the tracks on it.
fn path(buf: &mut Buffer, area: Rect, app: &App, chart: &Chart) {
    let theme = &app.theme;
    let place = |id: &TrackId| {
        let point = chart.points.iter().find(|point| point.id == *id)?;
        Some(app.map.at(point.x, point.y))
    };
    let places: Vec<[f32; 2]> = app.map.path.iter().filter_map(place).collect();
    let dots = [2 * usize::from(area.width), 4 * usize::from(area.height)];
    let mut drawn: HashMap<(u16, u16), u8> = HashMap::new();
    for ends in places.windows(2) {
        let steps = (0..2).map(|axis| (ends[1][axis] - ends[0][axis]).abs() * dots[axis] as f32);
        // What lies far outside is not worth following dot by dot.
        let steps = steps.fold(1.0, f32::max).min(4000.0) as usize;
        for step in 0..=steps {
            let share = step as f32 / steps as f32;
            let at = |axis: usize| ends[0][axis] + (ends[1][axis] - ends[0][axis]) * share;
            if !(0.0..1.0).contains(&at(0)) || !(0.0..1.0).contains(&at(1)) {
                continue;
            }
            let [x, y] = [0, 1].map(|axis| (at(axis) * dots[axis] as f32) as usize);
            *drawn.entry(((x / 2) as u16, (y / 4) as u16)).or_default() |= DOTS[x % 2][y % 4];
        }
    }
    for ((x, y), dots) in drawn {
        let cell = &mut buf[(area.x + x, area.y + y)];
        if theme.symbols.braille {
            cell.set_char(char::from_u32(0x2800 + u32::from(dots)).unwrap_or(' '));
        } else {
            cell.set_symbol(theme.symbols.dot);
        }
        cell.set_style(theme.accent);
    }
    for [x, y] in places {
        if (0.0..1.0).contains(&x) && (0.0..1.0).contains(&y) {
            let at = |share: f32, cells: u16| (share * f32::from(cells)) as u16;
            let (x, y) = (area.x + at(x, area.width), area.y + at(y, area.height));
            buf.set_string(
                x,
                y,
                theme.symbols.points[0],
                theme.accent.add_modifier(Modifier::BOLD),
            );
        }
    }
}

/// What was found, what plays or is heard, and what is selected, each on top of the one before.
fn marks(buf: &mut Buffer, area: Rect, app: &App, chart: &Chart) {
    let (theme, [point, chosen, plays]) = (&app.theme, app.theme.symbols.points);
    let cell = |x: f32, y: f32| {
        let [x, y] = app.map.at(x, y);
        let inside = (0.0..1.0).contains(&x) && (0.0..1.0).contains(&y);
        let at = |share: f32, cells: u16| (share * f32::from(cells)) as u16;
        inside.then(|| (area.x + at(x, area.width), area.y + at(y, area.height)))
    };
    let subject = app.subject();
    let found: std::collections::HashSet<_> = app.map.found.iter().take(200).collect();
    for p in &chart.points {
        let sign = match () {
            () if Some(p.id) == subject => (plays, theme.matched),
            () if Some(p.id) == app.map.start => (theme.symbols.target, theme.accent),
            () if found.contains(&p.id) => (point, theme.text),
            () => continue,
        };
        if let Some((x, y)) = cell(p.x, p.y) {
            buf.set_string(x, y, sign.0, sign.1);
        }
    }
    if let Some((x, y)) = app.map.point().and_then(|p| cell(p.x, p.y)) {
        buf.set_string(x, y, chosen, theme.accent);
        select(buf, Rect { x, y, width: 1, height: 1 }, theme.selection);
        let label = app.map.point().map(|p| app.shelf.label(p.id)).unwrap_or_default();
        let label = text::truncate(&label, 36, theme.symbols.more);
        // On the side where there is room, else on the wider one as much as fits there.
        let (right, left) = (area.right().saturating_sub(x + 3), (x - area.x).saturating_sub(1));
        let width = text::width(&label) as u16;
        let on_right = width <= right || right >= left;
        let room = usize::from(if on_right { right } else { left });
        let label = text::truncate(&label, room, theme.symbols.more);
        let width = text::width(&label) as u16;
        let at = if on_right { x + 2 } else { x - 1 - width };
        buf.set_string(at, y, &label, theme.accent);
    }
    names(buf, area, app, chart, cell);
}

/// Titles beside their points, where few enough are in sight and nothing is in the way.
fn names(
    buf: &mut Buffer,
    area: Rect,
    app: &App,
    chart: &Chart,
    cell: impl Fn(f32, f32) -> Option<(u16, u16)>,
) {
    let in_sight = chart.points.iter().filter_map(|p| Some((p.id, cell(p.x, p.y)?)));
    let in_sight: Vec<_> = in_sight.take(NAMED + 1).collect();
    if in_sight.len() > NAMED {
        return;
    }
    let selected = app.map.point().map(|p| p.id);
    for (id, (x, y)) in in_sight {
        let Some(track) = app.shelf.get(id).filter(|_| Some(id) != selected) else { continue };
        let title = text::truncate(&track.title, NAME, app.theme.symbols.more);
        let end = x + 3 + text::width(&title) as u16;
        if end < area.right() && (x + 1..end).all(|x| buf[(x, y)].symbol() == " ") {
            buf.set_string(x + 2, y, title, app.theme.dim);
        }
    }
}

/// `◆ Artist - Title  ♥                      jazz · calm · 92 bpm   4:31`
fn selected(buf: &mut Buffer, area: Rect, app: &App) {
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let Some(track) = app.map.point().and_then(|p| app.shelf.get(p.id)) else { return };
    let facts = track::facts(track, &app.moods);
    let facts: Vec<&str> = facts.iter().take(3).map(String::as_str).collect();
    let facts = facts.join(&format!(" {} ", symbols.dot));
    let right = Line::from(vec![
        Span::styled(facts, theme.dim),
        Span::styled(format!("  {}", clock(track.duration_s)), theme.text),
    ]);
    let room = put_right(buf, area, &right);
    let heart = if app.liked(track.id) { format!("  {}", symbols.heart) } else { String::new() };
    let columns = usize::from(room.width).saturating_sub(2 + text::width(&heart));
    put(
        buf,
        room,
        &Line::from(vec![
            Span::styled(format!("{} ", symbols.points[1]), theme.accent),
            Span::styled(text::truncate(&track.label(), columns, symbols.more), theme.text),
            Span::styled(heart, theme.liked),
        ]),
    );
}
