//! The number of a thread that counts references.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

/// The thread that an object belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner(pub(super) u32);

impl Owner {
    /// The owner of merged objects: none.
    pub(super) const NONE: Self = Self(0);

    /// The owner with this number.
    ///
    /// # Panics
    /// If the number is 0.
    pub const fn number(number: u32) -> Self {
        assert!(number > 0, "owner 0 is no thread");
        Self(number)
    }

    /// The calling thread.
    #[inline]
    pub fn current() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        thread_local!(static ME: Cell<u32> = const { Cell::new(0) });
        let me = ME.get();
        if me != 0 {
            return Self(me);
        }
        let me = NEXT.fetch_add(1, Ordering::Relaxed);
        ME.set(me);
        Self(me)
    }
}
