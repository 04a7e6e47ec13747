//! Processes use every core for CPU-bound work.
//!
//! Judged where it is claimed, with as many processes as cores; the efficiency of every smaller number is shown beside
//! it. More processes than cores are another question.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Selection, Verdict, select};
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Metric, Run};

/// A tenth is left for starting late, for the caches, and for clocks that fall when all cores are busy.
const LEAST: f64 = 0.9;

pub(super) const CLAIM: Claim = Claim {
    id: "processes-scale-cpu",
    statement: "For CPU-bound work, processes use every core.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Cases {
        sentence: "a CPU-bound kernel on processes and serially",
        kernels: Selection::Bound(Bound::Cpu),
        example: "primes",
        models: &["serial", "processes"],
    }]
}

fn check(run: &Run) -> Verdict {
    let cores = run.cores();
    let mut cells = vec![];
    for kernel in select::kernels(run, Selection::Bound(Bound::Cpu)) {
        let Some(serial) = select::case(run, &kernel.id, "serial", 1) else { continue };
        for case in select::cases(run, &kernel.id, "processes").filter(|case| case.workers <= cores) {
            let speedup = Cell::ratio(run, serial, case, Metric::Compute).of_speed(case, serial);
            let efficiency = speedup.clone().per(case.workers).about("per process");
            if case.workers == cores {
                cells.push(speedup.judged(Claimed::above(LEAST * cores as f64)));
            }
            cells.push(efficiency);
        }
    }
    let least = LEAST * cores as f64;
    let rule =
        for_every(&format!("the speedup of {cores} processes on {cores} cores over one thread is above {least:.2}"));
    let otherwise = format!(
        "No case had as many processes as cores: run `gilbench run --kernel primes --model serial --model processes --workers \
         {cores}`."
    );
    Question { run, needs: needs(), rule, otherwise, two_cores: true, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    Synthetic::new(4)
        .kernel("primes", Bound::Cpu, None)
        .kernel("sort", Bound::Cpu, None)
        .case("primes", "serial", (1, 1), 100.0, 100.0)
        .case("primes", "processes", (2, 1), 51.0, 100.0)
        .case("primes", "processes", (4, 1), if holds { 26.0 } else { 40.0 }, 100.0)
        .case("primes", "processes", (8, 1), 27.0, 100.0)
        .case("sort", "serial", (1, 1), 100.0, 100.0)
        .case("sort", "processes", (4, 1), 25.8, 100.0)
        .qualified()
}
