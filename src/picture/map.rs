//! A library as a picture: its tracks as points by style, the styles named, titles where there is room.

use unicode_width::UnicodeWidthStr;

use super::font;
use super::ink::Ink;
use super::scene::{Anchor, Scene, Shape, Size};

/// Room around the points, and beside them for the styles.
const AROUND: f32 = 56.0;
const BESIDE: f32 = 220.0;
/// Half the width of a point: of few, and of many.
const LARGE: f32 = 7.0;
const TINY: f32 = 1.6;
/// Up to so many points a title stands beside each where there is room, and so many titles at most.
const FEW: usize = 200;
const TITLES: usize = 120;
/// Letters of a title.
const LETTERS: usize = 28;
/// Styles with so many tracks have their name in their middle, where there are more tracks than [`FEW`].
const NAMED_FROM: usize = 12;

/// A track on the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// From left to right and from below to above, -1 to 1.
    pub at: [f32; 2],
    /// Place of its style in [`MapPicture::styles`]; as many as there are where it is of none.
    pub style: usize,
    /// What it is called.
    pub title: String,
    /// "artist - title", for a pointer.
    pub label: String,
}

/// What a picture of a library shows, and how.
#[derive(Debug, Clone)]
pub struct MapPicture<'a> {
    /// What stands above it.
    pub title: &'a str,
    /// What stands below that.
    pub subtitle: &'a str,
    /// Its tracks.
    pub spots: &'a [Spot],
    /// The names of styles, the commonest first.
    pub styles: &'a [String],
    /// Width and height of the whole, pixels.
    pub size: [u32; 2],
    /// Its colours.
    pub ink: Ink,
    /// Titles may have letters that the font of pixels lacks: they are text in the file.
    pub any_letters: bool,
}

