//! From how much work per job processes pay, beside how many bytes each job hands over: the jobs of the kernel
//! [`handoff`](crate::kernel) on a grid of both.
//!
//! A dispatcher has all payloads in its memory and hands out jobs through a bounded queue; workers, as many as there are
//! processors, take them, read every byte and compute. That is done in three ways, which readings are named by:
//!
//! | name | workers | lock | a payload |
//! |---|---|---|---|
//! | `gil` | threads | one, which the dispatcher needs as well, being a thread of the same interpreter | stays where it is: a reference is handed over |
//! | `threads` | threads | none | the same |
//! | `processes` | processes that were forked | none: nobody shares it | is copied into the queue and out of it |
//!
//! The grid is driven here and not through models, because a model shares out work before it begins and has no
//! dispatcher, and because where the dispatcher is makes all the difference: inside, for threads, and outside, for
//! processes. Workers are there before the clock starts; what it takes to have them is the probe `creation`. A reading
//! is the time from the first job's being put to the last one's end, over the number of jobs. All three ways of a cell
//! run one after another, each in turn first. Each worker is kept to a processor of its own: a scheduler puts workers that
//! wake up together on one as often as not, and spreads them only after more milliseconds than a cell lasts; the dispatcher
//! goes where there is room. They have the same queue bound, and all bytes must arrive: a sum over
//! them is checked. Dispatcher and workers share the processors, so that what copying costs the dispatcher is paid
//! for as it would be anywhere else.

mod crew;
mod tally;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use self::crew::{Crew, ProcessCrew, ThreadCrew};
use self::tally::Tally;
use super::scene::turn;
use super::{FEW, Findings, Probe, Round};
use crate::error::Result;
use crate::kernel::handoff::job::Store;
use crate::lock::{Attach, Gil};
use crate::run::{LockSample, Profile};

pub(super) const PROBE: Probe = Probe {
    id: "crossover",
    question: "From how much work per job do processes pay, beside how many bytes are handed over with each?",
    rounds: FEW,
    run,
};

/// What is asked: work per job in microseconds, bytes per job, and about how long a way of a cell lasts.
struct Grid {
    works_us: &'static [u64],
    bytes: &'static [usize],
    length: Duration,
}

const QUICK: Grid = Grid { works_us: &[1, 30, 1000], bytes: &[0, 64 << 10, 1 << 20], length: Duration::from_millis(2) };
const STANDARD: Grid = Grid {
    works_us: &[1, 10, 100, 1000, 10_000],
    bytes: &[0, 1 << 10, 64 << 10, 1 << 20],
    length: Duration::from_millis(5),
};
const FULL: Grid = Grid {
    works_us: &[1, 3, 10, 30, 100, 300, 1000, 3000, 10_000],
    bytes: &[0, 1 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20],
    length: Duration::from_millis(25),
};

/// Memory of a queue between processes, for payloads of any size, in bytes; and jobs in it, at least and at most.
const QUEUE_BYTES: usize = 4 << 20;
const CAPACITY: (usize, usize) = (4, 256);
/// What handing over takes, roughly, to choose how many jobs fill the time: for each job, and for each of its bytes.
const JOB_NS: f64 = 200.0;
const BYTE_NS: f64 = 0.1;
/// Most workers: the queue between processes has room for so many users.
const MOST_WORKERS: usize = 200;

fn run(round: &Round) -> Result<Findings> {
    let grid = match round.profile {
        Profile::Quick => QUICK,
        Profile::Standard => STANDARD,
        Profile::Full => FULL,
    };
    // Two at least: what a lock costs two threads can be asked on one processor as well.
    let workers = round.cores.clamp(2, MOST_WORKERS);
    let turns_per_us = turns_per_us();
    let mut findings = Findings::default();
    findings.add("workers", "", workers as f64);
    round.arms(&mut findings, grid.bytes, |&bytes, findings| {
        let column = Column { round, workers, bytes, turns_per_us, length: grid.length };
        column.measure(grid.works_us, findings)
    })?;
    Ok(findings)
}

/// All cells with payloads of one size.
struct Column<'a> {
    round: &'a Round,
    workers: usize,
    bytes: usize,
    turns_per_us: f64,
    length: Duration,
}

impl Column<'_> {
    fn measure(&self, works_us: &[u64], findings: &mut Findings) -> Result<()> {
        let size = (self.workers, (QUEUE_BYTES / (self.bytes + 1)).clamp(CAPACITY.0, CAPACITY.1));
        let (store, tallies) = (Store::new(self.bytes), [Tally::new()?, Tally::new()?, Tally::new()?]);
        // Before there is any thread: nothing is forked beside one.
        let mut processes = ProcessCrew::fork(size, self.bytes, &store, &tallies[0])?;
        let gil = Gil::new(self.workers + 1, self.round.knobs.switch_interval());
        let gil = if self.round.knobs.forced_switching { gil } else { gil.without_forced_switching() };
        std::thread::scope(|scope| {
            let mut under = ThreadCrew::start(scope, size, &store, &tallies[1], |number| gil.worker(number))?;
            let mut free = ThreadCrew::start(scope, size, &store, &tallies[2], |_| NoLock)?;
            let mut ways: [(&str, usize, &mut dyn Crew); 3] = [
                ("gil", 1, &mut under),
                ("threads", self.workers, &mut free),
                ("processes", self.workers, &mut processes),
            ];
            // Whatever is touched for the first time is touched now.
            for (_, _, crew) in &mut ways {
                crew.take(0, 4 * size.0.max(size.1) as u64)?;
            }
            self.round.arms(findings, works_us, |&work_us, findings| {
                let turns = (work_us as f64 * self.turns_per_us) as u64;
                self.round.arms(findings, &mut ways, |(name, at_once, crew), findings| {
                    let jobs = self.jobs(work_us, *at_once);
                    let each_ns = crew.take(turns, jobs)? as f64 / jobs as f64;
                    findings.add(format!("{name}/{work_us}us/{}B", self.bytes), "ns", each_ns);
                    Ok(())
                })
            })
        })
    }

    /// How many jobs fill the time if so many are worked on at once: a few for each worker at least.
    fn jobs(&self, work_us: u64, at_once: usize) -> u64 {
        let handing_ns = JOB_NS + self.bytes as f64 * BYTE_NS;
        let computing_ns = work_us as f64 * 1e3 / at_once as f64;
        let each_ns = if at_once == 1 { computing_ns + handing_ns } else { computing_ns.max(handing_ns) };
        ((self.length.as_nanos() as f64 / each_ns) as u64).max(self.workers.min(at_once.max(2)) as u64)
    }
}

/// Turns of computing that take a microsecond here, as far as can be told within a millisecond.
fn turns_per_us() -> f64 {
    const TURNS: u32 = 5000;
    let took = |_| {
        let began = Instant::now();
        std::hint::black_box((0..TURNS).fold(std::hint::black_box(1), |value, _| turn(value)));
        began.elapsed()
    };
    // The least of a few: whatever disturbs makes it longer.
    let least = (0..5).map(took).min().expect("there are some");
    f64::from(TURNS) / (least.as_nanos().max(1) as f64 / 1e3)
}

/// What a thread attaches to where there is no lock.
#[derive(Debug)]
struct NoLock;

impl Attach for NoLock {
    #[inline]
    fn attach(&self) {}

    #[inline]
    fn detach(&self) {}

    #[inline]
    fn safepoint(&self) {}

    fn account(&self) -> LockSample {
        LockSample::default()
    }

    fn hand_overs(&self) -> u64 {
        0
    }
}
