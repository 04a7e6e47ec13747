//! Streaming through memory: reads one buffer and writes another, 16 KiB of each per step.
//!
//! The two buffers are 8 MiB each: together more than a core's share of the last-level cache, so that with all cores at
//! work the traffic has to reach the memory, and little enough that 256 workers fit into 4 GiB. A single worker may
//! still live within a large cache; what it loses when others join is what this kernel is about.

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;

/// Words of a chunk: 16 KiB.
const CHUNK: usize = 2048;
/// Chunks per buffer: 8 MiB.
const CHUNKS: usize = 512;

pub(super) struct MemoryStream;

impl Kernel for MemoryStream {
    fn name(&self) -> &'static str {
        "memory-stream"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "streams through buffers larger than a core's caches"
    }

    fn shares(&self) -> Option<&'static str> {
        Some("memory bus")
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let source: Vec<u64> = (0..(CHUNK * CHUNKS) as u64).map(mix).collect();
        // Not zero: zeroed memory would be backed by pages only when the first timed steps write to it.
        let mut target = vec![1; CHUNK * CHUNKS];
        Ok(chained(seat, move |number, _| stream(&source, &mut target, number)))
    }
}

/// Combines the step's chunk of the source with the step's number, into the target; the sum of what was written.
fn stream(source: &[u64], target: &mut [u64], number: u64) -> u64 {
    let start = number as usize % CHUNKS * CHUNK;
    let (from, to) = (&source[start..start + CHUNK], &mut target[start..start + CHUNK]);
    let mut sum = 0_u64;
    for (to, from) in to.iter_mut().zip(from) {
        *to = from ^ number;
        sum = sum.wrapping_add(*to);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_sums_and_starts_again_at_the_end() {
        let source: Vec<u64> = (0..(CHUNK * CHUNKS) as u64).collect();
        let mut target = vec![0; CHUNK * CHUNKS];
        let number = CHUNKS as u64 + 1;
        let sum = stream(&source, &mut target, number);
        assert_eq!(target[CHUNK..2 * CHUNK].iter().sum::<u64>(), sum);
        assert_eq!(target[CHUNK], CHUNK as u64 ^ number);
        assert_eq!((target[CHUNK - 1], target[2 * CHUNK]), (0, 0));
    }
}
