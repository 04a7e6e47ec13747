//! One number of a check: a comparison, a level or a count, its rounds, and the side of a bound that is claimed for it.
//!
//! Ratios and levels are positive, and their rounds are compared on the logarithmic scale. A difference may be zero or
//! less, so that its rounds stay as they are. A **count** of what must never happen, or must happen at all, is no
//! estimate of anything: one occurrence refutes "never" however many rounds had none, and the median would hide it. So
//! its number is the sum of all rounds, and that is known exactly: the interval is that number itself. The rule of
//! decision is then the same for all of them.
//!
//! What a count needs is no rounds for an interval but chances: that something did not happen in a hundred tries says
//! little, in a thousand it says that its rate is 0.3 % at most. See [`COUNT_ROUNDS`], [`CHANCES`] and [`PROGRAMS`].

use super::{Evidence, number, select};
use crate::run::{CaseResult, Metric, Reading, Run};
use crate::stats::{Estimate, median_estimate, rate_at_most, smallest_detectable};

/// Kept rounds that a count needs: one odd process must not be all that was looked at.
const COUNT_ROUNDS: usize = 3;
/// Chances that a count needs in all rounds together.
const CHANCES: u64 = 1_000;
/// The same where a chance takes a program of its own, such as one that ends with its daemons or a server that is asked
/// by a client: thirty-six are what a minute has time for, and leave a rate of 8 % at most.
const PROGRAMS: u64 = 36;

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

    /// Between the two.
    pub(super) fn between(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// Ratios within a margin (0.1 is ±10 %) of 1, whichever arm is on top.
    pub(super) fn within(margin: f64) -> Self {
        Self::near(1.0, margin)
    }

    /// Values within a margin of the expected one.
    pub(super) fn near(expected: f64, margin: f64) -> Self {
        Self { low: expected / (1.0 + margin), high: expected * (1.0 + margin) }
    }

    /// Counts, which are whole numbers: not once.
    pub(super) fn never() -> Self {
        Self::below(0.5)
    }

    /// Counts: once at least.
    pub(super) fn ever() -> Self {
        Self::above(0.5)
    }

    pub(super) fn includes(self, estimate: &Estimate) -> bool {
        estimate.is_bounded() && estimate.is_above(self.low) && estimate.is_below(self.high)
    }

    pub(super) fn excludes(self, estimate: &Estimate) -> bool {
        estimate.is_below(self.low) || estimate.is_above(self.high)
    }
}

/// How the rounds of a number become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A positive value, as its natural logarithm: their median.
    Ratio,
    /// A value that may be zero or less: their median.
    Difference,
    /// How often something happened: the sum.
    Count,
}

/// A comparison or a measured level, round by round, with the side that is claimed for it.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    subject: String,
    unit: String,
    kind: Kind,
    /// Rounds that both cases have, whether or not the metric was recorded in them.
    rounds: usize,
    /// The value in each round, or its natural logarithm.
    values: Vec<f64>,
    /// Whether a sample under a lock is too short to show what the lock does.
    short: bool,
    /// Of a count: how often it could have happened, if that was recorded.
    of: Option<u64>,
    /// Of a count: how often it must have been able to happen for a verdict.
    fewest: u64,
    /// Whether the other end of its connections was too busy to be left out of account.
    busy_peer: bool,
    /// `None` for evidence that is not judged.
    claimed: Option<Claimed>,
    /// Whether it was to be judged and is too short for it, or its peer was too busy.
    withheld: bool,
}

impl Cell {
    /// The metric in `a` over that in `b`.
    pub(super) fn ratio(run: &Run, a: &CaseResult, b: &CaseResult, metric: Metric) -> Self {
        Self {
            rounds: run.pairs(a, b, Metric::Compute).len(),
            short: select::too_short(run, a) || select::too_short(run, b),
            busy_peer: select::peer_was_busy(run, a) || select::peer_was_busy(run, b),
            ..Self::new(subject(a, b), "×", Kind::Ratio, run.log_ratios(a, b, metric))
        }
    }

    /// The memory per worker in `a` over that in `b`, amounts below a page counted as one page.
    ///
    /// Workers that add nothing that can be seen would otherwise drop out of the ratio, and they are the best.
    pub(super) fn memory_ratio(run: &Run, a: &CaseResult, b: &CaseResult) -> Self {
        let page = |bytes: f64| bytes.max(4096.0).ln();
        let pairs = run.pairs(a, b, Metric::PssPerWorker);
        Self {
            values: pairs.iter().map(|&(x, y)| page(x) - page(y)).collect(),
            ..Self::ratio(run, a, b, Metric::Compute)
        }
    }

    /// The metric of a case alone, in `unit`s of which `per_unit` make one of its own.
    pub(super) fn level(run: &Run, case: &CaseResult, metric: Metric, unit: &str, per_unit: f64) -> Self {
        let values: Vec<f64> = run.values(case, metric).iter().map(|value| value / per_unit).collect();
        Self {
            rounds: run.kept(case).count(),
            short: select::too_short(run, case),
            busy_peer: select::peer_was_busy(run, case),
            ..Self::new(format!("{}: {}", case.kernel, arrangement(case)), unit, Kind::Ratio, logs(&values))
        }
    }

