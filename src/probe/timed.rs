//! The time of something short that is done again and again.

use std::time::Duration;

use crate::stats::median;
use crate::sys::clock_ns;

/// Most batches: what there is room for.
const BATCHES: usize = 4096;

/// Nanoseconds of one turn: the median of batches of so many turns, done for about so long.
///
/// Batches, because reading the clock takes as long as some of what is timed; their median, because a neighbour's slice
/// of the processor belongs to one of them and not to all. The first batch warms up and does not count.
pub(super) fn typical_ns(length: Duration, batch: u32, mut turn: impl FnMut()) -> f64 {
    let mut times = Vec::with_capacity(BATCHES);
    (0..batch).for_each(|_| turn());
    let mut began = clock_ns();
    let until = began + length.as_nanos() as u64;
    while times.len() < BATCHES {
        (0..batch).for_each(|_| turn());
        let ended = clock_ns();
        times.push((ended - began) as f64 / f64::from(batch));
        if ended >= until {
            break;
        }
        began = ended;
    }
    median(&times).expect("one batch at least")
}
