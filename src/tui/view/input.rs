//! The input: what it is, and how loud.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{put, put_right};
use crate::listen::event::InputState;
use crate::tui::app::App;
use crate::tui::hearing::Input;
use crate::tui::meter::{FLOOR_DB, HIGH_DB, MID_DB, Meter, share};
use crate::tui::text;
use crate::tui::theme::Theme;

/// Draws `● USB Microphone · 48 kHz stereo      ━━━━━──┃── -21 dBFS`.
pub fn draw(buf: &mut Buffer, area: Rect, app: &App, now: Instant) {
    let room = match &app.meter {
        Some(meter) => put_right(buf, area, &meter_line(meter, area.width, &app.theme, now)),
        None => area,
    };
    let spans = input(&app.hearing.input, usize::from(room.width), &app.theme);
    put(buf, room, &Line::from(spans));
}

fn input(input: &Input, columns: usize, theme: &Theme) -> Vec<Span<'static>> {
    let symbols = theme.symbols;
    let room = columns.saturating_sub(2);
    let cut = |text: &str, room: usize| text::truncate(text, room, symbols.more);
    let waiting = |text: String, style| {
        vec![Span::styled(format!("{} ", symbols.waiting), style), Span::styled(text, style)]
    };
    match input {
        Input::Opening(None) => waiting(cut("opening the input", room), theme.dim),
        Input::Opening(Some(spelling)) => {
            waiting(cut(&format!("opening {spelling}"), room), theme.dim)
        }
        Input::Ended => waiting(cut("the input has ended", room), theme.dim),
        Input::Told(InputState::Waiting { .. }) => {
            waiting(cut("waiting for the input", room), theme.warning)
        }
        Input::Told(InputState::Live { name, rate, channels }) => {
            let format = format!(" {} {}", symbols.dot, format(*rate, *channels));
            // The format goes first where both do not fit.
            let both = text::width(name) + text::width(&format) <= room;
            let format =
                if both || text::width(&format) + 12 <= room { format } else { String::new() };
            let room = room.saturating_sub(text::width(&format));
            // Of a path its end says most.
            let name = if name.contains('/') {
                text::truncate_start(name, room, symbols.more)
            } else {
                cut(name, room)
            };
            vec![
                Span::styled(format!("{} ", symbols.live), theme.level_low),
                Span::styled(name, theme.text),
                Span::styled(format, theme.dim),
            ]
        }
    }
}

/// "44.1 kHz stereo".
fn format(rate: u32, channels: u16) -> String {
    let khz = f64::from(rate) / 1000.0;
    match channels {
        1 => format!("{khz} kHz mono"),
        2 => format!("{khz} kHz stereo"),
        n => format!("{khz} kHz, {n} channels"),
    }
}

/// Level and held peak on a line, the zones in their colours, and the level in figures.
fn meter_line(meter: &Meter, columns: u16, theme: &Theme, now: Instant) -> Line<'static> {
    let width = usize::from(columns / 5).clamp(8, 40);
    let symbols = theme.symbols;
    let cells = |db: f32| (share(db) * width as f32).round() as usize;
    let (level, peak) = (cells(meter.level.rms_db), cells(meter.held_db(now)));
    let mut spans: Vec<Span<'static>> = (0..width)
        .map(|i| {
            let db = FLOOR_DB * (1.0 - (i as f32 + 0.5) / width as f32);
            let zone = match db {
                db if db >= HIGH_DB => theme.level_high,
                db if db >= MID_DB => theme.level_mid,
                _ => theme.level_low,
            };
            match i {
                i if i < level => Span::styled(symbols.done, zone),
                i if i + 1 == peak => Span::styled(symbols.peak, zone),
                _ => Span::styled(symbols.left, theme.border),
            }
        })
        .collect();
    let db = meter.level.rms_db.clamp(-99.0, 0.0);
    spans.push(Span::styled(format!(" {db:>3.0} dBFS"), theme.dim));
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_read_as_people_say_them() {
        assert_eq!(format(44_100, 2), "44.1 kHz stereo");
        assert_eq!(format(16_000, 1), "16 kHz mono");
        assert_eq!(format(48_000, 6), "48 kHz, 6 channels");
    }
}
