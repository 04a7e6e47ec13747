//! It is the lock, not threads, that costs the cores.
//!
//! Threads without the lock must do as well as processes: a positive finding of equivalence, on kernels whose threads
//! share nothing that they would have to compete for. What sharing costs has its own claim.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Selection, Verdict, select};
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Metric, Run};

/// Threads and processes count as equal within this margin.
const MARGIN: f64 = 0.1;

pub(super) const CLAIM: Claim = Claim {
    id: "lock-not-threads",
    statement: "It is the lock that costs the cores: threads without it are as fast as processes.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Cases {
        sentence: "a CPU-bound kernel on threads without a lock and on processes",
        kernels: Selection::Bound(Bound::Cpu),
        example: "primes",
        models: &["threads", "processes"],
    }]
}

fn check(run: &Run) -> Verdict {
    let cores = run.cores();
    let cells = select::kernels(run, Selection::Bound(Bound::Cpu)).filter_map(|kernel| {
        let threads = select::case(run, &kernel.id, "threads", cores)?;
        let processes = select::case(run, &kernel.id, "processes", cores)?;
        Some(Cell::ratio(run, threads, processes, Metric::Compute).judged(Claimed::within(MARGIN)))
    });
    let rule = for_every(&format!(
        "the time of {cores} threads over that of {cores} processes is within ±10 % of 1 (0.91 to 1.10)"
    ));
    let otherwise = format!(
        "Threads and processes, as many as cores, were not both measured: run `gilbench run --kernel primes --model threads \
         --model processes --workers {cores}`."
    );
    Question { run, needs: needs(), rule, otherwise, two_cores: true, cells: cells.collect() }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    Synthetic::new(2)
        .kernel("primes", Bound::Cpu, None)
        .kernel("sort", Bound::Cpu, None)
        // It shares something, so that its difference is no evidence here.
        .kernel("mmap", Bound::Cpu, Some("address space"))
        .case("primes", "threads", (1, 2), if holds { 51.0 } else { 70.0 }, 100.0)
        .case("primes", "processes", (2, 1), 50.0, 100.0)
        .case("sort", "threads", (1, 2), 49.0, 100.0)
        .case("sort", "processes", (2, 1), 50.0, 100.0)
        .case("mmap", "threads", (1, 2), 100.0, 100.0)
        .case("mmap", "processes", (2, 1), 50.0, 100.0)
        .qualified()
}
