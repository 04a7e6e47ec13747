//! Page faults: each step writes to a page of a private file mapping for the first time.
//!
//! Threads fault into one set of page tables, processes each into their own. A mapping that is used up is unmapped and
//! made anew, which is rare beside the faults. The same operation as `page_fault2` of will-it-scale, on a smaller file.

use super::chained::chained;
use super::file_pages::{FilePages, PAGES};
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;

pub(super) struct PageFault;

impl Kernel for PageFault {
    fn name(&self) -> &'static str {
        "page-fault"
    }

    /// Revision 1 emptied a mapping of 64 pages again and again, which measured TLB shoot-downs.
    fn revision(&self) -> u32 {
        2
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "writes to a page of a private file mapping for the first time"
    }

    fn shares(&self) -> Option<&'static str> {
        Some("page tables")
    }

    /// A whole mapping: its last step also unmaps it.
    fn cycle(&self) -> u64 {
        PAGES as u64
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let mut pages = FilePages::new()?;
        Ok(chained(seat, move |number, _| {
            touch(&mut pages, mix(number))
                .unwrap_or_else(|error| panic!("the step could not touch a new page: {error}"))
        }))
    }
}

/// Writes to a fresh page before anything is read there: reading maps the file's page, and its neighbours, for reading
/// only, and writing to such a page takes it away from every thread, which is `tlb-flush`'s part.
fn touch(pages: &mut FilePages, value: u64) -> Result<u64> {
    pages.visit(|mapping, page| {
        let first = &mut mapping.bytes()[page.start];
        *first = value as u8;
        value.wrapping_add((*first).into())
    })
}
