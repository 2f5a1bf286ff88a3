//! The searched code of a fingerprint: what is left of it after its cell's centroid, two bits for each of the
//! values that vary most and one for the others, 12 bytes.
//!
//! A product code (Jégou, Douze, Schmid 2011, "Product quantization for nearest neighbor search") whose
//! codebooks are the levels of the best quantisers of a normal variable with two and one bits (Max 1960): as near
//! as trained codebooks of the same size (ARCHITECTURE.md has the comparison), and nothing to train. The
//! distance is asymmetric: the query is not quantised.
//!
//! The network makes all 64 values vary much alike, so that a value left out costs more than a bit less for
//! another: of the residuals of the training music, 48 values of two bits lose 34.9 % of the variance, 32 of two
//! and 32 of one 25.3 %.

use serde::{Deserialize, Serialize};

use super::codes::{Code, DIM, SCALE};

/// Values that have two bits: the first, which vary most.
const FINE: usize = 32;
/// Half bytes that hold two of these, before those that hold four of the others.
const FINE_HALVES: usize = FINE / 2;
/// Half bytes of a searched code.
pub(super) const HALVES: usize = FINE_HALVES + (DIM - FINE) / 4;
/// A table of sixteen entries for each half byte of a code.
pub(super) type Halves = [[u8; 16]; HALVES];
/// Bytes of a searched code.
pub(super) const BYTES: usize = HALVES / 2;
/// A searched code: two half bytes in a byte, the first in the lower bits, and so the values in them.
pub(super) type Residual = [u8; BYTES];

/// Levels in standard deviations, and the borders between them.
const LEVELS: [f32; 4] = [-1.51, -0.453, 0.453, 1.51];
const BORDERS: [f32; 3] = [-0.982, 0.0, 0.982];
/// The same of a single bit, which tells the sign.
const SIDES: [f32; 2] = [-0.798, 0.798];

/// How far each value strays from its cell's centroid: standard deviation, in steps of [`Code`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread(Vec<f32>);

impl Spread {
    /// Measures pairs of a code and its cell's centroid.
    pub fn of<'a>(pairs: impl Iterator<Item = (&'a Code, &'a Code)>) -> Self {
        let mut squares = [0.0_f64; DIM];
        let mut count = 0_u32;
        for (code, centroid) in pairs {
            count += 1;
            for (i, square) in squares.iter_mut().enumerate() {
                *square += f64::from(i32::from(code[i]) - i32::from(centroid[i])).powi(2);
            }
        }
        let scale = f64::from(count.max(1));
        Self(squares.iter().map(|square| (square / scale).sqrt().max(0.5) as f32).collect())
    }

    /// Whether it has as many values as codes need.
    pub fn is_sound(&self) -> bool {
        self.0.len() == DIM && self.0.iter().all(|spread| spread.is_finite())
    }

    pub fn encode(&self, code: &Code, centroid: &Code) -> Residual {
        let strays = |i: usize| f32::from(i16::from(code[i]) - i16::from(centroid[i])) / self.0[i];
        let mut residual = [0; BYTES];
        for half in 0..HALVES {
            let pattern = if half < FINE_HALVES {
                let level = |i| BORDERS.iter().filter(|border| strays(i) > **border).count();
                level(2 * half) | level(2 * half + 1) << 2
            } else {
                let first = first_of(half);
                (0..4).map(|i| usize::from(strays(first + i) > 0.0) << i).sum()
            };
            residual[half / 2] |= (pattern as u8) << (4 * (half % 2));
        }
        residual
    }

    /// What each half byte of a code adds to the cosine with `query`.
    pub fn table(&self, query: &Code) -> Table {
        let add = |i: usize, level: f32| f32::from(query[i]) * self.0[i] * level / (SCALE * SCALE);
        let adds = std::array::from_fn(|half| {
            let first = first_of(half);
            std::array::from_fn(|pattern| {
                if half < FINE_HALVES {
                    (0..2).map(|i| add(first + i, LEVELS[pattern >> (2 * i) & 3])).sum()
                } else {
                    (0..4).map(|i| add(first + i, SIDES[pattern >> i & 1])).sum()
                }
            })
        });
        Table::of(&adds)
    }
}

