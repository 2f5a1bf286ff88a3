//! Kitty's graphics protocol with Unicode placeholders
//! (<https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders>): a cell shows the piece of a
//! picture that its mark names by row and column, of the picture whose number is the cell's foreground
//! colour. Cells that move take their piece along, so that a column of sound is sent once in its life.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ratatui::style::Color;

use super::through_tmux;

/// Stands for a piece of a picture.
const PLACEHOLDER: char = '\u{10EEEE}';
/// The marks of rows and columns 0, 1, 2, ...: the first of `rowcolumn-diacritics.txt`.
const MARKS: [char; 64] = [
    '\u{305}', '\u{30D}', '\u{30E}', '\u{310}', '\u{312}', '\u{33D}', '\u{33E}', '\u{33F}',
    '\u{346}', '\u{34A}', '\u{34B}', '\u{34C}', '\u{350}', '\u{351}', '\u{352}', '\u{357}',
    '\u{35B}', '\u{363}', '\u{364}', '\u{365}', '\u{366}', '\u{367}', '\u{368}', '\u{369}',
    '\u{36A}', '\u{36B}', '\u{36C}', '\u{36D}', '\u{36E}', '\u{36F}', '\u{483}', '\u{484}',
    '\u{485}', '\u{486}', '\u{487}', '\u{592}', '\u{593}', '\u{594}', '\u{595}', '\u{597}',
    '\u{598}', '\u{599}', '\u{59C}', '\u{59D}', '\u{59E}', '\u{59F}', '\u{5A0}', '\u{5A1}',
    '\u{5A8}', '\u{5A9}', '\u{5AB}', '\u{5AC}', '\u{5AF}', '\u{5C4}', '\u{610}', '\u{611}',
    '\u{612}', '\u{613}', '\u{614}', '\u{615}', '\u{616}', '\u{617}', '\u{657}', '\u{658}',
];
/// A picture has no more rows of cells than there are marks here.
pub const MOST_ROWS: u16 = MARKS.len() as u16;
/// The pictures' numbers begin here, so that they are not those of other programs, and are taken round.
const FIRST: u32 = 0x00ec_0000;
const NUMBERS: u64 = 1024;
/// Bytes of the text of a picture in one piece of it.
const PIECE: usize = 4096;
/// Pixels of a column's height at most: more is not seen, and costs.
const TALLEST: u16 = 512;

/// What the columns' pictures are made of. Where it changes they are sent anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Rows of cells.
    pub rows: u16,
    /// Width and height of a cell, pixels.
    pub cell: (u16, u16),
    /// The colours.
    pub palette: Vec<[u8; 3]>,
    /// Equal steps of the mel scale, not of pitch.
    pub mel: bool,
    /// Peaks are marked.
    pub peaks: bool,
}

impl Shape {
    /// Width and height of a column's picture, pixels: in the proportion of its cells, which the terminal
    /// keeps.
    #[must_use]
    pub fn pixels(&self) -> (usize, usize) {
        let (width, height) = (self.cell.0, self.cell.1.saturating_mul(self.rows));
        let parts = height.div_ceil(TALLEST).max(1);
        (usize::from((width / parts).max(1)), usize::from((height / parts).max(1)))
    }
}

/// Which columns the terminal has pictures of.
#[derive(Debug, Default)]
pub struct Strips {
    shape: Option<Shape>,
    sent: Range<u64>,
    symbols: Vec<String>,
}

impl Strips {
    /// Sends the columns of `wanted` that the terminal does not have yet. From `settled` on they may still
    /// change, and are sent again. `draw` gives a column's pixels from the top, as places in the palette.
    pub fn send(
        &mut self,
        shape: &Shape,
        wanted: Range<u64>,
        settled: u64,
        tmux: bool,
        draw: impl Fn(u64) -> Vec<u8>,
    ) -> Vec<u8> {
        if self.shape.as_ref() != Some(shape) {
            self.shape = Some(shape.clone());
            self.sent = 0..0;
            let symbol = |mark: &char| [PLACEHOLDER, *mark, MARKS[0]].iter().collect();
            self.symbols =
                MARKS[..usize::from(shape.rows.min(MOST_ROWS))].iter().map(symbol).collect();
        }
        if wanted.start > self.sent.end || wanted.end < self.sent.start {
            self.sent = wanted.start..wanted.start;
        }
        let mut out = Vec::new();
        for column in wanted.clone().filter(|column| !self.sent.contains(column)) {
            transmit(shape, column, &draw(column), tmux, &mut out);
        }
        let end = self.sent.end.max(wanted.end).min(settled.max(wanted.start));
        let start = self.sent.start.min(wanted.start).max(end.saturating_sub(NUMBERS));
        self.sent = start..end;
        out
    }

    /// What stands in a cell of row `row`; its foreground is [`Strips::colour`].
    #[must_use]
    pub fn symbol(&self, row: usize) -> &str {
        self.symbols.get(row).map_or(" ", String::as_str)
    }

    /// The colour that names a column's picture.
    #[must_use]
    pub fn colour(column: u64) -> Color {
        let [_, r, g, b] = number(column).to_be_bytes();
        Color::Rgb(r, g, b)
    }

