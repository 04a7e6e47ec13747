//! Threads of one process cannot use several cores under the lock.
//!
//! The speedup over one thread is judged for every number of threads from two on, so that neither a lock that leaks a
//! little nor one that only works for two threads passes. The processors in use are shown beside it.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Selection, Verdict, select};
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Metric, Run};

/// Five per cent for what is not under the lock: the start of the first step and the end of the last.
const MOST: f64 = 1.05;

pub(super) const CLAIM: Claim = Claim {
    id: "gil-serialises-cpu",
    statement: "Under a global lock, threads do CPU-bound work no faster than one thread alone.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Cases {
        sentence: "a CPU-bound kernel under the global lock and serially",
        kernels: Selection::Bound(Bound::Cpu),
        example: "primes",
        models: &["serial", "gil"],
    }]
}

fn check(run: &Run) -> Verdict {
    let mut cells = vec![];
    for kernel in select::kernels(run, Selection::Bound(Bound::Cpu)) {
        let Some(serial) = select::case(run, &kernel.id, "serial", 1) else { continue };
        for gil in select::cases(run, &kernel.id, "gil").filter(|case| case.workers >= 2) {
            let speedup = Cell::ratio(run, serial, gil, Metric::Compute).of_speed(gil, serial);
            cells.push(speedup.judged(Claimed::below(MOST)));
            cells.push(Cell::level(run, gil, Metric::Utilisation, "processors", 1.0));
        }
    }
    let rule = for_every(&format!("the speedup of threads under the lock over one thread is below {MOST}"));
    let otherwise = "No case under the lock had two or more threads: run `gilbench run --kernel primes --model serial --model gil --workers 2`.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: true, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    Synthetic::new(2)
        .kernel("primes", Bound::Cpu, None)
        .kernel("sort", Bound::Cpu, None)
        .case("primes", "serial", (1, 1), 200.0, 200.0)
        .case("primes", "gil", (1, 2), if holds { 206.0 } else { 120.0 }, 200.0)
        .case("primes", "gil", (1, 4), 208.0, 200.0)
        .case("sort", "serial", (1, 1), 200.0, 200.0)
        .case("sort", "gil", (1, 2), 204.0, 200.0)
        .qualified()
}
