//! Sorting: branches that cannot be predicted, by the standard library.
//!
//! One sort is one step with no safepoint inside, as `list.sort` is in CPython. The buffer is the seat's own and is
//! filled anew by every step, so nothing is allocated.

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;

/// Values sorted per step.
const VALUES: usize = 64;

pub(super) struct Sort;

impl Kernel for Sort {
    fn name(&self) -> &'static str {
        "sort"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "sorts 64 numbers: unpredictable branches"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let mut values = [0; VALUES];
        Ok(chained(seat, move |number, _| {
            fill(&mut values, number);
            values.sort_unstable();
            fold(&values)
        }))
    }
}

fn fill(values: &mut [u64], number: u64) {
    let mut value = mix(number);
    for slot in values {
        value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *slot = value >> 16;
    }
}

/// A sum that weighs each value by its place, so that a wrong order gives a wrong sum.
fn fold(values: &[u64]) -> u64 {
    values.iter().zip(1..).fold(0, |sum, (value, place)| sum.wrapping_add(value.wrapping_mul(place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_notices_the_order() {
        assert_ne!(fold(&[1, 2, 3]), fold(&[2, 1, 3]));
    }

    #[test]
    fn values_differ_between_steps() {
        let (mut some, mut others) = ([0; VALUES], [0; VALUES]);
        fill(&mut some, 1);
        fill(&mut others, 2);
        assert!(some.iter().all(|value| !others.contains(value)));
    }
}
