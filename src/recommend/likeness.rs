//! How alike two tracks sound: what the offers are held against a seed by.

use super::traits;
use crate::dot::dot;
use crate::store::records::Features;
use crate::taste::vector::unit_or_zero;

/// What a sound is compared by.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Unit length, or zeros.
    style: Vec<f32>,
    traits: Option<[f32; traits::WIDTH]>,
}

impl Description {
    /// Of a sound with this style, of which this was measured.
    #[must_use]
    pub fn new(style: &[f32], features: Option<&Features>) -> Self {
        let traits = features.map(|features| traits::of(Some(features)));
        Self { style: unit_or_zero(style, style.len()), traits }
    }
}

/// How alike two sounds are: the cosine of their styles, less how far measurements lie apart where there are
/// some of both; 1 for what is the same.
#[must_use]
pub fn likeness(a: &Description, b: &Description) -> f32 {
    alike(dot(&a.style, &b.style), a.traits.as_ref(), b.traits.as_ref())
}

/// The same for styles of this cosine.
pub(super) fn alike(
    cosine: f32,
    a: Option<&[f32; traits::WIDTH]>,
    b: Option<&[f32; traits::WIDTH]>,
) -> f32 {
    a.zip(b).map_or(cosine, |(a, b)| cosine - traits::apart(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_has_one_style_that_which_measures_alike_is_more_alike() {
        let (mut loud, plain) = (Features::plain(), Features::plain());
        loud.loudness_lufs += 12.0;
        let style = [0.6, 0.8];
        let [plain, loud, unknown] =
            [Some(&plain), Some(&loud), None].map(|features| Description::new(&style, features));
        assert!((likeness(&plain, &plain) - 1.0).abs() < 1e-6);
        assert!(likeness(&plain, &loud) < 0.95);
        assert!((likeness(&plain, &unknown) - 1.0).abs() < 1e-6, "not known is not unlike");
        let other = Description::new(&[-6.0, -8.0], None);
        assert!((likeness(&plain, &other) + 1.0).abs() < 1e-6);
    }
}
