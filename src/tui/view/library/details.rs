//! All that is known of a track.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::paint::{heading, put, row};
use super::super::{gauge, track};
use super::tracks::day;
use crate::map::style_name;
use crate::store::records::{Track, shown};
use crate::tui::app::App;
use crate::tui::text::{self, clock};

/// Draws it.
pub fn draw(buf: &mut Buffer, area: Rect, app: &App, track: &Track) {
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
