//! The allocator: blocks are allocated by one worker and freed by whichever comes next.
//!
//! A thread that frees what it allocated itself hardly meets the others in a modern allocator: glibc keeps up to seven
//! blocks of each size up to about 1 KiB per thread, and an arena per thread up to eight times the cores. So each
//! process has a shelf of live blocks (as in Larson and Krishnan's server benchmark, ISMM 1998): a step puts new blocks
//! of 32 bytes to 8 KiB into scattered slots and frees what it finds there, which has to take the lock of the arena the
//! block came from. Threads of a process thus really share the allocator; workers of different processes share nothing.
//! The slots' own locks are held for one exchange of pointers, and there are enough of them that they rarely meet.

use std::mem;
use std::sync::Mutex;

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;

/// Live blocks per process: about 400 KiB.
const SLOTS: usize = 256;
/// Blocks exchanged per step.
const BLOCKS: u64 = 8;

/// Each on a cache line of its own, so that neighbours do not disturb each other.
#[repr(align(64))]
struct Slot(Mutex<Vec<u8>>);

static SHELF: [Slot; SLOTS] = [const { Slot(Mutex::new(Vec::new())) }; SLOTS];

pub(super) struct Alloc;

impl Kernel for Alloc {
    fn name(&self) -> &'static str {
        "alloc"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "allocates blocks of many sizes and frees those of other workers"
    }

    fn shares(&self) -> Option<&'static str> {
        Some("allocator")
    }

    /// Fills the shelf first, or a new process would pay for its growing heap within the timed part and others not.
    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        (0..SLOTS as u64).for_each(|number| {
            exchange_some(number);
        });
        Ok(chained(seat, |number, _| exchange_some(number)))
    }
}

/// Exchanges the step's blocks. The checksum is made of the new ones: the old ones depend on who was here before.
fn exchange_some(number: u64) -> u64 {
    (0..BLOCKS).fold(0, |sum, part| sum.wrapping_add(exchange(number.wrapping_mul(BLOCKS) + part)))
}

fn exchange(number: u64) -> u64 {
    let draw = mix(number);
    let new = block(draw);
    let sum = draw ^ new.capacity() as u64;
    let slot = &SHELF[(draw >> 32) as usize % SLOTS].0;
    let old = mem::replace(&mut *slot.lock().expect("nothing panics while it holds a slot"), new);
    drop(old);
    sum
}

/// A block of 32 bytes to 8 KiB that has been written to. Every size class of a factor of two is equally likely.
fn block(draw: u64) -> Vec<u8> {
    let class = 32 << (draw % 8);
    let mut block = Vec::with_capacity(class + (draw >> 8) as usize % class);
    block.push(draw as u8);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_span_what_threads_cache_and_what_they_do_not() {
        let sizes: Vec<usize> = (0..1000).map(|number| block(mix(number)).capacity()).collect();
        assert!(sizes.iter().all(|size| (32..8192).contains(size)));
        assert!(sizes.iter().filter(|&&size| size > 1032).count() > 250);
    }
}
