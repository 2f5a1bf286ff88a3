//! iTerm2's inline images (<https://iterm2.com/documentation-images.html>): a PNG file that the terminal
//! stretches over the cells it is to cover.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Picture;
use crate::picture::png_of_palette;

/// A picture over `columns` by `rows` cells.
#[must_use]
pub fn whole(picture: &Picture<'_>, columns: u16, rows: u16) -> Vec<u8> {
    let size = [picture.width as u32, picture.height as u32];
    // A picture that cannot be written is left out of this frame.
    let Ok(file) = png_of_palette(size, picture.palette, &picture.pixels) else {
        return Vec::new();
    };
    let mut out = format!(
        "\x1b]1337;File=inline=1;size={};width={columns};height={rows};preserveAspectRatio=0;doNotMoveCursor=1:",
        file.len()
    )
    .into_bytes();
    out.extend(STANDARD.encode(file).as_bytes());
    out.push(0x07);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_whole_in_it() {
        let palette = [[1, 2, 3]];
        let picture = Picture { width: 2, height: 2, palette: &palette, pixels: vec![0; 4] };
        let out = whole(&picture, 76, 9);
        let text = std::str::from_utf8(&out[..out.len() - 1]).unwrap();
        let (head, data) = text.split_once(':').unwrap();
        assert!(head.contains("width=76;height=9") && out.ends_with(b"\x07"));
        assert_eq!(
            STANDARD.decode(data).unwrap(),
            png_of_palette([2, 2], &palette, &[0; 4]).unwrap()
        );
    }
}
