//! Fingerprints in eight bits a value.

use thiserror::Error;

/// Values in a fingerprint.
pub const DIM: usize = 128;

/// A fingerprint: each value of the unit vector times 254, rounded.
pub type Code = [i8; DIM];

/// Values of a unit vector of 128 are seldom above 0.5 (0.09 on average): that is full scale, what
/// lies above is cut off.
const SCALE: f32 = 254.0;

const MAGIC: [u8; 4] = *b"EVF1";
const HEADER: usize = 8;

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
pub(super) fn cosine(a: &[i8], b: &[i8]) -> f32 {
    let dot: i32 = a.iter().zip(b).map(|(a, b)| i32::from(i16::from(*a) * i16::from(*b))).sum();
    dot as f32 / (SCALE * SCALE)
}

/// A track's fingerprints as they are kept: magic, count (little-endian), values.
#[must_use]
pub fn pack(codes: &[Code]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + codes.len() * DIM);
    bytes.extend(MAGIC);
    bytes.extend((codes.len() as u32).to_le_bytes());
    bytes.extend(codes.iter().flatten().map(|value| value.cast_unsigned()));
    bytes
}

/// The values of [`pack`], one fingerprint after another.
///
/// # Errors
/// The bytes are not packed fingerprints of this version, or not whole.
pub fn unpack(bytes: &[u8]) -> Result<Vec<i8>, CodesError> {
    let (header, values) = bytes.split_at_checked(HEADER).ok_or(CodesError("too short"))?;
    if header[..4] != MAGIC {
        return Err(CodesError("not this program's format"));
    }
    let count = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
    if values.len() != count * DIM {
        return Err(CodesError("the length is not what the header says"));
    }
    Ok(values.iter().map(|value| value.cast_signed()).collect())
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
        fn packing_turns_back(codes in prop::collection::vec(prop::collection::vec(any::<i8>(), DIM), 0..20)) {
            let codes: Vec<Code> = codes.into_iter().map(|c| c.try_into().unwrap()).collect();
            prop_assert_eq!(unpack(&pack(&codes)).unwrap(), codes.concat());
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
    fn damage_is_noticed() {
        let packed = pack(&[[3; DIM]]);
        assert!(unpack(&packed[..packed.len() - 1]).is_err());
        assert!(unpack(&[]).is_err());
        assert!(unpack(b"nonsense nonsense").is_err());
    }
}
