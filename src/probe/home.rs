//! The two homes of a queue, and workers at it: threads at one, forked processes at the other.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Signal, WaitOptions, getpid, getppid, set_parent_process_death_signal, waitpid};

use crate::error::{Error, Result};
use crate::queue::{self, ByteQueue, Order, ProcessQueue, Queue, ThreadQueue};
use crate::sys::{self, Forked, Shared};

/// Where a queue lives, and its workers with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    Thread,
    Process,
}

/// A queue of numbers in one of its homes.
#[derive(Debug)]
pub(super) enum Hall {
    Thread(ThreadQueue<u64>),
    /// The memory: who uses it opens a handle of its own.
    Process(OwnedFd),
}

/// Words that workers of either home can write and their starter can read.
#[derive(Debug)]
pub(super) struct Slate(Shared);

/// A thread that was started. If it cannot be, this process says so and ends here: those that can be may wait for it
/// for ever, and a panic would wait for them.
pub(super) fn started<T>(thread: io::Result<T>) -> T {
    let started = catch_unwind(AssertUnwindSafe(|| thread.expect("the system has a thread left")));
    started.unwrap_or_else(|_| sys::leave(1))
}

impl Home {
    pub(super) const BOTH: [Self; 2] = [Self::Thread, Self::Process];

    /// As it stands at the beginning of readings' names.
    pub(super) fn name(self) -> &'static str {
        if self == Self::Thread { "thread" } else { "process" }
    }

    /// A queue for so many numbers.
    pub(super) fn queue(self, capacity: usize, joinable: bool) -> Result<Hall> {
        Ok(match self {
            Self::Thread => Hall::Thread(ThreadQueue::new(capacity, Order::Fifo, joinable).map_err(refused)?),
            // Ten bytes hold any number.
            Self::Process => {
                let queue = ByteQueue::new(capacity, 16, joinable).map_err(refused)?;
                Hall::Process(queue.as_fd().try_clone_to_owned().map_err(Error::os("copying a descriptor"))?)
            }
        })
    }

    /// Runs each of these as a worker of its own, all at once, and `meanwhile` beside them, until all have ended.
    pub(super) fn together<T>(self, workers: &[&(dyn Fn() + Sync)], meanwhile: impl FnOnce() -> T) -> Result<T> {
        match self {
            Self::Thread => std::thread::scope(|scope| {
                for worker in workers {
                    started(std::thread::Builder::new().spawn_scoped(scope, move || {
                        // Nobody would do its part, and others may wait for that.
                        if catch_unwind(AssertUnwindSafe(worker)).is_err() {
                            sys::leave(1);
                        }
                    }));
                }
                Ok(meanwhile())
            }),
            Self::Process => {
                let mut children = vec![];
                let parent = getpid();
                for worker in workers {
                    match sys::fork_beside_threads().map_err(Error::os("forking"))? {
                        Forked::Child => {
                            // Who waits for a peer would wait for ever if all were killed but itself. The thread that
                            // forks is there until its children have ended, so the signal follows the right one.
                            let told = set_parent_process_death_signal(Some(Signal::KILL));
                            if told.is_err() || getppid() != Some(parent) {
                                sys::leave(1);
                            }
                            let ended = catch_unwind(AssertUnwindSafe(worker));
                            sys::leave(i32::from(ended.is_err()));
                        }
                        Forked::Parent(child) => children.push(child),
                    }
                }
                let outcome = meanwhile();
                for child in children {
                    let waited = waitpid(Some(child), WaitOptions::empty());
                    let (_, status) = waited.map_err(Error::os("waiting for a process"))?.expect("it is a child");
                    if status.exit_status() != Some(0) {
                        return Err(Error::request("a process at a queue did not come to its end"));
                    }
                }
                Ok(outcome)
            }
        }
    }
}

impl Hall {
    /// A handle for the worker that calls this.
    ///
    /// # Panics
    /// If there is none: a worker has nobody to tell, and its end tells it.
    pub(super) fn handle(&self) -> Box<dyn Queue<u64>> {
        match self {
            Self::Thread(queue) => Box::new(queue.clone()),
            Self::Process(memory) => {
                let descriptor = memory.try_clone().expect("a descriptor");
                Box::new(ProcessQueue::over(ByteQueue::open(descriptor).expect("room for another user")))
            }
        }
    }
}

impl Slate {
    pub(super) fn new(words: usize) -> Result<Self> {
        Shared::new(words).map(Self).map_err(Error::os("sharing memory"))
    }

    pub(super) fn word(&self, at: usize) -> &AtomicU64 {
        &self.0.words()[at]
    }

    pub(super) fn get(&self, at: usize) -> u64 {
        self.word(at).load(Ordering::SeqCst)
    }

    pub(super) fn add(&self, at: usize, more: u64) {
        self.word(at).fetch_add(more, Ordering::SeqCst);
    }

    /// Waits until another worker has made a word at least so large, and lets others run meanwhile.
    pub(super) fn wait_for(&self, at: usize, least: u64) {
        while self.get(at) < least {
            std::thread::yield_now();
        }
    }
}

/// What a queue said, as an error of the library.
#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
pub(super) fn refused(error: queue::Error) -> Error {
    Error::request(error.to_string())
}
