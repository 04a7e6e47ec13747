//! Waking through a futex on which no thread waits: what releasing a contended lock costs at least.
//!
//! The word lies on the stack of the calling thread and is not declared private to the process, so the system has to
//! find out which page it lies in. The same operation as `futex1` of will-it-scale.

use std::sync::atomic::AtomicU32;

use rustix::thread::futex::{Flags, wake};

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::{Error, Result};

/// Calls per step: one takes hardly longer than what stands between two steps.
const CALLS: u32 = 16;

pub(super) struct Futex;

impl Kernel for Futex {
    fn name(&self) -> &'static str {
        "futex"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "wakes a futex of its own, on which no thread waits, 16 times"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        wake_many().map_err(Error::os("waking a futex"))?;
        Ok(chained(seat, |number, _| {
            let woken = wake_many().unwrap_or_else(|error| panic!("the step could not wake its futex: {error}"));
            mix(number).wrapping_add(woken)
        }))
    }
}

/// How many threads were woken: none, or the checksum is wrong.
fn wake_many() -> rustix::io::Result<u64> {
    let word = AtomicU32::new(0);
    (0..CALLS).try_fold(0, |woken, _| Ok(woken + wake(&word, Flags::empty(), 1)? as u64))
}
