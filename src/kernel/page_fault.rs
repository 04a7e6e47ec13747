//! Page faults: each step touches a page for the first time.
//!
//! Threads fault into one set of page tables, processes each into their own. The mapping is small and is emptied when
//! it is used up, rather than made anew, so that the address space itself hardly changes: that is `mmap`'s part.

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;
use crate::sys::Mapping;

/// Pages touched before the mapping is emptied; giving them back costs a small part of one step's share each.
const PAGES: usize = 64;

pub(super) struct PageFault;

impl Kernel for PageFault {
    fn name(&self) -> &'static str {
        "page-fault"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "touches a page of memory for the first time"
    }

    fn shares(&self) -> Option<&'static str> {
        Some("page tables")
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let mut pages = Pages::new()?;
        Ok(chained(seat, move |number, _| pages.touch(mix(number))))
    }
}

struct Pages {
    mapping: Mapping,
    page: usize,
    used: usize,
}

impl Pages {
    fn new() -> Result<Self> {
        let page = rustix::param::page_size();
        Ok(Self { mapping: Mapping::new(PAGES * page)?.without_huge_pages()?, page, used: 0 })
    }

    /// Adds the value to the first byte of a fresh page; a page that was not fresh gives a wrong sum.
    fn touch(&mut self, value: u64) -> u64 {
        if self.used == PAGES {
            self.mapping.discard().unwrap_or_else(|error| panic!("the step could not empty its mapping: {error}"));
            self.used = 0;
        }
        let first = &mut self.mapping.bytes()[self.used * self.page];
        self.used += 1;
        *first = first.wrapping_add(value as u8);
        value.wrapping_add((*first).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_fresh() {
        let mut pages = Pages::new().unwrap();
        assert!((0..3 * PAGES).all(|_| pages.touch(1) == 2));
    }
}
