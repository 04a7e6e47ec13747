//! The margin of a case, fixed before any judged round, and where further rounds are spent.
//!
//! A margin is what was asked for (1 %), unless the pilot rounds show more noise than the judged rounds can average out:
//! then it is widened so that unchanged code can still be shown to be the same, to 2 % at most. A case that needs more is
//! **too noisy**. The noise is the median difference between two samples of one pilot round, all of which are of the base:
//! no change of the head's can widen its own margin.
//!
//! Further rounds go to the cases whose interval is too wide for its margin. Neither the margin nor the choice of cases
//! depends on where an interval lies. That rounds are added while an interval is wide hardly touches how often it contains
//! the truth: of 16,800 simulated intervals at 95 % it missed 4.2 %, at 99 % 0.8 %, where rounds shared out evenly missed
//! 4.6 % and 0.7 % (six kinds of noise; `simulated_rounds`).

use crate::run::comparison::{ArmMetric, ArmSample, Comparison, PairedCase};
use crate::stats::{median, trio_estimate};

use super::paired::{FLOOR_NS, Rule, SAME_LEVEL};

/// Noise widens a margin up to this (0.02 is 2 %).
pub const LARGEST_MARGIN: f64 = 0.02;
/// Half of the 95 % interval may take up so much of the margin. At this share four of five unchanged cases are equivalent:
/// the estimate must not be further from 0 than the rest of the margin, which is 1.3 standard errors.
pub(super) const MAX_SHARE: f64 = 0.6;
/// The share that is aimed at: a margin is widened until the pilot predicts it, and a case gets further rounds until it is
/// reached. At this share nineteen of twenty unchanged cases are equivalent.
const AIM: f64 = 0.5;
/// Noise comes in stretches (another guest on the same core, for one), of which a pilot of a few rounds sees one or none:
/// it is taken to be so many times what the pilot shows.
const UNSEEN: f64 = 1.2;
/// Half of the 95 % interval is about so many times the median difference of two samples, over √rounds: 1.96 standard
/// errors of 1.45 σ/√n each (normal noise; the sign test of three has 72 % of the mean's efficiency), where the median
/// difference is 0.954 σ.
const HALF_WIDTH: f64 = 3.0;
/// Fewest pilot rounds, beside the first, that tell of noise.
const MIN_PILOT: usize = 3;
/// A case that needs more than so many times the rounds that were planned for each gets none while others can use them.
const HOPELESS: f64 = 10.0;

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
                (HALF_WIDTH * UNSEEN * noise / f64::from(planned).sqrt() / AIM).exp_m1()
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

/// The cases that the next judged round takes: those that have too few rounds for a verdict; otherwise, of those whose
/// interval is still too wide for their margin, the half that will be narrow enough soonest, so that as many as can be are
/// done when the time is; all of them if there is none such. Looks at widths and at what rounds take only.
pub fn next_cases(comparison: &Comparison) -> Vec<String> {
    let alive = || comparison.cases.iter().filter(|case| !case.failed);
    let ids = |cases: &[&PairedCase]| -> Vec<String> { cases.iter().map(|case| case.id.clone()).collect() };
    let (mut few, mut wide, mut hopeless) = (vec![], vec![], vec![]);
    for case in alive() {
        match further_rounds(comparison, case) {
            Further::Floor => few.push(case),
            Further::None => {}
            Further::Rounds(rounds) if rounds > HOPELESS * f64::from(comparison.plan.planned_rounds) => {
                hopeless.push(case);
            }
            Further::Rounds(rounds) => wide.push((rounds * round_ns(case), case)),
        }
    }
    if !few.is_empty() {
        return ids(&few);
    }
    wide.sort_by(|x, y| x.0.total_cmp(&y.0));
    let soonest: Vec<&PairedCase> = wide.iter().take(wide.len().div_ceil(2)).map(|(_, case)| *case).collect();
    match (soonest.is_empty(), hopeless.is_empty()) {
        (false, _) => ids(&soonest),
        (true, false) => ids(&hopeless),
        (true, true) => ids(&alive().collect::<Vec<_>>()),
    }
}

/// What a case still needs.
enum Further {
    /// Rounds up to the fewest for a verdict.
    Floor,
    /// About so many more rounds, until its interval is narrow enough for its margin.
    Rounds(f64),
    None,
}

fn further_rounds(comparison: &Comparison, case: &PairedCase) -> Further {
    let rule = Rule { metric: ArmMetric::Compute, margin: None };
    let changes: Vec<_> = comparison.kept(case).filter_map(|round| round.changes(rule.metric)).collect();
    if changes.len() < comparison.plan.floor_rounds as usize {
        return Further::Floor;
    }
    let share = Margin::of(comparison, case, &rule).map_or(0.0, |margin| margin.share(&changes));
    if share <= AIM {
        return Further::None;
    }
    // Intervals narrow with the root of the rounds.
    Further::Rounds(changes.len() as f64 * ((share / AIM).powi(2) - 1.0))
}

/// What a round of the case takes, in nanoseconds.
fn round_ns(case: &PairedCase) -> f64 {
    let of = |sample: &ArmSample| (sample.start_ns + sample.compute_ns) as f64;
    let all: f64 = case.rounds.iter().map(|round| of(&round.base) + of(&round.copy) + of(&round.head)).sum();
    all / case.rounds.len().max(1) as f64
}
