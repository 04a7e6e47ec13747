//! Workloads: the catalogue of kernels, and the contract each fulfils.
//!
//! A kernel is written once and runs under every execution model. So that all models do the same total work and can
//! prove it, a case is a row of numbered steps, each worker gets a contiguous part of the row (its [`Seat`]), and the
//! checksum of a step depends on the step's number alone. Sums (wrapping) over any partition then agree; a model whose
//! sum differs has failed. Kernels never learn which model runs them: they get a [`Thread`], tell it before they
//! block, and do nothing else with it.
//!
//! The catalogue is [`ALL`]. To add a kernel, write a file beside this one, name it among the modules below, and put it
//! into the slice; the laws in `tests` then hold it to the contract.

use std::net::{SocketAddr, TcpListener};

pub use gilbench_run::Bound;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use chained::chained;

// What many kernels are made with.
mod chained;
mod file_pages;
mod mix;
mod peer;

// The catalogue, one file per kernel.
mod alloc;
mod bytecode;
mod control;
mod crawl;
mod file_lock;
mod file_sync;
mod futex;
mod getppid;
pub(crate) mod handoff;
mod mandelbrot;
mod matmul;
mod memory_stream;
mod mmap;
mod mmap_touch;
mod open_close;
mod page_fault;
mod pipe;
mod pipe_pair;
mod primes;
mod sha256;
mod sleep;
mod sort;
mod tcp_echo;
mod tlb_flush;

#[cfg(test)]
mod tests;

/// Every kernel of this crate, in the order in which people read about them.
pub const ALL: &[&dyn Kernel] = &[
    // The processor alone.
    &control::Control,
    &primes::Primes,
    &mandelbrot::Mandelbrot,
    &matmul::Matmul,
    &sha256::Hash,
    &sort::Sort,
    &bytecode::Bytecode,
    // The system, and nothing that the threads of a process share.
    &getppid::GetPpid,
    &futex::Futex,
    // The processor, and something that the threads of a process share.
    &alloc::Alloc,
    &mmap::Mmap,
    &mmap_touch::MmapTouch,
    &tlb_flush::TlbFlush,
    &open_close::OpenClose,
    &page_fault::PageFault,
    &memory_stream::MemoryStream,
    &pipe_pair::PipePair,
    &file_lock::FileLock,
    // Waiting.
    &sleep::Sleep,
    &tcp_echo::TcpEcho,
    &file_sync::FileSync,
    &pipe::Pipe,
    // Both.
    &crawl::Crawl { name: "crawl-25", cpu_percent: 25 },
    &crawl::Crawl { name: "crawl-50", cpu_percent: 50 },
    &crawl::Crawl { name: "crawl-75", cpu_percent: 75 },
    &handoff::Handoff { name: "handoff-64k", bytes: 64 << 10, work_us: 250 },
];

/// A workload.
pub trait Kernel: Sync {
    /// The id: lower case, digits and hyphens; stable for ever, since results are keyed by it.
    fn name(&self) -> &'static str;

    /// Which version of the work this is: 1 for a new kernel.
    ///
    /// To be raised by one whenever a step becomes other work, so that its old times mean something else: more or larger
    /// items, another system call, another algorithm. Not for the same work done faster, since that is a change worth
    /// seeing. Times of different revisions are never compared: from 2 on the revision is part of the ids of the
    /// kernel's cases (`page-fault.r2/threads/2`), by which results are kept everywhere.
    fn revision(&self) -> u32 {
        1
    }

    /// What limits it.
    fn bound(&self) -> Bound;

    /// Sets up one worker's part of the work. Never timed.
    ///
    /// # Errors
    /// If it cannot be set up; the case then fails with this error as its cause.
    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>>;

    /// One sentence for people who choose.
    fn summary(&self) -> &'static str {
        "a kernel of your own"
    }

    /// The resource of one process that its threads compete for although no lock of ours is involved, such as
    /// `"address space"`, for those whose steps change it; `None` for most. Such kernels are judged apart from those that
    /// only compute.
    fn shares(&self) -> Option<&'static str> {
        None
    }

    /// After how many steps its work repeats itself in kind; 1 for most. Workers get whole cycles wherever possible,
    /// so that equal numbers of steps are equal work.
    fn cycle(&self) -> u64 {
        1
    }

    /// The other end of this kernel's connections, if it has any: a server that runs in a process of its own, outside
    /// the measured workers, and accepts on the given loopback listener until it is killed. Workers find its address
    /// in [`Seat::peer`].
    fn peer(&self) -> Option<fn(TcpListener)> {
        None
    }
}

