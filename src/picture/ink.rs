//! The colours of what is drawn around a picture, and of kinds in it.

use super::scene::Rgb;

/// Colours on a dark or a light ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink {
    /// The ground.
    pub ground: Rgb,
    /// What is to be read.
    pub text: Rgb,
    /// What may be passed over.
    pub dim: Rgb,
    /// Frames and ticks.
    pub line: Rgb,
    /// Kinds, the commonest first: the colours of Okabe and Ito (2008), which those who tell red from green
    /// badly tell apart too, as light or dark as the ground needs.
    pub kinds: [Rgb; 8],
}

impl Ink {
    /// On a dark ground.
    pub const DARK: Self = Self {
        ground: [0x12, 0x13, 0x18],
        text: [0xe8, 0xe6, 0xe3],
        dim: [0x8d, 0x91, 0x9b],
        line: [0x3a, 0x3d, 0x48],
        kinds: [
            [0x56, 0xb4, 0xe9],
            [0xe6, 0x9f, 0x00],
            [0x2f, 0xc5, 0x99],
            [0xf0, 0xe4, 0x42],
            [0xcc, 0x79, 0xa7],
            [0xe8, 0x74, 0x38],
            [0x5a, 0x8d, 0xe0],
            [0xc9, 0xc9, 0xc9],
        ],
    };

    /// On a light ground.
    pub const LIGHT: Self = Self {
        ground: [0xfd, 0xfd, 0xfa],
        text: [0x1d, 0x1d, 0x20],
        dim: [0x66, 0x69, 0x70],
        line: [0xcf, 0xcf, 0xca],
        kinds: [
            [0x00, 0x72, 0xb2],
            [0xd5, 0x7f, 0x00],
            [0x00, 0x8f, 0x69],
            [0xb3, 0xa4, 0x00],
            [0xb8, 0x4f, 0x8b],
            [0xc4, 0x4a, 0x00],
            [0x2f, 0x9c, 0xdb],
            [0x55, 0x55, 0x55],
        ],
    };

    /// The colour of a kind; what is of none is dim.
    #[must_use]
    pub fn kind(&self, kind: usize) -> Rgb {
        self.kinds.get(kind).copied().unwrap_or(self.dim)
    }
}