/// The first of the values that a half byte holds.
fn first_of(half: usize) -> usize {
    if half < FINE_HALVES { 2 * half } else { FINE + 4 * (half - FINE_HALVES) }
}

/// What each half byte of a code adds to the cosine with one query, in steps of a byte, so that 32 codes are
/// looked up at a time ([`fastscan`](super::fastscan)). A step is the 255th part of the widest table: a sum
/// of all is off by a hundredth of what the code itself is off by.
pub(super) struct Table {
    /// Sixteen entries for each half byte.
    pub halves: Halves,
    /// What a sum of zero stands for.
    least: f32,
    step: f32,
}

impl Table {
    fn of(adds: &[[f32; 16]; HALVES]) -> Self {
        let least = adds.map(|entries| entries.into_iter().fold(f32::INFINITY, f32::min));
        let widest = adds
            .iter()
            .zip(least)
            .flat_map(|(entries, least)| entries.iter().map(move |entry| entry - least))
            .fold(0.0, f32::max);
        let step = (widest / 255.0).max(f32::MIN_POSITIVE);
        let halves = std::array::from_fn(|half| {
            adds[half].map(|entry| ((entry - least[half]) / step).round() as u8)
        });
        Self { halves, least: least.iter().sum(), step }
    }

    /// What a sum of entries adds to the cosine.
    pub fn cosine(&self, sum: u16) -> f32 {
        self.least + f32::from(sum) * self.step
    }

    /// The least sum that adds so much to the cosine; [`None`] where none does.
    pub fn reaching(&self, cosine: f32) -> Option<u16> {
        let sum = ((cosine - self.least) / self.step).ceil().max(0.0);
        (sum <= (HALVES * 255) as f32).then_some(sum as u16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::codes::{DIM, cosine, quantise};

    fn unit(random: &mut fastrand::Rng) -> [f32; DIM] {
        let values: [f32; DIM] =
            std::array::from_fn(|i| (random.f32() - 0.5) / (1.0 + i as f32 / 16.0));
        let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        values.map(|v| v / length)
    }

    #[test]
    fn the_coded_cosine_is_near_the_exact_one() {
        let mut random = fastrand::Rng::with_seed(3);
        let centroid = quantise(&unit(&mut random).map(|v| v * 0.7));
        let codes: Vec<Code> = (0..500).map(|_| quantise(&unit(&mut random))).collect();
        let spread = Spread::of(codes.iter().map(|code| (code, &centroid)));
        assert!(spread.is_sound());
        let query = quantise(&unit(&mut random));
        let table = spread.table(&query);
        let base = cosine(&query, &centroid);
        let sum = |residual: &Residual| -> u16 {
            let entry = |(i, byte): (usize, &u8)| {
                let halves = (usize::from(byte & 15), usize::from(byte >> 4));
                u16::from(table.halves[2 * i][halves.0])
                    + u16::from(table.halves[2 * i + 1][halves.1])
            };
            residual.iter().enumerate().map(entry).sum()
        };
        let off: f32 = codes
            .iter()
            .map(|code| {
                let sum = sum(&spread.encode(code, &centroid));
                let added = table.cosine(sum);
                assert!(table.reaching(added).is_some_and(|least| least.abs_diff(sum) <= 1));
                (base + added - cosine(&query, code)).powi(2)
            })
            .sum();
        let off = (off / codes.len() as f32).sqrt();
        // Without the code the cosine is off by 0.125, the deviation of one with a random vector.
        assert!(off < 0.08, "{off}");
        assert_eq!(table.reaching(-3.0), Some(0));
        assert_eq!(table.reaching(30.0), None);
    }
}
