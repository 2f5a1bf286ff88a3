//! Draws the state. Nothing here changes it, but for the places of what scrolls.

mod answer;
mod feed;
mod gauge;
mod header;
mod help;
mod history;
mod overlay;
mod playing;
mod spectrogram;
mod statusbar;

use std::time::Instant;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;

use super::app::{App, Overlay};
use super::text;

/// Smaller than this nothing can be read.
const SMALLEST: (u16, u16) = (40, 10);
/// Share of the free rows that the spectrogram takes, per cent; the feed takes the rest.
const SPECTROGRAM_SHARE: u16 = 45;

/// Where the parts lie, from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Areas {
    header: Rect,
    spectrogram: Rect,
    answer: Rect,
    feed: Rect,
    playing: Rect,
    bar: Rect,
}

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, app: &mut App, now: Instant) {
    let area = frame.area();
    let buf = frame.buffer_mut();
    buf.set_style(area, app.theme.text);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return too_small(buf, area, app);
    }
    let areas = areas(area, app.playing.is_some());
    header::draw(buf, areas.header, app, now);
    spectrogram::draw(buf, areas.spectrogram, app);
    answer::draw(buf, areas.answer, app, now);
    feed::draw(buf, areas.feed, app);
    playing::draw(buf, areas.playing, app);
    statusbar::draw(buf, areas.bar, app);
    match app.overlay.take() {
        Some(Overlay::Help) => {
            help::draw(buf, area, app);
            app.overlay = Some(Overlay::Help);
        }
        Some(Overlay::History(events)) => {
            history::draw(buf, area, app, &events);
            app.overlay = Some(Overlay::History(events));
        }
        None => {}
    }
    if app.theme.symbols.ascii {
        only_ascii(buf);
    }
}

/// Letters that the terminal would garble become question marks.
fn only_ascii(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if !cell.symbol().is_ascii() {
            cell.set_symbol("?");
        }
    }
}

fn too_small(buf: &mut Buffer, area: Rect, app: &App) {
    let (width, height) = SMALLEST;
    let text = format!("EchoVibe needs {width}x{height}; this is {}x{}", area.width, area.height);
    let text = text::truncate(&text, usize::from(area.width), app.theme.symbols.more);
    if area.height > 0 {
        buf.set_stringn(area.x, area.y, text, usize::from(area.width), app.theme.warning);
    }
}

/// Shares the rows out. Where rows are short, the blank ones go first, then the answer's third.
fn areas(area: Rect, playing: bool) -> Areas {
    let margin = 1;
    let line = |y: u16, height: u16| Rect {
        x: area.x + margin,
        y,
        width: area.width - 2 * margin,
        height,
    };
    let answer = if area.height >= 14 { 3 } else { 2 };
    let blank = |from: u16| u16::from(area.height >= from);
    let (above, below, margins) = (blank(18), blank(22), blank(32));
    let playing = u16::from(playing);
    let taken = 1 + margins + above + answer + below + 1 + margins + playing + 1;
    let free = area.height.saturating_sub(taken);
    let picture = (free * SPECTROGRAM_SHARE / 100).max(1);
    let mut y = area.y;
    let mut next = |height: u16| {
        y += height;
        line(y - height, height)
    };
    Areas {
        header: next(1),
        spectrogram: {
            next(margins);
            next(picture)
        },
        answer: {
            next(above);
            next(answer)
        },
        feed: {
            next(below);
            next(1 + free - picture)
        },
        playing: {
            next(margins);
            next(playing)
        },
        bar: next(1),
    }
}

/// Row `index` of `area`, if there is one.
fn row(area: Rect, index: u16) -> Option<Rect> {
    (index < area.height).then(|| Rect { y: area.y + index, height: 1, ..area })
}

/// Lays the selection over a row. Where it is drawn reversed, colours and dimness go: they would
/// become patches that are hard to read.
fn select(buf: &mut Buffer, area: Rect, selection: Style) {
    if selection.add_modifier.contains(Modifier::REVERSED) {
        buf.set_style(area, Style::new().fg(Color::Reset).remove_modifier(Modifier::DIM));
    }
    buf.set_style(area, selection);
}

/// Writes `line` from the left.
fn put(buf: &mut Buffer, area: Rect, line: &Line<'_>) {
    buf.set_line(area.x, area.y, line, area.width);
}

/// Writes `line` up to the right edge, and gives what is left of the row, two columns apart.
fn put_right(buf: &mut Buffer, area: Rect, line: &Line<'_>) -> Rect {
    let width = u16::try_from(line.width()).unwrap_or(u16::MAX).min(area.width);
    buf.set_line(area.right() - width, area.y, line, width);
    Rect { width: area.width.saturating_sub(width + 2), ..area }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_lie_below_each_other_and_fill_every_size() {
        for height in SMALLEST.1..120 {
            for playing in [false, true] {
                let a = areas(Rect::new(0, 0, 80, height), playing);
                let parts = [a.header, a.spectrogram, a.answer, a.feed, a.playing, a.bar];
                assert!(parts.windows(2).all(|p| p[1].y - p[0].bottom() <= 1), "{height}: {a:?}");
                assert_eq!((a.header.y, a.header.height, a.bar.bottom()), (0, 1, height));
                assert!(a.spectrogram.height >= 1 && a.answer.height >= 2);
                assert!(a.feed.height >= 3, "a heading and two rows at {height}");
                assert_eq!(a.playing.height, u16::from(playing));
            }
        }
    }
}
