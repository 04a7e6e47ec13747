//! Who counts a reference: a thread has a number.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

/// Who an object belongs to: one thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner(pub(super) u32);

impl Owner {
    /// Whose the merged objects are.
    pub(super) const NOBODY: Self = Self(0);

    /// The owner with this number.
    ///
    /// # Panics
    /// If the number is 0.
    pub const fn number(number: u32) -> Self {
        assert!(number > 0, "owner 0 is nobody");
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
