//! Documents made by law instead of by clock, and what must be said of them.

mod bad_input;
mod gated;
mod hostile;
mod judged;
mod published;
mod revisions;
mod runs;

use super::fixture;
use crate::run::ArmSample;
use crate::run::comparison::{Comparison, PairedRound};

/// A comparison to which cases are added one by one; 41 rounds, one of them discarded, samples of 20 ms.
pub(super) struct Made {
    comparison: Comparison,
    random: fastrand::Rng,
}

/// What becomes of a case, as factors of the base's time.
#[derive(Clone, Copy)]
pub(super) struct Law {
    copy: f64,
    head: f64,
    /// What the head does in the rounds of the confirmation, if there are any.
    later: Option<f64>,
    /// Relative noise (0.01 is ±1 %).
    noise: f64,
    /// The same in the rounds of the pilot; `None` without any.
    pilot: Option<f64>,
}

impl Law {
    pub(super) const SAME: Self = Self { copy: 1.0, head: 1.0, later: None, noise: 0.005, pilot: None };

    pub(super) fn head(head: f64) -> Self {
        Self { head, later: Some(head), ..Self::SAME }
    }
}

impl Made {
    pub(super) fn new() -> Self {
        Self { comparison: fixture::comparison(41, 1, vec![]), random: fastrand::Rng::with_seed(11) }
    }

    pub(super) fn rounds(mut self, rounds: u32) -> Self {
        self.comparison.plan.rounds = rounds;
        self
    }

    pub(super) fn case(mut self, id: &str, law: Law) -> Self {
        let rounds = (0..self.comparison.plan.rounds).map(|round| self.round(round, law, law.head)).collect();
        let confirmation =
            law.later.map_or(vec![], |later| (0..12).map(|round| self.round(round, law, later)).collect());
        let mut case = fixture::case(id, rounds, confirmation);
        if let Some(noise) = law.pilot {
            case.pilot = (0..7).map(|round| self.round(round, Law { noise, ..Law::SAME }, 1.0)).collect();
            self.comparison.plan.planned_rounds = self.comparison.plan.rounds - 1;
        }
        self.comparison.cases.push(case);
        self
    }

    /// The machine as a whole wanders by a fifth, which must cancel.
    fn round(&mut self, round: u32, law: Law, head: f64) -> PairedRound {
        let mood = 1.0 + 0.2 * self.random.f64();
        let mut sample = |factor: f64, position| {
            let time = 2e7 * mood * factor * (1.0 + law.noise * (self.random.f64() * 2.0 - 1.0));
            ArmSample {
                position,
                compute_ns: time as u64,
                start_ns: 1_000_000,
                cpu_ns: time as u64,
                ..ArmSample::default()
            }
        };
        let (base, copy, head) = (sample(1.0, 0), sample(law.copy, 1), sample(head, 2));
        PairedRound { round, base, copy, head }
    }

    pub(super) fn build(self) -> Comparison {
        self.comparison
    }
}
