//! Workers at a queue, and their dispatcher: threads, to whom a job is a reference, or processes, to whom it is bytes.

use std::os::fd::{AsFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::Scope;

use rustix::process::{Pid, WaitOptions, waitpid};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::super::home::refused;
use super::super::scene::turn;
use super::tally::Tally;
use crate::error::{Error, Result};
use crate::kernel::handoff::job::{Store, read};
use crate::lock::Attach;
use crate::queue::{self, ByteQueue, Order, Patience, Queue, ThreadQueue};
use crate::sys::{self, Forked, clock_ns};

/// Bytes before a payload: how many turns to compute.
const HEAD: usize = 8;

/// Workers and their queue.
pub(super) trait Crew {
    /// Hands out so many jobs of so many turns each and waits until the last is done; returns how long that took, in
    /// nanoseconds.
    ///
    /// # Errors
    /// If a worker is gone, or the bytes that arrived are not those that were sent.
    fn take(&mut self, turns: u64, jobs: u64) -> Result<u64>;
}

/// Lets workers do what `hand_out` hands out.
fn timed(tally: &Tally, store: &Store, jobs: u64, hand_out: impl FnOnce() -> Result<()>) -> Result<u64> {
    tally.begin(jobs);
    let began = clock_ns();
    hand_out()?;
    let (ended, sum) = tally.wait()?;
    if sum != store.sum(jobs) {
        return Err(Error::request("the bytes that arrived with the jobs are not those that were handed over"));
    }
    Ok(ended.saturating_sub(began))
}

/// Works on one job.
#[inline]
fn work_on(payload: &[u8], turns: u64, lock: &impl Attach, tally: &Tally) {
    let sum = read(payload);
    let mut value = std::hint::black_box(sum);
    for _ in 0..turns {
        value = turn(value);
        lock.safepoint();
    }
    std::hint::black_box(value);
    tally.count(sum);
}

/// Keeps the worker that calls this to one of these processors: each of as many workers to another one.
///
/// Where that is refused it goes where it is sent, as anybody does.
fn settle(processors: &CpuSet, number: usize) {
    let _ = one_of(processors, number).map(|one| sched_setaffinity(None, &one));
}

/// One of the processors, by the number of a worker; `None` if there are none.
pub(super) fn one_of(processors: &CpuSet, number: usize) -> Option<CpuSet> {
    let all: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|cpu| processors.is_set(*cpu)).collect();
    let mut one = CpuSet::new();
    one.set(all[number.checked_rem(all.len())?]);
    Some(one)
}

fn processors() -> Result<CpuSet> {
    sched_getaffinity(None).map_err(Error::os("reading the affinity mask"))
}

/// A job among threads.
#[derive(Debug, Clone, Copy)]
struct Job<'a> {
    turns: u64,
    payload: &'a [u8],
}

/// Threads at a queue, and what makes each of them, and their dispatcher, attached.
pub(super) struct ThreadCrew<'a, A> {
    queue: ThreadQueue<Job<'a>>,
    store: &'a Store,
    tally: &'a Tally,
    lock: A,
}

impl<'a, A: Attach> ThreadCrew<'a, A> {
    /// Starts so many. They end when the crew is dropped. `lock` makes the handle of a thread, by its number, on that
    /// thread; the dispatcher's number comes behind theirs.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, 'a>,
        (workers, capacity): (usize, usize),
        store: &'a Store,
        tally: &'a Tally,
        lock: impl Fn(usize) -> A + Copy + Send + 'a,
    ) -> Result<Self> {
        let queue = ThreadQueue::new(capacity, Order::Fifo, false).map_err(refused)?;
        let (processors, crew) = (processors()?, Self { queue, store, tally, lock: lock(workers) });
        for number in 0..workers {
            let queue = crew.queue.clone();
            let body = move || {
                settle(&processors, number);
                work_at(&queue, &lock(number), tally);
            };
            std::thread::Builder::new().spawn_scoped(scope, body).map_err(Error::os("starting a thread"))?;
        }
        Ok(crew)
    }

    /// Puts a job; lets go of the lock only if it has to wait for room.
    fn put(&self, job: Job<'a>) -> Result<()> {
        let Err(refused) = self.queue.try_put(job) else { return Ok(()) };
        self.lock.detach();
        let put = self.queue.put(refused.item);
        self.lock.attach();
        put.map_err(|no| super::super::home::refused(no.error))
    }
}

