//! What the same protocols would do on a machine one does not have: a discrete-event simulation with this machine's
//! measured constants.
//!
//! A reader with two cores asks what 64 would do. The answer is a simulation (`simulation`) of workers, cores and the
//! lock, event by event, as exact as the protocol is written down; the [`Constants`] of the machine (wake-up, hand-over,
//! starting a thread or a process) come from a run, and each says where from. Nothing is fitted: no constant is chosen
//! so that predictions look good.
//!
//! What can be checked is checked every time: every measured case of the run is predicted at the machine's own number
//! of cores ([`check`]), and each model's own errors stand beside its figure, with what real interpreters said of it
//! ([`Standing`]). Beyond that number of cores it extrapolates, and
//! says so.
//!
//! No threads and no clocks: the same question about the same run has the same answer.

mod check;
mod constants;
mod scheme;
mod simulation;
mod sketch;
mod standing;
mod steady;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Serialize;

pub use self::check::{Cell, Check, LeftOut, Median, check};
pub use self::constants::{Basis, Constant, Constants, Unit};
use self::scheme::{Arrangement, Scheme};
use self::simulation::{Job, Setting};
pub use self::sketch::{Job as SketchedJob, SKETCHED, Sketch, Trust};
pub use self::standing::{Beside, Checked, Standing, State};
use crate::error::{Error, Result};
use crate::run::Run;
use crate::stats::Estimate;

/// Most workers that are simulated.
pub const MOST_WORKERS: usize = 16 * 1024;
/// Most cores that are simulated.
pub const MOST_CORES: usize = 1024;
/// Longest time of a job's part, in microseconds: an hour.
const LONGEST_US: f64 = 3.6e9;
/// Real work varies; this much, up and down, keeps workers from marching in step and changes no mean.
const JITTER: f64 = 0.05;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Computing of a job, in microseconds.
    pub cpu_us: f64,
    /// The blocking call of a job, in microseconds: from its beginning until its caller runs again if a core is idle.
    pub io_us: f64,
    /// Workers.
    pub workers: usize,
    /// Cores of the machine.
    pub cores: usize,
    /// Globs of model names; empty means all.
    pub models: Vec<String>,
    /// Switch interval of the lock.
    pub interval: Duration,
    /// Computing between two safepoints, in microseconds.
    pub safepoint_us: f64,
    /// Seed of every random choice.
    pub seed: u64,
}

impl Request {
    /// Jobs of this kind, by so many workers on so many cores, under every model and CPython's lock.
    pub fn new(cpu_us: f64, io_us: f64, workers: usize, cores: usize) -> Self {
        let interval = Duration::from_millis(5);
        Self { cpu_us, io_us, workers, cores, models: vec![], interval, safepoint_us: SAFEPOINT_US, seed: 1 }
    }
}

/// Safepoints of interpreters and of the measured kernels lie about this far apart, in microseconds.
pub const SAFEPOINT_US: f64 = 0.3;

/// What one model would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// Model id.
    pub model: String,
    /// All workers together.
    pub workers: usize,
    /// Processes they are spread over.
    pub processes: usize,
    /// Threads in each.
    pub threads: usize,
    /// Jobs finished in a second by all workers, with the interval of the simulation; it says nothing about how well
    /// the simulation resembles a machine.
    pub jobs_per_s: Estimate,
    /// How many times as many as one worker alone.
    pub speedup: Estimate,
    /// Share of the cores' time in which they work (0–1).
    pub core_utilisation: f64,
    /// Share of the workers' time in which they wait for a lock (0–1).
    pub lock_wait_share: f64,
    /// Times a second the lock goes to another worker.
    pub hand_overs_per_s: f64,
    /// Time of a job that half of all jobs do not exceed, in nanoseconds.
    pub job_p50_ns: Option<f64>,
    /// Time of a job that 99 % of all jobs do not exceed, in nanoseconds; `None` if too few jobs were simulated.
    pub job_p99_ns: Option<f64>,
    /// From nothing until all workers run and the first jobs can begin, in nanoseconds; one after another, as measured.
    pub start_up_ns: Option<f64>,
    /// How well this model's own measured cases are predicted; `None` if the run has none that can be compared.
    pub checked: Option<Checked>,
    /// What real interpreters beside the simulation say of this model.
    pub validation: Standing,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// One for each model.
    pub prediction: Vec<Prediction>,
    /// The constants they rest on.
    pub constants: Constants,
    /// How well the same simulation predicts what the run measured.
    pub check: Check,
    /// Whether another machine was asked about than the one that was measured.
    pub extrapolated: bool,
    /// Cores of the machine that was measured.
    pub measured_cores: usize,
}

