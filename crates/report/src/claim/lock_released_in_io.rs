//! Blocking IO releases the lock.
//!
//! If a thread kept the lock while it waits, the waits of all threads would add up. So IO-bound work under the lock must
//! take as long as without it, at the largest number of threads that was measured for both. Other numbers are shown. No
//! sample is left out for being short: waits that add up do so from the first one on.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Selection, Verdict, select};
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Metric, Run};

/// With and without the lock count as equal within this margin.
const MARGIN: f64 = 0.1;

pub(super) const CLAIM: Claim = Claim {
    id: "lock-released-in-io",
    statement: "A thread that waits for IO lets go of the lock, so IO-bound threads do not slow each other down.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Cases {
        sentence: "an IO-bound kernel on threads with and without the lock",
        kernels: Selection::Bound(Bound::Io),
        example: "sleep",
        models: &["gil", "threads"],
    }]
}

fn check(run: &Run) -> Verdict {
    let mut cells = vec![];
    for kernel in select::kernels(run, Selection::Bound(Bound::Io)) {
        let Some((largest, _)) = select::largest(run, &kernel.id, ("gil", "threads"), 1) else { continue };
        for gil in select::cases(run, &kernel.id, "gil").filter(|case| case.workers > 1) {
            let Some(threads) = select::case(run, &kernel.id, "threads", gil.workers) else { continue };
            let ratio = Cell::ratio(run, gil, threads, Metric::Compute);
            cells.push(if gil.workers == largest.workers { ratio.judged(Claimed::within(MARGIN)) } else { ratio });
        }
    }
    let rule = for_every("the time under the lock over the time without it is within ±10 % of 1 (0.91 to 1.10)");
    let otherwise =
        "Both were not measured with the same number of threads, two or more: run `gilbench run --kernel sleep --model gil --model \
         threads --workers 2`."
        .into();
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    Synthetic::new(2)
        .kernel("sleep", Bound::Io, None)
        .kernel("pipe", Bound::Io, None)
        .case("sleep", "gil", (1, 64), if holds { 101.0 } else { 900.0 }, 100.0)
        .case("sleep", "threads", (1, 64), 100.0, 100.0)
        // Only the larger number of threads is judged.
        .case("pipe", "gil", (1, 4), 150.0, 100.0)
        .case("pipe", "threads", (1, 4), 100.0, 100.0)
        .case("pipe", "gil", (1, 16), 98.0, 100.0)
        .case("pipe", "threads", (1, 16), 100.0, 100.0)
        .qualified()
}
