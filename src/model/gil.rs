//! `gil`: W threads under one global lock with the protocol of CPython since 3.2.

use std::cell::Cell;

use super::{Arrangement, Crew, Model, Safepoint};
use crate::error::Result;
use crate::kernel::{Kernel, Thread};
use crate::lock::{Gil, Worker};
use crate::run::{Failure, LockSample};
use crate::sys::clock_ns;
use crate::worker::Field;

/// Threads of which one at a time may run.
#[derive(Debug)]
pub struct UnderGil;

impl Model for UnderGil {
    fn name(&self) -> &'static str {
        "gil"
    }

    fn summary(&self) -> &'static str {
        "W threads under one global lock, as in CPython since 3.2"
    }

    fn arrange(&self, workers: usize, _: usize) -> Result<Arrangement> {
        Ok(Arrangement::threads(workers))
    }

    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure> {
        work_under_one_lock(kernel, crew);
        Ok(())
    }

    fn locked(&self) -> bool {
        true
    }
}

/// All threads of this process under a lock of its own.
pub(super) fn work_under_one_lock(kernel: &dyn Kernel, crew: &Crew<'_>) {
    let gil = Gil::new(crew.threads(), crew.job().switch_interval());
    crew.each(kernel, |number| {
        // Each worker stores the lock's count when it has finished; the last one's is the whole.
        Attached {
            worker: gil.worker(number),
            gil: &gil,
            crew,
            detached_ns: Cell::new(0),
            since: Cell::new(0),
            span: Cell::default(),
        }
    });
}

/// A thread under the lock, which also knows for how long it had let go of it.
struct Attached<'a> {
    worker: Worker<'a>,
    gil: &'a Gil,
    crew: &'a Crew<'a>,
    /// Time spent detached in blocking calls, the wait to attach again not included.
    detached_ns: Cell<u64>,
    since: Cell<u64>,
    /// When it entered and how long it stayed.
    span: Cell<(u64, u64)>,
}

impl Thread for Attached<'_> {
    fn detach(&self) {
        self.worker.detach();
        self.since.set(clock_ns());
    }

    fn attach(&self) {
        self.detached_ns.set(self.detached_ns.get() + (clock_ns() - self.since.get()));
        self.worker.attach();
    }
}

impl Safepoint for Attached<'_> {
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
        self.crew.slot(0).set(Field::HandOvers, self.gil.hand_overs());
        let seen = self.worker.account();
        let (_, span) = self.span.get();
        LockSample { hold_ns: span.saturating_sub(seen.wait_ns + self.detached_ns.get()), ..seen }
    }
}
