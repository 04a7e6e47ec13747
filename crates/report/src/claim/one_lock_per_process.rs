//! A lock belongs to one process; another process has its own.
//!
//! So p processes under locks keep min(p, cores) processors busy, however many threads each of them has. Fewer would
//! mean that they share a lock, more that a lock admits several threads.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Selection, Verdict, select};
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Metric, Run};

/// How far the processors in use may be from the expected number.
const MARGIN: f64 = 0.15;

pub(super) const CLAIM: Claim = Claim {
    id: "one-lock-per-process",
    statement: "Each process has a lock of its own, so p processes keep p cores busy.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Cases {
        sentence: "a CPU-bound kernel on several processes with one lock each",
        kernels: Selection::Bound(Bound::Cpu),
        example: "primes",
        models: &["gil", "gil-hybrid"],
    }]
}

fn check(run: &Run) -> Verdict {
    let mut cells = vec![];
    for kernel in select::kernels(run, Selection::Bound(Bound::Cpu)) {
        // One process alone cannot show whose the lock is.
        if select::cases(run, &kernel.id, "gil-hybrid").all(|case| case.processes < 2) {
            continue;
        }
        for case in ["gil", "gil-hybrid"].iter().flat_map(|model| select::cases(run, &kernel.id, model)) {
            let busy = case.processes.min(run.cores()) as f64;
            let used = Cell::level(run, case, Metric::Utilisation, "processors", 1.0);
            cells.push(used.about(&format!("expected {busy}")).judged(Claimed::near(busy, MARGIN)));
        }
    }
    let rule = for_every(
        "the processors in use (CPU time over time) are within ±15 % (from 1/1.15 to 1.15 times) of the number of processes, or of cores if there \
         are fewer",
    );
    let otherwise = "No kernel ran on two or more processes with one lock each: run `gilbench run --kernel primes --model gil --model gil-hybrid --workers 4`.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: true, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    Synthetic::new(2)
        .kernel("primes", Bound::Cpu, None)
        .case("primes", "gil", (1, 4), 404.0, 400.0)
        .case("primes", "gil-hybrid", (2, 2), if holds { 204.0 } else { 396.0 }, 400.0)
        .case("primes", "gil-hybrid", (4, 1), 202.0, 400.0)
        .qualified()
}
