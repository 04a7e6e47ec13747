//! Without the lock, reference counts of several threads come out wrong.
//!
//! That they can is shown by a single lost update in a single round, and refuted by none in all of them. That the lock
//! prevents it, and that atomic and biased counts do without one, is refuted by a single lost update. So each way of
//! counting is judged by the sum of all rounds, never by a median. An object of each thread's own shows that it is the sharing
//! which loses updates, and what each way costs one that shares nothing.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "refcount";

/// Each way of counting as the readings name it, in words, and whether updates may get lost. The one without is last:
/// of several that hold its number says most.
const WAYS: [(&str, &str, bool); 4] = [
    ("lock", "under the lock", false),
    ("atomic", "atomic counts without a lock", false),
    ("biased", "biased counts without a lock", false),
    ("none", "plain counts without a lock", true),
];

pub(super) const CLAIM: Claim = Claim {
    id: "lock-guards-refcounts",
    statement: "Without the lock, threads corrupt each other's reference counts, unless counting itself is made safe.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "reference counts of one object kept by several threads in each way", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let mut cells = vec![];
    for (way, words, loses) in WAYS {
        let read = |what: &str| select::reading(run, PROBE, &format!("{way}/{what}"));
        if let Some(lost) = read("shared/lost") {
            let cell = Cell::count(&format!("one object of all, {words}, lost"), "updates", lost);
            cells.push(cell.judged(if loses { Claimed::ever() } else { Claimed::never() }));
        }
        for (place, what) in [("shared", "one object of all"), ("private", "an object each")] {
            let cost = read(&format!("{place}/ns"));
            cells.extend(cost.map(|cost| Cell::reading(&format!("{what}, {words}, per operation"), cost)));
        }
        if let Some(lost) = read("private/lost") {
            cells.push(Cell::count(&format!("an object each, {words}, lost"), "updates", lost));
        }
    }
    let rule = for_every(
        "plain counts of one object without a lock lose an update in at least one round, and under the lock, with \
         atomic and with biased counts none is lost in any round",
    );
    let otherwise = "No way of counting was read.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: true, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    let mut made = Synthetic::new(2);
    for (way, lost, shared, private) in
        [("none", 4e6, 1.2, 0.5), ("lock", 0.0, 1.3, 0.9), ("atomic", 0.0, 17.0, 5.0), ("biased", 0.0, 14.0, 0.4)]
    {
        made = made.counted(PROBE, &format!("{way}/shared/lost"), lost, 80_000_000);
        made = made.counted(PROBE, &format!("{way}/private/lost"), 0.0, 80_000_000);
        made = made.reading(PROBE, &format!("{way}/shared/ns"), "ns", shared);
        made = made.reading(PROBE, &format!("{way}/private/ns"), "ns", private);
    }
    let mut run = made.qualified();
    // Threads that did not meet lose nothing: half of the rounds say so.
    run.readings[0].values[6..].fill(0.0);
    if !holds {
        run.readings
            .iter_mut()
            .filter(|reading| reading.name == "lock/shared/lost")
            .for_each(|lost| lost.values[11] = 1.0);
    }
    run
}
