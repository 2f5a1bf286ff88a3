//! The fingerprints of one track, and where fingerprints like them are: all that finding duplicates
//! needs of the index.

use super::super::error::LibraryError;
use crate::index::{Among, Code, Hit, INDEX_HOP_S, Index, Packed, dot};
use crate::store::records::TrackId;
use crate::store::{Store, StoreError};

/// Seconds from one fingerprint to the next.
pub const HOP_S: f64 = INDEX_HOP_S;
/// Hits looked at for each probe: a track that repeats itself fills many with its own.
const HITS: usize = 48;

/// The fingerprints of a track, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Prints {
    codes: Vec<Code>,
    /// Length of each, and its product with the next.
    squares: Vec<f32>,
    nexts: Vec<f32>,
}

impl Prints {
    /// Of these fingerprints.
    pub fn new(codes: Vec<Code>) -> Self {
        let squares = codes.iter().map(|w| product(w, w)).collect();
        let nexts = codes.windows(2).map(|pair| product(&pair[0], &pair[1])).collect();
        Self { codes, squares, nexts }
    }

    /// Those the store has of a track; [`None`] where it has none that can be used.
    ///
    /// # Errors
    /// The store fails.
    pub fn of(store: &Store, id: TrackId) -> Result<Option<Self>, LibraryError> {
        match store.fingerprints(id) {
            Ok(Some(packed)) => {
                let packed = Packed::new(packed.into()).ok();
                Ok(packed.map(|packed| Self::new(packed.codes().to_vec())))
            }
            Ok(None) | Err(StoreError::Damaged(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.squares.len()
    }

    /// One fingerprint as the index searches it.
    pub fn probe(&self, i: usize) -> Code {
        self.codes[i]
    }

    /// Cosine of window `i` with window `j` of `other`.
    pub fn cosine(&self, i: usize, other: &Self, j: usize) -> f32 {
        let length = (self.squares[i] * other.squares[j]).sqrt();
        if length > 0.0 { product(&self.codes[i], &other.codes[j]) / length } else { 0.0 }
    }

    /// Cosine of window `i` with what lies `part` (0 to 1) of the way from window `j` of `other` to the
    /// one after it: copies seldom start on the same grid.
    pub fn cosine_between(&self, i: usize, other: &Self, j: usize, part: f32) -> f32 {
        if part == 0.0 || j + 1 >= other.len() {
            return self.cosine(i, other, j);
        }
        let rest = 1.0 - part;
        let product = rest * product(&self.codes[i], &other.codes[j])
            + part * product(&self.codes[i], &other.codes[j + 1]);
        let square = rest * rest * other.squares[j]
            + part * part * other.squares[j + 1]
            + 2.0 * rest * part * other.nexts[j];
        let length = (self.squares[i] * square).sqrt();
        if length > 0.0 { product / length } else { 0.0 }
    }
}

fn product(a: &Code, b: &Code) -> f32 {
    dot(a, b) as f32
}

/// The indexed fingerprints nearest to each probe, nearest first.
pub fn nearest(index: &Index, probes: &[Code]) -> Vec<Vec<Hit>> {
    index.search(probes, HITS, Among::All)
}