    /// What a probe read, in the reading's own unit or, for a number without one, in `×`.
    pub(super) fn reading(subject: &str, reading: &Reading) -> Self {
        let unit = if reading.unit.is_empty() { "×" } else { &reading.unit };
        Self::measured(subject, unit, &reading.values)
    }

    /// One reading over another of the same rounds.
    pub(super) fn reading_ratio(subject: &str, a: &Reading, b: &Reading) -> Self {
        let ratios: Vec<f64> = a.pairs(b).iter().map(|(x, y)| x / y).collect();
        Self::measured(subject, "×", &ratios)
    }

    /// How much more one reading is than another of the same rounds, in `unit`s of which `per_unit` make one of theirs.
    pub(super) fn difference(subject: &str, a: &Reading, b: &Reading, unit: &str, per_unit: f64) -> Self {
        Self::new(subject.into(), unit, Kind::Difference, a.pairs(b).iter().map(|(x, y)| (x - y) / per_unit).collect())
    }

    /// A reading that is a share of something, and may be none of it.
    pub(super) fn share(subject: &str, reading: &Reading) -> Self {
        Self::new(subject.into(), "share", Kind::Difference, reading.values.clone())
    }

    /// What was measured elsewhere, round by round.
    pub(super) fn measured(subject: &str, unit: &str, values: &[f64]) -> Self {
        Self { rounds: values.len(), ..Self::new(subject.into(), unit, Kind::Ratio, logs(values)) }
    }

    /// How often something happened, of so many `chances`, a word in the plural: `joins`.
    pub(super) fn count(subject: &str, chances: &str, counted: &Reading) -> Self {
        Self::count_of(subject, chances, counted.values.clone(), counted.chances())
    }

    /// How often something happened in each of these rounds, of so many chances in all.
    pub(super) fn count_of(subject: &str, chances: &str, counts: Vec<f64>, of: Option<u64>) -> Self {
        Self { of, ..Self::new(subject.into(), chances, Kind::Count, counts) }
    }

    fn new(subject: String, unit: &str, kind: Kind, values: Vec<f64>) -> Self {
        Self {
            subject,
            unit: unit.into(),
            kind,
            rounds: values.len(),
            values,
            short: false,
            of: None,
            fewest: CHANCES,
            busy_peer: false,
            claimed: None,
            withheld: false,
        }
    }

    /// The same, where a chance takes a program of its own.
    #[must_use]
    pub(super) fn of_programs(self) -> Self {
        Self { fewest: PROGRAMS, ..self }
    }

    /// The same, counted in a unit of its own.
    #[must_use]
    pub(super) fn in_unit(self, unit: &str) -> Self {
        Self { unit: unit.into(), ..self }
    }

