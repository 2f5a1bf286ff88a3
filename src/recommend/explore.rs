//! Now and then something unlike what is known: only so can a taste be found that nobody has told of.
//!
//! While little is known, a share of the places goes to tracks that nothing happened to yet. They are drawn
//! by chance, the same all day, and the score decides among them with a part added for being unlike the
//! centres of the taste, so that they still fit what plays.

use super::candidates::{free, known, sort};
use super::score::{Parts, Scorer};

/// Tracks drawn to choose from: enough that some of them fit what plays.
const DRAWN: usize = 512;
/// Seconds that a draw holds: a day.
const HOLDS_S: i64 = 86_400;

/// Share of the places that go to exploring, 0 to 1: nothing where there is no taste to go beyond, or where it
/// is certain.
pub fn share(scorer: &Scorer<'_>) -> f64 {
    let taste = scorer.request.taste;
    if taste.is_empty() { 0.0 } else { scorer.request.settings.explore * (1.0 - taste.certainty) }
}

/// Whether the place (from 0) of an endless list is for exploring: they come evenly.
pub fn is_at(place: usize, share: f64) -> bool {
    ((place + 1) as f64 * share).floor() > (place as f64 * share).floor()
}

/// What there is to explore, the best first.
pub fn drawn(scorer: &Scorer<'_>) -> Vec<(usize, Parts)> {
    let request = scorer.request;
    let salt = salt(scorer);
    let mut may = free(scorer);
    for row in known(scorer) {
        may[row] = false;
    }
    let mut drawn: Vec<(u64, usize)> = (0..request.library.len())
        .filter(|row| may[*row])
        .map(|row| (mixed(salt ^ u64::from(request.library.id(row).0)), row))
        .collect();
    if DRAWN < drawn.len() {
        drawn.select_nth_unstable(DRAWN);
        drawn.truncate(DRAWN);
    }
    let mut list: Vec<(usize, Parts)> = drawn
        .into_iter()
        .map(|(lot, row)| {
            let luck = mixed(lot) as f64 / u64::MAX as f64;
            let explore = request.settings.explore_reach * luck * scorer.novelty(row);
            (row, Parts { explore, ..scorer.parts(row) })
        })
        .collect();
    sort(&mut list);
    list
}

/// Of the day, and of what the offers are to sound like.
fn salt(scorer: &Scorer<'_>) -> u64 {
    let day = scorer.request.now.as_second().div_euclid(HOLDS_S);
    let styles = scorer.request.seeds.iter().flat_map(|seed| &seed.style);
    styles.fold(day.cast_unsigned(), |salt, x| mixed(salt ^ u64::from(x.to_bits())))
}

/// A number in which every bit depends on every bit of `x` (`SplitMix64`; Steele, Lea and Flood 2014).
pub fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_evenly() {
        let places = |share: f64| (0..100).filter(|place| is_at(*place, share)).collect::<Vec<_>>();
        assert_eq!(places(0.1), [9, 19, 29, 39, 49, 59, 69, 79, 89, 99]);
        assert!(places(0.0).is_empty());
        assert_eq!(places(1.0).len(), 100);
        assert_eq!(places(0.15)[..3], [6, 13, 19]);
    }
}
