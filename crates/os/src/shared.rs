//! Memory that processes share: a page of atomic words without a name.
//!
//! Backed by a memfd, so there is no path to clean up: the memory is gone with the last process that maps it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, fstat, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// Bytes at the start that hold 32-bit words (for futexes); the rest holds 64-bit words.
const HEAD: usize = 128;

/// A mapping of shared atomic words, all zero at first.
#[derive(Debug)]
pub struct Shared {
    memory: NonNull<u8>,
    length: usize,
    descriptor: OwnedFd,
}

// SAFETY: the memory is only ever viewed as atomics, which any thread may use.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// New shared memory with room for so many 64-bit words.
    ///
    /// # Errors
    /// If the system has no memory or no descriptor left.
    pub fn new(words: usize) -> io::Result<Self> {
        let descriptor = memfd_create("gilbench", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&descriptor, (HEAD + words * 8) as u64)?;
        fcntl_add_seals(&descriptor, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Self::open(descriptor)
    }

    /// Maps memory that another process made with [`Shared::new`].
    ///
    /// # Errors
    /// If the descriptor is no such memory.
    pub fn open(descriptor: OwnedFd) -> io::Result<Self> {
        let length = usize::try_from(fstat(&descriptor)?.st_size).unwrap_or(0);
        if length < HEAD || !length.is_multiple_of(8) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the shared page has an impossible size"));
        }
        if !fcntl_get_seals(&descriptor).is_ok_and(|seals| seals.contains(SealFlags::SHRINK)) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "memory that can be cut off is not shared"));
        }
        // SAFETY: a fresh mapping at an address the system chooses; it overlaps nothing that Rust knows of. The file
        // is sealed (checked above): nobody can shrink it, so no access faults.
        let memory = unsafe {
            mmap(std::ptr::null_mut(), length, ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED, &descriptor, 0)?
        };
        let memory = NonNull::new(memory.cast()).expect("mmap never returns null unless asked to");
        Ok(Self { memory, length, descriptor })
    }

    /// The 32-bit words at its head.
    pub fn head(&self) -> &[AtomicU32] {
        // SAFETY: the mapping is at least `HEAD` bytes, page-aligned, lives as long as `self`, and every bit pattern
        // is a valid atomic. These bytes are viewed in no other size.
        unsafe { std::slice::from_raw_parts(self.memory.cast().as_ptr(), HEAD / 4) }
    }

    /// The 64-bit words behind them.
    pub fn words(&self) -> &[AtomicU64] {
        // SAFETY: as in `head`; `HEAD` is a multiple of 8, and so is the length.
        unsafe { std::slice::from_raw_parts(self.memory.add(HEAD).cast().as_ptr(), (self.length - HEAD) / 8) }
    }

    /// Copies bytes to where the words from `at` on are.
    ///
    /// For this crate alone: no other thread may copy or use the words meanwhile, which no type holds a caller to.
    ///
    /// # Panics
    /// If they do not fit.
    #[inline]
    pub fn copy_in(&self, at: usize, bytes: &[u8]) {
        self.check(at, bytes.len());
        // SAFETY: the range lies in the mapping (checked above), which nothing but raw pointers and atomics refers to,
        // and `bytes` is ordinary memory, so they do not overlap. Who may write here is agreed between the users by
        // atomics beside it. Should one of them break that agreement (another process can: it may write anything), the
        // bytes are torn and no more: they are only bytes, and the call through a pointer that the compiler does not
        // see through gives it nothing to assume.
        unsafe { std::hint::black_box(COPY)(self.memory.add(HEAD + at * 8).as_ptr(), bytes.as_ptr(), bytes.len()) };
    }

    /// Copies bytes from where the words from `at` on are. As [`Shared::copy_in`], for this crate alone.
    ///
    /// # Panics
    /// If there are not so many.
    #[inline]
    pub fn copy_out(&self, at: usize, bytes: &mut [u8]) {
        self.check(at, bytes.len());
        // SAFETY: as in `copy_in`.
        unsafe { std::hint::black_box(COPY)(bytes.as_mut_ptr(), self.memory.add(HEAD + at * 8).as_ptr(), bytes.len()) };
    }

    #[inline]
    fn check(&self, at: usize, bytes: usize) {
        let room = at.checked_mul(8).and_then(|at| (self.length - HEAD).checked_sub(at));
        assert!(room.is_some_and(|room| bytes <= room), "{bytes} bytes from word {at} on are not all there");
    }
}

/// Copies so many bytes from the second to the first.
const COPY: unsafe fn(*mut u8, *const u8, usize) = copy;

/// # Safety
/// Both ranges are valid and do not overlap.
unsafe fn copy(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: the caller's.
    unsafe { std::ptr::copy_nonoverlapping(from, to, length) };
}

impl AsFd for Shared {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping made in `open`; views borrow `self`, so none is left.
        let _ = unsafe { munmap(self.memory.as_ptr().cast(), self.length) };
    }
}
