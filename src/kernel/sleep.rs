//! Sleeping 1 ms: waiting with nothing to wait for, the purest I/O there is.
//!
//! The system adds its timer slack, 50 µs unless told otherwise, and the wake-up.

use std::thread;
use std::time::Duration;

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;

const PAUSE: Duration = Duration::from_millis(1);

pub(super) struct Sleep;

impl Kernel for Sleep {
    fn name(&self) -> &'static str {
        "sleep"
    }

    fn bound(&self) -> Bound {
        Bound::Io
    }

    fn summary(&self) -> &'static str {
        "sleeps 1 ms"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        Ok(chained(seat, |number, thread| {
            thread.blocking(|| thread::sleep(PAUSE));
            mix(number)
        }))
    }
}
