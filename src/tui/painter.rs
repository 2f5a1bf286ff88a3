//! Brings a frame to the terminal in as few bytes as it takes: what did not change is left alone, and the
//! spectrogram is moved by the terminal itself.
//!
//! Each row of the spectrogram moves left as its first cells are deleted (DCH, ECMA-48 8.3.26), and only
//! its newest columns are written. At 80x24 with 24-bit colours that is about a thirtieth of writing the
//! picture anew.

use std::io::{self, Write};

use crossterm::cursor::MoveTo;
use crossterm::queue;
use crossterm::style::{Print, ResetColor};
use crossterm::terminal::{Clear, ClearType};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use super::view::{Frame, Moving};

/// Brings frames to the terminal.
pub struct Painter<W: Write> {
    out: W,
    shown: Buffer,
    next: Buffer,
    moving: Option<Moving>,
    /// Where a picture lies over the cells.
    over: Option<Rect>,
}

impl<W: Write> Painter<W> {
    /// Nothing drawn yet.
    pub fn new(out: W) -> Self {
        let empty = Buffer::empty(Rect::ZERO);
        Self { out, shown: empty.clone(), next: empty, moving: None, over: None }
    }

    /// Where the bytes go.
    pub fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// Draws one frame of that size.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn draw(
        &mut self,
        width: u16,
        height: u16,
        render: impl FnOnce(&mut Buffer) -> Frame,
    ) -> io::Result<()> {
        let area = Rect::new(0, 0, width, height);
        if self.shown.area != area {
            self.shown = Buffer::empty(area);
            self.next = Buffer::empty(area);
            (self.moving, self.over) = (None, None);
            queue!(self.out, ResetColor, Clear(ClearType::All))?;
        }
        self.next.reset();
        let Frame { moving, image } = render(&mut self.next);
        let over = image.as_ref().and_then(|image| image.over);
        if over != self.over {
            self.uncover();
            self.over = over;
        }
        if let (Some(before), Some(now)) = (self.moving, moving)
            && before.area == now.area
        {
            self.shift(now.area, now.columns.saturating_sub(before.columns))?;
        }
        self.moving = moving;
        // Cells that stand for a picture need it to be there; one that lies over cells comes after them.
        if let Some(image) = image.as_ref().filter(|image| image.over.is_none()) {
            self.out.write_all(&image.bytes)?;
        }
        CrosstermBackend::new(&mut self.out).draw(self.shown.diff(&self.next).into_iter())?;
        if let (Some(over), Some(image)) = (over, image)
            && !image.bytes.is_empty()
        {
            queue!(self.out, ResetColor, MoveTo(over.x, over.y))?;
            self.out.write_all(&image.bytes)?;
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }

    /// What was under a picture is to be written again, which takes the picture away.
    fn uncover(&mut self) {
        let Some(area) = self.over.take() else { return };
        for position in area.intersection(self.shown.area).positions() {
            // No cell is ever drawn like this.
            self.shown[position].set_symbol("\u{0}");
        }
    }

    /// Has the terminal move the rows of `area` left by `columns`.
    fn shift(&mut self, area: Rect, columns: u64) -> io::Result<()> {
        if columns == 0 || columns > u64::from(area.width) / 2 {
            return Ok(());
        }
        let columns = columns as u16;
        queue!(self.out, ResetColor)?;
        for y in area.top()..area.bottom() {
            queue!(self.out, MoveTo(area.x, y), Print(format_args!("\x1b[{columns}P")))?;
            let right = self.shown.area.right();
            let (from, to) =
                (self.shown.index_of(area.x, y), self.shown.index_of(right - 1, y) + 1);
            let row = &mut self.shown.content[from..to];
            row.rotate_left(usize::from(columns));
            let kept = row.len() - usize::from(columns);
            row[kept..].fill(Cell::default());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style};

    use super::super::images::Image;
    use super::*;

    /// A picture of `columns` columns so far under a line of text, as the view draws it.
    fn picture(buf: &mut Buffer, area: Rect, columns: u64) {
        buf.set_style(buf.area, Style::new().fg(Color::Rgb(200, 200, 200)));
        buf.set_string(1, 0, format!("heard {columns} 東京"), Style::new());
        for y in area.top()..area.bottom() {
            buf.set_string(0, y, "1k", Style::new());
            for x in area.left()..buf.area.right() {
                buf[(x, y)].reset();
                let column = columns + u64::from(x);
                if x < area.right() {
                    let colour = Color::Indexed(16 + ((column * 7 + u64::from(y)) % 200) as u8);
                    buf[(x, y)].set_symbol("▀").set_fg(colour).set_bg(Color::Indexed(20));
                }
            }
        }
    }

    fn screen(parser: &vt100::Parser) -> Vec<(String, vt100::Color, vt100::Color)> {
        let (rows, columns) = parser.screen().size();
        let cells = (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x)));
        cells
            .filter_map(|(y, x)| parser.screen().cell(y, x))
            .map(|c| (c.contents().trim_end().to_owned(), c.fgcolor(), c.bgcolor()))
            .collect()
    }

    #[test]
    fn a_moved_picture_is_the_same_as_one_drawn_anew_in_far_fewer_bytes() {
        let (width, height) = (60, 12);
        let area = Rect::new(4, 2, 55, 6);
        let mut painter = Painter::new(Vec::new());
        let mut terminal = vt100::Parser::new(height, width, 0);
        let mut written = Vec::new();
        for columns in [100, 101, 104, 105, 125, 125, 126, 200, 201] {
            let before = painter.out().len();
            painter
                .draw(width, height, |buf| {
                    picture(buf, area, columns);
                    Frame { moving: Some(Moving { area, columns }), image: None }
                })
                .unwrap();
            let bytes = painter.out()[before..].to_vec();
            terminal.process(&bytes);
            written.push(bytes.len());
            let mut anew = Painter::new(Vec::new());
            anew.draw(width, height, |buf| {
                picture(buf, area, columns);
                Frame::default()
            })
            .unwrap();
            let mut fresh = vt100::Parser::new(height, width, 0);
            fresh.process(anew.out());
            assert_eq!(screen(&terminal), screen(&fresh), "after {columns} columns");
        }
        let (whole, one) = (written[0], written[1]);
        assert!(one * 10 < whole, "one column took {one} of {whole} bytes");
        assert!(written[5] < 100, "nothing changed, yet {} bytes", written[5]);
    }

    #[test]
    fn another_size_is_drawn_anew() {
        let mut painter = Painter::new(Vec::new());
        let mut terminal = vt100::Parser::new(8, 30, 0);
        for width in [20, 30, 25] {
            let before = painter.out().len();
            painter
                .draw(width, 8, |buf| {
                    buf.set_string(0, 3, format!("{width} wide"), Style::new());
                    Frame::default()
                })
                .unwrap();
            terminal.process(&painter.out()[before..]);
            let text = terminal.screen().contents();
            assert_eq!(text.trim(), format!("{width} wide"));
        }
    }

    #[test]
    fn a_picture_over_cells_comes_after_them_and_gives_them_back() {
        let area = Rect::new(2, 1, 10, 3);
        let mut painter = Painter::new(Vec::new());
        let mut frame = |bytes: Option<&[u8]>| {
            let before = painter.out().len();
            let image = bytes.map(|bytes| Image { over: Some(area), bytes: bytes.to_vec() });
            painter
                .draw(20, 6, |buf| {
                    buf.set_string(0, 0, "a line", Style::new());
                    Frame { moving: None, image }
                })
                .unwrap();
            String::from_utf8(painter.out()[before..].to_vec()).unwrap()
        };
        let first = frame(Some(b"<picture>"));
        assert!(first.find("a line") < first.find("\x1b[2;3H<picture>"), "{first:?}");
        assert!(!frame(Some(b"")).contains(' '), "it stays as it is");
        assert!(frame(Some(b"<another>")).contains("<another>"));
        let gone = frame(None);
        assert!(gone.matches(' ').count() >= 30 && !gone.contains("picture"), "{gone:?}");
        assert!(!frame(None).contains(' '));
    }
}
