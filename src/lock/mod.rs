//! Simulated global locks: what stands between a thread and its processor in an interpreter that has one.
//!
//! | policy | lock | a holder lets go | who gets it |
//! |---|---|---|---|
//! | [`Gil`] | CPython ≥ 3.2 | when it blocks, and when a waiter asked for it after a whole switch interval | a waiter, for sure, if one asked |
//! | [`Legacy`] | CPython ≤ 3.1 | when it blocks, and every check interval for an instant | whoever is quickest, mostly the one that let go |
//!
//! A lock for each thread ([PEP 684](https://peps.python.org/pep-0684/)) is a [`Gil`] for one worker. No lock at all
//! needs nothing from this room, but reference counts that bear it: [`crate::count`].
//!
//! What a worker does to its lock can be [traced](trace).

mod gil;
mod legacy;
mod primitives;
#[cfg(test)]
mod tests;
pub mod trace;

use std::time::Duration;

pub use self::gil::{Gil, Worker};
pub use self::legacy::{Legacy, LegacyWorker};
use crate::run::LockSample;

/// CPython's default switch interval.
pub const DEFAULT_INTERVAL: Duration = Duration::from_millis(5);

/// CPython's default check interval until 3.1, in ticks; a tick is about one instruction of its bytecode.
pub const DEFAULT_CHECK_INTERVAL: u32 = 100;

/// A worker's handle on a lock, whatever its policy.
pub trait Attach {
    /// Takes the lock; waits while another worker holds it.
    fn attach(&self);

    /// Releases it, as before a call that blocks.
    fn detach(&self);

    /// Where the holder may be made to let go: between two steps.
    fn safepoint(&self);

    /// What this worker has seen of the lock; hand-overs and hold time are not one worker's to know and stay 0.
    fn account(&self) -> LockSample;

    /// How often the lock has gone to another worker than its last holder, so far.
    fn hand_overs(&self) -> u64;
}
