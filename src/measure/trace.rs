//! One short sample with a record of what its workers do to their locks.
//!
//! It is measured like any other, by a fresh team, and is part of no round: who notes moments takes a little longer than
//! who does not, so nothing is concluded from its time.

use std::time::Duration;

use super::calibrate::{Calibration, expected_speedup, find_step};
use super::plan::{Group, Request, check_knobs};
use crate::error::{Error, Result};
use crate::kernel::{Bound, Kernel};
use crate::machine;
use crate::model::{self, Arrangement, Model, Order, check_workers};
use crate::run::{Knobs, Sample, StartMethod, Trace};
use crate::suite::Suite;
use crate::worker::Limits;

/// Room for moments of all workers together: half a gigabyte.
const MOST_MOMENTS: usize = 1 << 26;

/// What is to be traced.
#[derive(Debug, Clone)]
pub struct TraceRequest {
    /// Kernel, by name.
    pub kernel: String,
    /// Model, by name; it must have a lock.
    pub model: String,
    /// Workers.
    pub workers: usize,
    /// How long the sample should be.
    pub time: Duration,
    /// Steps of all workers together, instead of as many as fit that time.
    pub steps: Option<u64>,
    /// Moments that each worker has room for.
    pub moments: usize,
    /// Settings of the locks.
    pub knobs: Knobs,
    /// How worker processes start.
    pub start_method: StartMethod,
    /// When a team counts as stalled.
    pub limits: Limits,
}

/// Takes one traced sample.
///
/// # Errors
/// [`Error::Request`] for unknown names, a model without a lock and absurd numbers; [`Error::Worker`] if the team fails.
pub fn trace(suite: &Suite, request: &TraceRequest) -> Result<(Sample, Trace)> {
    let kernel = suite.find_kernel(&request.kernel)?;
    let model = locked_model(suite, &request.model)?;
    let cores = machine::usable_cores();
    check(request)?;
    let arrangement = model.arrange(request.workers, cores)?;
    let steps = match request.steps {
        Some(steps) => steps,
        None => steps_for(request, kernel, model, arrangement, cores)?,
    };
    let order = Order {
        knobs: request.knobs,
        start_method: request.start_method,
        limits: request.limits,
        ..Order::new(kernel, model.name(), arrangement, steps)
    };
    model::run_traced(&order, request.moments)
}

fn locked_model(suite: &Suite, name: &str) -> Result<&'static dyn Model> {
    let model = suite.find_model(name)?;
    if model.locked() {
        return Ok(model);
    }
    let locked: Vec<_> = suite.models().iter().filter(|model| model.locked()).map(|model| model.name()).collect();
    Err(Error::request(format!("model `{name}` has no lock to trace; those with one are {}", locked.join(", "))))
}

fn check(request: &TraceRequest) -> Result<()> {
    let TraceRequest { workers, time, moments, .. } = *request;
    check_workers(workers)?;
    check_knobs(&request.knobs)?;
    if !(Duration::from_millis(1)..=Duration::from_secs(60)).contains(&time) {
        return Err(Error::request(format!(
            "a trace of {time:?} makes no sense; 100ms shows twenty switch intervals of CPython's, and between 1ms and 60s \
             can be traced"
        )));
    }
    if request.steps == Some(0) {
        return Err(Error::request("0 steps do nothing to a lock; ask for 1 or more"));
    }
    if moments == 0 || moments.saturating_mul(workers) > MOST_MOMENTS {
        return Err(Error::request(format!(
            "room for {moments} moments in each of {workers} workers makes no sense; between 1 and {} can be kept",
            MOST_MOMENTS / workers
        )));
    }
    Ok(())
}

fn steps_for(
    request: &TraceRequest,
    kernel: &dyn Kernel,
    model: &dyn Model,
    arrangement: Arrangement,
    cores: usize,
) -> Result<u64> {
    let step = find_step(&|steps| {
        let order = Order::new(kernel, "serial", Arrangement::threads(1), steps);
        model::run(&Order { limits: request.limits, ..order })
    })?;
    let serial_ns = request.time.as_nanos() as f64 * expected_speedup(model, arrangement, cores, step.utilisation);
    Ok(((serial_ns / step.ns) as u64).max(request.workers as u64))
}

/// Workers of a run's own trace, switch intervals that it lasts, and moments that each worker has room for.
const SCENE: (usize, u32, usize) = (2, 12, 2000);

/// The trace that every run with a global lock has: CPU-bound threads that take turns.
///
/// It adds to the picture and to no number, so whatever goes wrong here is left to the rounds, which will say so.
pub(super) fn scene(request: &Request, groups: &[(&Group, Calibration)]) -> Option<Trace> {
    let (workers, intervals, moments) = SCENE;
    let computes = |(group, _): &&(&Group, Calibration)| {
        group.kernel.bound() == Bound::Cpu && group.cases.iter().any(|case| case.model.name() == "gil")
    };
    let candidates = || groups.iter().filter(computes);
    let (group, calibration) =
        candidates().find(|(group, _)| group.kernel.name() == "bytecode").or(candidates().next())?;
    let time =
        (request.knobs.switch_interval() * intervals).clamp(Duration::from_millis(10), Duration::from_millis(250));
    let steps = calibration.steps as f64 * time.as_nanos() as f64 / calibration.serial_ns;
    let order = Order::new(group.kernel, "gil", Arrangement::threads(workers), (steps as u64).max(workers as u64));
    let order = Order { knobs: request.knobs, limits: request.limits, ..order };
    let (_, mut trace) = model::run_traced(&order, moments).ok()?;
    trace.summary = format!("{workers} threads that only compute take turns. {}", trace.summary);
    Some(trace)
}
