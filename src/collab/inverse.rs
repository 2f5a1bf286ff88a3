//! The inverse of a symmetric positive definite matrix, by Cholesky's decomposition (Golub and Van Loan,
//! *Matrix Computations*, 4.2).
//!
//! An own one, since the kept crates for it (faer, nalgebra) change the features of crates that the network
//! runtime stands on, which doubles what is compiled, and the one that does not (linfa-linalg) has neither
//! blocks nor threads. Every inner loop here is a product of two contiguous rows.

use rayon::prelude::*;

use crate::dot::dot;

/// Columns decomposed, and rows worked on, together: their rows stay in the processor's cache.
const BLOCK: usize = 32;

/// The inverse of a symmetric matrix of `size` rows, row by row; only what is on and below the diagonal is
/// read. [`None`] where the matrix is not positive definite. Takes `size` cubed multiplications.
#[must_use]
pub fn inverse(mut matrix: Vec<f64>, size: usize) -> Option<Vec<f32>> {
    debug_assert_eq!(matrix.len(), size * size);
    if size == 0 {
        return Some(Vec::new());
    }
    decompose(&mut matrix, size)?;
    let columns = inverse_columns(&matrix, size);
    drop(matrix);
    let mut inverse = vec![0.0; size * size];
    inverse.par_chunks_mut(BLOCK * size).enumerate().for_each(|(block, rows)| {
        for j in 0..size {
            for (i, row) in (block * BLOCK..).zip(rows.chunks_mut(size)) {
                let from = i.max(j);
                let [a, b] = [i, j].map(|k| &columns[k * size + from..(k + 1) * size]);
                row[j] = dot(a, b) as f32;
            }
        }
    });
    Some(inverse)
}

/// `A = L L^T`, L in place of what is on and below the diagonal.
fn decompose(matrix: &mut [f64], size: usize) -> Option<()> {
    for first in (0..size).step_by(BLOCK) {
        let last = (first + BLOCK).min(size);
        for i in first..last {
            let (above, rest) = matrix.split_at_mut(i * size);
            let row = &mut rest[..size];
            below_diagonal(row, &above[first * size..], first..i, size);
            let pivot = row[i] - dot(&row[..i], &row[..i]);
            if !(pivot > 0.0 && pivot.is_finite()) {
                return None;
            }
            row[i] = pivot.sqrt();
        }
        let (done, below) = matrix.split_at_mut(last * size);
        let block = &done[first * size..];
        below.par_chunks_mut(size).for_each(|row| below_diagonal(row, block, first..last, size));
    }
    Some(())
}

/// The entries of a row of L in these columns, whose own rows are `above`.
fn below_diagonal(row: &mut [f64], above: &[f64], columns: std::ops::Range<usize>, size: usize) {
    for (j, of_j) in columns.zip(above.chunks(size)) {
        row[j] = (row[j] - dot(&row[..j], &of_j[..j])) / of_j[j];
    }
}

/// The columns of the inverse of L, each as a row.
fn inverse_columns(lower: &[f64], size: usize) -> Vec<f64> {
    let mut columns = vec![0.0; size * size];
    columns.par_chunks_mut(BLOCK * size).enumerate().for_each(|(block, columns)| {
        let first = block * BLOCK;
        for i in first..size {
            let row = &lower[i * size..=i * size + i];
            for (j, column) in (first..=i).zip(columns.chunks_mut(size)) {
                let unit = f64::from(u8::from(i == j));
                column[i] = (unit - dot(&row[j..i], &column[j..i])) / row[i];
            }
        }
    });
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_by_hand() {
        // [[4, 2], [2, 5]]; what is above the diagonal is not read
        let inverse = inverse(vec![4.0, f64::NAN, 2.0, 5.0], 2).unwrap();
        for (got, expected) in inverse.iter().zip([5.0 / 16.0, -0.125, -0.125, 0.25]) {
            assert!((got - expected).abs() < 1e-7, "{inverse:?}");
        }
        assert_eq!(super::inverse(vec![], 0), Some(vec![]));
    }

    #[test]
    fn times_the_matrix_is_one() {
        let mut random = fastrand::Rng::with_seed(1);
        for size in [1, 7, 32, 33, 130] {
            let x: Vec<f64> = (0..size * 20).map(|_| random.f64() - 0.5).collect();
            let mut matrix = vec![0.0; size * size];
            for i in 0..size {
                for j in 0..size {
                    let [a, b] = [i, j].map(|k| &x[k * 20..(k + 1) * 20]);
                    matrix[i * size + j] = dot(a, b) + if i == j { 0.3 } else { 0.0 };
                }
            }
            let inverse = inverse(matrix.clone(), size).unwrap();
            for i in 0..size {
                for j in 0..size {
                    let product: f64 = (0..size)
                        .map(|k| matrix[i * size + k] * f64::from(inverse[k * size + j]))
                        .sum();
                    let unit = if i == j { 1.0 } else { 0.0 };
                    assert!((product - unit).abs() < 1e-4, "{size}: {i} {j} {product}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_none() {
        assert_eq!(inverse(vec![1.0, 0.0, 2.0, 1.0], 2), None);
        assert_eq!(inverse(vec![f64::NAN], 1), None);
    }
}
