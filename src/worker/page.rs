//! The page that a team shares.
//!
//! | words | what |
//! |---|---|
//! | 32-bit 0, 1 | start gate, release gate: 0 closed, 1 open; workers wait on them as futexes |
//! | 64-bit 0–15 | when the start gate opened; whether there is a host, when it began to create threads, when it had joined them |
//! | 4, 5 | how many slots there are; how many words of trace each worker has |
//! | 6 | the processor on which the last worker came to the start gate, and one more; 0 where that is not known |
//! | then 48 a slot | one worker's progress on a cache line of its own, then its results ([`Field`]) |
//! | then the traces | what each worker did to its lock, if that is recorded |
//!
//! Time stamps are `CLOCK_MONOTONIC` in nanoseconds, the same clock in every process.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use rustix::thread::futex;

use crate::sys::{Shared, clock_ns};

const HEADER: usize = 16;
const SLOT: usize = 48;
const RESULTS: usize = 16;

const WORKERS: usize = 4;
const TRACE_WORDS: usize = 5;
const LAST_CPU_AND_ONE: usize = 6;

const GATE: usize = 0;
const RELEASE: usize = 1;

/// A worker's results, by their place in its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each is described where the sample has it, in `run::WorkerSample` and `run::LockSample`"
)]
pub enum Field {
    /// When the worker began to run.
    RunningAt,
    /// When its first step began.
    StartedAt,
    /// When its last step ended.
    EndedAt,
    Steps,
    Checksum,
    UserNs,
    SystemNs,
    Voluntary,
    Involuntary,
    Minor,
    Major,
    HandOvers,
    ForcedDrops,
    Requests,
    Waits,
    WaitNs,
    HoldNs,
    /// CPU time of the worker's thread before its work.
    StartCpuNs,
    /// The lock it worked under, as `run::Lane` counts them; only if it was traced.
    Lock,
    /// Time runnable without running during its work, and one more; 0 where the system does not count it.
    RunDelayNsAndOne,
}

/// The shared page of a team.
#[derive(Debug)]
pub struct Page {
    memory: Shared,
}

/// One worker's part of the page.
#[derive(Debug, Clone, Copy)]
pub struct Slot<'a> {
    words: &'a [AtomicU64],
}

impl Page {
    /// A page for so many workers, each with so many words to record in what it does to its lock.
    pub(super) fn new(workers: usize, trace_words: usize) -> io::Result<Self> {
        let page = Self { memory: Shared::new(HEADER + workers * (SLOT + trace_words))? };
        page.memory.words()[WORKERS].store(workers as u64, Ordering::Relaxed);
        page.memory.words()[TRACE_WORDS].store(trace_words as u64, Ordering::Relaxed);
        Ok(page)
    }

    /// The page that another process made.
    pub(super) fn open(descriptor: OwnedFd) -> io::Result<Self> {
        Ok(Self { memory: Shared::open(descriptor)? })
    }

    /// How many workers it has room for.
    pub fn workers(&self) -> usize {
        self.memory.words()[WORKERS].load(Ordering::Relaxed) as usize
    }

    /// Where worker number `worker` of the team records what it does to its lock; empty if nothing is recorded.
    ///
    /// # Panics
    /// If the page has no such worker.
    pub fn trace(&self, worker: usize) -> &[AtomicU64] {
        let words = self.memory.words()[TRACE_WORDS].load(Ordering::Relaxed) as usize;
        let first = HEADER + self.workers() * SLOT + worker * words;
        &self.memory.words()[first..first + words]
    }

    /// The slot of worker number `worker` of the team.
    ///
    /// # Panics
    /// If the page has no such slot.
    pub fn slot(&self, worker: usize) -> Slot<'_> {
        let first = HEADER + worker * SLOT;
        Slot { words: &self.memory.words()[first..first + SLOT] }
    }

    /// Notes on which processor the calling thread is about to wait at the start gate: the last to come is woken last.
    pub fn note_cpu(&self) {
        self.memory.words()[LAST_CPU_AND_ONE].store(rustix::thread::sched_getcpu() as u64 + 1, Ordering::Relaxed);
    }

    /// Waits at the start gate.
    pub fn wait_for_start(&self) {
        wait(&self.memory.head()[GATE]);
    }

    /// The processor on which the last worker came to the start gate, if that was noted.
    pub(super) fn last_cpu(&self) -> Option<usize> {
        (self.memory.words()[LAST_CPU_AND_ONE].load(Ordering::Relaxed) as usize).checked_sub(1)
    }

    /// Opens the start gate, and notes when.
    pub fn start(&self) {
        self.memory.words()[0].store(clock_ns(), Ordering::Relaxed);
        open(&self.memory.head()[GATE]);
    }

    /// Waits until the parent has seen what it wanted to see of the finished team.
    pub fn wait_for_release(&self) {
        wait(&self.memory.head()[RELEASE]);
    }

    /// Lets the finished workers go.
    pub(super) fn release(&self) {
        open(&self.memory.head()[RELEASE]);
    }

    /// When the start gate opened.
    pub fn started_at(&self) -> u64 {
        self.memory.words()[0].load(Ordering::Relaxed)
    }

    /// Notes that the one process is a host, whose parent waits to hear that its threads are joined.
    pub(super) fn mark_hosted(&self) {
        self.memory.words()[3].store(1, Ordering::Relaxed);
    }

    /// Whether it is.
    pub(super) fn hosted(&self) -> bool {
        self.memory.words()[3].load(Ordering::Relaxed) == 1
    }

    /// Notes that a host begins to create its threads now.
    pub(super) fn mark_begun(&self) {
        self.memory.words()[1].store(clock_ns(), Ordering::Relaxed);
    }

    /// When the host began to create threads; 0 without a host.
    pub(super) fn begun_at(&self) -> u64 {
        self.memory.words()[1].load(Ordering::Relaxed)
    }

    /// Notes that the host has joined its threads now.
    pub(super) fn mark_joined(&self) {
        self.memory.words()[2].store(clock_ns(), Ordering::Relaxed);
    }

    /// When the host had joined its threads.
    pub(super) fn joined_at(&self) -> u64 {
        self.memory.words()[2].load(Ordering::Relaxed)
    }
}

impl AsFd for Page {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.memory.as_fd()
    }
}

impl<'a> Slot<'a> {
    /// The worker's count of finished steps; stored to after every step, so the parent sees who stands still.
    pub fn progress(&self) -> &'a AtomicU64 {
        &self.words[0]
    }

    /// Stores a result.
    pub fn set(&self, field: Field, value: u64) {
        self.words[RESULTS + field as usize].store(value, Ordering::Relaxed);
    }

    /// Stores the time now.
    pub fn stamp(&self, field: Field) {
        self.set(field, clock_ns());
    }

    /// Reads a result.
    pub fn get(&self, field: Field) -> u64 {
        self.words[RESULTS + field as usize].load(Ordering::Relaxed)
    }
}

fn wait(gate: &AtomicU32) {
    while gate.load(Ordering::Acquire) == 0 {
        // Opened in between, interrupted, or woken for nothing: the loop looks again.
        let _ = futex::wait(gate, futex::Flags::empty(), 0, None);
    }
}

fn open(gate: &AtomicU32) {
    gate.store(1, Ordering::Release);
    let _ = futex::wake(gate, futex::Flags::empty(), i32::MAX as u32);
}
