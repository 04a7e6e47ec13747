//! Mapping memory and using it: map, touch every page, unmap.
//!
//! Mapping and unmapping take the address space's lock for writing, and unmapping must tell every core that runs a
//! thread of the process to forget the pages. Both cost threads something that processes do not pay. The size is that
//! of a large allocation, which `malloc` serves in just this way.

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::{Error, Result};
use crate::sys::Mapping;

/// Bytes mapped per step; less than a huge page, so that touching costs one fault per page.
const BYTES: usize = 16 * 1024;

pub(super) struct MmapTouch;

impl Kernel for MmapTouch {
    fn name(&self) -> &'static str {
        "mmap-touch"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "maps 16 KiB, touches every page and unmaps them"
    }

    fn shares(&self) -> Option<&'static str> {
        Some("address space")
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let page = rustix::param::page_size();
        Ok(chained(seat, move |number, _| {
            map_and_touch(page, mix(number)).unwrap_or_else(|error| panic!("the step could not map memory: {error}"))
        }))
    }
}

/// Writes the value to the first byte of every new page and sums the pages. Nothing is read before: that would map the
/// system's page of zeros first, and taking that away again is `tlb-flush`'s part.
fn map_and_touch(page: usize, value: u64) -> Result<u64> {
    let mut mapping = Mapping::new(BYTES).map_err(Error::os(format!("mapping {BYTES} bytes of memory")))?;
    let sum = mapping.bytes().chunks_mut(page).fold(value, |sum, page| {
        page[0] = value as u8;
        sum.wrapping_add(page[0].into())
    });
    Ok(sum)
}
