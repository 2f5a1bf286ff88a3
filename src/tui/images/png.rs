//! A picture with a palette as PNG (ISO/IEC 15948).

use super::Picture;

/// The file.
pub fn png(picture: &Picture<'_>) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::with_capacity(13);
    for side in [picture.width, picture.height] {
        header.extend((side as u32).to_be_bytes());
    }
    // Eight bits, places in a palette, the only compression, the only filter, not interlaced.
    header.extend([8, 3, 0, 0, 0]);
    chunk(&mut out, b"IHDR", &header);
    chunk(&mut out, b"PLTE", picture.palette.as_flattened());
    let rows = picture.pixels.chunks_exact(picture.width.max(1));
    let plain: Vec<u8> =
        rows.flat_map(|row| std::iter::once(0).chain(row.iter().copied())).collect();
    chunk(&mut out, b"IDAT", &miniz_oxide::deflate::compress_to_vec_zlib(&plain, 6));
    chunk(&mut out, b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let from = out.len();
    out.extend(name);
    out.extend(data);
    let checksum = crc32fast::hash(&out[from..]);
    out.extend(checksum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_its_chunks_and_its_pixels() {
        let palette = [[0, 0, 0], [255, 0, 0], [0, 255, 0]];
        let picture =
            Picture { width: 3, height: 2, palette: &palette, pixels: vec![0, 1, 2, 2, 1, 0] };
        let file = png(&picture);
        let mut rest = &file[8..];
        let mut names = Vec::new();
        while !rest.is_empty() {
            let len = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
            let (name, data) = (&rest[4..8], &rest[8..8 + len]);
            let checksum = u32::from_be_bytes(rest[8 + len..12 + len].try_into().unwrap());
            assert_eq!(crc32fast::hash(&rest[4..8 + len]), checksum);
            if name == b"IDAT" {
                let plain = miniz_oxide::inflate::decompress_to_vec_zlib(data).unwrap();
                assert_eq!(plain, [0, 0, 1, 2, 0, 2, 1, 0]);
            }
            names.push(String::from_utf8(name.to_vec()).unwrap());
            rest = &rest[12 + len..];
        }
        assert_eq!(names, ["IHDR", "PLTE", "IDAT", "IEND"]);
    }
}