    /// The same as a fraction of a number: a speedup per worker, say.
    #[must_use]
    pub(super) fn per(mut self, number: usize) -> Self {
        self.values.iter_mut().for_each(|log| *log -= (number as f64).ln());
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

    /// The same, to be judged; but shown alone if a sample under a lock was too short for the lock to show.
    #[must_use]
    pub(super) fn judged(self, claimed: Claimed) -> Self {
        if self.short {
            return Self { withheld: true, ..self.about("too short to judge") };
        }
        if self.busy_peer {
            return Self { withheld: true, ..self.about("its peer was too busy to judge") };
        }
        Self { claimed: Some(claimed), ..self }
    }

    /// The median with its interval, or a count's sum; `None` if no round has the metric.
    pub(super) fn estimate(&self, level: f64) -> Option<Estimate> {
        match self.kind {
            Kind::Ratio => Some(median_estimate(&self.values, level)?.map(f64::exp)),
            Kind::Difference => median_estimate(&self.values, level),
            Kind::Count => {
                let sum = self.values.iter().copied().reduce(|sum, more| sum + more)?;
                Some(Estimate { value: sum, low: sum, high: sum, level, n: self.values.len() })
            }
        }
    }

    /// Whether it lies wholly on the claimed side at this level.
    pub(super) fn holds(&self, level: f64) -> bool {
        self.claimed.zip(self.estimate(level)).is_some_and(|(claimed, estimate)| claimed.includes(&estimate))
    }

    /// Whether it lies wholly on the other side at this level.
    pub(super) fn fails(&self, level: f64) -> bool {
        self.claimed.zip(self.estimate(level)).is_some_and(|(claimed, estimate)| claimed.excludes(&estimate))
    }

    /// How bad it is for the claim: the number's distance from the claimed side, negative inside; without unit.
    pub(super) fn badness(&self) -> f64 {
        let Some((claimed, estimate)) = self.claimed.zip(self.estimate(LEVEL)) else { return f64::NEG_INFINITY };
        let (value, low, high) = (estimate.value, claimed.low, claimed.high);
        // What follows from a bound that does not exist is no number, and `max` prefers the other.
        match self.kind {
            Kind::Ratio => (value / high).ln().max((low / value).ln()),
            Kind::Difference => ((value - high) / high.abs()).max((low - value) / low.abs()),
            Kind::Count if claimed.includes(&estimate) => f64::NEG_INFINITY,
            Kind::Count => f64::INFINITY,
        }
    }

    /// What it is about.
    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    /// Its unit.
    pub(super) fn unit(&self) -> &str {
        &self.unit
    }

    /// Rounds that both cases have.
    pub(super) fn rounds(&self) -> usize {
        self.rounds
    }

    /// Whether it is a count, which no noise can move.
    pub(super) fn is_count(&self) -> bool {
        self.kind == Kind::Count
    }

    /// Rounds that a verdict on it needs, where what is measured needs `floor`.
    pub(super) fn floor(&self, floor: usize) -> usize {
        if self.is_count() { COUNT_ROUNDS.min(floor) } else { floor }
    }

    /// What a count lacks for a verdict: chances that it had, and those that it needs; the former `None` if they were not
    /// recorded.
    pub(super) fn lacks_chances(&self) -> Option<(Option<u64>, u64)> {
        let enough = !self.is_count() || self.of.is_some_and(|of| of >= self.fewest);
        (!enough).then_some((self.of, self.fewest))
    }

    /// Of a count, how often it could have happened, if that was recorded.
    pub(super) fn chances(&self) -> Option<u64> {
        self.of.filter(|_| self.is_count())
    }

    /// The rate that goes at most with what never happened.
    pub(super) fn rate_at_most(&self) -> Option<f64> {
        let never = self.values.iter().all(|count| *count <= 0.0);
        self.chances().filter(|_| never).map(|of| rate_at_most(of, LEVEL))
    }

    /// Whether the verdict rests on it.
    pub(super) fn is_judged(&self) -> bool {
        self.claimed.is_some()
    }

    /// Whether the verdict would rest on it if its samples were longer.
    pub(super) fn is_withheld(&self) -> bool {
        self.withheld
    }

    /// Subject and number in words, at this level.
    pub(super) fn words(&self, level: f64) -> String {
        let number = self.estimate(level).map_or("no value".into(), |estimate| {
            let figure = if self.is_count() {
                number::counted(estimate.value, self.of, &self.unit, self.rate_at_most())
            } else {
                let ends = estimate.is_bounded().then_some((estimate.low, estimate.high));
                number::measured(estimate.value, ends, &self.unit)
            };
            figure.to_string()
        });
        format!("{}: {number}", self.subject)
    }

    /// The same with the level of its interval, if it is one.
    pub(super) fn words_with_level(&self, level: f64) -> String {
        let words = self.words(level);
        if self.is_count() { words } else { format!("{words} at {:.1} %", level * 100.0) }
    }

    pub(super) fn evidence(&self) -> Option<Evidence> {
        let holds = if self.holds(LEVEL) { Some(true) } else { self.fails(LEVEL).then_some(false) };
        let finite = |bound: f64| bound.is_finite().then_some(bound);
        Some(Evidence {
            subject: self.subject.clone(),
            estimate: self.estimate(LEVEL)?,
            unit: self.unit.clone(),
            of: self.chances(),
            at_most: self.rate_at_most(),
            judged: self.claimed.is_some(),
            holds,
            bound_low: self.claimed.and_then(|claimed| finite(claimed.low)),
            bound_high: self.claimed.and_then(|claimed| finite(claimed.high)),
        })
    }
}

/// Natural logarithms of those that have one.
fn logs(values: &[f64]) -> Vec<f64> {
    values.iter().filter(|value| **value > 0.0).map(|value| value.ln()).collect()
}

fn subject(a: &CaseResult, b: &CaseResult) -> String {
    format!("{}: {} against {}", a.kernel, arrangement(a), arrangement(b))
}

/// A case without its kernel: `gil-hybrid/2x4`.
fn arrangement(case: &CaseResult) -> &str {
    case.id.split_once('/').map_or(case.id.as_str(), |(_, rest)| rest)
}

/// What effect the run could have seen, in a sentence.
pub(super) fn detectable(cell: &Cell) -> String {
    let Some(estimate) = cell.estimate(LEVEL) else { return "Nothing was recorded there.".into() };
    let size = if cell.kind == Kind::Difference {
        // The logarithm of what is detectable among exponentials.
        let size = smallest_detectable(&estimate.map(f64::exp)).ln_1p();
        size.is_finite().then(|| format!("{size:.2} {}", cell.unit))
    } else {
        let size = smallest_detectable(&estimate);
        size.is_finite().then(|| format!("{:.1} %", size * 100.0))
    };
    size.map_or("This run could not have seen an effect of any size there.".into(), |size| {
        format!("The smallest effect that this run could have seen there is {size}.")
    })
}

/// The cell that is worst for the claim.
pub(super) fn worst<'a>(cells: impl Iterator<Item = &'a Cell>) -> Option<&'a Cell> {
    cells.max_by(|a, b| a.badness().total_cmp(&b.badness()))
}
