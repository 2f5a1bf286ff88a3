//! Counts by cell, the threshold's curve, intervals.

use super::hear::{Answer, CellName, Heard, Truth};

/// An offset no further from the truth than this is right, seconds.
pub const NEAR_S: f64 = 0.5;

/// Thresholds of the curve.
pub const CURVE: [f64; 17] = [
    0.05, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999,
    0.99998, 0.99999,
];

/// z of a two-sided 95 % interval.
const Z: f64 = 1.959_964;

/// Counts of one length and condition at one threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Which cell.
    pub name: CellName,
    /// Clips of enrolled tracks.
    pub clips: usize,
    /// Best candidate is the right track, however certain.
    pub top1: usize,
    /// Named, the right track.
    pub right: usize,
    /// Named, another track.
    pub wrong: usize,
    /// Right, and the place within [`NEAR_S`] of the truth.
    pub near: usize,
    /// Right, and the place near, or one that sounds the same.
    pub near_or_repeat: usize,
    /// Clips of unknown tracks.
    pub unknown: usize,
    /// Unknown clips that were named.
    pub unknown_named: usize,
}

impl Cell {
    fn new(name: CellName) -> Self {
        Self {
            name,
            clips: 0,
            top1: 0,
            right: 0,
            wrong: 0,
            near: 0,
            near_or_repeat: 0,
            unknown: 0,
            unknown_named: 0,
        }
    }

    fn count(&mut self, heard: &Heard, threshold: f64) {
        let named = heard.answer.filter(|answer| answer.certainty >= threshold);
        let Some(truth) = heard.truth else {
            self.unknown += 1;
            self.unknown_named += usize::from(named.is_some());
            return;
        };
        let of_track = |answer: &Answer| answer.key == truth.key;
        self.clips += 1;
        self.top1 += usize::from(heard.answer.as_ref().is_some_and(of_track));
        match named {
            Some(answer) if of_track(&answer) => {
                let near = is_near(truth, answer);
                self.right += 1;
                self.near += usize::from(near);
                self.near_or_repeat += usize::from(near || heard.repeats);
            }
            Some(_) => self.wrong += 1,
            None => {}
        }
    }
}

fn is_near(truth: Truth, answer: Answer) -> bool {
    (truth.start_s - answer.offset_s).abs() <= NEAR_S
}

/// The table at a threshold, one cell a name.
#[must_use]
pub fn cells(names: &[CellName], heard: &[Heard], threshold: f64) -> Vec<Cell> {
    let mut cells: Vec<Cell> = names.iter().cloned().map(Cell::new).collect();
    for heard in heard {
        if let Some(cell) = cells.get_mut(heard.cell) {
            cell.count(heard, threshold);
        }
    }
    cells
}

/// All clips as one cell.
#[must_use]
pub fn total(heard: &[Heard], threshold: f64) -> Cell {
    let mut all = Cell::new(CellName { length_s: 0.0, condition: "all".to_owned() });
    for heard in heard {
        all.count(heard, threshold);
    }
    all
}

/// A point of the threshold's curve, all clips together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Certainty from which a track is named.
    pub threshold: f64,
    /// Share of the clips of enrolled tracks that are named right, %.
    pub right: f64,
    /// Share that are named wrong, %.
    pub wrong: f64,
    /// Share of the unknown clips that are named, %; `None` without such clips.
    pub unknown_named: Option<f64>,
}

/// The curve over [`CURVE`].
#[must_use]
pub fn curve(heard: &[Heard]) -> Vec<Point> {
    CURVE
        .iter()
        .map(|threshold| {
            let all = total(heard, *threshold);
            Point {
                threshold: *threshold,
                right: percent(all.right, all.clips).unwrap_or(0.0),
                wrong: percent(all.wrong, all.clips).unwrap_or(0.0),
                unknown_named: percent(all.unknown_named, all.unknown),
            }
        })
        .collect()
}

/// The smallest threshold that names at most so many percent of the unknown clips; `None` without
/// such clips. Above 1 where even certain answers are too many: nothing is named then.
#[must_use]
pub fn threshold_for(heard: &[Heard], false_names_percent: f64) -> Option<f64> {
    let mut certaintys: Vec<f64> = heard
        .iter()
        .filter(|heard| heard.truth.is_none())
        .map(|heard| heard.answer.map_or(0.0, |answer| answer.certainty))
        .collect();
    if certaintys.is_empty() {
        return None;
    }
    certaintys.sort_by(|a, b| b.total_cmp(a));
    let allowed = (certaintys.len() as f64 * false_names_percent / 100.0 + 1e-9) as usize;
    Some(certaintys.get(allowed).map_or(0.0, |first_refused| first_refused.next_up()))
}

/// A share in percent; `None` of nothing.
#[must_use]
pub fn percent(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 * 100.0 / of as f64)
}

