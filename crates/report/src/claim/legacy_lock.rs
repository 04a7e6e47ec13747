//! The tick-based lock of CPython up to 3.1 makes threads that compute slower than one after the other.
//!
//! Its holder lets go every hundred ticks and takes the lock again at once. On one core that costs little, since whoever
//! was woken does not run yet. On several it wakes there, finds the lock taken again and goes back to sleep, thousands of
//! times a second. So two things are judged: slower than serial with all cores to use (an interpreter under that lock,
//! and the probe's bare loop), and slower with all of them than pinned to one, in the same round.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Selection, Verdict, select};
#[cfg(any(test, feature = "testing"))]
use crate::run::{Bound, synthetic::Synthetic};
use crate::run::{Metric, Run};

const PROBE: &str = "pinning";
/// The kernel whose steps are as long as an interpreter's, so that ticks mean what they meant.
const INTERPRETER: Selection = Selection::Ids(&["bytecode"]);

pub(super) const CLAIM: Claim = Claim {
    id: "legacy-lock",
    statement: "Under CPython's old tick-based lock, threads that compute are slower than one thread, most of all on several cores.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![
        Need::Probe { sentence: "two threads under the tick-based lock, on all cores and on one", probe: PROBE },
        Need::Cases {
            sentence: "an interpreter under the tick-based lock and serially",
            kernels: INTERPRETER,
            example: "bytecode",
            models: &["serial", "gil-legacy"],
        },
    ]
}

fn check(run: &Run) -> Verdict {
    let slower = Claimed::below(1.0);
    let mut cells = vec![];
    for kernel in select::kernels(run, INTERPRETER) {
        let Some(serial) = select::case(run, &kernel.id, "serial", 1) else { continue };
        for case in select::cases(run, &kernel.id, "gil-legacy").filter(|case| case.workers >= 2) {
            cells.push(Cell::ratio(run, serial, case, Metric::Compute).of_speed(case, serial).judged(slower));
        }
    }
    let read = |name: &str| select::reading(run, PROBE, &format!("{name}/speedup"));
    let (all, one) = (read("gil-legacy/all-cores"), read("gil-legacy/one-core"));
    cells.extend(all.map(|all| Cell::reading("two threads over one, all cores", all).judged(slower)));
    cells.extend(one.map(|one| Cell::reading("two threads over one, one core", one)));
    if let Some((all, one)) = all.zip(one) {
        cells.push(Cell::reading_ratio("two threads, all cores over one core", all, one).judged(slower));
    }
    for (name, words) in [("gil/all-cores", "all cores"), ("gil/one-core", "one core")] {
        let cell = |speedup| Cell::reading(&format!("two threads over one under the newer lock, {words}"), speedup);
        cells.extend(read(name).map(cell));
    }
    let rule = for_every(
        "the speedup of two or more threads under the tick-based lock over one thread is below 1, and with all cores to \
         use it is below that on one core",
    );
    let otherwise = "Neither an interpreter with two or more threads nor the probe's loop was measured.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: true, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    Synthetic::new(2)
        .kernel("bytecode", Bound::Cpu, None)
        .case("bytecode", "serial", (1, 1), 200.0, 200.0)
        .case("bytecode", "gil-legacy", (1, 2), 350.0, 200.0)
        .reading(PROBE, "gil-legacy/all-cores/speedup", "", 0.55)
        .reading(PROBE, "gil-legacy/one-core/speedup", "", if holds { 0.95 } else { 0.5 })
        .reading(PROBE, "gil/all-cores/speedup", "", 0.97)
        .reading(PROBE, "gil/one-core/speedup", "", 0.99)
        .qualified()
}
