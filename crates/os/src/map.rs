//! A private memory mapping, of no file or of one that reads as zeros, used as a slice of bytes and unmapped when dropped.
//!
//! Its bytes are only reachable through `&mut self`, so nothing can hold on to them across [`Mapping::discard`] or the
//! unmapping: the borrow checker keeps the promise that the system calls ask for.

use std::ffi::c_void;
use std::fs::File;
use std::io::Result;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::slice;

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, mmap_anonymous, munmap};

/// Pages of this process alone, zero until written.
#[derive(Debug)]
pub struct Mapping {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the pages belong to the value alone and to no particular thread; the pointer is never handed out.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Maps `bytes` bytes, which the system rounds up to whole pages. None is backed by memory before it is touched.
    ///
    /// # Errors
    /// If the system has no room for them.
    pub fn new(bytes: usize) -> Result<Self> {
        // SAFETY: without MAP_FIXED and with a null hint the system chooses a place that overlaps nothing.
        let start =
            unsafe { mmap_anonymous(ptr::null_mut(), bytes, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE) };
        Self::at(start, bytes)
    }

    fn at(start: rustix::io::Result<*mut c_void>, bytes: usize) -> Result<Self> {
        let start = NonNull::new(start?.cast()).expect("the system never maps page zero unasked");
        Ok(Self { start, bytes })
    }

    /// All of its bytes.
    pub fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: `start` is the start of `bytes` readable, writable, zero-initialised bytes that live until `drop`,
        // and `&mut self` makes this the only slice of them.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.bytes) }
    }

    /// Asks for pages of the base size, so that each first touch is one fault.
    pub fn without_huge_pages(self) -> Result<Self> {
        self.advise(0..self.bytes, Advice::LinuxNoHugepage).map(|()| self)
    }

    /// Gives the memory of some of its pages back but keeps them mapped: they read zero again, and touching them faults
    /// again. The range begins with a page; a page that it holds in part is discarded as a whole.
    pub fn discard(&mut self, range: Range<usize>) -> Result<()> {
        self.advise(range, Advice::LinuxDontNeed)
    }

    /// # Panics
    /// If the range is not within the mapping.
    fn advise(&self, range: Range<usize>, advice: Advice) -> Result<()> {
        assert!(range.start <= range.end && range.end <= self.bytes, "{range:?} is not within {} bytes", self.bytes);
        // SAFETY: the range lies within this value's private mapping (checked above, and the mapping ends with a whole
        // page). Only `discard` changes what it holds, to zeros, which are valid bytes, and it holds the only reference.
        unsafe { madvise(self.start.as_ptr().add(range.start).cast(), range.len(), advice) }?;
        Ok(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range is exactly this value's mapping, and no slice of it outlives the value.
        let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.bytes) };
        debug_assert!(unmapped.is_ok(), "unmapping our own mapping: {unmapped:?}");
    }
}

/// A temporary file without a name that is never written to, so that it reads as zeros. It takes no room on the disk.
#[derive(Debug)]
pub struct ZeroFile {
    file: File,
    bytes: usize,
}

impl ZeroFile {
    /// A file of so many bytes in the folder for temporary files.
    pub fn new(bytes: usize) -> Result<Self> {
        let file = tempfile::tempfile()?;
        file.set_len(bytes as u64)?;
        Ok(Self { file, bytes })
    }

    /// A private mapping of the whole file: what is written to it stays there.
    pub fn map(&self) -> Result<Mapping> {
        // SAFETY: without MAP_FIXED and with a null hint the system chooses a place that overlaps nothing. No other code
        // has the file, which has no name: its length and content stay as they are, so no access faults, and no byte
        // changes except through the mapping.
        let start = unsafe {
            let (access, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
            mmap(ptr::null_mut(), self.bytes, access, flags, &self.file, 0)
        };
        Mapping::at(start, self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts_and_restarts_as_zeros(mut mapping: Mapping) {
        let page = rustix::param::page_size();
        assert!(mapping.bytes().iter().all(|&byte| byte == 0));
        mapping.bytes().fill(7);
        mapping.discard(page..2 * page).unwrap();
        assert_eq!(mapping.bytes(), [vec![7; page], vec![0; page], vec![7; page]].concat());
        mapping.discard(0..3 * page).unwrap();
        assert_eq!(mapping.bytes(), vec![0; 3 * page]);
    }

    #[test]
    fn anonymous_starts_and_restarts_as_zeros() {
        starts_and_restarts_as_zeros(
            Mapping::new(3 * rustix::param::page_size()).unwrap().without_huge_pages().unwrap(),
        );
    }

    #[test]
    fn of_a_file_starts_and_restarts_as_zeros_each_time() {
        let file = ZeroFile::new(3 * rustix::param::page_size()).unwrap();
        starts_and_restarts_as_zeros(file.map().unwrap());
        starts_and_restarts_as_zeros(file.map().unwrap());
    }

    #[test]
    #[should_panic(expected = "is not within 4096 bytes")]
    fn discards_nothing_beyond_its_end() {
        let _ = Mapping::new(4096).unwrap().discard(0..8192);
    }

    #[test]
    fn refuses_an_impossible_size() {
        let error = Mapping::new(usize::MAX / 2).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::OutOfMemory, "{error}");
    }
}
