//! Finding the cases that may be evidence.
//!
//! The A/A arm and the neutral control never are: they qualify the instrument. Nor are cases under another start method
//! than the plan's, which are there to be compared with each other. Failed cases do not count as measured, nor do readings
//! of probes that failed.

use super::Selection;
use crate::run::{Bound, CaseResult, KernelInfo, Metric, Reading, Role, Run, Sample};
use crate::stats::median;

/// Switch intervals that a sample under a lock must be planned to last to be judged: in fewer, it is a matter of luck
/// whether the lock changed hands as often as it would in the long run. Samples are calibrated to last 20; a quarter less
/// is what calibration may miss, of the time of a step and of how CPU-bound it is.
pub(super) const FEWEST_INTERVALS: f64 = 15.0;

/// The run's kernels of a selection, in its order.
pub(super) fn kernels(run: &Run, selection: Selection) -> impl Iterator<Item = &KernelInfo> {
    run.kernels.iter().filter(move |kernel| selection.contains(kernel))
}

/// Whether the case could be evidence if it did not fail; its label after `@`, if any, says that it is something else.
pub(super) fn counts(case: &CaseResult) -> bool {
    case.role == Role::Case && !case.id.contains('@')
}

/// The measured cases of a kernel under a model.
pub(super) fn cases<'a>(run: &'a Run, kernel: &str, model: &str) -> impl Iterator<Item = &'a CaseResult> {
    run.cases.iter().filter(move |case| {
        case.kernel == kernel && case.model == model && counts(case) && !case.failed && run.kept(case).next().is_some()
    })
}

/// The measured case of a kernel under a model with so many workers.
pub(super) fn case<'a>(run: &'a Run, kernel: &str, model: &str, workers: usize) -> Option<&'a CaseResult> {
    cases(run, kernel, model).find(|case| case.workers == workers)
}

/// The measured cases of a kernel under two models with the same number of workers: the largest above `more_than`, and
/// rather a smaller one than one whose peer was too busy.
pub(super) fn largest<'a>(
    run: &'a Run,
    kernel: &str,
    (a, b): (&str, &str),
    more_than: usize,
) -> Option<(&'a CaseResult, &'a CaseResult)> {
    cases(run, kernel, a)
        .filter(|case| case.workers > more_than)
        .filter_map(|first| Some((first, case(run, kernel, b, first.workers)?)))
        .max_by_key(|(a, b)| (!peer_was_busy(run, a) && !peer_was_busy(run, b), a.workers))
}

/// Whether the samples of a case were planned too short to show what its lock does.
///
/// That is a matter of the plan and of the serial baseline, never of how long the case itself took: a lock that makes
/// samples longer would otherwise choose those by which it is judged. The case is expected to take the serial time over
/// the most that it could be faster, and each of several locks at work at once adds its own intervals; without a serial
/// case nothing is known, and it is judged. Threads that wait for IO
/// let go of their lock long before an interval ends, so that intervals are no matter there, and neither are they where
/// no two threads share a lock.
pub(super) fn too_short(run: &Run, case: &CaseResult) -> bool {
    let shares_lock = run.model(&case.model).is_some_and(|model| model.locked) && case.threads > 1;
    let waits_for_io = run.kernel(&case.kernel).is_some_and(|kernel| kernel.bound == Bound::Io);
    let serial = cases(run, &case.kernel, "serial").next();
    let Some(serial) = serial.filter(|_| shares_lock && !waits_for_io) else { return false };
    let of_serial = |metric| median(&run.values(serial, metric));
    let Some((length_ns, utilisation)) = of_serial(Metric::Compute).zip(of_serial(Metric::Utilisation)) else {
        return false;
    };
    let runners = case.processes.min(run.cores()) as f64;
    let faster = (runners / utilisation.clamp(0.01, 1.0)).clamp(1.0, case.workers as f64);
    length_ns / faster * runners < FEWEST_INTERVALS * run.plan.knobs.switch_interval_us as f64 * 1e3
}

/// Share of the machine's cores that a kernel's peer may use.
///
/// A peer has a thread for each connection and runs on the same cores as the workers. An exchange costs both ends about
/// the same, so at a quarter each half of the cores' time is taken; beyond that, waiting for a core is no small part of an
/// exchange any more, ratios go to 1, and the case shows the peer rather than its workers.
const MAX_PEER_SHARE: f64 = 0.25;

/// Whether the peer of the case's kernel was too busy in half of the rounds or more.
pub(super) fn peer_was_busy(run: &Run, case: &CaseResult) -> bool {
    let share = |sample: &Sample| {
        let cores_ns = sample.parts.compute_ns.max(1) as f64 * run.cores() as f64;
        sample.peer_cpu_ns.map(|used| used as f64 / cores_ns)
    };
    let shares: Vec<f64> = run.kept(case).filter_map(share).collect();
    median(&shares).is_some_and(|share| share > MAX_PEER_SHARE)
}

/// The readings of a probe, unless it failed.
pub(super) fn readings<'a>(run: &'a Run, probe: &'a str) -> impl Iterator<Item = &'a Reading> {
    let failed = run.failed_probe(probe).is_some();
    run.readings.iter().filter(move |reading| !failed && reading.probe == probe && !reading.values.is_empty())
}

/// What a probe read under this name, unless it failed.
pub(super) fn reading<'a>(run: &'a Run, probe: &'a str, name: &str) -> Option<&'a Reading> {
    readings(run, probe).find(|reading| reading.name == name)
}