/// Wilson's 95 % interval of a share, in percent; all of it for a share of nothing.
#[must_use]
pub fn wilson(part: usize, of: usize) -> (f64, f64) {
    if of == 0 {
        return (0.0, 100.0);
    }
    let n = of as f64;
    let share = part as f64 / n;
    let scale = 1.0 / (1.0 + Z * Z / n);
    let middle = scale * (share + Z * Z / (2.0 * n));
    let half = scale * Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    (100.0 * (middle - half).max(0.0), 100.0 * (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(cell: usize, truth: Option<(u32, f64)>, answer: Option<(u32, f64, f64)>) -> Heard {
        Heard {
            cell,
            number: 0,
            truth: truth.map(|(key, start_s)| Truth { key, start_s }),
            answer: answer.map(|(key, offset_s, certainty)| Answer { key, offset_s, certainty }),
            repeats: false,
            elapsed_ms: 1.0,
        }
    }

    fn names() -> Vec<CellName> {
        ["clean", "room"].map(|c| CellName { length_s: 5.0, condition: c.to_owned() }).to_vec()
    }

    fn example() -> Vec<Heard> {
        let repeated = Heard { repeats: true, ..heard(0, Some((1, 9.0)), Some((1, 20.0, 0.95))) };
        vec![
            heard(0, Some((1, 9.0)), Some((1, 9.4, 0.99))),
            heard(0, Some((1, 9.0)), Some((1, 8.4, 0.92))),
            repeated,
            heard(0, Some((2, 9.0)), Some((2, 9.0, 0.5))),
            heard(0, Some((2, 9.0)), Some((1, 9.0, 0.91))),
            heard(0, Some((2, 9.0)), None),
            heard(0, None, Some((1, 3.0, 0.97))),
            heard(0, None, Some((2, 3.0, 0.3))),
            heard(1, None, None),
            heard(1, Some((2, 3.0)), Some((2, 3.0, 0.9))),
        ]
    }

    #[test]
    fn every_clip_is_counted_once_in_its_cell() {
        let cells = cells(&names(), &example(), 0.9);
        let clean = &cells[0];
        assert_eq!((clean.clips, clean.top1, clean.right, clean.wrong), (6, 4, 3, 1));
        assert_eq!((clean.near, clean.near_or_repeat), (1, 2));
        assert_eq!((clean.unknown, clean.unknown_named), (2, 1));
        let room = &cells[1];
        assert_eq!((room.clips, room.right, room.near, room.unknown), (1, 1, 1, 1));
        let all = total(&example(), 0.9);
        assert_eq!((all.clips, all.right, all.unknown, all.unknown_named), (7, 4, 3, 1));
    }

    #[test]
    fn the_curve_falls_and_tells_shares() {
        let curve = curve(&example());
        let at = |threshold| *curve.iter().find(|point| point.threshold == threshold).unwrap();
        let low = at(0.05);
        assert!((low.right - 500.0 / 7.0).abs() < 1e-9 && (low.wrong - 100.0 / 7.0).abs() < 1e-9);
        assert!((low.unknown_named.unwrap() - 200.0 / 3.0).abs() < 1e-9);
        assert!((at(0.9).right - 400.0 / 7.0).abs() < 1e-9);
        assert_eq!((at(0.9999).right, at(0.9999).unknown_named), (0.0, Some(0.0)));
        assert!(curve.is_sorted_by(|a, b| a.right >= b.right && a.wrong >= b.wrong));
    }

    #[test]
    fn the_threshold_is_just_above_the_first_refused() {
        let unknown: Vec<Heard> =
            (0..200).map(|i| heard(0, None, Some((1, 0.0, f64::from(i) / 200.0)))).collect();
        let named = |threshold| total(&unknown, threshold).unknown_named;
        for (percent, allowed) in [(0.0, 0), (0.4, 0), (1.0, 2), (10.0, 20), (99.5, 199)] {
            let threshold = threshold_for(&unknown, percent).unwrap();
            assert_eq!(named(threshold), allowed, "{percent} %");
            assert_eq!(named(threshold.next_down()), allowed + 1, "{percent} %: not the smallest");
        }
        assert_eq!(threshold_for(&unknown, 100.0), Some(0.0));
        assert_eq!(threshold_for(&example()[..3], 1.0), None);
    }

    #[test]
    fn intervals_are_wilsons() {
        let (low, high) = wilson(18, 20);
        assert!((low - 69.90).abs() < 0.01 && (high - 97.21).abs() < 0.01, "{low} {high}");
        let (low, high) = wilson(20, 20);
        assert!((low - 83.89).abs() < 0.01 && (high - 100.0).abs() < 1e-9, "{low} {high}");
        assert_eq!(wilson(0, 0), (0.0, 100.0));
    }
}
