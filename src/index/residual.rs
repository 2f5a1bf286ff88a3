//! The searched code of a fingerprint: what is left of it after its cell's centroid, two bits a value,
//! 12 bytes.
//!
//! A product code (Jégou, Douze, Schmid 2011, "Product quantization for nearest neighbor search") whose
//! codebooks are the four levels of the best quantiser of a normal variable (Max 1960): as near as
//! trained codebooks of the same size (ARCHITECTURE.md has the comparison), and nothing to train. The
//! distance is asymmetric: the query is not quantised.

use serde::{Deserialize, Serialize};

use super::codes::{Code, SCALE};

/// Values that are coded: the first, which vary most.
const CODED: usize = 48;
/// Bytes of a searched code.
pub(super) const BYTES: usize = CODED / 4;
/// A searched code: four values in a byte, the first in the lowest bits.
pub(super) type Residual = [u8; BYTES];

/// Levels in standard deviations, and the borders between them.
const LEVELS: [f32; 4] = [-1.51, -0.453, 0.453, 1.51];
const BORDERS: [f32; 3] = [-0.982, 0.0, 0.982];

/// How far each value strays from its cell's centroid: standard deviation, in steps of [`Code`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread(Vec<f32>);

impl Spread {
    /// Measures pairs of a code and its cell's centroid.
    pub fn of<'a>(pairs: impl Iterator<Item = (&'a Code, &'a Code)>) -> Self {
        let mut squares = [0.0_f64; CODED];
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
        self.0.len() == CODED && self.0.iter().all(|spread| spread.is_finite())
    }

    pub fn encode(&self, code: &Code, centroid: &Code) -> Residual {
        let mut residual = [0; BYTES];
        for (i, spread) in self.0.iter().enumerate() {
            let strays = f32::from(i16::from(code[i]) - i16::from(centroid[i])) / spread;
            let level = BORDERS.iter().filter(|border| strays > **border).count() as u8;
            residual[i / 4] |= level << (2 * (i % 4));
        }
        residual
    }

    /// What each byte of a code adds to the cosine with `query`.
    pub fn table(&self, query: &Code) -> Table {
        let mut table = Table([[0.0; 256]; BYTES]);
        for (byte, entries) in table.0.iter_mut().enumerate() {
            let value = |i: usize, level: usize| {
                let i = byte * 4 + i;
                f32::from(query[i]) * self.0[i] * LEVELS[level] / (SCALE * SCALE)
            };
            for (pattern, entry) in entries.iter_mut().enumerate() {
                *entry = (0..4).map(|i| value(i, pattern >> (2 * i) & 3)).sum();
            }
        }
        table
    }
}

/// What each byte of a code adds to the cosine with one query.
pub(super) struct Table([[f32; 256]; BYTES]);

impl Table {
    #[inline]
    pub fn sum(&self, residual: &Residual) -> f32 {
        let mut sums = [0.0_f32; 4];
        for (i, (entries, byte)) in self.0.iter().zip(residual).enumerate() {
            sums[i % 4] += entries[usize::from(*byte)];
        }
        (sums[0] + sums[1]) + (sums[2] + sums[3])
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
        let off: f32 = codes
            .iter()
            .map(|code| {
                let coded = base + table.sum(&spread.encode(code, &centroid));
                (coded - cosine(&query, code)).powi(2)
            })
            .sum();
        let off = (off / codes.len() as f32).sqrt();
        // Without the code the cosine is off by 0.125, the deviation of one with a random vector.
        assert!(off < 0.08, "{off}");
    }
}
