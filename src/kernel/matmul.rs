//! A part of one row of a matrix product: dense floating point on data that stays in a core's own cache.
//!
//! Every seat has its own two matrices (144 KiB together, within the second-level cache of any current core), so that
//! threads and processes touch the same amount of memory. Sums are made in a fixed order: the bits of a part are the
//! same whoever computes it.

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;

/// Rows and columns of the matrices.
const SIDE: usize = 96;
/// Columns of the product that one step computes.
const PART: usize = 24;
const PARTS_PER_ROW: u64 = (SIDE / PART) as u64;

type Matrix = Vec<[f64; SIDE]>;

pub(super) struct Matmul;

impl Kernel for Matmul {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "24 elements of a 96 by 96 matrix product, from a core's own cache"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let (left, right) = (matrix(1), matrix(2));
        Ok(chained(seat, move |number, _| {
            product_part(&left, &right, number).iter().fold(number, |sum, x| sum.wrapping_add(x.to_bits()))
        }))
    }
}

/// A matrix of numbers between 0 and 1 that depend on the seed only.
fn matrix(seed: u64) -> Matrix {
    let element = |row: usize, column: usize| (mix(seed << 32 | (row * SIDE + column) as u64) >> 11) as f64;
    (0..SIDE).map(|row| std::array::from_fn(|column| element(row, column) / (1_u64 << 53) as f64)).collect()
}

/// The step's part of the product; products follow each other, each with the left matrix scaled differently.
fn product_part(left: &[[f64; SIDE]], right: &[[f64; SIDE]], number: u64) -> [f64; PART] {
    let (row_number, first) = (number / PARTS_PER_ROW, (number % PARTS_PER_ROW) as usize * PART);
    let scale = 1.0 + (row_number / SIDE as u64) as f64;
    let row = &left[row_number as usize % SIDE];
    let mut part = [0.0; PART];
    for (x, others) in row.iter().zip(right) {
        let factor = x * scale;
        for (sum, y) in part.iter_mut().zip(&others[first..first + PART]) {
            *sum += factor * y;
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_matrix_product() {
        let (left, right) = (matrix(1), matrix(2));
        let (row, column, product) = (5, 37, 2);
        let expected: f64 = (0..SIDE).map(|k| left[row][k] * right[k][column]).sum::<f64>() * (product as f64 + 1.0);
        let number = (product * SIDE + row) as u64 * PARTS_PER_ROW + (column / PART) as u64;
        let found = product_part(&left, &right, number)[column % PART];
        assert!((found - expected).abs() < 1e-9 * expected, "{found} is not {expected}");
    }
}
