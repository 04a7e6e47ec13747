//! Rates of a program that runs for long: one simulation, its beginning left out, the rest in batches.
//!
//! The interval of a rate is Student's over the means of ten batches (the method of batch means: A. M. Law, *Simulation
//! Modeling and Analysis*, 5th ed., §9.5.3). Each batch is long against a job and against the switch interval, so that
//! neighbouring batches have little to do with each other; where there are so many events that this would take too
//! long, batches are shorter, and the interval says less than it seems to.

use super::simulation::{Setting, Simulation, Tally};
use crate::stats::{Estimate, student_quantile};

const BATCHES: u32 = 10;
/// Jobs of every worker in a batch, if there is time.
const CYCLES: f64 = 8.0;
/// Jobs of all workers in a batch, at least: few workers need more cycles for a rate to be smooth.
const JOBS: f64 = 1000.0;
/// Events of the beginning, at most: enough to see how many there are in a second.
const WARM_UP_EVENTS: u64 = 60_000;
/// Events of a batch, about: with all models of a prediction, a second or so.
const BATCH_EVENTS: u64 = 30_000;

/// What a program does in the long run.
#[derive(Debug, Clone)]
pub(super) struct Steady {
    /// Jobs a second.
    pub(super) rate: Estimate,
    /// Everything counted.
    pub(super) tally: Tally,
    /// Simulated time of that, in nanoseconds.
    pub(super) elapsed_ns: f64,
}

/// Simulates until rates are known. `lanes`: how many workers can compute at once.
pub(super) fn simulate(setting: &Setting, lanes: usize) -> Steady {
    let mut simulation = Simulation::new(setting);
    let workers = setting.workers() as f64;
    let busy = workers / lanes.min(setting.cores) as f64;
    // A job's time when everybody waits for everybody else, and a turn under the lock.
    let cycle = setting.job.io_ns + (setting.job.cpu_ns + setting.job.call_ns) * busy.max(1.0);
    let turn = setting.interval_ns as f64 * if lanes < setting.workers() { 2.0 } else { 0.0 };
    let cycle = (cycle + turn).max(1e3);

    simulation.run_until((3.0 * cycle) as u64, WARM_UP_EVENTS);
    let per_ns = simulation.handled() as f64 / simulation.now().max(1) as f64;
    let affordable = BATCH_EVENTS as f64 / per_ns.max(1e-15);
    let batch = (CYCLES.max(JOBS / workers) * cycle).min(affordable).max(1.0) as u64;

    let began = simulation.now();
    let mut tally = Tally::default();
    drop(simulation.take_tally());
    let mut rates = vec![];
    for number in 1..=u64::from(BATCHES) {
        let before = simulation.now();
        // Twice what was expected: a machine that grows busier must not take for ever.
        let events = simulation.handled() + 2 * BATCH_EVENTS;
        simulation.run_until(began + number * batch, events);
        let counted = simulation.take_tally();
        let elapsed = (simulation.now() - before).max(1) as f64;
        // Work done is smoother than jobs finished, and the same in the long run.
        let jobs = if setting.job.cpu_ns > 0.0 {
            counted.computed_ns as f64 / setting.job.cpu_ns
        } else {
            counted.jobs as f64
        };
        rates.push(jobs / elapsed * 1e9);
        tally.add(&counted);
    }
    let elapsed_ns = (simulation.now() - began).max(1) as f64;
    Steady { rate: mean(&rates), tally, elapsed_ns }
}

fn mean(values: &[f64]) -> Estimate {
    let n = values.len() as f64;
    let value = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|one| (one - value).powi(2)).sum::<f64>() / (n - 1.0);
    let half = student_quantile(0.975, n - 1.0) * (variance / n).sqrt();
    Estimate { value, low: value - half, high: value + half, level: 0.95, n: values.len() }
}
