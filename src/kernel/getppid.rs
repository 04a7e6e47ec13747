//! The bare system call: asks for the id of the parent process.
//!
//! It takes no lock and counts no reference, so threads should cost no more than processes: the control of the kernels
//! that call the system. The same operation as `getppid1` of will-it-scale.

use std::hint::black_box;

use rustix::process::getppid;

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;

/// Calls per step: one takes hardly longer than what stands between two steps.
const CALLS: u32 = 16;

pub(super) struct GetPpid;

impl Kernel for GetPpid {
    fn name(&self) -> &'static str {
        "getppid"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "asks for the parent's process id 16 times, the control of kernels that call the system"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        Ok(chained(seat, |number, _| {
            (0..CALLS).for_each(|_| {
                black_box(getppid());
            });
            mix(number)
        }))
    }
}
