//! The simulation against what was measured: every case of a run, at the machine's own number of cores.
//!
//! A kernel's job is read from its serial case alone: its CPU time in user mode as computing; if it waits at all, its CPU
//! time in the system as what its calls do before they sleep; the rest of its time as sleep; and its voluntary context
//! switches as the number of calls, over which all that is spread evenly. A step may hold several calls, and many steps
//! may hold one. The same total work is then simulated to its end under each other model, and compared
//! with the time that the model was measured to take.
//!
//! Left out, and said so: kernels whose threads compete for something that the simulation does not know, models that it
//! does not know, and cases without a serial one beside them.

use serde::Serialize;

use super::scheme::{Arrangement, Scheme};
use super::simulation::{Job, Protocol, Setting, Simulation};
use super::{Constants, JITTER, World};
use crate::error::Result;
use crate::run::{Bound, CaseResult, KernelInfo, Metric, Role, Run};
use crate::stats;

/// A kernel that waits for less of its time than this only computes: the rest is the system's own business.
const NO_IO: f64 = 0.01;
/// Runs of the simulation for each case, of which the median counts.
const REPETITIONS: u64 = 3;
/// What a step counts for the legacy lock, whose knob is in ticks.
const TICKS_PER_STEP: f64 = 100.0;
/// Events of one of them, at most.
const EVENTS: u64 = 2_000_000;

/// How well measured cases are predicted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Cores at which it was measured and simulated.
    pub cores: usize,
    /// Median of the errors' sizes over all cells; `None` without any.
    pub median_error: Option<f64>,
    /// The same for each bound that has cells.
    pub medians: Vec<Median>,
    /// Case by case.
    pub cells: Vec<Cell>,
    /// What was not compared, and why.
    pub left_out: Vec<LeftOut>,
}

/// The median error of the cells of one bound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Median {
    /// Which.
    pub bound: Bound,
    /// Median of the errors' sizes.
    pub error: f64,
    /// Cells it rests on.
    pub cells: usize,
}

/// One case, predicted and measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Case id.
    pub case: String,
    /// Model id.
    pub model: String,
    /// Bound of its kernel.
    pub bound: Bound,
    /// Median time of the work as measured, in nanoseconds.
    pub measured_ns: f64,
    /// As predicted, in nanoseconds.
    pub predicted_ns: f64,
    /// Predicted over measured, less 1.
    pub error: f64,
}

/// Something that was not compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeftOut {
    /// Kernel or case.
    pub what: String,
    /// Why, in a few words.
    pub reason: String,
}

/// Predicts every case of a run and compares.
///
/// # Errors
/// If the run lacks what the constants need.
pub fn check(run: &Run) -> Result<Check> {
    let constants = Constants::of(run)?;
    let mut left_out = vec![];
    let mut cells = vec![];
    for kernel in &run.kernels {
        let cases = run.cases.iter().filter(|case| case.kernel == kernel.id && case.role == Role::Case);
        let cases: Vec<_> = cases.filter(|case| case.model != "serial").collect();
        if cases.is_empty() {
            continue;
        }
        let mut leave = |what: &str, reason: &str| left_out.push(LeftOut { what: what.into(), reason: reason.into() });
        if let Some(shared) = &kernel.shares {
            leave(&kernel.id, &format!("its threads compete for the {shared}, which is not simulated"));
            continue;
        }
        let Some(work) = Work::of(run, kernel) else {
            leave(&kernel.id, "there is no serial case to take its work from");
            continue;
        };
        for case in cases {
            let comparison = measured(run, case).and_then(|ns| {
                let predicted = simulate(run, case, &work, &constants)?;
                Ok((ns, predicted))
            });
            match comparison {
                Ok((measured_ns, predicted_ns)) => cells.push(Cell {
                    case: case.id.clone(),
                    model: case.model.clone(),
                    bound: kernel.bound,
                    measured_ns,
                    predicted_ns,
                    error: predicted_ns / measured_ns - 1.0,
                }),
                Err(reason) => leave(&case.id, reason),
            }
        }
    }
    let median = |cells: &mut dyn Iterator<Item = &Cell>| {
        let errors: Vec<f64> = cells.map(|cell| cell.error.abs()).collect();
        Some((stats::median(&errors)?, errors.len()))
    };
    let medians = [Bound::Cpu, Bound::Io, Bound::Mixed].into_iter().filter_map(|bound| {
        let (error, cells) = median(&mut cells.iter().filter(|cell| cell.bound == bound))?;
        Some(Median { bound, error, cells })
    });
    Ok(Check {
        cores: run.cores(),
        median_error: median(&mut cells.iter()).map(|(error, _)| error),
        medians: medians.collect(),
        cells,
        left_out,
    })
}

