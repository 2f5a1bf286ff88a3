//! DEC's sixels (VT330/VT340 Programmer Reference Manual, volume 2, chapter 14): six rows of pixels at a
//! time, a colour at a time, repeated pixels counted.

use std::fmt::Write;

use super::Picture;

/// A picture as sixels, each of its columns `across` pixels wide.
#[must_use]
pub fn whole(picture: &Picture<'_>, across: usize) -> Vec<u8> {
    let mut out = String::new();
    // Pixels are square, and all of them are drawn.
    let _ = write!(out, "\x1bP0;1;0q\"1;1;{};{}", picture.width * across, picture.height);
    for (i, rgb) in picture.palette.iter().enumerate() {
        let [r, g, b] = rgb.map(|value| (u32::from(value) * 100 + 127) / 255);
        let _ = write!(out, "#{i};2;{r};{g};{b}");
    }
    let rows: Vec<&[u8]> = picture.pixels.chunks_exact(picture.width.max(1)).collect();
    for band in rows.chunks(6) {
        let mut used = [false; 256];
        band.iter().copied().flatten().for_each(|level| used[usize::from(*level)] = true);
        for colour in (0..=255u8).filter(|colour| used[usize::from(*colour)]) {
            let _ = write!(out, "#{colour}");
            let sixel = |x: usize| {
                let bits = band.iter().enumerate().filter(|(_, row)| row[x] == colour);
                char::from(63 + bits.map(|(y, _)| 1u8 << y).sum::<u8>())
            };
            let (mut x, mut run) = (0, 0);
            while x < picture.width {
                run += across;
                let now = sixel(x);
                x += 1;
                if x == picture.width || sixel(x) != now {
                    repeated(&mut out, now, run);
                    run = 0;
                }
            }
            out.push('$');
        }
        out.push('-');
    }
    out.push_str("\x1b\\");
    out.into_bytes()
}

fn repeated(out: &mut String, sixel: char, times: usize) {
    if times > 3 {
        let _ = write!(out, "!{times}{sixel}");
    } else {
        out.extend(std::iter::repeat_n(sixel, times));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads sixels back: places in the palette, row by row.
    fn read(bytes: &[u8], width: usize, height: usize) -> Vec<u8> {
        let text = std::str::from_utf8(bytes).unwrap();
        let body = text.split_once(&format!(";{width};{height}")).unwrap().1;
        let mut pixels = vec![255; width * height];
        let (mut x, mut band, mut colour) = (0, 0, 0u8);
        let mut rest = body.trim_end_matches("\x1b\\");
        let number = |rest: &mut &str| -> usize {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (digits, after) = rest.split_at(end);
            *rest = after;
            digits.parse().unwrap()
        };
        while let Some(first) = rest.chars().next() {
            rest = &rest[1..];
            let mut times = 1;
            let mut sign = first;
            match first {
                '#' => {
                    colour = number(&mut rest) as u8;
                    while rest.starts_with(';') {
                        rest = &rest[1..];
                        number(&mut rest);
                    }
                    continue;
                }
                '$' => {
                    x = 0;
                    continue;
                }
                '-' => {
                    (x, band) = (0, band + 1);
                    continue;
                }
                '!' => {
                    times = number(&mut rest);
                    sign = rest.chars().next().unwrap();
                    rest = &rest[1..];
                }
                _ => {}
            }
            let bits = sign as u8 - 63;
            for _ in 0..times {
                for y in (0..6).filter(|y| bits & (1 << y) != 0) {
                    pixels[(band * 6 + y) * width + x] = colour;
                }
                x += 1;
            }
        }
        pixels
    }

    #[test]
    fn sixels_can_be_read_back() {
        let palette: Vec<[u8; 3]> = (0..20).map(|i| [i * 12, 0, 255 - i * 12]).collect();
        let mut random = fastrand::Rng::with_seed(4);
        let (width, height) = (17, 20);
        let pixels: Vec<u8> = (0..width * height).map(|_| random.u8(0..20)).collect();
        let picture = Picture { width, height, palette: &palette, pixels: pixels.clone() };
        assert_eq!(read(&whole(&picture, 1), width, height), pixels);
        let wide: Vec<u8> = pixels.iter().flat_map(|p| [*p; 8]).collect();
        assert_eq!(read(&whole(&picture, 8), width * 8, height), wide);
    }
}