impl<A: Attach> Crew for ThreadCrew<'_, A> {
    fn take(&mut self, turns: u64, jobs: u64) -> Result<u64> {
        timed(self.tally, self.store, jobs, || {
            self.lock.attach();
            let outcome = (0..jobs).try_for_each(|job| {
                self.put(Job { turns, payload: self.store.payload(job) })?;
                self.lock.safepoint();
                Ok(())
            });
            self.lock.detach();
            outcome
        })
    }
}

impl<A> Drop for ThreadCrew<'_, A> {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// A thread's life: takes a job while it holds the lock, and lets go of that only if there is none.
fn work_at(queue: &ThreadQueue<Job<'_>>, lock: &impl Attach, tally: &Tally) {
    lock.attach();
    loop {
        let next = match queue.try_get() {
            Err(queue::Error::Empty) => {
                lock.detach();
                let next = queue.get();
                lock.attach();
                next
            }
            next => next,
        };
        let Ok(job) = next else { break };
        work_on(job.payload, job.turns, lock, tally);
        lock.safepoint();
    }
    lock.detach();
}

/// Processes at a queue.
pub(super) struct ProcessCrew<'a> {
    queue: ByteQueue,
    /// How many turns to compute, and a payload: one message for each of the different payloads.
    messages: Vec<Vec<u8>>,
    store: &'a Store,
    tally: &'a Tally,
    children: Vec<Pid>,
}

impl<'a> ProcessCrew<'a> {
    /// Forks so many, from a process without threads that matter. They end when the crew is dropped, and when their
    /// parent dies.
    ///
    /// # Errors
    /// If the system has no process or no memory left.
    pub(super) fn fork(
        (workers, capacity): (usize, usize),
        bytes: usize,
        store: &'a Store,
        tally: &'a Tally,
    ) -> Result<Self> {
        let queue = ByteQueue::new(capacity, HEAD + bytes, false).map_err(refused)?;
        let message = |kind| [&[0; HEAD], store.payload(kind)].concat();
        let messages = (0..Store::KINDS).map(message).collect();
        let mut crew = Self { queue, messages, store, tally, children: vec![] };
        let processors = processors()?;
        for number in 0..workers {
            let theirs = crew.queue.as_fd().try_clone_to_owned().map_err(Error::os("copying a descriptor"))?;
            match sys::fork_beside_threads().map_err(Error::os("forking"))? {
                Forked::Child => {
                    settle(&processors, number);
                    let ended = catch_unwind(AssertUnwindSafe(|| be_handed_bytes(theirs, tally)));
                    sys::leave(i32::from(ended.is_err()));
                }
                Forked::Parent(child) => crew.children.push(child),
            }
        }
        Ok(crew)
    }
}

impl Crew for ProcessCrew<'_> {
    fn take(&mut self, turns: u64, jobs: u64) -> Result<u64> {
        self.messages.iter_mut().for_each(|message| message[..HEAD].copy_from_slice(&turns.to_le_bytes()));
        let message = |job: u64| &self.messages[(job % Store::KINDS) as usize];
        timed(self.tally, self.store, jobs, || {
            (0..jobs).try_for_each(|job| self.queue.put_bytes(message(job), Patience::Forever)).map_err(refused)
        })
    }
}

impl Drop for ProcessCrew<'_> {
    fn drop(&mut self) {
        self.queue.close();
        for child in &self.children {
            // What it did to a job has been found out by whoever waited for that.
            let _ = waitpid(Some(*child), WaitOptions::empty());
        }
    }
}

/// A process's life, until the queue is closed or nobody is left to hand out.
fn be_handed_bytes(queue: OwnedFd, tally: &Tally) {
    let queue = ByteQueue::open(queue).unwrap_or_else(|error| panic!("{error}"));
    let mut message = vec![];
    while queue.get_bytes(&mut message, Patience::Forever).is_ok() {
        let (head, payload) = message.split_at(HEAD);
        let turns = u64::from_le_bytes(head.try_into().expect("the head is a word"));
        work_on(payload, turns, &super::NoLock, tally);
    }
}
