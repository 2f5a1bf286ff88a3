//! One track laid along another.

use serde::Serialize;

use super::prints::{HOP_S, Prints};

/// Windows of the shorter track that are laid along the other at every offset, to find the best few.
const COARSE: usize = 48;
/// Offsets that are then looked at closely.
const CLOSELY: usize = 3;
/// Steps from one window to the next.
const PARTS: usize = 8;
/// A window lies along another from this cosine on: in copies of one recording at least 99 of 100 do,
/// be it at 32 kbit/s or half way between two windows; of the same notes on other instruments half
/// at most, unless their samples are the same.
const ALONG: f32 = 0.8;

/// Two files are one recording when so much of the shorter lies along the longer...
const LEAST_SHARE: f64 = 0.9;
/// ...with this cosine on average. The worst copy measured has 0.934 (it starts half way between two
/// windows; others have 0.97 and more)...
const LEAST_COSINE: f64 = 0.92;
/// ...and the longer is not much more than that: a sample of a track, or one of its loops, is no copy.
const LEAST_OF_LONGER: f64 = 0.6;

/// How one track lies along another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overlap {
    /// Share of the shorter track's fingerprints that lie along the longer track, 0 to 1.
    pub share: f64,
    /// Place in the second track where the first starts, seconds; negative where it starts before.
    pub offset_s: f64,
    /// Mean cosine where both tracks are.
    pub cosine: f64,
    /// Length of the shorter as a share of the longer.
    #[serde(skip)]
    pub lengths: f64,
}

impl Overlap {
    /// Where `a` best lies along `b`; [`None`] where one has no fingerprints.
    pub(super) fn of(a: &Prints, b: &Prints) -> Option<Self> {
        if a.len() > b.len() {
            let turned = Self::of(b, a)?;
            return Some(Self { offset_s: -turned.offset_s, ..turned });
        }
        best_offsets(a, b)
            .into_iter()
            .flat_map(|offset| [offset - 1, offset])
            .map(|offset| closely(a, b, offset))
            .max_by(|x, y| (x.share * x.cosine).total_cmp(&(y.share * y.cosine)))
    }

    /// Whether this is one recording twice.
    #[must_use]
    pub fn is_same_recording(&self) -> bool {
        self.share >= LEAST_SHARE && self.cosine >= LEAST_COSINE && self.lengths >= LEAST_OF_LONGER
    }

    /// Seen from the other track.
    pub(super) fn turned(self) -> Self {
        Self { offset_s: -self.offset_s, ..self }
    }
}

/// The offsets, in windows, at which some windows of `a` together are most like those of `b`. What lies
/// outside counts as nothing, so that of the offsets of a loop the one that covers most wins.
fn best_offsets(a: &Prints, b: &Prints) -> Vec<isize> {
    if a.len() == 0 || b.len() == 0 {
        return Vec::new();
    }
    let step = (a.len() / COARSE).max(1);
    let mut sums = vec![0.0_f32; a.len() + b.len()];
    for i in (0..a.len()).step_by(step) {
        for j in 0..b.len() {
            sums[j + a.len() - i] += a.cosine(i, b, j).max(0.0);
        }
    }
    let mut best: Vec<usize> = Vec::new();
    let mut order: Vec<usize> = (0..sums.len()).collect();
    order.sort_by(|x, y| sums[*y].total_cmp(&sums[*x]));
    for at in order {
        if best.iter().all(|other| other.abs_diff(at) > 1) {
            best.push(at);
        }
        if best.len() == CLOSELY {
            break;
        }
    }
    best.into_iter().map(|at| at as isize - a.len() as isize).collect()
}

/// `a` along `b` somewhere between `offset` and the next, in windows.
fn closely(a: &Prints, b: &Prints, offset: isize) -> Overlap {
    let at = |part: usize| laid(a, b, offset, part as f32 / PARTS as f32);
    let (first, rest) = (at(0), 1..PARTS);
    rest.map(at).fold(first, |best, next| if next.cosine > best.cosine { next } else { best })
}

fn laid(a: &Prints, b: &Prints, offset: isize, part: f32) -> Overlap {
    let (mut along, mut met, mut sum) = (0_usize, 0_usize, 0.0_f64);
    for i in 0..a.len() {
        let Some(j) = i.checked_add_signed(offset).filter(|j| *j < b.len()) else { continue };
        let cosine = a.cosine_between(i, b, j, part);
        met += 1;
        along += usize::from(cosine >= ALONG);
        sum += f64::from(cosine);
    }
    Overlap {
        share: along as f64 / a.len().min(b.len()) as f64,
        offset_s: (offset as f64 + f64::from(part)) * HOP_S,
        cosine: if met > 0 { sum / met as f64 } else { 0.0 },
        lengths: a.len().min(b.len()) as f64 / a.len().max(b.len()) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::DIM;

    /// Windows that turn slowly from one to the next, as real ones do; `places` in windows.
    pub(crate) fn sound(track: u64, places: impl Iterator<Item = f64>) -> Prints {
        let values = |i: u64| {
            let mut random = fastrand::Rng::with_seed(track * 100_000 + i);
            (0..DIM).map(move |_| random.f64() - 0.5).collect::<Vec<f64>>()
        };
        let codes = places.map(|place| {
            let (low, part) = (place.floor() as u64, place.fract());
            let (a, b) = (values(low), values(low + 1));
            let mixed = move |i: usize| ((a[i] * (1.0 - part) + b[i] * part) * 60.0) as i8;
            std::array::from_fn(mixed)
        });
        Prints::new(codes.collect())
    }

    fn places(from: f64, count: usize) -> impl Iterator<Item = f64> {
        (0..count).map(move |i| from + i as f64)
    }

    #[test]
    fn a_copy_with_its_ends_cut_between_two_windows_is_found() {
        let whole = sound(1, places(0.0, 240));
        let cut = sound(1, places(21.4, 200));
        let overlap = Overlap::of(&cut, &whole).unwrap();
        assert!(overlap.is_same_recording(), "{overlap:?}");
        assert!((overlap.offset_s - 21.4 * HOP_S).abs() < HOP_S / 4.0, "{overlap:?}");
        let turned = Overlap::of(&whole, &cut).unwrap();
        assert!((turned.offset_s + overlap.offset_s).abs() < 1e-9);
    }

    #[test]
    fn other_music_and_other_speeds_are_no_copies() {
        let whole = sound(1, places(0.0, 240));
        assert!(!Overlap::of(&whole, &sound(2, places(0.0, 240))).unwrap().is_same_recording());
        let faster = sound(1, (0..228).map(|i| f64::from(i) * 1.05));
        assert!(!Overlap::of(&whole, &faster).unwrap().is_same_recording());
    }

    #[test]
    fn of_a_loop_the_offset_that_covers_most_counts() {
        let looped =
            |from: usize, count: usize| sound(3, (from..from + count).map(|i| (i % 16) as f64));
        let overlap = Overlap::of(&looped(0, 160), &looped(0, 160)).unwrap();
        assert_eq!((overlap.offset_s, overlap.share), (0.0, 1.0));
        let one = Overlap::of(&looped(0, 40), &looped(0, 160)).unwrap();
        assert!(one.share > 0.99 && !one.is_same_recording(), "one loop is not the track: {one:?}");
    }

    #[test]
    fn nothing_has_no_overlap() {
        assert_eq!(Overlap::of(&Prints::new(Vec::new()), &sound(1, places(0.0, 9))), None);
    }
}
