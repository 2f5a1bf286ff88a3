//! Colours as a terminal can show them: down from 24 bits to 256, to 16, to none.

use ratatui::style::Color;

use crate::picture::Colormap;

/// How many colours a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourDepth {
    /// None: bold, dim and reversed only.
    None,
    /// The 16 named colours, whose look the user chooses.
    Sixteen,
    /// The 16, a cube of 216 and 24 greys.
    TwoFiftySix,
    /// 24 bits.
    True,
}

/// Steps of the spectrogram's palette. Few enough that neighbours share their colour, which saves bandwidth,
/// and more than the eye tells apart in a moving picture.
pub const STEPS: usize = 64;
/// The same over SSH, where bandwidth counts for more.
pub const REMOTE_STEPS: usize = 20;

/// The channel values of the 6x6x6 cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// xterm's own look of the 16 colours.
const SIXTEEN: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// `colour` as a terminal of this depth shows it best.
#[must_use]
pub fn fit(colour: Color, depth: ColourDepth) -> Color {
    match (depth, colour) {
        (ColourDepth::None, _) => Color::Reset,
        (ColourDepth::Sixteen, Color::Rgb(r, g, b)) => to_sixteen([r, g, b]),
        (ColourDepth::Sixteen, Color::Indexed(i)) => to_sixteen(indexed_rgb(i)),
        (ColourDepth::TwoFiftySix, Color::Rgb(r, g, b)) => Color::Indexed(to_256([r, g, b])),
        (_, colour) => colour,
    }
}

/// `steps` colours (at least 2) of a map, from the lowest level to the highest.
#[must_use]
pub fn spectrum_palette(map: Colormap, steps: usize, depth: ColourDepth) -> Vec<Color> {
    let last = (steps - 1) as f32;
    let colour = |step: usize| {
        let [r, g, b] = map.at(step as f32 / last);
        fit(Color::Rgb(r, g, b), depth)
    };
    (0..steps).map(colour).collect()
}

/// The nearest of the cube and the greys (indices 16 to 255; the first 16 are the user's own).
#[must_use]
pub fn to_256(rgb: [u8; 3]) -> u8 {
    let steps = rgb.map(nearest_step);
    let cube = 16 + 36 * steps[0] as u8 + 6 * steps[1] as u8 + steps[2] as u8;
    let mean = (u32::from(rgb[0]) + u32::from(rgb[1]) + u32::from(rgb[2])) / 3;
    let grey = 232 + (mean.saturating_sub(3) / 10).min(23) as u8;
    if distance(rgb, indexed_rgb(grey)) < distance(rgb, indexed_rgb(cube)) { grey } else { cube }
}

fn to_sixteen(rgb: [u8; 3]) -> Color {
    SIXTEEN.iter().min_by_key(|(_, own)| distance(rgb, *own)).map_or(Color::Reset, |(c, _)| *c)
}

fn nearest_step(value: u8) -> usize {
    (0..CUBE.len()).min_by_key(|&i| value.abs_diff(CUBE[i])).unwrap_or(0)
}

fn indexed_rgb(index: u8) -> [u8; 3] {
    match index {
        0..=15 => SIXTEEN[usize::from(index)].1,
        16..=231 => {
            let i = usize::from(index - 16);
            [CUBE[i / 36], CUBE[i / 6 % 6], CUBE[i % 6]]
        }
        232..=255 => [8 + 10 * (index - 232); 3],
    }
}

/// Squared distance, weighted as the eye weighs the channels.
fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    let square = |i: usize| u32::from(a[i].abs_diff(b[i])).pow(2);
    2 * square(0) + 4 * square(1) + 3 * square(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_256_colour_palette_has_only_indices() {
        let palette = spectrum_palette(Colormap::Magma, STEPS, ColourDepth::TwoFiftySix);
        assert_eq!(palette.len(), STEPS);
        assert!(palette.iter().all(|c| matches!(c, Color::Indexed(16..))));
    }

    #[test]
    fn cube_and_grey_colours_are_found_exactly() {
        for index in 16..=255u8 {
            let rgb = indexed_rgb(index);
            assert_eq!(indexed_rgb(to_256(rgb)), rgb, "{index}");
        }
    }

    #[test]
    fn named_colours_stay_the_users_own_until_there_are_none() {
        assert_eq!(fit(Color::Cyan, ColourDepth::True), Color::Cyan);
        assert_eq!(fit(Color::Cyan, ColourDepth::Sixteen), Color::Cyan);
        assert_eq!(fit(Color::Cyan, ColourDepth::None), Color::Reset);
    }

    #[test]
    fn true_colours_become_their_neighbours() {
        assert_eq!(fit(Color::Rgb(255, 135, 0), ColourDepth::TwoFiftySix), Color::Indexed(208));
        assert_eq!(fit(Color::Rgb(250, 10, 10), ColourDepth::Sixteen), Color::LightRed);
        assert_eq!(fit(Color::Indexed(46), ColourDepth::Sixteen), Color::LightGreen);
        assert_eq!(fit(Color::Rgb(1, 2, 3), ColourDepth::True), Color::Rgb(1, 2, 3));
    }
}
