//! Execution models: how a case's workers are arranged, and what each process of the team does.
//!
//! | id | processes | threads in each | lock |
//! |---|---|---|---|
//! | [`serial`](Serial) | the host | 1 | |
//! | [`threads`](Threads) | the host | W | |
//! | [`rayon`](RayonPool) | the host | W, stealing work from each other | |
//! | [`processes`](Processes) | W | 1 | |
//! | [`hybrid`](Hybrid) | p | t | |
//! | [`gil`](UnderGil) | the host | W | one |
//! | [`gil-legacy`](UnderLegacy) | the host | W | one, tick-based |
//! | [`gil-per-interpreter`](GilPerInterpreter) | the host | W | one for each |
//! | [`free-threaded`](FreeThreaded) | the host | W | none; biased reference counts |
//! | [`gil-hybrid`](GilHybrid) | p | t | one in each |
//!
//! A model has two sides. [`Model::run`] is the parent's: it starts a fresh team and returns its [`Sample`]. In each
//! process of the team the same model, found by its name, does its part in [`Model::work`]. Every model, even one of
//! threads, works in processes of its own: each sample finds untouched memory, and a worker that dies takes nothing
//! along.
//!
//! To add a model, write its file and add two lines here: `mod` and an entry in [`ALL`].

mod crew;
mod free;
mod free_threaded;
mod gil;
mod gil_hybrid;
mod gil_legacy;
mod gil_per_interpreter;
mod hybrid;
mod locked;
mod processes;
mod rayon;
mod serial;
mod team;
mod threads;

pub use self::crew::{Crew, Safepoint, drive};
pub use self::free::Free;
pub use self::free_threaded::FreeThreaded;
pub use self::gil::UnderGil;
pub use self::gil_hybrid::GilHybrid;
pub use self::gil_legacy::UnderLegacy;
pub use self::gil_per_interpreter::GilPerInterpreter;
pub use self::hybrid::Hybrid;
pub use self::processes::Processes;
pub use self::rayon::RayonPool;
pub use self::serial::Serial;
pub use self::team::{Job, Order, host, run, run_traced};
pub use self::threads::Threads;
use crate::error::{Error, Result};
use crate::kernel::{Counting, Kernel};
use crate::run::{Failure, Sample};

/// All models, in the order in which they are listed.
pub const ALL: &[&dyn Model] = &[
    &Serial,
    &Threads,
    &RayonPool,
    &Processes,
    &Hybrid,
    &UnderGil,
    &UnderLegacy,
    &GilPerInterpreter,
    &GilHybrid,
    &FreeThreaded,
];

/// Most workers of a case: enough for every question asked so far, few enough for the usual limits of a system.
pub const MOST_WORKERS: usize = 1024;

/// How workers are spread over processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Arrangement {
    /// Worker processes.
    pub processes: usize,
    /// Threads in each.
    pub threads: usize,
    /// Whether the one process only hosts the threads, and is not itself part of what the model costs.
    pub hosted: bool,
}

impl Arrangement {
    /// Threads of one program.
    pub const fn threads(threads: usize) -> Self {
        Self { processes: 1, threads, hosted: true }
    }

    /// Processes with threads in them.
    pub const fn split(processes: usize, threads: usize) -> Self {
        Self { processes, threads, hosted: false }
    }

    /// As many processes as there are cores to fill, or the next smaller divisor of `workers`; threads in them.
    pub fn for_cores(workers: usize, cores: usize) -> Self {
        let processes = (1..=cores.clamp(1, workers)).rev().find(|p| workers.is_multiple_of(*p)).unwrap_or(1);
        Self::split(processes, workers / processes)
    }

    /// All workers together.
    pub fn workers(self) -> usize {
        self.processes * self.threads
    }
}

/// An execution model.
pub trait Model: Sync {
    /// The id: lower case, digits and hyphens; stable for ever, since results are keyed by it.
    fn name(&self) -> &'static str;

    /// One sentence for people who choose.
    fn summary(&self) -> &'static str;

    /// How it spreads so many workers on a machine with so many cores.
    ///
    /// # Errors
    /// If it cannot have that number of workers.
    fn arrange(&self, workers: usize, cores: usize) -> Result<Arrangement>;

    /// Does one process's part: prepares its seats, waits at the start gate, steps, waits for release. Called in the
    /// worker process; use [`Crew::each`] unless the model has threads of its own.
    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure>;

    /// Whether each of its processes has a global lock.
    fn locked(&self) -> bool {
        false
    }

    /// How its interpreters count references, for kernels that have any.
    fn counting(&self) -> Counting {
        Counting::Plain
    }

    /// Whether workers can be split into processes and threads in more than one way.
    fn splits(&self) -> bool {
        false
    }

    /// Runs a fresh team of this model once: so many steps in all, shared by so many workers.
    ///
    /// # Errors
    /// [`Error::Request`] for an impossible number of workers; [`Error::Worker`] if any of them fails.
    fn run(&self, kernel: &dyn Kernel, workers: usize, steps: u64) -> Result<Sample> {
        let arrangement = self.arrange(check_workers(workers)?, crate::machine::usable_cores())?;
        run(&Order::new(kernel, self.name(), arrangement, steps))
    }
}

/// Refuses numbers of workers that cannot be meant.
///
/// # Errors
/// For 0 and for more than [`MOST_WORKERS`].
pub fn check_workers(workers: usize) -> Result<usize> {
    match workers {
        0 => Err(Error::request("0 workers do no work; ask for 1 or more")),
        1..=MOST_WORKERS => Ok(workers),
        _ => Err(Error::request(format!(
            "{workers} workers are more than the {MOST_WORKERS} that gilbench starts; ask for fewer"
        ))),
    }
}
