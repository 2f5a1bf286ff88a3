//! Draws the state. Nothing here changes it, but for the places of what scrolls and where the mouse can
//! click.

mod answer;
mod feed;
mod gauge;
mod header;
mod help;
mod history;
mod input;
mod library;
mod listen;
mod map;
mod now;
mod offers;
mod overlay;
mod paint;
mod palette;
mod pixels;
mod plane;
mod playing;
mod spectrogram;
mod statusbar;
mod taste;
mod track;
mod wave;
mod weeks;
mod welcome;

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, Hits, Overlay};
use super::hearing::Answer;
use super::images::Image;
use super::page::Page;
use super::text;

/// Smaller than this nothing can be read.
const SMALLEST: (u16, u16) = (60, 15);
/// From so many rows on there is space around the parts.
const AIRY_FROM: u16 = 20;

/// The part of the screen in which the spectrogram moves, and how far it had moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moving {
    /// The picture alone; it reaches the last column but one.
    pub area: Rect,
    /// Columns heard when it was drawn: one more moves it by a cell.
    pub columns: u64,
}

/// What there is beside the cells of a frame.
#[derive(Debug, Default)]
pub struct Frame {
    /// Where the spectrogram moves.
    pub moving: Option<Moving>,
    /// A picture of it.
    pub image: Option<Image>,
}

/// Draws everything.
pub fn draw(buf: &mut Buffer, app: &mut App, now: Instant) -> Frame {
    let moving = all(buf, app, now);
    let image = app.image.take();
    // What is not shown now is to be drawn whole when it comes back.
    app.redraw |= image.as_ref().is_none_or(|image| image.over.is_none());
    Frame { moving, image }
}

fn all(buf: &mut Buffer, app: &mut App, now: Instant) -> Option<Moving> {
    let area = buf.area;
    buf.set_style(area, app.theme.text);
    app.hits = Hits::default();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(buf, area, app, now);
        return None;
    }
    let airy = area.height >= AIRY_FROM;
    let inner = Rect { x: area.x + 1, width: area.width - 2, ..area };
    let line = |y: u16| Rect { y, height: 1, ..inner };
    let playing = u16::from(app.playing.is_some());
    let top = 1 + u16::from(airy && app.page != Page::Listen);
    let bottom = 1 + playing + u16::from(airy && area.height >= 32);
    header::draw(buf, line(area.y), app, now);
    let body = Rect { y: area.y + top, height: area.height - top - bottom, ..inner };
    let mut moving = match app.page {
        Page::Listen => listen::draw(buf, body, app, now),
        Page::Feed => offers::draw(buf, body, app),
        Page::Now => now::draw(buf, body, app, now),
        Page::Library => library::draw(buf, body, app),
        Page::History => history::draw(buf, body, app),
        Page::Taste => taste::draw(buf, body, app),
        Page::Map => map::draw(buf, body, app),
    };
    if playing > 0 {
        playing::draw(buf, line(area.bottom() - 2), app);
    }
    statusbar::draw(buf, line(area.bottom() - 1), app, now);
    if let (None, Some(welcome)) = (&app.overlay, &app.welcome) {
        moving = None;
        welcome::draw(buf, area, app, welcome, now);
    }
    if let Some(overlay) = app.overlay.take() {
        moving = None;
        app.overlay = Some(match overlay {
            Overlay::Help(mut help) => {
                help::draw(buf, area, app, &mut help);
                Overlay::Help(help)
            }
            Overlay::Palette(mut palette) => {
                palette::draw(buf, area, app, &mut palette);
                Overlay::Palette(palette)
            }
        });
    }
    if app.theme.symbols.ascii {
        only_ascii(buf);
    }
    moving
}

/// Letters that the terminal would garble become question marks.
fn only_ascii(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if !cell.symbol().is_ascii() {
            cell.set_symbol("?");
        }
    }
}

/// One line: what is heard, and how large the screen must be.
fn too_small(buf: &mut Buffer, area: Rect, app: &App, now: Instant) {
    let Some(area) = paint::row(area, area.height / 2) else { return };
    let heard = match app.hearing.answer(now) {
        Answer::Named(heard) => heard.label(),
        _ => String::new(),
    };
    let needs = format!("EchoVibe needs {}x{}", SMALLEST.0, SMALLEST.1);
    let columns = usize::from(area.width);
    let room = columns.saturating_sub(text::width(&needs) + 2);
    let heard = text::truncate(&heard, room, app.theme.symbols.more);
    let gap = if heard.is_empty() { "" } else { "  " };
    let line = text::truncate(&format!("{heard}{gap}{needs}"), columns, app.theme.symbols.more);
    let indent = area.width.saturating_sub(text::width(&line) as u16) / 2;
    buf.set_string(area.x + indent, area.y, &line, app.theme.warning);
    if app.theme.symbols.ascii {
        only_ascii(buf);
    }
}
