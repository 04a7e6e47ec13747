//! Taking a page away that every thread of the process may have used: write to it, discard it, read it.
//!
//! After each discard no processor that runs a thread of the process may use the old page any more, so each of them is
//! interrupted and forgets it (a TLB shoot-down). Threads interrupt each other in every step; a process of one thread
//! interrupts no other. The same operation as `tlb_flush1` of will-it-scale, on a smaller file.

use super::chained::chained;
use super::file_pages::{FilePages, PAGES};
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::{Error, Result};

pub(super) struct TlbFlush;

impl Kernel for TlbFlush {
    fn name(&self) -> &'static str {
        "tlb-flush"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "writes to a page, discards it and reads it, so that other processors must forget it"
    }

    fn shares(&self) -> Option<&'static str> {
        Some("address space")
    }

    /// A whole mapping: its last step also unmaps it.
    fn cycle(&self) -> u64 {
        PAGES as u64
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let mut pages = FilePages::new()?;
        Ok(chained(seat, move |number, _| {
            flush(&mut pages, mix(number)).unwrap_or_else(|error| panic!("the step could not discard a page: {error}"))
        }))
    }
}

/// The value, if the discarded page reads as zero, as it has to.
fn flush(pages: &mut FilePages, value: u64) -> Result<u64> {
    pages.visit(|mapping, page| {
        mapping.bytes()[page.start] = value as u8 | 1;
        mapping.discard(page.clone()).map_err(Error::os("discarding mapped pages"))?;
        Ok(value.wrapping_add(mapping.bytes()[page.start].into()))
    })?
}
