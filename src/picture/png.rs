//! Pictures as PNG files.

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};
use thiserror::Error;

use super::raster::Raster;
use super::scene::{Rgb, Scene};

/// A picture cannot be written as PNG.
#[derive(Debug, Error)]
#[error("the picture cannot be written as PNG: {0}")]
pub struct PngError(#[from] EncodingError);

/// A scene as a file.
///
/// # Errors
/// A side of it is nothing, or too long.
pub fn png(scene: &Scene) -> Result<Vec<u8>, PngError> {
    let raster = Raster::of(scene);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, scene.width, scene.height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.write_header()?.write_image_data(raster.pixels.as_flattened())?;
    Ok(file)
}

/// Pixels that are places in a palette, row by row, as a file: made quickly.
///
/// # Errors
/// A side of it is nothing, or the pixels are not as many as it says.
pub fn png_of_palette(
    [width, height]: [u32; 2],
    palette: &[Rgb],
    pixels: &[u8],
) -> Result<Vec<u8>, PngError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    encoder.set_palette(palette.as_flattened());
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(file)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Width, height and pixels of a file, colours looked up.
    pub fn read(file: &[u8]) -> (u32, u32, Vec<Rgb>) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        (info.width, info.height, bytes.as_chunks::<3>().0.to_vec())
    }

    #[test]
    fn pixels_are_read_back() {
        let palette = [[0, 0, 0], [255, 0, 0], [0, 255, 0]];
        let file = png_of_palette([3, 2], &palette, &[0, 1, 2, 2, 1, 0]).unwrap();
        let (width, height, pixels) = read(&file);
        assert_eq!((width, height), (3, 2));
        assert_eq!(pixels, [0, 1, 2, 2, 1, 0].map(|i: usize| palette[i]));
        let scene = Scene { width: 5, height: 4, background: [7, 8, 9], shapes: Vec::new() };
        assert_eq!(read(&png(&scene).unwrap()), (5, 4, vec![[7, 8, 9]; 20]));
        assert!(png(&Scene { width: 0, ..scene }).is_err());
        assert!(png_of_palette([3, 2], &palette, &[0]).is_err());
    }
}
