//! What follows for work of each kind on this machine: derived from the numbers, never from doctrine.
//!
//! Within a group of kernels each model is rated by the geometric mean of its speedups, each kernel at the model's best
//! number of workers; only models measured on all kernels of the group are rated. Models within 5 % of the best are
//! called as fast; of those the simplest is recommended (threads before processes before both), since a rank among
//! equals is noise, and the one that takes least memory per worker is named.

use super::format::{self, Unit};
use super::palette;
use super::text::{Plain, counted, say};
use super::view::{BASELINE, Group, View};
use crate::run::{KernelInfo, Metric};
use crate::stats::{self, Estimate};

/// Models no further behind than this are as fast as the best.
const AS_FAST: f64 = 0.95;
/// The models between which the answer chooses.
const BASIC: [&str; 2] = ["threads", "processes"];

/// What the numbers say about one group of kernels.
#[derive(Debug)]
pub(super) struct Advice<'a> {
    pub(super) group: Group,
    /// Kernels it rests on.
    pub(super) kernels: Vec<&'a str>,
    /// Models without a lock, the best first.
    pub(super) free: Vec<Rated<'a>>,
    /// What there is under a global lock, the best first: models with a lock, and processes of one thread each, which
    /// would never wait for a lock of their own.
    pub(super) locked: Vec<Rated<'a>>,
    /// How many times longer threads take under a lock than without, at equal workers.
    pub(super) lock_cost: Option<Over>,
    /// Kernels in which another model clearly beats the recommended one: kernel, model, times faster.
    pub(super) exceptions: Vec<(&'a str, &'a str, f64)>,
}

/// One number over several kernels: their geometric mean, or the only kernel's own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Over {
    /// The mean with its interval over kernels, or the only kernel's with its interval over rounds.
    pub(super) estimate: Estimate,
    /// Least and greatest of any kernel.
    pub(super) range: (f64, f64),
    /// Kernels.
    pub(super) kernels: usize,
}

impl Over {
    /// What qualifies the number: how far kernels lie apart, which an interval of their mean would hide.
    pub(super) fn spread(&self) -> Plain {
        match self.kernels {
            n @ (0 | 1) if !self.estimate.is_bounded() => counted(n, "kernel"),
            0 | 1 => format::interval(&self.estimate, Unit::Ratio).into(),
            n => {
                let (least, most) = self.range;
                say("{0} to {1} in {2} kernels", &[&format::plain(least), &format::quantity(most, Unit::Ratio), &n])
            }
        }
    }

    /// The number with that.
    pub(super) fn words(&self) -> Plain {
        let value = format::quantity(self.estimate.value, Unit::Ratio);
        // An interval has brackets of its own.
        let pattern = if self.kernels < 2 && self.estimate.is_bounded() { "{0} {1}" } else { "{0} ({1})" };
        say(pattern, &[&value, &self.spread()])
    }
}

/// A model's rating within a group.
#[derive(Debug, Clone)]
pub(super) struct Rated<'a> {
    pub(super) model: &'a str,
    /// Geometric mean of the speedups, with its interval over kernels.
    pub(super) speedup: Estimate,
    /// Least and greatest speedup of any kernel.
    pub(super) range: (f64, f64),
    /// Kernels that it was measured on.
    pub(super) kernels: usize,
    /// Memory per worker in bytes, where it was looked at.
    pub(super) memory: Option<f64>,
    /// Start-up per worker in nanoseconds.
    pub(super) start: Option<f64>,
}

impl Rated<'_> {
    /// Its speedup over the kernels.
    pub(super) fn over(&self) -> Over {
        Over { estimate: self.speedup, range: self.range, kernels: self.kernels }
    }
}