/// Predicts what is asked with the constants of the machine that a run was made on.
///
/// # Errors
/// If the question makes no sense, or the run lacks what the constants need.
pub fn predict(run: &Run, request: &Request) -> Result<Answer> {
    refuse_nonsense(request)?;
    let schemes = scheme::select(&request.models)?;
    let mut constants = Constants::of(run)?;
    let check = check(run)?;
    constants.switch_interval_us = Constant {
        value: request.interval.as_nanos() as f64 / 1e3,
        basis: Basis::Asked,
        source: "what was asked".into(),
    };
    let judge = |mut one: Prediction| {
        one.checked = Checked::of(&one.model, &check.cells);
        one.validation = Standing::of(run, &one.model).unwrap_or(one.validation);
        one
    };
    let prediction = schemes.iter().map(|scheme| judge(predict_one(*scheme, request, &constants))).collect();
    let extrapolated = request.cores != run.cores();
    Ok(Answer { prediction, constants, check, extrapolated, measured_cores: run.cores() })
}

fn refuse_nonsense(request: &Request) -> Result<()> {
    let refuse = |text: String| Err(Error::request(text));
    for (what, us) in [("CPU time", request.cpu_us), ("IO time", request.io_us)] {
        if !(0.0..=LONGEST_US).contains(&us) {
            return refuse(format!("a {what} of {us} µs makes no sense; a job's parts take from 0 to an hour"));
        }
    }
    if request.cpu_us + request.io_us < 0.01 {
        return refuse(
            "a job that neither computes nor waits takes no time; give --cpu-us, --io-us, or both, and 10 ns or more"
                .into(),
        );
    }
    for (what, count, most) in [("cores", request.cores, MOST_CORES), ("workers", request.workers, MOST_WORKERS)] {
        if count == 0 {
            return refuse(format!("0 {what} do no work; ask for 1 or more"));
        }
        if count > most {
            return refuse(format!("{count} {what} are more than the {most} that can be simulated; ask for fewer"));
        }
    }
    let interval = request.interval;
    if interval < Duration::from_micros(1) || interval > Duration::from_secs(10) {
        return refuse(format!(
            "a switch interval of {interval:?} makes no sense; CPython's is 5ms, and between 1us and 10s can be simulated"
        ));
    }
    if !(0.001..=LONGEST_US).contains(&request.safepoint_us) {
        return refuse(format!(
            "safepoints {} µs apart make no sense; an interpreter's are {SAFEPOINT_US} µs apart, a native extension's \
             call may take milliseconds",
            request.safepoint_us
        ));
    }
    Ok(())
}

