//! A private anonymous memory mapping, used as a slice of bytes and unmapped when dropped.
//!
//! Its bytes are only reachable through `&mut self`, so nothing can hold on to them across [`Mapping::discard`] or the
//! unmapping: the borrow checker keeps the promise that the system calls ask for.

use std::ptr::{self, NonNull};
use std::slice;

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};

use crate::error::{Error, Result};

/// Pages of this process alone, zero until written.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the pages belong to the value alone and to no particular thread; the pointer is never handed out.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Maps `bytes` bytes, which the system rounds up to whole pages. None is backed by memory before it is touched.
    pub(crate) fn new(bytes: usize) -> Result<Self> {
        // SAFETY: without MAP_FIXED and with a null hint the system chooses a place that overlaps nothing.
        let start =
            unsafe { mmap_anonymous(ptr::null_mut(), bytes, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE) }
                .map_err(Error::os(format!("mapping {bytes} bytes of memory")))?;
        let start = NonNull::new(start.cast()).expect("the system never maps page zero unasked");
        Ok(Self { start, bytes })
    }

    /// All of its bytes.
    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: `start` is the start of `bytes` readable, writable, zero-initialised bytes that live until `drop`,
        // and `&mut self` makes this the only slice of them.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.bytes) }
    }

    /// Asks for pages of the base size, so that each first touch is one fault.
    pub(crate) fn without_huge_pages(self) -> Result<Self> {
        self.advise(Advice::LinuxNoHugepage, "asking for pages of the base size").map(|()| self)
    }

    /// Gives the memory back but keeps the mapping: every byte reads zero again, and touching it faults again.
    pub(crate) fn discard(&mut self) -> Result<()> {
        self.advise(Advice::LinuxDontNeed, "discarding mapped pages")
    }

    fn advise(&self, advice: Advice, what: &str) -> Result<()> {
        // SAFETY: the range is exactly this value's private mapping. Only `discard` changes what it holds, to zeros,
        // which are valid bytes, and it holds the only reference.
        unsafe { madvise(self.start.as_ptr().cast(), self.bytes, advice) }.map_err(Error::os(what))
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range is exactly this value's mapping, and no slice of it outlives the value.
        let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.bytes) };
        debug_assert!(unmapped.is_ok(), "unmapping our own mapping: {unmapped:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_and_restarts_as_zeros() {
        let mut mapping = Mapping::new(3 * 4096).unwrap().without_huge_pages().unwrap();
        assert!(mapping.bytes().iter().all(|&byte| byte == 0));
        mapping.bytes().fill(7);
        mapping.discard().unwrap();
        assert_eq!(mapping.bytes(), [0; 3 * 4096]);
    }

    #[test]
    fn refuses_an_impossible_size() {
        let error = Mapping::new(usize::MAX / 2).unwrap_err();
        assert!(error.to_string().contains("mapping"), "{error}");
    }
}
