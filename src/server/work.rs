//! What a request costs beside its answer: steps of computing, and how many of them take a given time here.
//!
//! An amount and not a time: a thread that is kept from its processor has done nothing meanwhile, and every way of
//! serving must do the same work.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::lock::Worker;

/// Longest that a request may be made to compute.
pub const MOST: Duration = Duration::from_secs(10);

/// So many steps of about 0.3 µs, each waiting for the one before, with a safepoint after each if there is a lock.
pub(super) fn compute(steps: u64, worker: Option<&Worker<'_>>) {
    let mut value = black_box(1);
    for _ in 0..steps {
        value = step(value);
        if let Some(worker) = worker {
            worker.safepoint();
        }
    }
    black_box(value);
}

/// Multiplications in registers: no memory, so that what a connection costs is the server's own.
#[inline]
fn step(mut value: u64) -> u64 {
    for _ in 0..200 {
        value = (value ^ (value >> 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    value
}

/// Steps that take so long on this machine, as far as can be told within some milliseconds; 0 for no time at all.
pub fn steps_for(time: Duration) -> u64 {
    const STEPS: u64 = 1000;
    if time.is_zero() {
        return 0;
    }
    let took = |_| {
        let began = Instant::now();
        compute(STEPS, None);
        began.elapsed()
    };
    // The least of a few: whatever disturbs makes it longer.
    let least = (0..5).map(took).min().expect("there are some").max(Duration::from_nanos(1));
    let steps = time.as_nanos() * u128::from(STEPS) / least.as_nanos();
    u64::try_from(steps).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_no_step_and_any_other_is_one_at_least() {
        assert_eq!(steps_for(Duration::ZERO), 0);
        assert!(steps_for(Duration::from_nanos(1)) >= 1);
    }
}
