//! A picture as shapes on a background, whatever it is written as.

/// Red, green and blue, 0 to 255 (sRGB).
pub type Rgb = [u8; 3];

/// Shapes on a background; the first lies lowest. Places are pixels from the top left corner.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// What is behind everything.
    pub background: Rgb,
    /// What it shows.
    pub shapes: Vec<Shape>,
}

/// Something to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A filled rectangle.
    Box {
        /// Left, top, width and height.
        at: [f32; 4],
        /// Its colour.
        fill: Rgb,
    },
    /// A straight line.
    Line {
        /// One end.
        from: [f32; 2],
        /// The other.
        to: [f32; 2],
        /// Pixels across.
        width: f32,
        /// Its colour.
        colour: Rgb,
    },
    /// A filled circle.
    Disc {
        /// Its middle.
        at: [f32; 2],
        /// Half its width.
        radius: f32,
        /// Its colour.
        fill: Rgb,
        /// How much it hides, 0 to 1.
        opacity: f32,
        /// Told where a pointer rests on it, where the picture's kind knows pointers.
        title: String,
    },
    /// A line of text.
    Text {
        /// Where it begins, ends or has its middle; half its height.
        at: [f32; 2],
        /// What.
        text: String,
        /// How large.
        size: Size,
        /// Which part of it is at `at`.
        anchor: Anchor,
        /// Its colour.
        colour: Rgb,
    },
    /// Pixels, row by row from the top left.
    Pixels {
        /// Left and top, whole pixels.
        at: [u32; 2],
        /// Pixels from left to right.
        width: u32,
        /// Their colours.
        pixels: Vec<Rgb>,
    },
}

/// How large text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Of labels.
    Small,
    /// Of titles, and bold.
    Large,
}

impl Size {
    /// Height of a line, pixels.
    #[must_use]
    pub fn line(self) -> f32 {
        match self {
            Self::Small => 16.0,
            Self::Large => 24.0,
        }
    }
}

/// Which part of a text is where it was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

impl Scene {
    /// A line of text.
    pub fn text(
        &mut self,
        at: [f32; 2],
        text: impl Into<String>,
        size: Size,
        anchor: Anchor,
        colour: Rgb,
    ) {
        self.shapes.push(Shape::Text { at, text: text.into(), size, anchor, colour });
    }

    /// The edge of a rectangle: left, top, width and height.
    pub fn frame(&mut self, [x, y, width, height]: [f32; 4], colour: Rgb) {
        let corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]];
        for ends in corners.windows(2) {
            self.shapes.push(Shape::Line { from: ends[0], to: ends[1], width: 1.0, colour });
        }
    }
}
