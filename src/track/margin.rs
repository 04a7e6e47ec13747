//! The margin of a case, fixed before any judged round, and where further rounds are spent.
//!
//! A margin is what was asked for (1 %), unless the pilot rounds show more noise than the judged rounds can average out:
//! then it is widened so that unchanged code can still be shown to be the same, to 2 % at most. A case that needs more is
//! **too noisy**. The noise is the median difference between two samples of one pilot round, all of which are of the base:
//! no change of the head's can widen its own margin.
//!
//! Further rounds go to the cases whose interval is widest beside its margin. Neither the margin nor the choice of cases
//! depends on where an interval lies. That rounds are added while an interval is wide makes its coverage a little less
//! than its level: at most 0.5 percentage points at 99 % in the simulations (`simulated_rounds`).

use crate::run::comparison::{ArmMetric, Comparison, PairedCase};
use crate::stats::{median, trio_estimate};

use super::paired::{FLOOR_NS, Rule, SAME_LEVEL};

/// Noise widens a margin up to this (0.02 is 2 %).
pub const LARGEST_MARGIN: f64 = 0.02;
/// Half of the 95 % interval may take up so much of the margin. At this share four of five unchanged cases are equivalent:
/// the estimate must not be further from 0 than the rest of the margin, which is 1.3 standard errors.
pub(super) const MAX_SHARE: f64 = 0.6;
/// The same where a margin is fixed by the pilot's prediction, which may be wrong by a third.
const PREDICTED_SHARE: f64 = 0.45;
/// Half of the 95 % interval is about so many times the median difference of two samples, over √rounds: 1.96 standard
/// errors of 1.45 σ/√n each (normal noise; the sign test of three has 72 % of the mean's efficiency), where the median
/// difference is 0.954 σ.
const HALF_WIDTH: f64 = 3.0;
/// Fewest pilot rounds, beside the first, that tell of noise.
const MIN_PILOT: usize = 3;
/// An interval of more than so many margins gets no further rounds while others can use them: four times the rounds
/// would not make it narrow enough.
const HOPELESS: f64 = 2.0 * MAX_SHARE;

/// What of a case was fixed beforehand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Margin {
    /// A change up to this is none (0.01 is 1 %).
    pub(super) value: f64,
    /// The share of a sample's time that the clock cannot tell; a case is too noisy if it exceeds the margin.
    pub(super) resolution: f64,
}

impl Margin {
    /// That of a case, by its pilot rounds. A comparison without any (of an older program) has the margin asked for.
    pub(super) fn of(comparison: &Comparison, case: &PairedCase, rule: &Rule) -> Option<Self> {
        let asked = rule.margin.unwrap_or(comparison.plan.margin);
        let pilot: Vec<_> = case.pilot.iter().skip(1).collect();
        let rounds = if pilot.is_empty() { comparison.kept(case).collect() } else { pilot.clone() };
        let times: Vec<f64> = rounds.iter().map(|round| rule.metric.of(&round.base)).collect();
        let resolution = FLOOR_NS / median(&times)?;
        let differences: Vec<f64> =
            pilot.iter().filter_map(|round| round.changes(rule.metric)).flat_map(apart).collect();
        let planned = comparison.plan.planned_rounds;
        let needed = match median(&differences) {
            Some(noise) if planned > 0 && differences.len() >= 3 * MIN_PILOT => {
                (HALF_WIDTH * noise / f64::from(planned).sqrt() / PREDICTED_SHARE).exp_m1()
            }
            _ => 0.0,
        };
        Some(Self { value: asked.max(resolution).max(needed).min(asked.max(LARGEST_MARGIN)), resolution })
    }

    /// What a change must exceed.
    pub(super) fn threshold(self) -> f64 {
        self.value.max(self.resolution)
    }

    /// How much of the margin half of a case's 95 % interval takes up; infinite without an interval.
    pub(super) fn share(self, changes: &[[f64; 2]]) -> f64 {
        match trio_estimate(changes, SAME_LEVEL) {
            Some(interval) if self.resolution <= self.value => {
                (interval.high - interval.low) / 2.0 / self.value.ln_1p().max(f64::MIN_POSITIVE)
            }
            _ => f64::INFINITY,
        }
    }
}

/// How far the three samples of a round are from each other, on the logarithm.
fn apart([to_base, to_copy]: [f64; 2]) -> [f64; 3] {
    [to_base.abs(), to_copy.abs(), (to_base - to_copy).abs()]
}

/// The cases that the next judged round takes: all that have too few rounds for a verdict, and of the others that half
/// whose intervals are widest beside their margins. Looks at widths only.
pub fn widest(comparison: &Comparison) -> Vec<String> {
    let rule = Rule { metric: ArmMetric::Compute, margin: None };
    let floor = comparison.plan.floor_rounds as usize;
    let mut shares: Vec<(f64, &PairedCase)> = vec![];
    let mut next = vec![];
    for case in comparison.cases.iter().filter(|case| !case.failed) {
        let changes: Vec<_> = comparison.kept(case).filter_map(|round| round.changes(rule.metric)).collect();
        match Margin::of(comparison, case, &rule) {
            Some(margin) if changes.len() >= floor => shares.push((margin.share(&changes), case)),
            _ => next.push(case.id.clone()),
        }
    }
    let half = (shares.len() + next.len()).div_ceil(2);
    // Widest first, and last of all those for which it is no use.
    shares.sort_by(|x, y| (x.0 > HOPELESS).cmp(&(y.0 > HOPELESS)).then(y.0.total_cmp(&x.0)));
    next.extend(shares.iter().take(half.saturating_sub(next.len())).map(|(_, case)| case.id.clone()));
    next
}
