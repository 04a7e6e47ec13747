//! The lock of CPython up to 3.1: ticks, and no promise to anybody.
//!
//! The lock is a binary semaphore. Its holder counts ticks, about one for each instruction of its bytecode, in a counter
//! that all workers share. When a check interval of them has passed it posts the semaphore and waits on it again at
//! once, as if that let somebody else run:
//!
//! - Posting wakes one sleeping waiter, which needs microseconds to get to a processor. The releaser needs nanoseconds
//!   to take the semaphore again. With a processor for each of them the waiter nearly always comes too late, finds the
//!   lock held, and goes back to sleep: thousands of wake-ups a second for nothing, each paid by the holder's system
//!   call and by the waiter's processor.
//! - On one processor the woken waiter does not run before the system takes the processor from the holder, so there is
//!   less of that, and threads on one core are faster than on two.
//! - Ticks are not time: one instruction may be a call that takes a second, and the lock is held throughout.
//!
//! There are no time limits, no requests and no forced switching. Who blocks lets go of the lock around the call, as
//! with the later lock.

use std::cell::Cell;

use super::gil::bump;
use super::primitives::{AtomicI32, AtomicU64, AtomicUsize, Ordering, Semaphore, clock_ns};
use super::trace::{Moment, Silent, Trace};
use super::{Attach, DEFAULT_CHECK_INTERVAL};
use crate::run::LockSample;

/// No worker has held the lock yet.
const NOBODY: usize = usize::MAX;

/// Ticks of one step of a kernel: 0.2–0.5 µs, in which CPython 2.7 executes about a hundred instructions. A longer step
/// stands for a single instruction that calls native code, and counts the same.
pub(super) const TICKS_PER_STEP: u32 = DEFAULT_CHECK_INTERVAL;

/// A tick-based lock. Any number of workers may use it.
#[derive(Debug)]
pub struct Legacy {
    semaphore: Semaphore,
    /// Ticks left until the next check; written by the holder alone.
    ticker: AtomicI32,
    check_interval: i32,
    last_holder: AtomicUsize,
    switch_number: AtomicU64,
}

/// A worker's handle on the lock. It stays on the worker's own thread.
#[derive(Debug)]
pub struct LegacyWorker<'a, T: Trace = Silent> {
    lock: &'a Legacy,
    id: usize,
    trace: T,
    forced_drops: Cell<u64>,
    waits: Cell<u64>,
    wait_ns: Cell<u64>,
}

impl Legacy {
    /// A free lock that is let go for an instant every so many ticks (0 counts as 1).
    pub fn new(check_interval: u32) -> Self {
        let check_interval = i32::try_from(check_interval.max(1)).unwrap_or(i32::MAX);
        Self {
            semaphore: Semaphore::new(1),
            ticker: AtomicI32::new(check_interval),
            check_interval,
            last_holder: AtomicUsize::new(NOBODY),
            switch_number: AtomicU64::new(0),
        }
    }

    /// The handle of worker number `id`, detached. One thread at a time may use a given number.
    pub fn worker(&self, id: usize) -> LegacyWorker<'_> {
        self.traced(id, Silent)
    }

    /// The same, and all that it does to the lock is noted.
    pub fn traced<T: Trace>(&self, id: usize, trace: T) -> LegacyWorker<'_, T> {
        let zero = || Cell::new(0);
        LegacyWorker { lock: self, id, trace, forced_drops: zero(), waits: zero(), wait_ns: zero() }
    }
}

impl<T: Trace> LegacyWorker<'_, T> {
    /// Takes the lock; waits while another worker holds it.
    #[inline]
    pub fn attach(&self) {
        if self.lock.semaphore.try_wait() {
            self.taken();
        } else {
            self.wait();
        }
    }

    /// Releases the lock.
    #[inline]
    pub fn detach(&self) {
        self.trace.note(Moment::Detach, 0);
        self.lock.semaphore.post();
    }

    /// Counts ticks; at the end of a check interval lets go of the lock and takes it again.
    #[inline]
    pub fn safepoint(&self, ticks: u32) {
        let left = self.lock.ticker.load(Ordering::Relaxed) - ticks.cast_signed();
        self.lock.ticker.store(left, Ordering::Relaxed);
        if left <= 0 {
            self.check();
        }
    }

    /// What this worker has seen of the lock.
    pub fn account(&self) -> LockSample {
        LockSample {
            forced_drops: self.forced_drops.get(),
            waits: self.waits.get(),
            wait_ns: self.wait_ns.get(),
            ..LockSample::default()
        }
    }

    fn check(&self) {
        self.lock.ticker.store(self.lock.check_interval, Ordering::Relaxed);
        bump(&self.forced_drops, 1);
        self.trace.note(Moment::Drop, 0);
        self.lock.semaphore.post();
        self.attach();
    }

    #[cold]
    fn wait(&self) {
        self.trace.note(Moment::Wait, 0);
        let began = clock_ns();
        self.lock.semaphore.wait();
        bump(&self.waits, 1);
        bump(&self.wait_ns, clock_ns() - began);
        self.taken();
    }

    #[inline]
    fn taken(&self) {
        let lock = self.lock;
        if lock.last_holder.load(Ordering::Relaxed) != self.id {
            lock.last_holder.store(self.id, Ordering::Relaxed);
            lock.switch_number.store(lock.switch_number.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        self.trace.note(Moment::Take, 0);
    }
}

impl<T: Trace> Attach for LegacyWorker<'_, T> {
    #[inline]
    fn attach(&self) {
        LegacyWorker::attach(self);
    }

    #[inline]
    fn detach(&self) {
        LegacyWorker::detach(self);
    }

    #[inline]
    fn safepoint(&self) {
        LegacyWorker::safepoint(self, TICKS_PER_STEP);
    }

    fn account(&self) -> LockSample {
        LegacyWorker::account(self)
    }

    fn hand_overs(&self) -> u64 {
        self.lock.switch_number.load(Ordering::Relaxed).saturating_sub(1)
    }
}
