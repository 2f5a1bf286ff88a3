//! Sums of table entries for 32 searched codes at a time, held in registers (André, Kermarrec, Le Scouarnec
//! 2015, "Cache locality is not enough: high-performance nearest neighbor search with product quantization
//! fast scan"). Where there is no AVX2 the same sums are made one by one.
#![allow(unsafe_code, reason = "the version for AVX2 is called where the processor has it")]

use super::residual::{BYTES, Halves, Residual};

/// Codes looked at together.
pub(super) const BLOCK: usize = 32;
/// Bytes of them.
const BLOCK_BYTES: usize = BLOCK * BYTES;

/// Lays the codes of a cell so that [`scan`] takes them: of each 32 all first bytes, then all second ones; what
/// is left over in the same way.
pub(super) fn lay_out(codes: &[Residual], laid: &mut [u8]) {
    for (codes, laid) in codes.chunks(BLOCK).zip(laid.chunks_mut(BLOCK_BYTES)) {
        for (i, code) in codes.iter().enumerate() {
            for (row, byte) in code.iter().enumerate() {
                laid[row * codes.len() + i] = *byte;
            }
        }
    }
}

/// Hands the place of each code whose entries sum to `least` or more, and the sum, to `visit`, which answers
/// the `least` that counts from then on, [`None`] for no more.
pub(super) fn scan(
    halves: &Halves,
    laid: &[u8],
    mut least: u16,
    mut visit: impl FnMut(usize, u16) -> Option<u16>,
) {
    let mut found = Found { sums: [0; BLOCK], reaching: 0 };
    let (blocks, rest) = laid.as_chunks::<BLOCK_BYTES>();
    let mut last = [0; BLOCK_BYTES];
    let left = rest.len() / BYTES;
    if left > 0 {
        let rows = last.as_chunks_mut::<BLOCK>().0.iter_mut();
        for (row, bytes) in rows.zip(rest.chunks_exact(left)) {
            row[..left].copy_from_slice(bytes);
        }
    }
    let padded = (left > 0).then_some(&last);
    for (block, codes) in blocks.iter().chain(padded).enumerate() {
        add_up(halves, codes, least, &mut found);
        if block == blocks.len() {
            found.reaching &= (1 << left) - 1;
        }
        while found.reaching != 0 {
            let i = found.reaching.trailing_zeros() as usize;
            found.reaching &= found.reaching - 1;
            if found.sums[i] < least {
                continue;
            }
            match visit(block * BLOCK + i, found.sums[i]) {
                Some(now) => least = now,
                None => return,
            }
        }
    }
}

/// What was found in a block.
struct Found {
    sums: [u16; BLOCK],
    /// A bit for each code whose sum is large enough.
    reaching: u32,
}

fn add_up(halves: &Halves, block: &[u8; BLOCK_BYTES], least: u16, found: &mut Found) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { avx2::add_up(halves, block, least, found) };
    }
    anywhere(halves, block, least, found);
}

