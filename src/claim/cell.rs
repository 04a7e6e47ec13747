//! One number of a check: a comparison, a level or a count, its rounds, and the side of a bound that is claimed for it.
//!
//! Ratios and levels are positive, and their rounds are compared on the logarithmic scale. A difference may be zero or
//! less, so that its rounds stay as they are. A **count** of what must never happen, or must happen at all, is no
//! estimate of anything: one occurrence refutes "never" however many rounds had none, and the median would hide it. So
//! its number is the greatest of all rounds, and that is known exactly: the interval is that number itself. The rule of
//! decision is then the same for all of them.

use super::verdict::words;
use super::{Evidence, select};
use crate::run::{CaseResult, Metric, Reading, Run};
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
    /// How often something happened: the greatest.
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

    /// How often something happened in each of these rounds.
    pub(super) fn count(subject: &str, unit: &str, counts: Vec<f64>) -> Self {
        Self::new(subject.into(), unit, Kind::Count, counts)
    }

    fn new(subject: String, unit: &str, kind: Kind, values: Vec<f64>) -> Self {
        Self {
            subject,
            unit: unit.into(),
            kind,
            rounds: values.len(),
            values,
            short: false,
            busy_peer: false,
            claimed: None,
            withheld: false,
        }
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

    /// The median with its interval, or a count's greatest; `None` if no round has the metric.
    pub(super) fn estimate(&self, level: f64) -> Option<Estimate> {
        match self.kind {
            Kind::Ratio => Some(median_estimate(&self.values, level)?.map(f64::exp)),
            Kind::Difference => median_estimate(&self.values, level),
            Kind::Count => {
                let most = self.values.iter().copied().reduce(f64::max)?;
                Some(Estimate { value: most, low: most, high: most, level, n: self.values.len() })
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
    fn badness(&self) -> f64 {
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
        let number = match (self.kind, self.estimate(level)) {
            (_, None) => "no value".into(),
            (Kind::Count, Some(most)) => {
                let least = self.values.iter().copied().fold(f64::INFINITY, f64::min);
                format!("{:.0} {} [{least:.0} to {:.0} in {} rounds]", most.value, self.unit, most.value, most.n)
            }
            (_, Some(estimate)) => words(&estimate, &self.unit),
        };
        format!("{}: {number}", self.subject)
    }

    /// The same with the level of its interval, if it is one.
    pub(super) fn words_with_level(&self, level: f64) -> String {
        let words = self.words(level);
        if self.kind == Kind::Count { words } else { format!("{words} at {:.1} %", level * 100.0) }
    }

    pub(super) fn evidence(&self) -> Option<Evidence> {
        let holds = if self.holds(LEVEL) { Some(true) } else { self.fails(LEVEL).then_some(false) };
        let finite = |bound: f64| bound.is_finite().then_some(bound);
        Some(Evidence {
            subject: self.subject.clone(),
            estimate: self.estimate(LEVEL)?,
            unit: self.unit.clone(),
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
    case.id.strip_prefix(&case.kernel).map_or(case.id.as_str(), |rest| rest.trim_start_matches('/'))
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
