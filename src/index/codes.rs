//! Fingerprints: eight bits a value where they are compared, four where they are kept.

use thiserror::Error;

/// Values in a fingerprint.
pub const DIM: usize = 128;

/// A fingerprint: each value of the unit vector times 254, rounded.
pub type Code = [i8; DIM];

/// Values of a unit vector of 128 are seldom above 0.5 (0.09 on average): that is full scale, what
/// lies above is cut off.
const SCALE: f32 = 254.0;

/// Kept values are whole multiples of this many steps of a [`Code`], from -7 to 7: a thirtieth of the
/// unit length, at which the cosine of a kept fingerprint with its own code is 0.993 on average.
const KEPT_STEP: f32 = SCALE / 30.0;
const KEPT_MOST: f32 = 7.0;

const MAGIC: [u8; 4] = *b"EVF2";
const HEADER: usize = 8;
/// Bytes of a kept fingerprint.
const KEPT: usize = DIM / 2;

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

/// A track's fingerprints as they are kept: magic, count (little-endian), values of four bits, the
/// first of two in the lower half of a byte.
#[must_use]
pub fn pack(codes: &[Code]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + codes.len() * KEPT);
    bytes.extend(MAGIC);
    bytes.extend((codes.len() as u32).to_le_bytes());
    for pair in codes.as_flattened().chunks_exact(2) {
        bytes.push(kept(pair[0]) | kept(pair[1]) << 4);
    }
    bytes
}

fn kept(value: i8) -> u8 {
    let steps = (f32::from(value) / KEPT_STEP).round().clamp(-KEPT_MOST, KEPT_MOST);
    (steps + KEPT_MOST) as u8
}

fn unkept(nibble: u8) -> i8 {
    ((f32::from(nibble) - KEPT_MOST) * KEPT_STEP).round() as i8
}

/// The values of [`pack`], as codes, one fingerprint after another.
///
/// # Errors
/// The bytes are not packed fingerprints of this version, or not whole.
pub fn unpack(bytes: &[u8]) -> Result<Vec<i8>, CodesError> {
    let (header, values) = bytes.split_at_checked(HEADER).ok_or(CodesError("too short"))?;
    if header[..4] != MAGIC {
        return Err(CodesError("not this program's format"));
    }
    let count = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
    if values.len() != count * KEPT {
        return Err(CodesError("the length is not what the header says"));
    }
    Ok(values.iter().flat_map(|byte| [unkept(byte & 15), unkept(byte >> 4)]).collect())
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
        fn what_was_kept_is_kept_again_unchanged(
            codes in prop::collection::vec(prop::collection::vec(any::<i8>(), DIM), 0..20),
        ) {
            let codes: Vec<Code> = codes.into_iter().map(|c| c.try_into().unwrap()).collect();
            let packed = pack(&codes);
            let values = unpack(&packed).unwrap();
            prop_assert_eq!(values.len(), codes.len() * DIM);
            prop_assert_eq!(pack(values.as_chunks::<DIM>().0), packed);
        }

        #[test]
        fn keeping_keeps_the_direction(vector in prop::collection::vec(-1.0_f32..1.0, DIM)) {
            let code = quantise(&unit(vector));
            let kept = unpack(&pack(&[code])).unwrap();
            let along = cosine(&code, &kept) / cosine(&kept, &kept).sqrt();
            prop_assert!(along > 0.98, "{along}");
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
