//! What all models with a lock have in common: threads attached to it, whatever its policy.

use std::cell::Cell;

use super::{Crew, Safepoint};
use crate::kernel::{Kernel, Thread};
use crate::lock::trace::{Recorder, Silent, Trace};
use crate::lock::{Attach, Gil, Legacy};
use crate::run::LockSample;
use crate::sys::clock_ns;
use crate::worker::Field;

/// The lock of a process's threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// One for all, as in CPython 3.2 and later.
    Gil,
    /// One for all, as in CPython up to 3.1.
    Legacy,
    /// One for each, as for the sub-interpreters of CPython 3.12 and later.
    GilEach,
}

/// All threads of this process at work under locks of the policy.
pub(super) fn work_under(policy: Policy, kernel: &dyn Kernel, crew: &Crew<'_>) {
    // Who is not traced runs code in which tracing does not exist.
    if crew.traced() {
        work_with(policy, kernel, crew, |number| Recorder::new(crew.trace_of(number)));
    } else {
        work_with(policy, kernel, crew, |_| Silent);
    }
}

fn work_with<T: Trace>(policy: Policy, kernel: &dyn Kernel, crew: &Crew<'_>, trace: impl Fn(usize) -> T + Sync) {
    let knobs = crew.job().knobs;
    let gil = |workers| {
        let gil = Gil::new(workers, knobs.switch_interval());
        if knobs.forced_switching { gil } else { gil.without_forced_switching() }
    };
    match policy {
        Policy::Gil => {
            let lock = gil(crew.threads());
            attach_each(kernel, crew, |number| lock.traced(number, trace(number)));
        }
        Policy::GilEach => {
            let locks: Vec<Gil> = (0..crew.threads()).map(|_| gil(1)).collect();
            attach_each(kernel, crew, |number| locks[number].traced(0, trace(number)));
        }
        Policy::Legacy => {
            let lock = Legacy::new(knobs.check_interval_ticks);
            attach_each(kernel, crew, |number| lock.traced(number, trace(number)));
        }
    }
}

fn attach_each<W: Attach>(kernel: &dyn Kernel, crew: &Crew<'_>, worker: impl Fn(usize) -> W + Sync) {
    let attached = |number| Attached {
        worker: worker(number),
        crew,
        detached_ns: Cell::new(0),
        since: Cell::new(0),
        span: Cell::default(),
    };
    match crew.job().knobs.safepoint_steps {
        0 | 1 => crew.each(kernel, attached),
        every => crew.each(kernel, |number| Spaced { inner: attached(number), every, left: Cell::new(every) }),
    }
}

/// A thread under a lock, which also knows for how long it had let go of it.
struct Attached<'a, W> {
    worker: W,
    crew: &'a Crew<'a>,
    /// Time spent detached in blocking calls, the wait to attach again not included.
    detached_ns: Cell<u64>,
    since: Cell<u64>,
    /// When it entered and how long it stayed.
    span: Cell<(u64, u64)>,
}

impl<W: Attach> Thread for Attached<'_, W> {
    fn detach(&self) {
        self.worker.detach();
        self.since.set(clock_ns());
    }

    fn attach(&self) {
        self.detached_ns.set(self.detached_ns.get() + (clock_ns() - self.since.get()));
        self.worker.attach();
    }
}

impl<W: Attach> Safepoint for Attached<'_, W> {
    fn enter(&self) {
        self.span.set((clock_ns(), 0));
        self.worker.attach();
    }

    #[inline]
    fn safepoint(&self) {
        self.worker.safepoint();
    }

    fn leave(&self) {
        let (entered, _) = self.span.get();
        self.span.set((entered, clock_ns() - entered));
        self.worker.detach();
    }

    fn account(&self) -> LockSample {
        // The lock's own count so far: the thread that finishes last stores the final one, the others earlier ones.
        self.crew.slot(0).set(Field::HandOvers, self.worker.hand_overs());
        let seen = self.worker.account();
        let (_, span) = self.span.get();
        LockSample { hold_ns: span.saturating_sub(seen.wait_ns + self.detached_ns.get()), ..seen }
    }
}

/// A thread with safepoints farther apart than its steps.
struct Spaced<S> {
    inner: S,
    every: u32,
    left: Cell<u32>,
}

impl<S: Safepoint> Thread for Spaced<S> {
    fn detach(&self) {
        self.inner.detach();
    }

    fn attach(&self) {
        self.inner.attach();
    }
}

impl<S: Safepoint> Safepoint for Spaced<S> {
    fn enter(&self) {
        self.inner.enter();
    }

    #[inline]
    fn safepoint(&self) {
        let left = self.left.get() - 1;
        if left == 0 {
            self.left.set(self.every);
            self.inner.safepoint();
        } else {
            self.left.set(left);
        }
    }

    fn leave(&self) {
        self.inner.leave();
    }

    fn account(&self) -> LockSample {
        self.inner.account()
    }
}
