//! The neutral control: arithmetic in registers and nothing else.
//!
//! No memory, no table, no system call: whatever keeps this kernel from scaling is the processor or the model, so the
//! others are read beside it.

use super::chained::chained;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;

/// Rounds of three dependent shifts each: about 0.3 µs.
const ROUNDS: u32 = 200;

pub(super) struct Control;

impl Kernel for Control {
    fn name(&self) -> &'static str {
        "control"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "arithmetic in registers, the neutral control"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        Ok(chained(seat, |number, _| churn(number)))
    }
}

/// Marsaglia's xorshift generator from a start that is never zero.
fn churn(number: u64) -> u64 {
    (0..ROUNDS).fold(number | 1 << 63, |x, _| {
        let x = x ^ (x << 13);
        let x = x ^ (x >> 7);
        x ^ (x << 17)
    })
}
