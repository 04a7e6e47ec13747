//! Judging trials: every case at every size of change becomes a point of the power curve.

use std::collections::BTreeMap;

use super::trials::{Trial, draw};
use crate::run::comparison::{ArmMetric, Comparison};
use crate::run::selftest::{Basis, Detectable, Point, Rate};
use crate::stats::{Estimate, median, trio_estimate};
use crate::track::{Change, Rule, judge};

/// Confidence levels of the intervals whose coverage is counted: those that verdicts rest on.
const LEVEL: f64 = 0.99;
const SAME_LEVEL: f64 = 0.95;

/// What is counted of one case under one change.
#[derive(Debug, Default)]
struct Tally {
    workers: usize,
    rounds: usize,
    injected: f64,
    trials: usize,
    slower: usize,
    faster: usize,
    regressions: usize,
    improvements: usize,
    covered: usize,
    covered_95: usize,
    ratios: Vec<f64>,
    detectable: Vec<f64>,
}

/// The points of these trials, by case and change. An unqualified trial counts: it finds nothing.
pub(super) fn of_trials(trials: &[Trial], basis: Basis, margin: f64) -> Vec<Point> {
    // The change in millionths, since fractions have no order that a map could use.
    let mut tallies: BTreeMap<(String, i64), Tally> = BTreeMap::new();
    for trial in trials {
        let rule = Rule { margin: Some(margin), ..Rule::default() };
        let judgement = judge(&trial.comparison, &rule);
        for judged in &judgement.cases {
            let Some(case) = trial.comparison.case(&judged.case) else { continue };
            let injected = trial.comparison.plan.injected;
            let tally = tallies.entry((judged.case.clone(), (injected * 1e6).round() as i64)).or_default();
            (tally.workers, tally.rounds, tally.injected) = (case.workers, trial.rounds, injected);
            tally.trials += 1;
            tally.regressions += usize::from(judged.verdict == Change::Regression);
            tally.improvements += usize::from(judged.verdict == Change::Improvement);
            tally.ratios.push(judged.ratio);
            tally.detectable.extend(judged.smallest_detectable);
            let changes: Vec<_> = case.rounds.iter().filter_map(|round| round.changes(ArmMetric::Compute)).collect();
            let interval = |level| trio_estimate(&changes, level);
            let Some((wide, narrow)) = interval(LEVEL).zip(interval(SAME_LEVEL)) else { continue };
            tally.slower += usize::from(wide.is_above(0.0));
            tally.faster += usize::from(wide.is_below(0.0));
            let truth = truth(case.steps, injected).ln();
            let contains = |interval: Estimate| usize::from(interval.low <= truth && truth <= interval.high);
            tally.covered += contains(wide);
            tally.covered_95 += contains(narrow);
        }
    }
    tallies.into_iter().map(|((case, _), tally)| tally.point(case, basis, margin)).collect()
}

/// The ratio of steps that the two sides really did: whole ones.
fn truth(steps: u64, injected: f64) -> f64 {
    let more = (steps as f64 * (1.0 + injected.abs())).round() / steps.max(1) as f64;
    if injected < 0.0 { 1.0 / more } else { more }
}

impl Tally {
    fn point(self, case: String, basis: Basis, margin: f64) -> Point {
        let rate = |happened| Rate::new(happened, self.trials);
        Point {
            case,
            workers: self.workers,
            basis,
            injected: self.injected,
            rounds: self.rounds as u32,
            margin,
            slower: rate(self.slower),
            faster: rate(self.faster),
            regressions: rate(self.regressions),
            improvements: rate(self.improvements),
            covered: rate(self.covered),
            covered_95: rate(self.covered_95),
            ratio: median(&self.ratios).unwrap_or(1.0),
            detectable: median(&self.detectable),
        }
    }
}

/// Share of trials in which the smallest detectable effect is to be found.
const POWER: f64 = 0.8;
/// Halvings of the stretch, on the logarithm, in which the effect is looked for: to within 3 %.
const HALVINGS: usize = 7;

/// The smallest detectable effect of a pool's one case, as it is printed and as it is found by trying one size after
/// another; `None` where none is printed, or none within a factor of 8 of it is found.
pub(super) fn detectable(
    pool: &Comparison,
    rounds: usize,
    trials: usize,
    random: &mut fastrand::Rng,
) -> Option<Detectable> {
    let mut at = |injected: f64| -> Option<Point> {
        let trials: Vec<_> = (0..trials).map(|_| draw(pool, rounds, injected, random)).collect();
        of_trials(&trials, Basis::Resampled, pool.plan.margin).pop()
    };
    let printed = at(0.0)?.detectable?;
    let (mut low, mut high) = (printed / 8.0, printed * 8.0);
    let mut found = |effect: f64| Some(at(effect)?.regressions.share()? >= POWER);
    if found(low)? || !found(high)? {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = (low * high).sqrt();
        if found(middle)? { high = middle } else { low = middle }
    }
    let case = pool.cases.first()?.id.clone();
    Some(Detectable { case, rounds: rounds as u32, printed, found: (low * high).sqrt() })
}
