//! The lock admits one thread at a time.
//!
//! Judged on the record of who held the lock when, of threads that compute and of one that blocks all the time. One
//! overlap in one round refutes it, since a mutex that fails once is none; rounds without a single hold say nothing and
//! count as no rounds. That there was none in so many holds is all that measuring can say for it.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "handover";

pub(super) const CLAIM: Claim = Claim {
    id: "lock-is-a-mutex",
    statement: "The global lock admits one thread at a time.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "a record of who held the lock when", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let mut cells = vec![];
    let read = |name| select::reading(run, PROBE, name);
    if let Some((overlaps, holds)) = read("overlaps").zip(read("holds")) {
        let counted = overlaps.pairs(holds).into_iter().filter(|(_, holds)| *holds > 0.0);
        let (counts, looked_at): (Vec<f64>, Vec<f64>) = counted.unzip();
        let of = Some(looked_at.iter().sum::<f64>() as u64);
        let cell = Cell::count_of("two threads under one lock at once", "holds", counts, of).judged(Claimed::never());
        cells.extend([cell, Cell::reading("looked at in each round", holds).in_unit("holds")]);
    }
    let rule = for_every("no time of holding the lock overlaps another in any round that has some");
    let otherwise = "Nobody held the lock in any round.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    let mut run = Synthetic::new(2)
        .reading(PROBE, "holds", "", 450.0)
        .counted(PROBE, "overlaps", 0.0, 450)
        .reading(PROBE, "gap", "ns", 30_000.0)
        .qualified();
    // Once in twelve rounds is once too often.
    run.readings[1].values[7] = f64::from(u8::from(!holds));
    run
}
