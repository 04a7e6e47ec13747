//! What the panels ask of a run.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::text::{Plain, say};
use super::{format, palette};
use crate::claim::{self, Judged};
use crate::run::{Bound, CaseResult, Failure, KernelInfo, Metric, Reading, Role, Run};
use crate::stats::{self, Estimate};
use crate::track::history::History;

/// Id of the model that all speedups are against.
pub(super) const BASELINE: &str = "serial";

/// A run as the panels see it: the data and what was concluded from it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Everything that was measured.
    pub run: &'a Run,
    /// The claims and their verdicts, in the order in which they are to be read.
    pub verdicts: &'a [Judged],
    /// The history that the run belongs to, if there is one.
    pub history: Option<&'a History>,
    /// Another run to hold this one against.
    pub base: Option<&'a Run>,
}

/// Kernels that are read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// They compute and share nothing.
    Cpu,
    /// They compute, and threads of one process compete for something else than a lock.
    Shared,
    /// They wait.
    Io,
    /// Both in turn.
    Mixed,
}

impl Group {
    pub(super) const ALL: [Self; 4] = [Self::Cpu, Self::Shared, Self::Io, Self::Mixed];

    fn of(kernel: &KernelInfo) -> Self {
        match (kernel.bound, &kernel.shares) {
            (Bound::Cpu, None) => Self::Cpu,
            (Bound::Cpu, Some(_)) => Self::Shared,
            (Bound::Io, _) => Self::Io,
            (Bound::Mixed, _) => Self::Mixed,
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Cpu => "CPU-bound work",
            Self::Shared => "CPU-bound work on a shared resource",
            Self::Io => "IO-bound work",
            Self::Mixed => "Mixed work",
        }
    }
}

impl<'a> View<'a> {
    /// The view of a run and the verdicts on it.
    pub fn new(run: &'a Run, verdicts: &'a [Judged]) -> Self {
        Self { run, verdicts, history: None, base: None }
    }

    /// Cases that are compared with each other: no A/A arm, no control, the plan's start method.
    pub(super) fn plain(&self) -> impl Iterator<Item = &'a CaseResult> + use<'a> {
        let method = self.run.plan.start_method;
        self.run.cases.iter().filter(move |case| case.role == Role::Case && case.start_method == method)
    }

