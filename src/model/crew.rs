//! What every worker does, whatever the model: prepare, wait, step, report, wait.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::team::Job;
use crate::kernel::{Counting, Kernel, Seat, Task, Thread};
use crate::machine;
use crate::run::{Failure, FailureKind, LockSample};
use crate::sys::{Usage, thread_usage};
use crate::worker::{Field, Link, Slot};

/// A thread as a model sees it: a [`Thread`] that may also be stopped between steps.
pub trait Safepoint: Thread {
    /// Called before the first step, inside the timed part.
    fn enter(&self);
    /// Called after every step.
    fn safepoint(&self);
    /// Called after the last step, inside the timed part.
    fn leave(&self);
    /// What the thread saw of its lock.
    fn account(&self) -> LockSample {
        LockSample::default()
    }
}

/// The workers of one process: their job, their link to the rest of the team, and how many of them have come how far.
#[derive(Debug)]
pub struct Crew<'a> {
    job: &'a Job,
    link: &'a Link,
    counting: Counting,
    arrived: AtomicUsize,
    finished: AtomicUsize,
}

impl<'a> Crew<'a> {
    pub(super) fn new(job: &'a Job, link: &'a Link, counting: Counting) -> Self {
        Self { job, link, counting, arrived: AtomicUsize::new(0), finished: AtomicUsize::new(0) }
    }

    /// What is to be done.
    pub fn job(&self) -> &Job {
        self.job
    }

    /// Threads of this process.
    pub fn threads(&self) -> usize {
        self.job.threads
    }

    /// The seat of this process's thread number `thread`.
    pub fn seat(&self, thread: usize) -> Seat {
        Seat::new(self.job.first_worker + thread, self.job.workers, self.job.steps)
            .with_peer(self.job.peer)
            .with_counting(self.counting)
    }

    /// The slot of this process's thread number `thread` in the shared page.
    pub fn slot(&self, thread: usize) -> Slot<'a> {
        self.link.page().slot(self.job.first_worker + thread)
    }

    /// Whether what is done to locks is to be recorded.
    pub(super) fn traced(&self) -> bool {
        !self.trace_of(0).is_empty()
    }

    /// Where thread number `thread` records what it does to its lock.
    pub(super) fn trace_of(&self, thread: usize) -> &'a [AtomicU64] {
        self.link.page().trace(self.job.first_worker + thread)
    }

    /// Runs every seat on a thread of its own; `thread` makes, on that thread, what the kernel sees of it.
    pub fn each<T: Safepoint>(&self, kernel: &dyn Kernel, thread: impl Fn(usize) -> T + Sync) {
        std::thread::scope(|scope| {
            for number in 0..self.threads() {
                let thread = &thread;
                let body = move || self.link.guard(|| self.seat_at(kernel, number, &thread(number)));
                let started = std::thread::Builder::new().name(format!("worker-{number}")).spawn_scoped(scope, body);
                if let Err(error) = started {
                    let message = format!("cannot start thread {number} of {}: {error}", self.threads());
                    self.link.fail(Failure { case: None, round: None, kind: FailureKind::NotStarted, message });
                }
            }
        });
    }

    /// Runs thread number `number`'s seat on the calling thread, from running to released.
    pub fn seat_at<T: Safepoint>(&self, kernel: &dyn Kernel, number: usize, thread: &T) -> Result<(), Failure> {
        let slot = self.slot(number);
        slot.stamp(Field::RunningAt);
        let seat = self.seat(number);
        let mut task = prepare(kernel, &seat)?;
        self.spread(number);
        // Before the parent hears of it.
        self.link.page().note_cpu();
        self.arrive();
        let before = thread_usage();
        slot.set(Field::StartCpuNs, before.cpu_ns);
        self.link.page().wait_for_start();
        slot.stamp(Field::StartedAt);
        thread.enter();
        let checksum = drive(&mut *task, seat.steps(), slot.progress(), thread);
        thread.leave();
        slot.stamp(Field::EndedAt);
        report(slot, seat.steps(), checksum, thread_usage().since(before));
        report_lock(slot, &thread.account());
        self.finish();
        self.link.page().wait_for_release();
        Ok(())
    }

    /// Moves the calling thread, number `number`, before it sleeps at the start gate: each process to a processor of its
    /// own, as far as there are enough, or each thread if there is one process alone. Threads that only set up and go to
    /// sleep are all started on the same idle processor; they would wake up there, and begin by waiting for each other
    /// until the scheduler moves one of them, up to 8 ms later.
    pub(super) fn spread(&self, number: usize) {
        let Job { first_worker, threads, workers, .. } = *self.job;
        machine::visit(if threads == workers { number } else { first_worker / threads });
    }

    /// Says that one more thread of this process waits at the start gate; the last one tells the parent.
    pub fn arrive(&self) {
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.threads() {
            self.link.ready();
        }
    }

    /// Says that one more thread of this process has finished; the last one tells the parent.
    pub fn finish(&self) {
        if self.finished.fetch_add(1, Ordering::AcqRel) + 1 == self.threads() {
            self.link.done();
        }
    }

    pub(super) fn link(&self) -> &Link {
        self.link
    }
}

/// The timed loop. Nothing but the step, a store that shows progress, and the safepoint.
#[inline]
pub fn drive<T: Safepoint>(task: &mut dyn Task, steps: u64, progress: &AtomicU64, thread: &T) -> u64 {
    let mut checksum = 0_u64;
    for done in 1..=steps {
        checksum = checksum.wrapping_add(task.step(thread));
        progress.store(done, Ordering::Relaxed);
        thread.safepoint();
    }
    checksum
}

pub(super) fn prepare(kernel: &dyn Kernel, seat: &Seat) -> Result<Box<dyn Task>, Failure> {
    kernel.prepare(seat).map_err(|error| Failure {
        case: None,
        round: None,
        kind: FailureKind::NotPrepared,
        message: format!("kernel {} could not set up its work: {error}", kernel.name()),
    })
}

pub(super) fn report(slot: Slot<'_>, steps: u64, checksum: u64, used: Usage) {
    slot.set(Field::Steps, steps);
    slot.set(Field::Checksum, checksum);
    slot.set(Field::UserNs, used.user_ns);
    slot.set(Field::SystemNs, used.system_ns);
    slot.set(Field::Voluntary, used.voluntary);
    slot.set(Field::Involuntary, used.involuntary);
    slot.set(Field::Minor, used.minor);
    slot.set(Field::Major, used.major);
    slot.set(Field::RunDelayNsAndOne, used.run_delay_ns.map_or(0, |delay| delay + 1));
}

fn report_lock(slot: Slot<'_>, lock: &LockSample) {
    slot.set(Field::ForcedDrops, lock.forced_drops);
    slot.set(Field::Requests, lock.requests);
    slot.set(Field::Waits, lock.waits);
    slot.set(Field::WaitNs, lock.wait_ns);
    slot.set(Field::HoldNs, lock.hold_ns);
}
