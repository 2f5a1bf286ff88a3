//! Colour maps in which equal steps of level look like equal steps of brightness.

/// A named colour map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colormap {
    /// Black, violet, orange, cream (matplotlib).
    Magma,
    /// Violet, teal, green, yellow (matplotlib).
    Viridis,
    /// Blue, grey, yellow: the same to those who tell red from green badly (Nuñez et al. 2018).
    Cividis,
    /// For light backgrounds: paper, green, blue, ink (`ColorBrewer`'s `YlGnBu`).
    Paper,
}

const MAGMA: [u32; 9] = [
    0x00_0004, 0x1c_1044, 0x4f_127b, 0x81_2581, 0xb5_367a, 0xe5_5964, 0xfb_8761, 0xfe_c287,
    0xfc_fdbf,
];
const VIRIDIS: [u32; 9] = [
    0x44_0154, 0x47_2d7b, 0x3b_528b, 0x2c_728e, 0x21_918c, 0x28_ae80, 0x5e_c962, 0xad_dc30,
    0xfd_e725,
];
const CIVIDIS: [u32; 9] = [
    0x00_2051, 0x11_3468, 0x3a_486b, 0x57_5c6d, 0x70_7173, 0x8a_8779, 0xa5_9c74, 0xd2_c060,
    0xfd_ea45,
];
const PAPER: [u32; 9] = [
    0xfd_fdf6, 0xed_f8b1, 0xc7_e9b4, 0x7f_cdbb, 0x41_b6c4, 0x1d_91c0, 0x22_5ea8, 0x25_3494,
    0x08_1d58,
];

impl Colormap {
    /// Every map with the name that themes use.
    pub const ALL: [(&'static str, Self); 4] = [
        ("magma", Self::Magma),
        ("viridis", Self::Viridis),
        ("cividis", Self::Cividis),
        ("paper", Self::Paper),
    ];

    /// The colour at `level`, 0 to 1.
    #[must_use]
    pub fn at(self, level: f32) -> [u8; 3] {
        let anchors = match self {
            Self::Magma => &MAGMA,
            Self::Viridis => &VIRIDIS,
            Self::Cividis => &CIVIDIS,
            Self::Paper => &PAPER,
        };
        let place = level.clamp(0.0, 1.0) * (anchors.len() - 1) as f32;
        let left = (place as usize).min(anchors.len() - 2);
        let share = place - left as f32;
        let (a, b) = (channels(anchors[left]), channels(anchors[left + 1]));
        std::array::from_fn(|i| (a[i] + (b[i] - a[i]) * share).round() as u8)
    }
}

fn channels(rgb: u32) -> [f32; 3] {
    [16, 8, 0].map(|shift| (rgb >> shift & 0xff) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG defines it.
    fn luminance(rgb: [u8; 3]) -> f64 {
        let linear = rgb.map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    #[test]
    fn brightness_goes_one_way() {
        for (name, map) in Colormap::ALL {
            let sign = if map == Colormap::Paper { -1.0 } else { 1.0 };
            let steps: Vec<f64> =
                (0..64).map(|i| sign * luminance(map.at(i as f32 / 63.0))).collect();
            for pair in steps.windows(2) {
                assert!(pair[1] > pair[0], "{name}: {pair:?}");
            }
        }
    }

    #[test]
    fn ends_and_anchors_are_met() {
        assert_eq!(Colormap::Magma.at(-1.0), [0, 0, 4]);
        assert_eq!(Colormap::Magma.at(0.5), [0xb5, 0x36, 0x7a]);
        assert_eq!(Colormap::Viridis.at(2.0), [0xfd, 0xe7, 0x25]);
    }
}
