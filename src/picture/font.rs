//! Letters as pixels: Noto Sans Mono, drawn beforehand.

use noto_sans_mono_bitmap::{
    FontWeight, RasterHeight, RasterizedChar, get_raster, get_raster_width,
};

use super::scene::Size;

/// Stands for a letter that the font lacks.
const MISSING: char = '?';

fn kind(size: Size) -> (FontWeight, RasterHeight) {
    match size {
        Size::Small => (FontWeight::Regular, RasterHeight::Size16),
        Size::Large => (FontWeight::Bold, RasterHeight::Size24),
    }
}

/// A letter's pixels.
pub fn letter(letter: char, size: Size) -> Option<RasterizedChar> {
    let (weight, height) = kind(size);
    get_raster(letter, weight, height).or_else(|| get_raster(MISSING, weight, height))
}

/// Pixels from one letter to the next.
pub fn advance(size: Size) -> f32 {
    let (weight, height) = kind(size);
    get_raster_width(weight, height) as f32
}

/// Has the font all letters of a text?
pub fn has(text: &str) -> bool {
    let (weight, height) = kind(Size::Small);
    text.chars().all(|letter| get_raster(letter, weight, height).is_some())
}

/// Pixels of a text from left to right.
pub fn width(text: &str, size: Size) -> f32 {
    text.chars().count() as f32 * advance(size)
}
