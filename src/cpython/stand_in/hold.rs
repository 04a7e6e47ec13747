//! A thread's hold on the lock it plays under, whichever lock that is.

use crate::lock::{Gil, Legacy, LegacyWorker, Worker};

/// A lock that hands out holds.
pub(super) trait Lock: Sync {
    type Hold<'a>: Hold
    where
        Self: 'a;
    /// Whether threads run at the same time.
    const FREE: bool = false;
    /// The hold of thread number `id`, detached.
    fn hold(&self, id: usize) -> Self::Hold<'_>;
}

/// What one thread does to its lock.
pub(super) trait Hold {
    fn attach(&self);
    fn detach(&self);
    /// Passed once an iteration, which would have been so many ticks.
    fn safepoint(&self, ticks: u32);

    /// Makes a blocking call.
    fn detached<R>(&self, call: impl FnOnce() -> R) -> R {
        self.detach();
        let outcome = call();
        self.attach();
        outcome
    }
}

impl Lock for Gil {
    type Hold<'a> = Worker<'a>;

    fn hold(&self, id: usize) -> Worker<'_> {
        self.worker(id)
    }
}

impl Hold for Worker<'_> {
    fn attach(&self) {
        self.attach();
    }

    fn detach(&self) {
        self.detach();
    }

    #[inline]
    fn safepoint(&self, _: u32) {
        self.safepoint();
    }
}

impl Lock for Legacy {
    type Hold<'a> = LegacyWorker<'a>;

    fn hold(&self, id: usize) -> LegacyWorker<'_> {
        self.worker(id)
    }
}

impl Hold for LegacyWorker<'_> {
    fn attach(&self) {
        self.attach();
    }

    fn detach(&self) {
        self.detach();
    }

    #[inline]
    fn safepoint(&self, ticks: u32) {
        self.safepoint(ticks);
    }
}

/// No lock: a free-threaded interpreter.
pub(super) struct Unlocked;

impl Lock for Unlocked {
    type Hold<'a> = &'a Unlocked;
    const FREE: bool = true;

    fn hold(&self, _: usize) -> &Unlocked {
        self
    }
}

impl Hold for &Unlocked {
    fn attach(&self) {}
    fn detach(&self) {}
    #[inline]
    fn safepoint(&self, _: u32) {}
}
