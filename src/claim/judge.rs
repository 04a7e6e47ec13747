//! The rule by which every claim is decided.
//!
//! A claim is universal: it names a side of a bound for every one of its comparisons. It is **supported** if the 95 %
//! interval of each lies wholly on the claimed side; no correction is needed, since all must agree (the
//! intersection–union test: R. L. Berger, Technometrics 24, 1982). It is **refuted** if the interval of at least one
//! lies wholly on the other side at the level 1 − 0.05/m for m comparisons (Bonferroni: among many comparisons one
//! strays by chance). Otherwise it is **inconclusive**, and the reason says how large an effect would have been seen.
//! "The same" is a claim like any other: its side is the inside of a margin.
//!
//! Before that, a run must be fit to judge: enough rounds, and an A/A arm that does not differ from itself.

use super::verdict::words;
use super::{Evidence, Need, Outcome, Verdict, need};
use crate::run::{CaseResult, Metric, Run};
use crate::stats::{Estimate, median_estimate, smallest_detectable};

/// The instrument is unqualified if the 95 % interval of a case against its twin lies wholly beyond this of 1.
///
/// Three per cent: well inside the narrowest margin that a claim uses (5 %), and wider than what the order of cases
/// inside a round leaves on a quiet machine.
pub const AA_MARGIN: f64 = 0.03;

/// Confidence level of every interval that is shown.
const LEVEL: f64 = 0.95;

/// Why this run may decide nothing, if a case differs from its own twin; `None` also without an A/A arm.
pub fn unqualified(run: &Run) -> Option<String> {
    run.twins().find_map(|(case, twin)| {
        let ratio = run.ratio(twin, case, Metric::Compute, LEVEL)?;
        Claimed::within(AA_MARGIN).excludes(&ratio).then(|| {
            format!(
                "The instrument is unqualified: the A/A arm, {} measured twice, differs from itself by {}.",
                case.id,
                words(&ratio, "×")
            )
        })
    })
}

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

    fn includes(self, estimate: &Estimate) -> bool {
        estimate.is_bounded() && estimate.is_above(self.low) && estimate.is_below(self.high)
    }

    fn excludes(self, estimate: &Estimate) -> bool {
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

    /// Subject and number in words, at this level.
    pub(super) fn words(&self, level: f64) -> String {
        let number = self.estimate(level).map_or("no value".into(), |estimate| words(&estimate, self.unit));
        format!("{}: {number}", self.subject)
    }

    fn evidence(&self) -> Option<Evidence> {
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

/// What a check asks of a run.
pub(super) struct Question<'a> {
    pub(super) run: &'a Run,
    pub(super) needs: Vec<Need>,
    /// The rule in a sentence.
    pub(super) rule: String,
    /// What is missing although every need is met, in a sentence.
    pub(super) otherwise: String,
    /// Whether one core could neither support nor refute it.
    pub(super) two_cores: bool,
    /// Everything to look at.
    pub(super) cells: Vec<Cell>,
}

/// The rule of a universal claim, from what is claimed of every comparison.
pub(super) fn for_every(claimed: &str) -> String {
    format!(
        "Supported if {claimed}, in every comparison with its whole 95 % interval; refuted if in at least one of m \
         comparisons the whole interval, at the level 1 − 0.05/m, lies on the other side."
    )
}

impl Question<'_> {
    /// Decides a universal claim.
    pub(super) fn judge(self) -> Verdict {
        if let Some(verdict) = self.obstacle() {
            return verdict;
        }
        let judged: Vec<&Cell> = self.judged().collect();
        let corrected = 1.0 - (1.0 - LEVEL) / judged.len() as f64;
        let failing = worst(judged.iter().copied().filter(|cell| cell.fails(corrected)));
        let doubtful = worst(judged.iter().copied().filter(|cell| !cell.holds(LEVEL)));
        let all = judged.len();
        match (failing, doubtful) {
            (Some(cell), _) => {
                let count = judged.iter().filter(|cell| cell.fails(corrected)).count();
                let share = if all == 1 { String::new() } else { format!(", as {count} of {all} comparisons do") };
                let reason = format!(
                    "{} at {:.1} % lies wholly on the other side{share}.",
                    cell.words(corrected),
                    corrected * 100.0
                );
                self.verdict(Outcome::Refuted, Some(cell), reason)
            }
            (None, Some(cell)) => {
                let where_ = if cell.fails(LEVEL) {
                    format!(
                        "lies on the other side, but not at the {:.1} % that {all} comparisons ask",
                        corrected * 100.0
                    )
                } else {
                    "lies across the bound".into()
                };
                let reason = format!("{} {where_}. {}", cell.words(LEVEL), detectable(cell));
                self.verdict(Outcome::Inconclusive, Some(cell), reason)
            }
            (None, None) => {
                let cell = worst(judged.into_iter()).expect("a claim without judged cells met an obstacle");
                let lead = if all == 1 { String::new() } else { format!("All {all} comparisons hold; the worst is ") };
                let reason = format!("{lead}{}.", cell.words(LEVEL));
                self.verdict(Outcome::Supported, Some(cell), reason)
            }
        }
    }

    /// The verdict if the run is not fit to decide: nothing measured, unqualified, or too few rounds.
    pub(super) fn obstacle(&self) -> Option<Verdict> {
        let nothing = |reason: String| Some(self.verdict(Outcome::NotMeasured, None, reason));
        if self.two_cores && self.run.cores() < 2 {
            return nothing("This needs a machine with at least 2 cores, and the run had only 1 to use.".into());
        }
        if self.judged().next().is_none() {
            let missing = need::missing(self.run, &self.needs);
            return nothing(if missing.is_empty() { self.otherwise.clone() } else { missing });
        }
        let worst = worst(self.judged());
        let undecided = |cell, reason: String| Some(self.verdict(Outcome::Inconclusive, cell, reason));
        if let Some(reason) = unqualified(self.run) {
            return undecided(worst, reason);
        }
        let floor = self.run.plan.floor_rounds;
        if let Some(cell) = self.judged().filter(|cell| cell.rounds < floor as usize).min_by_key(|cell| cell.rounds) {
            let (subject, rounds) = (&cell.subject, cell.rounds);
            return undecided(
                worst,
                format!("{subject} has {rounds} rounds, and a verdict needs {floor}: allow a larger `--budget`."),
            );
        }
        let blind = self.judged().find(|cell| cell.logs.is_empty())?;
        undecided(worst, format!("{} was not recorded in any round.", blind.subject))
    }

    /// A verdict whose number is that of `cell`.
    pub(super) fn verdict(&self, outcome: Outcome, cell: Option<&Cell>, reason: String) -> Verdict {
        let estimate = cell.and_then(|cell| cell.estimate(LEVEL));
        let finite = |number: f64| number.is_finite().then_some(number);
        // An interval has two ends or none: too few rounds give a ratio the ends 0 and infinite.
        let bounded = estimate.filter(Estimate::is_bounded);
        let lost = need::failed(self.run, &self.needs);
        let reason = if lost.is_empty() { reason } else { format!("{reason} {lost}") };
        Verdict {
            outcome,
            value: estimate.and_then(|estimate| finite(estimate.value)),
            low: bounded.map(|estimate| estimate.low),
            high: bounded.map(|estimate| estimate.high),
            unit: cell.or(self.cells.first()).map_or("×", |cell| cell.unit).into(),
            rule: self.rule.clone(),
            reason,
            evidence: self.cells.iter().filter_map(Cell::evidence).collect(),
        }
    }

    fn judged(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| cell.claimed.is_some())
    }
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