impl<'a> Advice<'a> {
    /// The models that are as fast as the best one, that included, the simplest first.
    pub(super) fn as_fast(rated: &[Rated<'a>]) -> Vec<Rated<'a>> {
        let best = rated.first().map_or(0.0, |best| best.speedup.value);
        let mut equals: Vec<_> = rated.iter().filter(|other| other.speedup.value >= AS_FAST * best).cloned().collect();
        equals.sort_by_key(|rated| (complexity(rated.model), palette::rank(rated.model)));
        equals
    }

    /// The simplest of the fastest.
    pub(super) fn recommended(rated: &[Rated<'a>]) -> Option<Rated<'a>> {
        Self::as_fast(rated).into_iter().next()
    }

    /// Of the models that are as fast as the best, the one that takes least memory per worker, and the one that takes
    /// most; `None` unless the difference is more than double.
    pub(super) fn cheapest(rated: &[Rated<'a>]) -> Option<(Rated<'a>, Rated<'a>)> {
        let mut known: Vec<_> = Self::as_fast(rated).into_iter().filter(|rated| rated.memory.is_some()).collect();
        known.sort_by(|a, b| a.memory.partial_cmp(&b.memory).expect("memory is a number of bytes"));
        let (least, most) = (known.first()?.clone(), known.last()?.clone());
        (most.memory? > 2.0 * least.memory? && least.memory? > 0.0).then_some((least, most))
    }
}

/// Threads of one process are simpler than processes, and both together are the least simple.
fn complexity(model: &str) -> usize {
    match model {
        "processes" => 1,
        "hybrid" | "gil-hybrid" => 2,
        _ => 0,
    }
}

/// Advice for every group that was measured against serial.
pub(super) fn advice<'a>(view: &View<'a>) -> Vec<Advice<'a>> {
    Group::ALL.into_iter().filter_map(|group| group_advice(view, group)).collect()
}

fn group_advice<'a>(view: &View<'a>, group: Group) -> Option<Advice<'a>> {
    let has_baseline = |kernel: &&KernelInfo| view.baseline(&kernel.id).is_some_and(|case| !case.failed);
    let mut kernels: Vec<&str> = view.kernels(group).into_iter().filter(has_baseline).map(|k| k.id.as_str()).collect();
    // A kernel that is there for one question of its own, as the quick profile's interpreter is, has no say in the others.
    let is_basic = |kernel: &&str| view.of_kernel(kernel).iter().any(|case| BASIC.contains(&case.model.as_str()));
    if kernels.iter().any(is_basic) {
        kernels.retain(is_basic);
    }
    let models = view.models().into_iter().filter(|model| *model != BASELINE);
    let mut rated: Vec<Rated> = models.filter_map(|model| rate(view, model, &kernels)).collect();
    rated.sort_by(|a, b| b.speedup.value.total_cmp(&a.speedup.value));
    let under_lock = |rated: &&Rated| view.locked(rated.model) || rated.model == "processes";
    let locked = rated.iter().filter(under_lock).cloned().collect::<Vec<_>>();
    let free = rated.into_iter().filter(|rated| !view.locked(rated.model)).collect::<Vec<_>>();
    if free.is_empty() && locked.is_empty() {
        return None;
    }
    let best = Advice::recommended(&free);
    let exceptions = best.map_or_else(Vec::new, |best| exceptions(view, best.model, &free, &kernels));
    Some(Advice { group, lock_cost: lock_cost(view, &kernels), kernels, free, locked, exceptions })
}

/// The model's rating; `None` unless it was measured on all kernels.
fn rate<'a>(view: &View<'a>, model: &'a str, kernels: &[&str]) -> Option<Rated<'a>> {
    let cases_of = |kernel| view.of_kernel(kernel).into_iter().filter(|case| case.model == model);
    let best: Option<Vec<_>> = kernels.iter().map(|kernel| view.fastest(cases_of(kernel))).collect();
    let best = best.filter(|best| !best.is_empty())?;
    let values: Vec<f64> = best.iter().map(|(_, speedup)| speedup.value).collect();
    let cases: Vec<_> = best.iter().map(|(case, _)| *case).collect();
    let typical = |metric| view.typical(&cases, metric).map(|typical| typical.estimate.value);
    Some(Rated {
        model,
        speedup: stats::geometric_mean(&values, 0.95)?,
        range: range(&values),
        kernels: values.len(),
        memory: typical(Metric::PssPerWorker),
        start: typical(Metric::StartPerWorker),
    })
}

/// `gil` over `threads` at equal workers: geometric mean over kernels, each at its largest shared number of workers.
fn lock_cost(view: &View, kernels: &[&str]) -> Option<Over> {
    let one = |kernel: &&str| {
        let cases = view.of_kernel(kernel);
        let locked = cases.iter().filter(|case| case.model == "gil" && !case.failed);
        let pairs = locked.filter_map(|gil| {
            let same = |case: &&&_| -> bool {
                let case: &crate::run::CaseResult = case;
                case.model == "threads" && case.workers == gil.workers
            };
            Some((gil.workers, view.run.ratio(gil, cases.iter().find(same)?, Metric::Compute, 0.95)?))
        });
        pairs.max_by_key(|(workers, _)| *workers).map(|(_, ratio)| ratio)
    };
    let ratios: Vec<Estimate> = kernels.iter().filter_map(one).collect();
    let values: Vec<f64> = ratios.iter().map(|ratio| ratio.value).collect();
    let estimate = match ratios.as_slice() {
        [only] => *only,
        _ => stats::geometric_mean(&values, 0.95)?,
    };
    Some(Over { estimate, range: range(&values), kernels: values.len() })
}

/// Least and greatest.
fn range(values: &[f64]) -> (f64, f64) {
    (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(0.0, f64::max))
}

/// Kernels in which another model is faster than `best` by a tenth or more, and the intervals lie apart.
fn exceptions<'a>(
    view: &View<'a>,
    best: &str,
    rated: &[Rated<'a>],
    kernels: &[&'a str],
) -> Vec<(&'a str, &'a str, f64)> {
    let of = |kernel: &str, model: &str| {
        view.fastest(view.of_kernel(kernel).into_iter().filter(|case| case.model == model)).map(|found| found.1)
    };
    let one = |kernel: &&'a str| {
        let ours = of(kernel, best)?;
        let others = rated.iter().filter_map(|rated| Some((rated.model, of(kernel, rated.model)?)));
        let (model, theirs) = others.max_by(|a, b| a.1.value.total_cmp(&b.1.value))?;
        let clear = theirs.value > 1.1 * ours.value && theirs.low > ours.high;
        clear.then_some((*kernel, model, theirs.value / ours.value))
    };
    kernels.iter().filter_map(one).collect()
}
