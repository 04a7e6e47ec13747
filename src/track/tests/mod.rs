//! Documents made by law instead of by clock, and what must be said of them.

mod bad_input;
mod gated;
mod judged;
mod published;
mod runs;

use crate::run::comparison::{
    COMPARISON_SCHEMA, Comparison, ComparisonKind, ComparisonPlan, Executable, PairedCase, PairedRound,
};
use crate::run::{ArmSample, Bound, Knobs, Machine, StartMethod};

/// A comparison to which cases are added one by one; 41 rounds, one of them discarded, samples of 20 ms.
struct Made {
    comparison: Comparison,
    random: fastrand::Rng,
}

/// What becomes of a case, as factors of the base's time.
#[derive(Clone, Copy)]
struct Law {
    copy: f64,
    head: f64,
    /// What the head does in the rounds of the confirmation, if there are any.
    later: Option<f64>,
    /// Relative noise (0.01 is ±1 %).
    noise: f64,
}

impl Law {
    const SAME: Self = Self { copy: 1.0, head: 1.0, later: None, noise: 0.005 };

    fn head(head: f64) -> Self {
        Self { head, later: Some(head), ..Self::SAME }
    }
}

impl Made {
    fn new() -> Self {
        let plan = ComparisonPlan {
            budget_s: 60.0,
            seed: 1,
            rounds: 41,
            discarded_rounds: 1,
            floor_rounds: 12,
            margin: 0.01,
            knobs: Knobs::default(),
            start_method: StartMethod::Spawn,
            injected: 0.0,
        };
        let comparison = Comparison {
            kind: ComparisonKind::Ab,
            schema: COMPARISON_SCHEMA,
            generator: "synthetic".into(),
            started_at: "2026-01-01T00:00:00Z".into(),
            elapsed_s: 60.0,
            partial: None,
            machine: Machine::default(),
            plan,
            base: Executable { path: "base".into(), ..Executable::default() },
            head: Executable { path: "head".into(), ..Executable::default() },
            cases: vec![],
            only_base: vec![],
            only_head: vec![],
            failures: vec![],
        };
        Self { comparison, random: fastrand::Rng::with_seed(11) }
    }

    fn rounds(mut self, rounds: u32) -> Self {
        self.comparison.plan.rounds = rounds;
        self
    }

    fn case(mut self, id: &str, law: Law) -> Self {
        let rounds = (0..self.comparison.plan.rounds).map(|round| self.round(round, law, law.head)).collect();
        let confirmation =
            law.later.map_or(vec![], |later| (0..12).map(|round| self.round(round, law, later)).collect());
        let mut parts = id.split('/').map(String::from);
        self.comparison.cases.push(PairedCase {
            id: id.into(),
            kernel: parts.next().unwrap(),
            model: parts.next().unwrap(),
            bound: Bound::Cpu,
            workers: 1,
            processes: 1,
            threads: 1,
            steps: 1000,
            rounds,
            confirmation,
            failed: false,
        });
        self
    }

    /// The machine as a whole wanders by a fifth, which must cancel.
    fn round(&mut self, round: u32, law: Law, head: f64) -> PairedRound {
        let mood = 1.0 + 0.2 * self.random.f64();
        let mut sample = |factor: f64, position| {
            let time = 2e7 * mood * factor * (1.0 + law.noise * (self.random.f64() * 2.0 - 1.0));
            ArmSample { position, compute_ns: time as u64, start_ns: 1_000_000, cpu_ns: time as u64 }
        };
        let (base, copy, head) = (sample(1.0, 0), sample(law.copy, 1), sample(head, 2));
        PairedRound { round, base, copy, head }
    }

    fn build(self) -> Comparison {
        self.comparison
    }
}