    /// Plain cases of a kernel.
    pub(super) fn of_kernel(&self, kernel: &str) -> Vec<&'a CaseResult> {
        self.plain().filter(|case| case.kernel == kernel).collect()
    }

    /// Kernels of a group that have plain cases.
    pub(super) fn kernels(&self, group: Group) -> Vec<&'a KernelInfo> {
        let measured: BTreeSet<&str> = self.plain().map(|case| case.kernel.as_str()).collect();
        let wanted = |kernel: &&KernelInfo| Group::of(kernel) == group && measured.contains(kernel.id.as_str());
        self.run.kernels.iter().filter(wanted).collect()
    }

    /// Models of plain cases, in the order of tables.
    pub(super) fn models(&self) -> Vec<&'a str> {
        let mut models: Vec<&str> = Vec::new();
        for case in self.plain() {
            if !models.contains(&case.model.as_str()) {
                models.push(&case.model);
            }
        }
        models.sort_by_key(|model| palette::rank(model));
        models
    }

    /// Whether the model has a simulated global lock.
    pub(super) fn locked(&self, model: &str) -> bool {
        self.run.model(model).is_some_and(|model| model.locked)
    }

    /// The serial case of a kernel.
    pub(super) fn baseline(&self, kernel: &str) -> Option<&'a CaseResult> {
        self.plain().find(|case| case.kernel == kernel && case.model == BASELINE)
    }

    /// How many times faster than serial, with its 95 % interval.
    pub(super) fn speedup(&self, case: &CaseResult) -> Option<Estimate> {
        self.run.speedup(case, self.baseline(&case.kernel)?)
    }

    /// The fastest of these cases, with its speedup.
    pub(super) fn fastest<'c>(
        &self,
        cases: impl IntoIterator<Item = &'c CaseResult>,
    ) -> Option<(&'c CaseResult, Estimate)> {
        let judged = cases.into_iter().filter_map(|case| Some((case, self.speedup(case)?)));
        judged.max_by(|a, b| a.1.value.total_cmp(&b.1.value))
    }

    /// Why a case failed.
    pub(super) fn cause(&self, case: &CaseResult) -> String {
        let failure = self.run.failures.iter().find(|failure| failure.case.as_ref() == Some(&case.id));
        failure.map_or_else(|| "the cause was not recorded".into(), |failure| failure.message.clone())
    }

    /// Failures, those that lost a case first.
    pub(super) fn failures(&self) -> Vec<&'a Failure> {
        let mut all: Vec<_> = self.run.failures.iter().collect();
        all.sort_by_key(|failure| Reverse(failure.case.is_some()));
        all
    }

    /// The A/A arms: each twin's time over that of the case it repeats.
    pub(super) fn twins(&self) -> Vec<(&'a CaseResult, Estimate)> {
        let ratio = |(case, twin)| Some((twin, self.run.ratio(twin, case, Metric::Compute, 0.95)?));
        self.run.twins().filter_map(ratio).collect()
    }

    /// Why the run decides nothing that was timed, if that is so.
    pub(super) fn unqualified(&self) -> Option<String> {
        claim::unqualified(self.run)
    }

    /// Times of the neutral control in the order of the rounds, in nanoseconds.
    pub(super) fn control(&self) -> Vec<f64> {
        let serial = |case: &&CaseResult| case.role == Role::Control && case.model == BASELINE;
        let control = self.run.cases.iter().find(serial);
        control.map_or_else(Vec::new, |case| self.run.values(case, Metric::Compute))
    }

    /// How much slower the control was in the second half of the run than in the first, as a share.
    pub(super) fn drift(&self) -> Option<f64> {
        let times = self.control();
        let (first, second) = times.split_at(times.len() / 2);
        let median = |half| Some(stats::median_estimate(half, 0.95)?.value);
        Some(median(second)? / median(first)? - 1.0)
    }

    /// Everything that a probe read.
    pub(super) fn readings(&self, probe: &str) -> impl Iterator<Item = &'a Reading> {
        self.run.readings.iter().filter(move |reading| reading.probe == probe && !reading.values.is_empty())
    }

    /// Median over the rounds of one reading of a probe, with its 95 % interval.
    pub(super) fn reading(&self, probe: &str, name: &str) -> Option<Estimate> {
        let reading = self.readings(probe).find(|reading| reading.name == name)?;
        stats::median_estimate(&reading.values, 0.95)
    }

    /// Median over these cases of a metric's level, with the least and the most; `None` if nothing was recorded.
    pub(super) fn typical(&self, cases: &[&CaseResult], metric: Metric) -> Option<Typical> {
        let mut levels: Vec<Estimate> = cases.iter().filter_map(|case| self.run.level(case, metric)).collect();
        levels.sort_by(|a, b| a.value.total_cmp(&b.value));
        let (least, most) = (levels.first()?.value, levels.last()?.value);
        Some(Typical { estimate: levels[(levels.len() - 1) / 2], least, most, cases: levels.len() })
    }
}

/// The middle one of several cases' estimates, and how far they spread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Typical {
    /// Estimate of the case in the middle.
    pub(super) estimate: Estimate,
    /// Least value of any case.
    pub(super) least: f64,
    /// Greatest value of any case.
    pub(super) most: f64,
    /// How many cases.
    pub(super) cases: usize,
}

/// `4` or, for both, `2×4`.
pub(super) fn shape(case: &CaseResult) -> String {
    if case.model.contains("hybrid") || (case.processes > 1 && case.threads > 1) {
        format!("{}×{}", case.processes, case.threads)
    } else {
        case.workers.to_string()
    }
}

/// An A/A ratio in words, with whether the instrument is qualified by it; `None` if there were too few rounds.
pub(super) fn qualification(ratio: &Estimate) -> (Option<bool>, Plain) {
    let f = |value| format::fixed(value, 3);
    let Some(qualified) = claim::qualifies(ratio) else {
        return (None, say("too few rounds to qualify: A/A ratio {0}", &[&f(ratio.value)]));
    };
    let word = if qualified { "qualified" } else { "not qualified" };
    let ratio = format!("{} [{}, {}]", f(ratio.value), f(ratio.low), f(ratio.high));
    (Some(qualified), say("{0}: A/A ratio {1}", &[&say(word, &[]), &ratio]))
}
