//! The spectrogram in pixels, where the terminal takes pictures.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::Moving;
use super::spectrogram::{clear_beside, rows, see_to};
use crate::picture::Rows;
use crate::tui::app::App;
use crate::tui::images::{self, Image, MOST_ROWS, Picture, Protocol, Shape, Strips};
use crate::tui::spectrogram::Spectrogram;
use crate::tui::theme::Spectrum;

/// A cell where the terminal does not tell how large one is.
const CELL: (u16, u16) = (10, 20);
/// Columns that come from one whole picture to the next: some ten pictures a second.
const WHOLE_EVERY: u64 = 3;
/// Pixels of a picture that the terminal stretches: as many as there are bands.
const STRETCHED: usize = crate::dsp::MEL_BANDS;
/// The colour of peaks.
const PEAK: [u8; 3] = [255, 255, 255];

/// Draws the picture and tells where it moves; nothing where it is to be drawn in cells.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App) -> Option<Option<Moving>> {
    let protocol = app.terminal.pictures(&app.screen)?;
    let palette = palette(&app.theme.spectrum)?;
    // What lies over cells would hide what else lies over them.
    let covered = app.overlay.is_some() || app.welcome.is_some();
    match protocol {
        Protocol::Kitty if area.height <= MOST_ROWS => Some(Some(strips(buf, area, app, palette))),
        Protocol::Sixel | Protocol::Iterm if !covered => {
            over(buf, area, app, palette, protocol);
            Some(None)
        }
        _ => None,
    }
}

/// The colours of the levels, and after them that of peaks.
fn palette(spectrum: &Spectrum) -> Option<Vec<[u8; 3]>> {
    let Spectrum::HalfBlocks { palette, .. } = spectrum else { return None };
    let rgb = |colour: &Color| match colour {
        Color::Rgb(r, g, b) => Some([*r, *g, *b]),
        _ => None,
    };
    palette.iter().map(rgb).chain([Some(PEAK)]).collect()
}

/// Each column a picture of its own, which its cells stand for.
fn strips(buf: &mut Buffer, area: Rect, app: &mut App, palette: Vec<[u8; 3]>) -> Moving {
    let drawn = see_to(app, u64::from(area.width) / 2);
    let shape = Shape {
        rows: area.height,
        cell: app.cell.unwrap_or(CELL),
        palette,
        mel: app.screen.spectrogram_scale == "mel",
        peaks: app.peaks,
    };
    let heard = &app.spectrogram;
    let oldest = heard.heard() - heard.len() as u64;
    let from = drawn.saturating_sub(u64::from(area.width)).max(oldest);
    let (_, height) = shape.pixels();
    let rows = rows(app, height);
    let unsettled = if app.peaks { Spectrogram::UNSETTLED as u64 } else { 0 };
    let settled = heard.heard().saturating_sub(unsettled);
    let colours = shape.palette.len();
    let column = |number: u64| {
        let back = (heard.heard() - 1 - number) as usize;
        pixels(heard, back, &rows, colours, app.peaks)
    };
    let tmux = app.terminal.images.tmux;
    let bytes = app.strips.send(&shape, from..drawn, settled, tmux, column);
    for x in 0..area.width {
        let Some(number) = (drawn + u64::from(x)).checked_sub(u64::from(area.width)) else {
            continue;
        };
        for y in 0..area.height {
            let cell = &mut buf[(area.x + x, area.y + y)];
            cell.reset();
            if number >= from {
                cell.set_symbol(app.strips.symbol(usize::from(y))).set_fg(Strips::colour(number));
            }
        }
    }
    clear_beside(buf, area);
    app.image = Some(Image { over: None, bytes });
    Moving { area, columns: drawn }
}

