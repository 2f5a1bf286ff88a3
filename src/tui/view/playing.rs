//! What plays: one line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::gauge;
use super::paint::{put, put_right, row};
use crate::tui::app::App;
use crate::tui::commands::Command;
use crate::tui::text::{self, clock};

/// From this width on the line says how to move in it.
const HINT_FROM: u16 = 70;

/// Draws `▶ artist - title  0:42 ━━━╸───── 4:51  ←/→ 5 s`.
pub fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let (Some(playing), Some(area)) = (&app.playing, row(area, 0)) else { return };
    let (theme, symbols) = (&app.theme, app.theme.symbols);
    let shown = |command| app.keys.shown_at(command, app.place(), symbols);
    let (back, forward) = (shown(Command::Back), shown(Command::Forward));
    let hint = format!("{back}/{forward} 5 s");
    let wants_hint = area.width >= HINT_FROM && !back.is_empty() && !forward.is_empty();
    let room = if wants_hint { put_right(buf, area, &Line::styled(hint, theme.dim)) } else { area };
    let width = usize::from(room.width);
    let label = text::truncate(&playing.label, width / 2, symbols.more);
    let end = clock(playing.now.duration_s);
    let start = format!("{:>w$}", clock(playing.now.position_s), w = text::width(&end));
    let taken = 2 + text::width(&label) + 2 + text::width(&start) + 2 + text::width(&end);
    let share = playing.now.position_s / playing.now.duration_s.max(f64::MIN_POSITIVE);
    let columns = width.saturating_sub(taken);
    let sign = match playing.now {
        now if now.opening => symbols.waiting,
        now if now.paused => symbols.pause,
        _ => symbols.play,
    };
    let mut spans = vec![
        Span::styled(format!("{sign} "), theme.accent),
        Span::styled(label, theme.accent),
        Span::styled(format!("  {start} "), theme.text),
    ];
    spans.extend(gauge::line(share, columns, symbols, theme.accent, theme.border).spans);
    spans.push(Span::styled(format!(" {end}"), theme.dim));
    put(buf, room, &Line::from(spans));
}