/// The total work of a kernel's samples, as one worker does it.
struct Work {
    /// Computing in user mode: attached, where there is a lock.
    cpu_ns: f64,
    /// Computing of the system, in blocking calls: detached. All computing of a kernel that never blocks counts above.
    call_ns: f64,
    io_ns: f64,
    /// Blocking calls; 0 if it only computes.
    calls: f64,
    /// Computing of one step, after which comes a safepoint.
    step_ns: f64,
    /// Whether its peer runs beside it.
    served_here: bool,
}

impl Work {
    fn of(run: &Run, kernel: &KernelInfo) -> Option<Self> {
        let serial = run.cases.iter().find(|case| {
            case.kernel == kernel.id && case.model == "serial" && case.role != Role::Twin && !case.failed
        })?;
        let wall = run.level(serial, Metric::Compute)?.value;
        let cpu = run.level(serial, Metric::CpuTime)?.value.min(wall);
        let switches: Vec<f64> = run.kept(serial).map(|sample| sample.voluntary_switches as f64).collect();
        let systems: Vec<f64> = run
            .kept(serial)
            .map(|sample| sample.system_ns as f64 / (sample.user_ns + sample.system_ns).max(1) as f64)
            .collect();
        let step_ns = cpu / serial.steps.max(1) as f64;
        let (io, system) = (wall - cpu, cpu * stats::median(&systems)?);
        Some(if io < NO_IO * wall {
            Self { cpu_ns: wall, call_ns: 0.0, io_ns: 0.0, calls: 0.0, step_ns, served_here: false }
        } else {
            let calls = stats::median(&switches)?.max(1.0);
            Self { cpu_ns: cpu - system, call_ns: system, io_ns: io, calls, step_ns, served_here: kernel.peer }
        })
    }
}

fn measured(run: &Run, case: &CaseResult) -> Result<f64, &'static str> {
    if case.failed {
        return Err("it failed");
    }
    run.level(case, Metric::Compute).map(|level| level.value).ok_or("it has no sample")
}

/// Time of the case's work in the simulation, in nanoseconds.
fn simulate(run: &Run, case: &CaseResult, work: &Work, constants: &Constants) -> Result<f64, &'static str> {
    let scheme = Scheme::find(&case.model).ok_or("its model is not simulated")?;
    if scheme.biased {
        return Err("it differs from threads by a measured factor alone, which proves nothing");
    }
    let arrangement = Arrangement { processes: case.processes, threads: case.threads };
    let workers = arrangement.workers() as f64;
    let jobs = (work.calls / workers).round().max(1.0);
    let each = |total: f64| total / (workers * jobs);
    let computes_only = work.calls == 0.0;
    let job = Job {
        cpu_ns: each(work.cpu_ns),
        call_ns: each(work.call_ns),
        io_ns: each(work.io_ns),
        served_here: work.served_here,
        jitter: if computes_only { 0.0 } else { JITTER },
    };
    let interval = run.plan.knobs.switch_interval();
    let world = World { constants, scheme, arrangement, cores: run.cores(), interval };
    let knobs = run.plan.knobs;
    let steps = match scheme.protocol {
        Protocol::Legacy => f64::from(knobs.check_interval_ticks) / TICKS_PER_STEP,
        Protocol::Free | Protocol::SwitchInterval => f64::from(knobs.safepoint_steps),
    };
    let safepoint_ns = (work.step_ns * steps).max(1.0) as u64;
    let times: Option<Vec<f64>> = (1..=if computes_only { 1 } else { REPETITIONS })
        .map(|seed| {
            let setting = Setting { safepoint_ns, seed, ..world.setting(job, Some(jobs as u64)) };
            Simulation::new(&setting).run_to_the_end(EVENTS).map(|ns| ns as f64)
        })
        .collect();
    times.and_then(|times| stats::median(&times)).ok_or("its work is too long to simulate")
}