/// One worker's prepared work.
///
/// `Send`, because a work-stealing pool decides only at run time which thread does which part.
pub trait Task: Send {
    /// Does the next step of this seat and returns its checksum.
    ///
    /// Called exactly [`Seat::steps`] times, first for step number [`Seat::first`]. Blocking calls go through
    /// `thread.blocking(|| …)`.
    fn step(&mut self, thread: &dyn Thread) -> u64;
}

/// What a step may know of the thread that runs it: it can let go of whatever lock there is while it blocks.
pub trait Thread {
    /// Gives up the right to run, as `Py_BEGIN_ALLOW_THREADS` does. Without a lock: nothing.
    fn detach(&self);
    /// Takes it back; may wait. Without a lock: nothing.
    fn attach(&self);
}

impl dyn Thread + '_ {
    /// Runs a blocking call detached, and attaches again afterwards, even if the call panics.
    pub fn blocking<R>(&self, call: impl FnOnce() -> R) -> R {
        struct Reattach<'a>(&'a dyn Thread);
        impl Drop for Reattach<'_> {
            fn drop(&mut self) {
                self.0.attach();
            }
        }
        self.detach();
        let _reattach = Reattach(self);
        call()
    }
}

/// A worker's place: which of the numbered steps are its own, and where its peer listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    first: u64,
    steps: u64,
    peer: Option<SocketAddr>,
    counting: Counting,
}

/// How an interpreter counts references to objects; a kernel that counts none need not care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Counting {
    /// [`crate::count::Plain`]: one thread at a time runs, or nothing is shared.
    #[default]
    Plain,
    /// [`crate::count::Biased`]: any thread may touch any object at any time.
    Biased,
}

impl Seat {
    /// The seat of `worker` (counted from 0) of `workers` that share `total` steps as evenly as whole steps allow.
    ///
    /// # Panics
    /// If `worker` is not below `workers`.
    pub fn new(worker: usize, workers: usize, total: u64) -> Self {
        assert!(worker < workers, "worker {worker} of {workers}");
        let edge = |w: usize| (u128::from(total) * w as u128 / workers as u128) as u64;
        Self { first: edge(worker), steps: edge(worker + 1) - edge(worker), peer: None, counting: Counting::Plain }
    }

    /// The same seat with the address of the kernel's peer.
    #[must_use]
    pub fn with_peer(mut self, peer: Option<SocketAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// The same seat in an interpreter that counts references like this.
    #[must_use]
    pub fn with_counting(mut self, counting: Counting) -> Self {
        self.counting = counting;
        self
    }

    /// Splits the seat's steps evenly into `parts` seats in order, for work stealing. Empty parts are left out.
    pub fn split(&self, parts: usize) -> Vec<Self> {
        (0..parts)
            .map(|part| {
                let inner = Self::new(part, parts, self.steps);
                Self { first: self.first + inner.first, steps: inner.steps, ..self.clone() }
            })
            .filter(|part| part.steps > 0)
            .collect()
    }

    /// Number of this seat's first step in the whole row.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// How many steps this seat does.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Where the kernel's [peer](Kernel::peer) listens, if it has one.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// How references to objects are counted.
    pub fn counting(&self) -> Counting {
        self.counting
    }
}

/// A kernel from a function of the step's number; see [`from_fn`].
#[derive(Debug)]
pub struct FnKernel<F> {
    name: &'static str,
    bound: Bound,
    step: F,
}

/// Makes a kernel of a closure that is given the number of a step and returns its checksum.
///
/// For kernels without state and without blocking calls; others implement [`Kernel`].
pub fn from_fn<F: Fn(u64) -> u64 + Clone + Send + Sync + 'static>(
    name: &'static str,
    bound: Bound,
    step: F,
) -> FnKernel<F> {
    FnKernel { name, bound, step }
}

impl<F: Fn(u64) -> u64 + Clone + Send + Sync + 'static> Kernel for FnKernel<F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn bound(&self) -> Bound {
        self.bound
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let step = self.step.clone();
        Ok(chained(seat, move |number, _| step(number)))
    }
}
