//! The history: what was heard, played and said, newest first.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::overlay;
use crate::store::records::{Event, EventKind, label};
use crate::tui::app::App;
use crate::tui::text::{self, percent};
use crate::tui::theme::Theme;

/// Columns of the history, and of what happened in it.
const WIDTH: u16 = 100;
const WHAT: usize = 17;

/// Draws the history.
pub fn draw(buf: &mut Buffer, screen: Rect, app: &mut App, events: &[Event]) {
    let columns = usize::from(WIDTH.min(screen.width - 4)).saturating_sub(4 + 14 + WHAT);
    let mut lines: Vec<Line<'static>> =
        events.iter().map(|e| line(e, columns, &app.theme, &app.time_zone)).collect();
    if lines.is_empty() {
        lines.push(Line::styled("nothing yet", app.theme.dim));
    }
    overlay::draw(buf, screen, app, "history", WIDTH, &lines);
}

fn line(event: &Event, columns: usize, theme: &Theme, zone: &TimeZone) -> Line<'static> {
    let at = event.at.to_zoned(zone.clone()).strftime("%b %d %H:%M").to_string();
    let (what, style) = what(&event.what, theme);
    let name = text::truncate(&label(&event.artist, &event.title), columns, theme.symbols.more);
    Line::from(vec![
        Span::styled(format!("{at}  "), theme.dim),
        Span::styled(text::fit(&what, WHAT, theme.symbols.more), style),
        Span::styled(name, theme.text),
    ])
}

fn what(kind: &EventKind, theme: &Theme) -> (String, Style) {
    let symbols = theme.symbols;
    match kind {
        EventKind::Heard { .. } => ("heard".into(), theme.text),
        EventKind::Like => (format!("{} liked", symbols.heart), theme.liked),
        EventKind::Unlike => ("like taken back".into(), theme.dim),
        EventKind::Skip { share: Some(share) } => {
            (format!("skipped at {}", percent(*share)), theme.dim)
        }
        EventKind::Skip { share: None } => ("skipped".into(), theme.dim),
        EventKind::Play { share } => (format!("played {}", percent(*share)), theme.accent),
        EventKind::Save => ("saved".into(), theme.accent),
        EventKind::Unsave => ("no longer saved".into(), theme.dim),
        EventKind::Ban => ("banned".into(), theme.dim),
        EventKind::Unban => ("no longer banned".into(), theme.dim),
        EventKind::Rate { stars } => {
            let given = usize::from(*stars).min(5);
            (symbols.stars[0].repeat(given) + &symbols.stars[1].repeat(5 - given), theme.warning)
        }
    }
}
