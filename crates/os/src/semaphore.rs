//! The POSIX semaphore: what CPython before 3.2 made its lock of on Linux.
//!
//! Posting makes a system call only if somebody sleeps on it, and promises nothing to whoever does.

use std::cell::UnsafeCell;
use std::pin::Pin;

/// A `sem_t` for the threads of this process.
#[derive(Debug)]
pub struct Semaphore {
    // Boxed and pinned: POSIX forbids moving an initialised semaphore.
    raw: Pin<Box<UnsafeCell<libc::sem_t>>>,
}

// SAFETY: a POSIX semaphore may be used from any thread; all access goes through the sem functions.
unsafe impl Send for Semaphore {}
// SAFETY: as above.
unsafe impl Sync for Semaphore {}

impl Semaphore {
    /// A semaphore with this value.
    ///
    /// # Panics
    /// If the value is greater than the system's largest, 2³¹ − 1 on Linux.
    pub fn new(value: u32) -> Self {
        // SAFETY: all zeroes is valid memory for a `sem_t`, which is plain bytes until initialised.
        let raw = Box::pin(UnsafeCell::new(unsafe { std::mem::zeroed::<libc::sem_t>() }));
        // SAFETY: the semaphore stands at its final address and is not yet in use.
        let code = unsafe { libc::sem_init(raw.get(), 0, value) };
        assert_eq!(code, 0, "a semaphore of {value} cannot be made");
        Self { raw }
    }

    /// Takes one from the value if it is not 0, without waiting; whether it did.
    #[inline]
    pub fn try_wait(&self) -> bool {
        // SAFETY: the semaphore is initialised and pinned for as long as `self` lives.
        unsafe { libc::sem_trywait(self.raw.get()) == 0 }
    }

    /// Takes one from the value; sleeps while it is 0.
    #[inline]
    pub fn wait(&self) {
        // SAFETY: as in `try_wait`. A signal may interrupt the wait; then it begins anew.
        while unsafe { libc::sem_wait(self.raw.get()) } != 0 {}
    }

    /// Adds one to the value, and wakes one of those who sleep.
    #[inline]
    pub fn post(&self) {
        // SAFETY: as in `try_wait`.
        unsafe { libc::sem_post(self.raw.get()) };
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        // SAFETY: waiters borrow the semaphore, so there are none.
        unsafe { libc::sem_destroy(self.raw.get()) };
    }
}
