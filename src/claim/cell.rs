//! One number of a check: a comparison or a level, its rounds, and the side of a bound that is claimed for it.

use super::Evidence;
use super::verdict::words;
use crate::run::{CaseResult, Metric, Run};
use crate::stats::{Estimate, median_estimate, smallest_detectable};

/// Confidence level of every interval that is shown.
pub(super) const LEVEL: f64 = 0.95;

/// The claimed side: values strictly between two ends, of which one may be infinite.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claimed {
    low: f64,
    high: f64,
}

impl Claimed {
    /// Below the bound.
    pub(super) fn below(bound: f64) -> Self {
        Self { low: f64::NEG_INFINITY, high: bound }
    }

    /// Above the bound.
    pub(super) fn above(bound: f64) -> Self {
        Self { low: bound, high: f64::INFINITY }
    }

    /// Ratios within a margin (0.1 is ±10 %) of 1, whichever arm is on top.
    pub(super) fn within(margin: f64) -> Self {
        Self::near(1.0, margin)
    }

    /// Values within a margin of the expected one.
    pub(super) fn near(expected: f64, margin: f64) -> Self {
        Self { low: expected / (1.0 + margin), high: expected * (1.0 + margin) }
    }

    pub(super) fn includes(self, estimate: &Estimate) -> bool {
        estimate.is_bounded() && estimate.is_above(self.low) && estimate.is_below(self.high)
    }

    pub(super) fn excludes(self, estimate: &Estimate) -> bool {
        estimate.is_below(self.low) || estimate.is_above(self.high)
    }

    /// Distance of a positive value from the claimed side on the logarithmic scale; negative inside.
    fn distance(self, value: f64) -> f64 {
        // The logarithm of a bound that does not exist is no number, and `max` prefers the other.
        (value / self.high).ln().max((self.low / value).ln())
    }
}

/// A comparison or a measured level, round by round, with the side that is claimed for it.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    subject: String,
    unit: &'static str,
    /// Rounds that both cases have, whether or not the metric was recorded in them.
    rounds: usize,
    /// Natural logarithms of the value in each round.
    logs: Vec<f64>,
    /// `None` for evidence that is not judged.
    claimed: Option<Claimed>,
}

impl Cell {
    /// The metric in `a` over that in `b`.
    pub(super) fn ratio(run: &Run, a: &CaseResult, b: &CaseResult, metric: Metric) -> Self {
        Self {
            subject: subject(a, b),
            unit: "×",
            rounds: run.pairs(a, b, Metric::Compute).len(),
            logs: run.log_ratios(a, b, metric),
            claimed: None,
        }
    }

    /// The memory per worker in `a` over that in `b`, amounts below a page counted as one page.
    ///
    /// Workers that add nothing that can be seen would otherwise drop out of the ratio, and they are the best.
    pub(super) fn memory_ratio(run: &Run, a: &CaseResult, b: &CaseResult) -> Self {
        let page = |bytes: f64| bytes.max(4096.0).ln();
        let pairs = run.pairs(a, b, Metric::PssPerWorker);
        Self {
            logs: pairs.iter().map(|&(x, y)| page(x) - page(y)).collect(),
            ..Self::ratio(run, a, b, Metric::Compute)
        }
    }

    /// The metric of a case alone, in `unit`s of which `per_unit` make one of its own.
    pub(super) fn level(run: &Run, case: &CaseResult, metric: Metric, unit: &'static str, per_unit: f64) -> Self {
        let values = run.values(case, metric);
        Self {
            subject: format!("{}: {}", case.kernel, arrangement(case)),
            unit,
            rounds: run.kept(case).count(),
            logs: values.iter().filter(|value| **value > 0.0).map(|value| (value / per_unit).ln()).collect(),
            claimed: None,
        }
    }

    /// The same as a fraction of a number: a speedup per worker, say.
    #[must_use]
    pub(super) fn per(mut self, number: usize) -> Self {
        self.logs.iter_mut().for_each(|log| *log -= (number as f64).ln());
        self
    }