fn anywhere(halves: &Halves, block: &[u8; BLOCK_BYTES], least: u16, found: &mut Found) {
    found.sums = [0; BLOCK];
    for (tables, row) in halves.as_chunks::<2>().0.iter().zip(block.as_chunks::<BLOCK>().0) {
        for (sum, byte) in found.sums.iter_mut().zip(row) {
            *sum += u16::from(tables[0][usize::from(byte & 15)])
                + u16::from(tables[1][usize::from(byte >> 4)]);
        }
    }
    let bit = |(i, sum): (usize, &u16)| u32::from(*sum >= least) << i;
    found.reaching = found.sums.iter().enumerate().map(bit).fold(0, |all, bit| all | bit);
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi16, _mm256_and_si256, _mm256_broadcastsi128_si256,
        _mm256_cmpgt_epi16, _mm256_movemask_epi8, _mm256_packs_epi16, _mm256_permute2x128_si256,
        _mm256_permute4x64_epi64, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_setzero_si256,
        _mm256_shuffle_epi8, _mm256_slli_epi16, _mm256_srli_epi16, _mm256_sub_epi16,
        _mm256_unpackhi_epi16, _mm256_unpacklo_epi16,
    };

    use bytemuck::{cast, cast_ref};

    use super::{BLOCK, BLOCK_BYTES, Found, Halves};

    #[target_feature(enable = "avx2")]
    pub(super) fn add_up(
        halves: &Halves,
        block: &[u8; BLOCK_BYTES],
        least: u16,
        found: &mut Found,
    ) {
        let low = _mm256_set1_epi8(15);
        // Sums of the codes with even places, each with those of the odd ones 256-fold, and of the odd ones.
        let (mut both, mut odd) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for (tables, row) in halves.as_chunks::<2>().0.iter().zip(block.as_chunks::<BLOCK>().0) {
            let bytes: __m256i = cast(*row);
            let patterns = [
                _mm256_and_si256(bytes, low),
                _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), low),
            ];
            for (table, patterns) in tables.iter().zip(patterns) {
                let table = _mm256_broadcastsi128_si256(cast(*table));
                let entries = _mm256_shuffle_epi8(table, patterns);
                both = _mm256_add_epi16(both, entries);
                odd = _mm256_add_epi16(odd, _mm256_srli_epi16::<8>(entries));
            }
        }
        let even = _mm256_sub_epi16(both, _mm256_slli_epi16::<8>(odd));
        let (a, b) = (_mm256_unpacklo_epi16(even, odd), _mm256_unpackhi_epi16(even, odd));
        let first = _mm256_permute2x128_si256::<0x20>(a, b);
        let second = _mm256_permute2x128_si256::<0x31>(a, b);
        let (sums, _) = found.sums.as_chunks_mut::<16>();
        sums[0] = *cast_ref(&first);
        sums[1] = *cast_ref(&second);
        // Sums and what they must reach are far below what 15 bits hold.
        let below = _mm256_set1_epi16(least as i16 - 1);
        let reaching =
            _mm256_packs_epi16(_mm256_cmpgt_epi16(first, below), _mm256_cmpgt_epi16(second, below));
        let reaching = _mm256_permute4x64_epi64::<0xD8>(reaching);
        found.reaching = _mm256_movemask_epi8(reaching).cast_unsigned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(random: &mut fastrand::Rng, count: usize) -> Vec<Residual> {
        (0..count).map(|_| std::array::from_fn(|_| random.u8(..))).collect()
    }

    #[test]
    fn every_code_that_reaches_enough_is_handed_over_once_with_its_sum() {
        let mut random = fastrand::Rng::with_seed(9);
        let halves: Halves = std::array::from_fn(|_| std::array::from_fn(|_| random.u8(..)));
        for count in [0, 1, 31, 32, 33, 64, 200] {
            let codes = codes(&mut random, count);
            let mut laid = vec![0; count * BYTES];
            lay_out(&codes, &mut laid);
            let sum = |code: &Residual| -> u16 {
                let halves_of = |byte: &u8| [usize::from(byte & 15), usize::from(byte >> 4)];
                let patterns = code.iter().flat_map(halves_of);
                patterns.zip(&halves).map(|(pattern, table)| u16::from(table[pattern])).sum()
            };
            for least in [0, 2900, 3100, 6121] {
                let mut visited = Vec::new();
                scan(&halves, &laid, least, |place, sum| {
                    visited.push((place, sum));
                    Some(least)
                });
                let expected: Vec<_> =
                    codes.iter().map(sum).enumerate().filter(|(_, sum)| *sum >= least).collect();
                assert_eq!(visited, expected, "{count} {least}");
            }
        }
    }

    #[test]
    fn what_counts_may_rise_on_the_way() {
        let mut random = fastrand::Rng::with_seed(4);
        let halves: Halves = std::array::from_fn(|_| std::array::from_fn(|_| random.u8(..)));
        let codes = codes(&mut random, 500);
        let mut laid = vec![0; codes.len() * BYTES];
        lay_out(&codes, &mut laid);
        let mut best = Vec::new();
        scan(&halves, &laid, 0, |_, sum| {
            best.push(sum);
            Some(sum + 1)
        });
        assert!(best.is_sorted_by(|a, b| a < b) && best.len() > 1);
        let mut calls = 0;
        scan(&halves, &laid, 0, |_, _| {
            calls += 1;
            None
        });
        assert_eq!(calls, 1);
    }

    #[test]
    fn every_processor_gives_the_same_sums() {
        let mut random = fastrand::Rng::with_seed(8);
        let halves: Halves = std::array::from_fn(|_| std::array::from_fn(|_| random.u8(..)));
        let block = std::array::from_fn(|_| random.u8(..));
        let (mut here, mut plain) =
            (Found { sums: [1; BLOCK], reaching: 0 }, Found { sums: [2; BLOCK], reaching: 7 });
        add_up(&halves, &block, 3050, &mut here);
        anywhere(&halves, &block, 3050, &mut plain);
        assert_eq!((here.sums, here.reaching), (plain.sums, plain.reaching));
    }
}
