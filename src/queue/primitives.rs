//! What the ring is made of. It names nothing else, so that a model checker can put its own in this place.

use std::time::Duration;

use rustix::fs::Timespec;
use rustix::thread::futex;

pub(super) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

pub(super) use crate::sys::prefetch_for_write;

/// Sleeps until woken, unless the word has another value by then, and no longer than so long. May end without reason.
pub(super) fn futex_wait(word: &AtomicU32, expected: u32, limit: Duration) {
    let limit = Timespec { tv_sec: limit.as_secs().cast_signed(), tv_nsec: limit.subsec_nanos().into() };
    // Whatever ends it, the caller looks again.
    let _ = futex::wait(word, futex::Flags::empty(), expected, Some(&limit));
}

/// Wakes so many of those who sleep on the word.
pub(super) fn futex_wake(word: &AtomicU32, sleepers: u32) {
    let _ = futex::wake(word, futex::Flags::empty(), sleepers);
}