    /// Has the terminal forget all the pictures.
    #[must_use]
    pub fn forget(&mut self, tmux: bool) -> Vec<u8> {
        let mut out = Vec::new();
        if self.shape.take().is_some() {
            let last = FIRST + NUMBERS as u32 - 1;
            sequence(
                format!("\x1b_Ga=d,d=R,x={FIRST},y={last},q=2\x1b\\").as_bytes(),
                tmux,
                &mut out,
            );
        }
        out
    }
}

fn number(column: u64) -> u32 {
    FIRST + (column % NUMBERS) as u32
}

/// The picture of a column, with a placement that cells can stand for.
fn transmit(shape: &Shape, column: u64, levels: &[u8], tmux: bool, out: &mut Vec<u8>) {
    let (width, height) = shape.pixels();
    let colour = |level: &u8| shape.palette.get(usize::from(*level)).copied().unwrap_or_default();
    let pixels: Vec<u8> = levels
        .iter()
        .take(height)
        .flat_map(|level| std::iter::repeat_n(colour(level), width).flatten())
        .collect();
    let text = STANDARD.encode(miniz_oxide::deflate::compress_to_vec_zlib(&pixels, 6));
    let (id, rows) = (number(column), shape.rows);
    let mut pieces = text.as_bytes().chunks(PIECE).peekable();
    let mut head = format!("a=T,U=1,q=2,f=24,o=z,s={width},v={height},i={id},c=1,r={rows},");
    while let Some(piece) = pieces.next() {
        let more = u8::from(pieces.peek().is_some());
        let mut one = format!("\x1b_G{head}m={more};").into_bytes();
        one.extend_from_slice(piece);
        one.extend_from_slice(b"\x1b\\");
        sequence(&one, tmux, out);
        head.clear();
    }
}

fn sequence(bytes: &[u8], tmux: bool, out: &mut Vec<u8>) {
    if tmux { through_tmux(bytes, out) } else { out.extend_from_slice(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Shape {
        let palette = (0..64).map(|i| [i, 2 * i, 255 - i]).collect();
        Shape { rows: 9, cell: (8, 16), palette, mel: false, peaks: false }
    }

    fn draw(column: u64) -> Vec<u8> {
        (0..144).map(|y| ((y / 9 + column) % 64) as u8).collect()
    }

    /// Numbers of the pictures in what was sent.
    fn sent(bytes: &[u8]) -> Vec<u32> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let numbers = text.split(",i=").skip(1).map(|rest| rest.split(',').next().unwrap());
        numbers.map(|number| number.parse().unwrap()).collect()
    }

    #[test]
    fn each_column_is_sent_once_and_anew_where_the_shape_changes() {
        let mut strips = Strips::default();
        let mut send = |shape: &Shape, wanted: Range<u64>| {
            let settled = wanted.end;
            sent(&strips.send(shape, wanted, settled, false, draw)).len()
        };
        assert_eq!(send(&shape(), 100..176), 76);
        assert_eq!(send(&shape(), 100..176), 0);
        assert_eq!(send(&shape(), 103..179), 3);
        assert_eq!(send(&shape(), 90..166), 10, "a wider look back");
        assert_eq!(send(&shape(), 5000..5076), 76, "far away");
        let other = Shape { rows: 10, ..shape() };
        assert_eq!(send(&other, 5000..5076), 76);
    }

    #[test]
    fn what_may_still_change_is_sent_again() {
        let mut strips = Strips::default();
        strips.send(&shape(), 0..10, 8, false, draw);
        assert_eq!(
            sent(&strips.send(&shape(), 1..11, 9, false, draw)),
            [8, 9, 10].map(|c| FIRST + c)
        );
        let again = sent(&strips.send(&shape(), 1000..1076, 1076, false, draw));
        assert_eq!(again[24], FIRST, "numbers go round");
    }

    #[test]
    fn a_picture_can_be_read_back() {
        let mut out = Vec::new();
        transmit(&shape(), 7, &draw(7), false, &mut out);
        let text = String::from_utf8(out).unwrap();
        let (head, data) = text.strip_prefix("\x1b_G").unwrap().split_once(';').unwrap();
        assert!(head.contains("s=8,v=144") && head.contains("c=1,r=9") && head.ends_with("m=0"));
        let data = STANDARD.decode(data.strip_suffix("\x1b\\").unwrap()).unwrap();
        let pixels = miniz_oxide::inflate::decompress_to_vec_zlib(&data).unwrap();
        assert_eq!(pixels.len(), 8 * 144 * 3);
        assert_eq!(pixels[..3], [7, 14, 248]);
        assert!(text.len() < 700, "{} bytes", text.len());
    }

    #[test]
    fn a_tall_picture_keeps_the_proportion_of_its_cells() {
        let tall = Shape { rows: 60, cell: (20, 40), ..shape() };
        let (width, height) = tall.pixels();
        assert!(height <= usize::from(TALLEST) && (width, height) == (4, 480), "{width}x{height}");
        assert_eq!(Strips::colour(1), Color::Rgb(0xec, 0, 1));
    }
}
