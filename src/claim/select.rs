//! Finding the cases that may be evidence.
//!
//! The A/A arm and the neutral control never are: they qualify the instrument. Nor are cases under another start method
//! than the plan's, which are there to be compared with each other. Failed cases do not count as measured.

use super::Selection;
use crate::run::{CaseResult, KernelInfo, Role, Run};

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

/// The measured cases of a kernel under two models with the same number of workers, the largest above `more_than`.
pub(super) fn largest<'a>(
    run: &'a Run,
    kernel: &str,
    (a, b): (&str, &str),
    more_than: usize,
) -> Option<(&'a CaseResult, &'a CaseResult)> {
    cases(run, kernel, a)
        .filter(|case| case.workers > more_than)
        .filter_map(|first| Some((first, case(run, kernel, b, first.workers)?)))
        .max_by_key(|(first, _)| first.workers)
}