impl MapPicture<'_> {
    /// The smallest that can be drawn.
    pub const SMALLEST: [u32; 2] = [480, 320];

    /// The picture; at least of [`Self::SMALLEST`].
    #[must_use]
    pub fn scene(&self) -> Scene {
        let size: [u32; 2] = std::array::from_fn(|i| self.size[i].max(Self::SMALLEST[i]));
        let ink = &self.ink;
        let mut scene =
            Scene { width: size[0], height: size[1], background: ink.ground, shapes: Vec::new() };
        let [width, height] = size.map(|v| v as f32);
        let area =
            [AROUND / 2.0, 76.0, width - BESIDE - AROUND / 2.0, height - 76.0 - AROUND / 2.0];
        let at = [area[0], 28.0];
        scene.text(at, self.title, Size::Large, Anchor::Start, ink.text);
        scene.text([area[0], 54.0], self.subtitle, Size::Small, Anchor::Start, ink.dim);
        scene.frame(area, ink.line);
        self.legend(&mut scene, [area[0] + area[2] + 24.0, area[1] + 10.0]);

        let place = |spot: &Spot| {
            let along =
                |value: f32, length: f32| (value + 1.0) / 2.0 * (length - 2.0 * 24.0) + 24.0;
            [area[0] + along(spot.at[0], area[2]), area[1] + along(-spot.at[1], area[3])]
        };
        let radius = self.radius(area[2] * area[3]);
        let opacity = if self.spots.len() > FEW { 0.75 } else { 0.95 };
        // Of no style first, then the commonest: the rare ones are seen on top.
        let mut order: Vec<&Spot> = self.spots.iter().collect();
        order.sort_by_key(|spot| (spot.style < self.styles.len(), spot.style));
        for spot in order {
            scene.shapes.push(Shape::Disc {
                at: place(spot),
                radius,
                fill: ink.kind(spot.style),
                opacity,
                title: spot.label.clone(),
            });
        }
        let mut taken: Vec<[f32; 4]> = Vec::new();
        if self.spots.len() <= FEW {
            let around = |[x, y]: [f32; 2]| [x - radius, y - radius, x + radius, y + radius];
            taken.extend(self.spots.iter().map(|spot| around(place(spot))));
            self.titles(&mut scene, area, &mut taken, radius, place);
        } else {
            self.middles(&mut scene, &mut taken, place);
        }
        scene
    }

    /// Points share about a fiftieth of the picture.
    fn radius(&self, area: f32) -> f32 {
        let each = area / 50.0 / self.spots.len().max(1) as f32;
        (each / std::f32::consts::PI).sqrt().clamp(TINY, LARGE)
    }

    fn legend(&self, scene: &mut Scene, [x, y]: [f32; 2]) {
        let count = |style: usize| self.spots.iter().filter(|spot| spot.style == style).count();
        let others = self.spots.iter().filter(|spot| spot.style >= self.styles.len()).count();
        let rows = self.styles.iter().enumerate().map(|(i, name)| (i, name.as_str(), count(i)));
        let rest = (others > 0).then_some((self.ink.kinds.len(), "other", others));
        for (row, (style, name, count)) in rows.chain(rest).enumerate() {
            let y = y + row as f32 * 26.0;
            scene.shapes.push(Shape::Disc {
                at: [x, y],
                radius: 6.0,
                fill: self.ink.kind(style),
                opacity: 1.0,
                title: String::new(),
            });
            let name = shortened(name, 16);
            scene.text([x + 16.0, y], name, Size::Small, Anchor::Start, self.ink.text);
            let at = [scene.width as f32 - 20.0, y];
            scene.text(at, count.to_string(), Size::Small, Anchor::End, self.ink.dim);
        }
    }

    fn titles(
        &self,
        scene: &mut Scene,
        area: [f32; 4],
        taken: &mut Vec<[f32; 4]>,
        radius: f32,
        place: impl Fn(&Spot) -> [f32; 2],
    ) {
        let mut told = 0;
        for spot in self.spots {
            if told == TITLES || !self.any_letters && !font::has(&spot.title) {
                continue;
            }
            let title = shortened(&spot.title, LETTERS);
            let [x, y] = place(spot);
            // Wide letters take twice the room.
            let width = title.width() as f32 * font::advance(Size::Small);
            let beside = radius + 5.0;
            let sides = [(Anchor::Start, x + beside), (Anchor::End, x - beside - width)];
            let free = sides.into_iter().find(|(_, left)| {
                let own = [*left, y - 7.0, left + width, y + 7.0];
                let inside = own[0] > area[0] && own[2] < area[0] + area[2];
                inside && !taken.iter().any(|other| overlap(own, *other))
            });
            let Some((anchor, left)) = free else { continue };
            taken.push([left, y - 7.0, left + width, y + 7.0]);
            let at = [if anchor == Anchor::Start { left } else { left + width }, y];
            scene.text(at, title, Size::Small, anchor, self.ink.dim);
            told += 1;
        }
    }

    /// The name of each style at the median of its points.
    fn middles(
        &self,
        scene: &mut Scene,
        taken: &mut Vec<[f32; 4]>,
        place: impl Fn(&Spot) -> [f32; 2],
    ) {
        for (style, name) in self.styles.iter().enumerate() {
            let own: Vec<[f32; 2]> =
                self.spots.iter().filter(|spot| spot.style == style).map(&place).collect();
            if own.len() < NAMED_FROM {
                continue;
            }
            let [x, mut y] = [0, 1].map(|axis| {
                let mut values: Vec<f32> = own.iter().map(|p| p[axis]).collect();
                values.sort_by(f32::total_cmp);
                values[values.len() / 2]
            });
            let half = font::width(name, Size::Large) / 2.0;
            let own = |y: f32| [x - half - 6.0, y - 13.0, x + half + 6.0, y + 13.0];
            while taken.iter().any(|other| overlap(own(y), *other)) {
                y += 8.0;
            }
            taken.push(own(y));
            // Readable on the points below it.
            for off in [[-2.0, 0.0], [2.0, 0.0], [0.0, -2.0], [0.0, 2.0]] {
                let at = [x + off[0], y + off[1]];
                scene.text(at, name, Size::Large, Anchor::Middle, self.ink.ground);
            }
            scene.text([x, y], name, Size::Large, Anchor::Middle, self.ink.text);
        }
    }
}

