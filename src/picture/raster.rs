//! Shapes as pixels, edges smoothed by how much of a pixel they cover.

use super::font;
use super::scene::{Anchor, Rgb, Scene, Shape, Size};

/// Pixels, row by row from the top left.
pub struct Raster {
    pub width: usize,
    pub pixels: Vec<Rgb>,
}

impl Raster {
    /// Draws a scene.
    pub fn of(scene: &Scene) -> Self {
        let (width, height) = (scene.width as usize, scene.height as usize);
        let mut raster = Self { width, pixels: vec![scene.background; width * height] };
        for shape in &scene.shapes {
            raster.draw(shape);
        }
        raster
    }

    fn draw(&mut self, shape: &Shape) {
        match shape {
            Shape::Box { at: [x, y, width, height], fill } => {
                let inside = |v: f32, from: f32, length: f32| {
                    ((v + 0.5).min(from + length) - (v - 0.5).max(from)).clamp(0.0, 1.0)
                };
                self.cover([*x, *y, x + width, y + height], *fill, |px, py| {
                    inside(px, *x, *width) * inside(py, *y, *height)
                });
            }
            Shape::Line { from, to, width, colour } => {
                let half = width / 2.0;
                let bounds = [
                    from[0].min(to[0]) - half,
                    from[1].min(to[1]) - half,
                    from[0].max(to[0]) + half,
                    from[1].max(to[1]) + half,
                ];
                let along = [to[0] - from[0], to[1] - from[1]];
                let squared = (along[0] * along[0] + along[1] * along[1]).max(f32::MIN_POSITIVE);
                self.cover(bounds, *colour, |x, y| {
                    let off = [x - from[0], y - from[1]];
                    let share = ((off[0] * along[0] + off[1] * along[1]) / squared).clamp(0.0, 1.0);
                    let apart = (off[0] - share * along[0]).hypot(off[1] - share * along[1]);
                    (half + 0.5 - apart).clamp(0.0, 1.0)
                });
            }
            Shape::Disc { at: [x, y], radius, fill, opacity, .. } => {
                let bounds = [x - radius, y - radius, x + radius, y + radius];
                self.cover(bounds, *fill, |px, py| {
                    (radius + 0.5 - (px - x).hypot(py - y)).clamp(0.0, 1.0) * opacity
                });
            }
            Shape::Text { at, text, size, anchor, colour } => {
                self.text(*at, text, *size, *anchor, *colour);
            }
            Shape::Pixels { at: [x, y], width, pixels } => {
                for (row, line) in pixels.chunks_exact((*width).max(1) as usize).enumerate() {
                    for (column, colour) in line.iter().enumerate() {
                        self.blend(*x as usize + column, *y as usize + row, *colour, 1.0);
                    }
                }
            }
        }
    }

    fn text(&mut self, at: [f32; 2], text: &str, size: Size, anchor: Anchor, colour: Rgb) {
        let width = font::width(text, size);
        let left = match anchor {
            Anchor::Start => at[0],
            Anchor::Middle => at[0] - width / 2.0,
            Anchor::End => at[0] - width,
        };
        let top = (at[1] - size.line() / 2.0).round();
        for (i, letter) in text.chars().enumerate() {
            let Some(letter) = font::letter(letter, size) else { continue };
            let left = (left + i as f32 * font::advance(size)).round();
            for (y, line) in letter.rows().enumerate() {
                for (x, cover) in line.iter().enumerate() {
                    let (x, y) = (left + x as f32, top + y as f32);
                    if x >= 0.0 && y >= 0.0 && *cover > 0 {
                        self.blend(x as usize, y as usize, colour, f32::from(*cover) / 255.0);
                    }
                }
            }
        }
    }

    /// Colours the pixels within left, top, right and bottom by how much of each is covered, told for its
    /// middle.
    fn cover(&mut self, bounds: [f32; 4], colour: Rgb, covered: impl Fn(f32, f32) -> f32) {
        let low = |v: f32| (v - 1.0).max(0.0) as usize;
        let high = |v: f32| (v + 2.0).max(0.0) as usize;
        let height = self.pixels.len() / self.width.max(1);
        for y in low(bounds[1])..high(bounds[3]).min(height) {
            for x in low(bounds[0])..high(bounds[2]).min(self.width) {
                self.blend(x, y, colour, covered(x as f32 + 0.5, y as f32 + 0.5));
            }
        }
    }

    fn blend(&mut self, x: usize, y: usize, colour: Rgb, share: f32) {
        if x >= self.width {
            return;
        }
        if let Some(pixel) = self.pixels.get_mut(y * self.width + x) {
            for (own, other) in pixel.iter_mut().zip(colour) {
                let mixed = f32::from(*own) + (f32::from(other) - f32::from(*own)) * share;
                *own = mixed.round() as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(shapes: Vec<Shape>) -> Raster {
        Raster::of(&Scene { width: 40, height: 30, background: [0; 3], shapes })
    }

    fn lit(raster: &Raster) -> f32 {
        raster.pixels.iter().map(|p| f32::from(p[0]) / 255.0).sum()
    }

    #[test]
    fn shapes_cover_their_area_also_where_they_lie_between_pixels() {
        let disc = |at| Shape::Disc {
            at,
            radius: 8.0,
            fill: [255; 3],
            opacity: 1.0,
            title: String::new(),
        };
        for at in [[20.0, 15.0], [20.4, 15.7]] {
            assert!((lit(&drawn(vec![disc(at)])) - 201.0).abs() < 4.0);
        }
        let half = drawn(vec![disc([0.0, 15.0])]);
        assert!((lit(&half) - 100.5).abs() < 5.0, "what is outside is left out");
        let rectangle = Shape::Box { at: [3.5, 4.25, 10.0, 6.5], fill: [255; 3] };
        assert!((lit(&drawn(vec![rectangle])) - 65.0).abs() < 1.0);
        let line = Shape::Line { from: [2.0, 2.0], to: [32.0, 26.0], width: 2.0, colour: [255; 3] };
        assert!((lit(&drawn(vec![line])) - 2.0 * 38.4).abs() < 6.0);
    }

    #[test]
    fn text_stands_where_it_was_put() {
        let columns = |anchor, text: &str| {
            let text = Shape::Text {
                at: [20.0, 15.0],
                text: text.into(),
                size: Size::Small,
                anchor,
                colour: [255; 3],
            };
            let raster = drawn(vec![text]);
            let lit = (0..40).filter(|x| (0..30).any(|y| raster.pixels[y * 40 + x][0] > 60));
            let lit: Vec<usize> = lit.collect();
            (lit[0], lit[lit.len() - 1])
        };
        let (from, to) = columns(Anchor::Start, "mm");
        assert!((20..23).contains(&from) && to < 37, "{from} {to}");
        let (from, to) = columns(Anchor::End, "mm");
        assert!(from >= 4 && (17..20).contains(&to), "{from} {to}");
        let (from, to) = columns(Anchor::Middle, "m漢");
        assert!(
            (from + to).abs_diff(39) <= 3,
            "a letter that is missing takes its room: {from} {to}"
        );
    }
}