    /// The same, named as the speed of `a` over that of `b` rather than the time of `b` over that of `a`.
    #[must_use]
    pub(super) fn of_speed(self, a: &CaseResult, b: &CaseResult) -> Self {
        Self { subject: subject(a, b), ..self }
    }

    /// The same with what it is about said after its subject.
    #[must_use]
    pub(super) fn about(mut self, what: &str) -> Self {
        self.subject = format!("{}, {what}", self.subject);
        self
    }

    /// The same, to be judged.
    #[must_use]
    pub(super) fn judged(self, claimed: Claimed) -> Self {
        Self { claimed: Some(claimed), ..self }
    }

    /// The median with its interval; `None` if no round has the metric.
    pub(super) fn estimate(&self, level: f64) -> Option<Estimate> {
        Some(median_estimate(&self.logs, level)?.map(f64::exp))
    }

    /// Whether it lies wholly on the claimed side at this level.
    pub(super) fn holds(&self, level: f64) -> bool {
        self.claimed.zip(self.estimate(level)).is_some_and(|(claimed, estimate)| claimed.includes(&estimate))
    }

    /// Whether it lies wholly on the other side at this level.
    pub(super) fn fails(&self, level: f64) -> bool {
        self.claimed.zip(self.estimate(level)).is_some_and(|(claimed, estimate)| claimed.excludes(&estimate))
    }

    /// How bad it is for the claim: the median's distance from the claimed side.
    fn badness(&self) -> f64 {
        let both = self.claimed.zip(self.estimate(LEVEL));
        both.map_or(f64::NEG_INFINITY, |(claimed, estimate)| claimed.distance(estimate.value))
    }

    /// What it is about.
    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    /// Its unit.
    pub(super) fn unit(&self) -> &'static str {
        self.unit
    }

    /// Rounds that both cases have.
    pub(super) fn rounds(&self) -> usize {
        self.rounds
    }

    /// Whether the verdict rests on it.
    pub(super) fn is_judged(&self) -> bool {
        self.claimed.is_some()
    }

    /// Subject and number in words, at this level.
    pub(super) fn words(&self, level: f64) -> String {
        let number = self.estimate(level).map_or("no value".into(), |estimate| words(&estimate, self.unit));
        format!("{}: {number}", self.subject)
    }

    pub(super) fn evidence(&self) -> Option<Evidence> {
        let holds = if self.holds(LEVEL) { Some(true) } else { self.fails(LEVEL).then_some(false) };
        Some(Evidence {
            subject: self.subject.clone(),
            estimate: self.estimate(LEVEL)?,
            unit: self.unit.into(),
            judged: self.claimed.is_some(),
            holds,
        })
    }
}

fn subject(a: &CaseResult, b: &CaseResult) -> String {
    format!("{}: {} against {}", a.kernel, arrangement(a), arrangement(b))
}

/// A case without its kernel: `gil-hybrid/2x4`.
fn arrangement(case: &CaseResult) -> &str {
    case.id.strip_prefix(&case.kernel).map_or(case.id.as_str(), |rest| rest.trim_start_matches('/'))
}

/// What effect the run could have seen, in a sentence.
pub(super) fn detectable(cell: &Cell) -> String {
    let smallest = cell.estimate(LEVEL).map_or(f64::INFINITY, |estimate| smallest_detectable(&estimate));
    if smallest.is_finite() {
        format!("The smallest effect that this run could have seen there is {:.1} %.", smallest * 100.0)
    } else {
        "This run could not have seen an effect of any size there.".into()
    }
}

/// The cell that is worst for the claim.
pub(super) fn worst<'a>(cells: impl Iterator<Item = &'a Cell>) -> Option<&'a Cell> {
    cells.max_by(|a, b| a.badness().total_cmp(&b.badness()))
}
