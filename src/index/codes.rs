//! Exact fingerprints: eight bits a value, in memory, on the disk and on the wire alike.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use thiserror::Error;

use super::simd::dot;

/// Values in a fingerprint. The first ones vary most (`models/train/fit_narrow.py`).
pub const DIM: usize = 64;

/// A fingerprint: each value of the unit vector times `SCALE` (170), rounded.
pub type Code = [i8; DIM];

/// Values of a unit vector of 64 are hardly ever above 0.75 (0.125 on average): that is full scale.
pub(super) const SCALE: f32 = 170.0;

const MAGIC: [u8; 4] = *b"EVF3";
const HEADER: usize = 12;

/// Packed fingerprints that cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("packed fingerprints are damaged: {0}")]
pub struct CodesError(&'static str);

/// A unit vector in eight bits a value.
#[must_use]
pub fn quantise(fingerprint: &[f32; DIM]) -> Code {
    fingerprint.map(|value| (value * SCALE).round().clamp(-127.0, 127.0) as i8)
}

/// Cosine of two coded unit vectors.
pub(super) fn cosine(a: &Code, b: &Code) -> f32 {
    cosine_of(dot(a, b))
}

/// A coded unit vector as numbers.
#[must_use]
pub fn values(code: &Code) -> [f32; DIM] {
    code.map(|value| f32::from(value) / SCALE)
}

/// The cosine that an inner product of two coded unit vectors stands for.
pub(super) fn cosine_of(dot: i32) -> f32 {
    dot as f32 / (SCALE * SCALE)
}

/// A track's fingerprints as they are kept: magic, count and CRC-32 of the values (little-endian),
/// values. They may lie in a mapped file: they are looked at, and checked, when all are first asked for.
#[derive(Debug, Clone)]
pub struct Packed {
    bytes: Bytes,
    whole: OnceLock<bool>,
    /// The same bytes in their file: a few of them are read from there, so that a search leaves no more of
    /// the file in memory than it looked at.
    file: Option<(Arc<File>, u64)>,
}

impl Packed {
    /// Packs fingerprints.
    #[must_use]
    pub fn of(codes: &[Code]) -> Self {
        let values: &[u8] = bytemuck::cast_slice(codes.as_flattened());
        let mut bytes = Vec::with_capacity(HEADER + values.len());
        bytes.extend(MAGIC);
        bytes.extend((codes.len() as u32).to_le_bytes());
        bytes.extend(crc32fast::hash(values).to_le_bytes());
        bytes.extend(values);
        Self { bytes: bytes.into(), whole: OnceLock::from(true), file: None }
    }

    /// Fingerprints that were packed before; only the header is looked at.
    ///
    /// # Errors
    /// The bytes are not packed fingerprints of this version, or too few or too many.
    pub fn new(bytes: Bytes) -> Result<Self, CodesError> {
        let (header, values) = bytes.split_at_checked(HEADER).ok_or(CodesError("too short"))?;
        if header[..4] != MAGIC {
            return Err(CodesError("not this program's format"));
        }
        let count = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        if values.len() != count * DIM {
            return Err(CodesError("the length is not what the header says"));
        }
        Ok(Self { bytes, whole: OnceLock::new(), file: None })
    }

    /// Packed fingerprints that lie at `offset` of a file, `bytes` being the same part of it mapped. Nothing
    /// of them is looked at before it is needed; those that are not what was packed count as damaged.
    ///
    /// # Errors
    /// The length is none that packed fingerprints have.
    pub fn in_file(bytes: Bytes, file: Arc<File>, offset: u64) -> Result<Self, CodesError> {
        match bytes.len().checked_sub(HEADER) {
            Some(values) if values.is_multiple_of(DIM) => {
                Ok(Self { bytes, whole: OnceLock::new(), file: Some((file, offset)) })
            }
            _ => Err(CodesError("not the length of packed fingerprints")),
        }
    }

    /// Where in packed fingerprints a stretch of them is.
    #[must_use]
    pub fn part(range: &Range<usize>) -> Range<u64> {
        let at = |place: usize| (HEADER + place * DIM) as u64;
        at(range.start)..at(range.end)
    }

    /// The fingerprints of such a part, the last of which may lack.
    #[must_use]
    pub fn codes_of_part(part: &[u8]) -> Vec<Code> {
        bytemuck::cast_slice(part).as_chunks::<DIM>().0.to_vec()
    }

    /// How many fingerprints so many packed bytes hold.
    #[must_use]
    pub fn count(bytes: u64) -> usize {
        bytes.saturating_sub(HEADER as u64) as usize / DIM
    }

    /// The bytes to keep.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Number of fingerprints.
    #[must_use]
    pub fn len(&self) -> usize {
        (self.bytes.len() - HEADER) / DIM
    }

    /// No fingerprint at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the values are what was packed.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self.whole.get_or_init(|| {
            let (header, values) = self.bytes.split_at(HEADER);
            let whole = header[..4] == MAGIC
                && header[4..8] == (self.len() as u32).to_le_bytes()
                && header[8..12] == crc32fast::hash(values).to_le_bytes();
            if !whole {
                tracing::warn!("fingerprints of a track are damaged: see echovibe doctor --repair");
            }
            whole
        })
    }

    /// The fingerprints of a stretch, as far as there are any; their checksum is not looked at. None where
    /// the file cannot be read.
    #[must_use]
    pub fn stretch(&self, range: Range<usize>) -> Vec<Code> {
        let range = range.start.min(self.len())..range.end.min(self.len());
        let Some((file, offset)) = &self.file else {
            return self.codes().get(range).unwrap_or_default().to_vec();
        };
        let mut bytes = vec![0; range.len() * DIM];
        let from = offset + (HEADER + range.start * DIM) as u64;
        if let Err(error) = file.read_exact_at(&mut bytes, from) {
            tracing::warn!("fingerprints cannot be read: {error}");
            return Vec::new();
        }
        bytemuck::cast_slice(&bytes).as_chunks::<DIM>().0.to_vec()
    }

    /// The fingerprints; none where the values are damaged.
    #[must_use]
    pub fn codes(&self) -> &[Code] {
        if self.is_whole() {
            bytemuck::cast_slice(&self.bytes[HEADER..]).as_chunks::<DIM>().0
        } else {
            &[]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit(values: Vec<f32>) -> [f32; DIM] {
        let length = values.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
        std::array::from_fn(|i| values[i] / length)
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(
            codes in prop::collection::vec(prop::collection::vec(any::<i8>(), DIM), 0..20),
        ) {
            let codes: Vec<Code> = codes.into_iter().map(|c| c.try_into().unwrap()).collect();
            let packed = Packed::new(Packed::of(&codes).bytes().clone()).unwrap();
            prop_assert_eq!(packed.len(), codes.len());
            prop_assert_eq!(packed.codes(), &codes[..]);
        }

        #[test]
        fn quantising_keeps_the_cosine(
            a in prop::collection::vec(-1.0_f32..1.0, DIM),
            b in prop::collection::vec(-1.0_f32..1.0, DIM),
        ) {
            let (a, b) = (unit(a), unit(b));
            let exact: f32 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            prop_assert!((cosine(&quantise(&a), &quantise(&b)) - exact).abs() < 0.01);
        }
    }

    #[test]
    fn a_stretch_is_read_from_the_file() {
        let mut random = fastrand::Rng::with_seed(4);
        let codes: Vec<Code> = (0..30).map(|_| std::array::from_fn(|_| random.i8(..))).collect();
        let packed = Packed::of(&codes);
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), [b"before".as_slice(), packed.bytes()].concat()).unwrap();
        let file = Arc::new(File::open(path.path()).unwrap());
        let kept = Packed::in_file(packed.bytes().clone(), file, 6).unwrap();
        for range in [0..30, 4..9, 25..99, 40..50] {
            let there = range.start.min(30)..range.end.min(30);
            assert_eq!(kept.stretch(range.clone()), codes[there.clone()]);
            assert_eq!(packed.stretch(range), codes[there]);
        }
        assert_eq!(kept.codes(), &codes[..]);
        let file = Arc::new(File::open("/dev/null").unwrap());
        let gone = Packed::in_file(packed.bytes().clone(), Arc::clone(&file), 0).unwrap();
        assert!(gone.stretch(0..3).is_empty());
        assert!(Packed::in_file(packed.bytes().slice(..50), file, 0).is_err());
    }

    #[test]
    fn damage_is_noticed() {
        let packed = Packed::of(&[[3; DIM]]);
        let bytes = packed.bytes();
        assert!(Packed::new(bytes.slice(..bytes.len() - 1)).is_err());
        assert!(Packed::new(Bytes::new()).is_err());
        assert!(Packed::new(Bytes::from_static(b"nonsense nonsense")).is_err());
        let mut flipped = bytes.to_vec();
        flipped[40] ^= 1;
        let flipped = Packed::new(flipped.into()).unwrap();
        assert!(!flipped.is_whole() && flipped.codes().is_empty());
    }
}
