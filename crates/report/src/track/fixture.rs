//! Imaginary comparisons for the tests: everything about them that no test is about.

use crate::run::comparison::{
    COMPARISON_SCHEMA, Comparison, ComparisonKind, ComparisonPlan, Executable, PairedCase, PairedRound,
};
use crate::run::{Bound, Knobs, Machine, StartMethod};

/// A comparison of these cases in so many rounds, one of them discarded.
pub(super) fn comparison(rounds: u32, seed: u64, cases: Vec<PairedCase>) -> Comparison {
    Comparison {
        kind: ComparisonKind::Ab,
        schema: COMPARISON_SCHEMA,
        generator: "synthetic".into(),
        started_at: "2026-01-01T00:00:00Z".into(),
        elapsed_s: 60.0,
        partial: None,
        machine: Machine::default(),
        plan: ComparisonPlan {
            budget_s: 60.0,
            seed,
            rounds,
            planned_rounds: 0,
            discarded_rounds: 1,
            floor_rounds: 12,
            margin: 0.01,
            knobs: Knobs::default(),
            start_method: StartMethod::Spawn,
            injected: 0.0,
        },
        base: Executable { path: "base".into(), ..Executable::default() },
        head: Executable { path: "head".into(), ..Executable::default() },
        cases,
        only_base: vec![],
        only_head: vec![],
        failures: vec![],
    }
}

/// A case of one worker, named `kernel/model/workers`, in these rounds and those of the confirmation.
pub(super) fn case(id: &str, rounds: Vec<PairedRound>, confirmation: Vec<PairedRound>) -> PairedCase {
    let mut parts = id.split('/').map(String::from);
    PairedCase {
        id: id.into(),
        kernel: parts.next().unwrap_or_default(),
        model: parts.next().unwrap_or_default(),
        bound: Bound::Cpu,
        workers: 1,
        processes: 1,
        threads: 1,
        steps: 100_000,
        pilot: vec![],
        rounds,
        confirmation,
        failed: false,
    }
}