fn predict_one(scheme: Scheme, request: &Request, constants: &Constants) -> Prediction {
    let arrangement = scheme.arrange(request.workers, request.cores);
    // Nobody can have been put to sleep and woken in less time than a wake-up takes.
    let io_ns = request.io_us * 1e3;
    let (call_ns, io_ns) = if io_ns < constants.wake_up_ns.value { (io_ns, 0.0) } else { (0.0, io_ns) };
    let job = Job { cpu_ns: request.cpu_us * 1e3, call_ns, io_ns, served_here: false, jitter: JITTER };
    let world = World { constants, scheme, arrangement, cores: request.cores, interval: request.interval };
    let setting =
        Setting { safepoint_ns: (request.safepoint_us * 1e3) as u64, seed: request.seed, ..world.setting(job, None) };
    let steady = steady::simulate(&setting, scheme.lanes(arrangement));
    let share = |ns: u64, of: usize| (ns as f64 / (of as f64 * steady.elapsed_ns)).clamp(0.0, 1.0);
    Prediction {
        model: scheme.id.into(),
        workers: arrangement.workers(),
        processes: arrangement.processes,
        threads: arrangement.threads,
        jobs_per_s: steady.rate,
        speedup: steady.rate.map(|rate| rate * job.alone_ns() / 1e9),
        core_utilisation: share(steady.tally.busy_ns, request.cores),
        lock_wait_share: share(steady.tally.wait_ns, arrangement.workers()),
        hand_overs_per_s: steady.tally.hand_overs as f64 / steady.elapsed_ns * 1e9,
        job_p50_ns: steady.tally.percentile(0.5),
        job_p99_ns: steady.tally.percentile(0.99),
        start_up_ns: start_up(scheme, arrangement, constants),
        checked: None,
        validation: Standing { state: State::NotValidated, interpreters: vec![] },
    }
}

/// Until all workers run: processes start one after another, and so do the threads of each.
fn start_up(scheme: Scheme, arrangement: Arrangement, constants: &Constants) -> Option<f64> {
    let of = |constant: &Option<Constant>, count: usize| Some(constant.as_ref()?.value * count as f64);
    let processes = if scheme.has_processes() { of(&constants.spawn_process_ns, arrangement.processes)? } else { 0.0 };
    let threads = if scheme.has_threads() { of(&constants.spawn_thread_ns, arrangement.threads)? } else { 0.0 };
    Some(processes + threads)
}

/// A scheme on a machine.
#[derive(Clone, Copy)]
struct World<'a> {
    constants: &'a Constants,
    scheme: Scheme,
    arrangement: Arrangement,
    cores: usize,
    interval: Duration,
}

impl World<'_> {
    /// What to simulate for these jobs; `None` of them for ever.
    fn setting(&self, job: Job, jobs: Option<u64>) -> Setting {
        let Self { constants, scheme, arrangement, cores, interval } = *self;
        let (wake_up, slowdown) = (constants.wake_up_ns.value, self.slowdown());
        let (processes, threads) = scheme.locks(arrangement);
        Setting {
            cores,
            processes,
            threads,
            protocol: scheme.protocol,
            job: Job { cpu_ns: job.cpu_ns * slowdown, call_ns: job.call_ns * slowdown, ..job },
            jobs,
            wake_up_ns: wake_up as u64,
            quick_ns: constants.hand_over_gap_ns.value.min(wake_up) as u64,
            take_ns: (constants.hand_over_gap_ns.value - wake_up).max(0.0) as u64,
            slack_ns: constants.timer_slack_ns.value as u64,
            base_slice_ns: (constants.base_slice_ns.value * f64::from(1 + cores.min(8).ilog2())) as u64,
            tick_ns: constants.tick_ns.value as u64,
            interval_ns: interval.as_nanos() as u64,
            safepoint_ns: (SAFEPOINT_US * 1e3) as u64,
            signal_ns: constants.signal_ns.value as u64,
            seed: 1,
        }
    }

    /// By how much computing takes longer than for one worker alone.
    fn slowdown(&self) -> f64 {
        let parallel = self.scheme.lanes(self.arrangement).min(self.cores) > 1;
        let efficiency = match (parallel, self.scheme.has_processes()) {
            (false, _) => 1.0,
            (true, true) => self.constants.processes_efficiency.value,
            (true, false) => self.constants.threads_efficiency.value,
        };
        let counts = if self.scheme.biased { self.constants.free_threading_factor.value } else { 1.0 };
        counts / efficiency
    }
}