/// One picture over all the cells.
fn over(buf: &mut Buffer, area: Rect, app: &mut App, palette: Vec<[u8; 3]>, protocol: Protocol) {
    for position in area.positions() {
        buf[position].reset();
    }
    let heard = app.spectrogram.heard();
    let due = heard.saturating_sub(app.drawn_columns) >= WHOLE_EVERY || app.redraw;
    if !due {
        app.image = Some(Image { over: Some(area), bytes: Vec::new() });
        return;
    }
    (app.drawn_columns, app.redraw) = (heard, false);
    let cell = app.cell.unwrap_or(CELL);
    let height = match protocol {
        Protocol::Sixel => usize::from(area.height) * usize::from(cell.1),
        _ => STRETCHED,
    };
    let rows = rows(app, height);
    let width = usize::from(area.width);
    let mut picture = Picture { width, height, palette: &palette, pixels: vec![0; width * height] };
    for x in 0..width {
        let levels = pixels(&app.spectrogram, width - 1 - x, &rows, palette.len(), app.peaks);
        for (y, level) in levels.into_iter().enumerate() {
            picture.pixels[y * width + x] = level;
        }
    }
    let bytes = match protocol {
        Protocol::Sixel => images::sixel(&picture, usize::from(cell.0)),
        _ => images::iterm(&picture, area.width, area.height),
    };
    app.image = Some(Image { over: Some(area), bytes });
}

/// A column from the top, as places in the palette.
fn pixels(heard: &Spectrogram, back: usize, rows: &Rows, colours: usize, peaks: bool) -> Vec<u8> {
    let Some(column) = heard.newest(back) else { return vec![0; rows.len()] };
    // The last colour is that of peaks.
    let levels = colours - 1;
    let level = |row: usize| (usize::from(rows.level(column, row)) * levels / 256) as u8;
    let mut pixels: Vec<u8> = (0..rows.len()).map(level).collect();
    if peaks {
        for row in heard.peaks(back).filter_map(|band| rows.row_of_band(band)) {
            // A pixel alone would not be seen.
            let reach = rows.len() / 72;
            let end = (row + reach + 1).min(pixels.len());
            pixels[row.saturating_sub(reach)..end].fill(levels as u8);
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use crate::tui::images::{Images, Protocol};
    use crate::tui::tests::Screen;
    use crate::tui::view;

    /// What a frame sends beside its cells, and the sign in the cell at the right end of the picture.
    fn frame(screen: &mut Screen) -> (Option<String>, String) {
        let mut buf = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, 80, 24));
        let drawn = view::draw(&mut buf, &mut screen.app, screen.now);
        let sent = drawn.image.map(|image| String::from_utf8_lossy(&image.bytes).into_owned());
        (sent, buf[(78, 5)].symbol().to_owned())
    }

    fn screen(protocol: Protocol) -> Screen {
        let mut screen = Screen::new(80, 24);
        screen.app.terminal.images = Images { protocol: Some(protocol), ..Images::default() };
        screen.app.cell = Some((8, 16));
        screen.sound();
        screen
    }

    #[test]
    fn kittys_columns_are_sent_as_they_come() {
        let mut screen = screen(Protocol::Kitty);
        let (sent, sign) = frame(&mut screen);
        assert_eq!(sent.unwrap().matches("a=T,U=1").count(), 74);
        assert!(sign.starts_with('\u{10eeee}'));
        assert_eq!(frame(&mut screen).0.unwrap(), "");
        screen.sound();
        assert_eq!(frame(&mut screen).0.unwrap().matches("a=T").count(), 74, "all have gone by");
        // Peaks are known two columns later.
        screen.press(KeyCode::Char('p'));
        assert_eq!(frame(&mut screen).0.unwrap().matches("a=T").count(), 74);
        assert_eq!(frame(&mut screen).0.unwrap().matches("a=T").count(), 2);
        screen.press(KeyCode::Char('f'));
        let (sent, sign) = frame(&mut screen);
        assert!(sent.is_none() && !sign.starts_with('\u{10eeee}'), "held: drawn in cells");
    }

    #[test]
    fn whole_pictures_are_sent_ten_times_a_second_and_give_way_to_overlays() {
        for (protocol, begins) in
            [(Protocol::Sixel, "\x1bP0;1;0q"), (Protocol::Iterm, "\x1b]1337;")]
        {
            let mut screen = screen(protocol);
            let (sent, sign) = frame(&mut screen);
            assert!(sent.unwrap().starts_with(begins) && sign == " ");
            assert_eq!(frame(&mut screen).0.unwrap(), "", "it stays");
            screen.sound();
            assert!(frame(&mut screen).0.unwrap().starts_with(begins));
            screen.press(KeyCode::Char('?'));
            assert_eq!(frame(&mut screen).0, None);
            screen.press(KeyCode::Esc);
            assert!(frame(&mut screen).0.unwrap().starts_with(begins), "it is drawn again");
            screen.app.screen.bytes_per_second = 40_000;
            assert_eq!(frame(&mut screen).0, None, "too much for a line whose bytes are counted");
        }
    }
}