fn overlap(a: [f32; 4], b: [f32; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters - 2).collect();
    format!("{}..", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spots(count: usize) -> Vec<Spot> {
        let mut random = fastrand::Rng::with_seed(5);
        let spot = |i: usize| Spot {
            at: [random.f32() * 2.0 - 1.0, random.f32() * 2.0 - 1.0],
            style: i % 3,
            title: if i % 10 == 7 { "東京".into() } else { format!("Some title {i}") },
            label: format!("Someone - Some title {i}"),
        };
        (0..count).map(spot).collect()
    }

    fn scene(spots: &[Spot], any_letters: bool) -> Scene {
        MapPicture {
            title: "the library",
            subtitle: "by nearness",
            spots,
            styles: &["jazz".to_owned(), "folk".to_owned()],
            size: [1600, 1200],
            ink: Ink::DARK,
            any_letters,
        }
        .scene()
    }

    fn texts(scene: &Scene) -> Vec<&str> {
        let mut texts = Vec::new();
        for shape in &scene.shapes {
            if let Shape::Text { text, .. } = shape {
                texts.push(text.as_str());
            }
        }
        texts
    }

    fn discs(scene: &Scene) -> Vec<([f32; 2], f32)> {
        let disc = |shape: &Shape| match shape {
            Shape::Disc { at, radius, title, .. } if !title.is_empty() => Some((*at, *radius)),
            _ => None,
        };
        scene.shapes.iter().filter_map(disc).collect()
    }

    #[test]
    fn every_track_is_a_point_inside_the_frame_and_few_have_their_titles() {
        let few = spots(60);
        let drawn = scene(&few, false);
        let discs = discs(&drawn);
        assert_eq!(discs.len(), 60);
        for ([x, y], radius) in discs {
            assert!(x > 28.0 && x < 1600.0 - BESIDE && y > 76.0 && y < 1172.0 && radius > 4.0);
        }
        let told = texts(&drawn);
        assert!(told.iter().filter(|t| t.starts_with("Some title")).count() > 40, "{told:?}");
        assert!(!told.contains(&"東京"), "the font of pixels lacks it");
        assert!(texts(&scene(&few, true)).contains(&"東京"));
        for name in ["the library", "by nearness", "jazz", "folk", "other", "20"] {
            assert!(told.contains(&name), "{name} is missing of {told:?}");
        }
    }

    #[test]
    fn titles_lie_on_nothing_else() {
        let few = spots(200);
        let drawn = scene(&few, true);
        let boxes: Vec<[f32; 4]> = drawn
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Text { at: [x, y], text, anchor, .. } if text.contains("title") => {
                    let width = font::width(text, Size::Small);
                    let left = if *anchor == Anchor::Start { *x } else { x - width };
                    Some([left, y - 7.0, left + width, y + 7.0])
                }
                _ => None,
            })
            .collect();
        assert!(boxes.len() > 30);
        for (i, own) in boxes.iter().enumerate() {
            assert!(!boxes[i + 1..].iter().any(|other| overlap(*own, *other)));
        }
    }

    #[test]
    fn of_many_the_styles_are_named_and_points_are_small() {
        let many = spots(5000);
        let drawn = scene(&many, false);
        assert!(discs(&drawn).iter().all(|(_, radius)| *radius < 3.0));
        let told = texts(&drawn);
        assert!(!told.iter().any(|t| t.starts_with("Some title")));
        assert!(told.iter().filter(|t| **t == "jazz").count() > 1, "in the legend and on the map");
        assert_eq!(discs(&scene(&[], false)).len(), 0);
    }
}
