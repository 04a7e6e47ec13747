//! Mapping memory without touching it: map, unmap.
//!
//! Both take the address space's lock for writing, and nothing else is done, so this is that lock's price alone: threads
//! of a process take turns, processes do not. The same operation as `mmap1` of will-it-scale, size included. No page is
//! ever touched, so the size costs no memory.

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::{Error, Result};
use crate::sys::Mapping;

/// Bytes mapped per step.
const BYTES: usize = 128 << 20;

pub(super) struct Mmap;

impl Kernel for Mmap {
    fn name(&self) -> &'static str {
        "mmap"
    }

    /// Revision 1 mapped 16 KiB and touched them, as `mmap-touch` does.
    fn revision(&self) -> u32 {
        2
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "maps 128 MiB and unmaps them without touching any"
    }

    fn shares(&self) -> Option<&'static str> {
        Some("address space")
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        Mapping::new(BYTES).map_err(Error::os(format!("mapping {BYTES} bytes of memory")))?;
        Ok(chained(seat, |number, _| {
            drop(Mapping::new(BYTES).unwrap_or_else(|error| panic!("the step could not map memory: {error}")));
            mix(number)
        }))
    }
}
