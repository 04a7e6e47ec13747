//! Finding the cases that may be evidence.
//!
//! The A/A arm and the neutral control never are: they qualify the instrument. Nor are cases under another start method
//! than the plan's, which are there to be compared with each other. Failed cases do not count as measured, nor do readings
//! of probes that failed.

use super::Selection;
use crate::run::{CaseResult, KernelInfo, Metric, Reading, Role, Run, Sample};
use crate::stats::median;

/// Waits that are shorter on average, in switch intervals, end long before an interval does.
const SHORT_WAIT: f64 = 0.1;

/// Switch intervals that a sample under a lock must last to be judged: in fewer, it is a matter of luck whether the
/// lock changed hands as often as it would in the long run. Samples are calibrated to last 20; a tenth less is what
/// calibration may miss.
pub(super) const FEWEST_INTERVALS: f64 = 18.0;

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
/// rather a smaller one than one whose samples are too short or whose peer was too busy.
pub(super) fn largest<'a>(
    run: &'a Run,
    kernel: &str,
    (a, b): (&str, &str),
    more_than: usize,
) -> Option<(&'a CaseResult, &'a CaseResult)> {
    cases(run, kernel, a)
        .filter(|case| case.workers > more_than)
        .filter_map(|first| Some((first, case(run, kernel, b, first.workers)?)))
        .max_by_key(|(a, b)| {
            let fit = |case| !too_short(run, case) && !peer_was_busy(run, case);
            (fit(a) && fit(b), a.workers)
        })
}

/// Whether the samples of a case are too short to show what its lock does.
///
/// Where nobody waited for a lock, or so little that no interval came near its end (threads that mostly block), how
/// often an interval would end is no matter, and neither is the length.
pub(super) fn too_short(run: &Run, case: &CaseResult) -> bool {
    let interval_ns = run.plan.knobs.switch_interval_us as f64 * 1e3;
    let mean_wait = |sample: &Sample| sample.lock.map_or(0.0, |lock| lock.wait_ns as f64 / lock.waits.max(1) as f64);
    let waits: Vec<f64> = run.kept(case).map(mean_wait).collect();
    let contended = median(&waits).is_some_and(|wait| wait >= SHORT_WAIT * interval_ns);
    let least = FEWEST_INTERVALS * interval_ns;
    contended && median(&run.values(case, Metric::Compute)).is_some_and(|length| length < least)
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
