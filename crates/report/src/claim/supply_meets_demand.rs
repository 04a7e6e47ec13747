//! Producers and consumers must be balanced: the slower side decides, and the queue shows which it is.
//!
//! One producer, one consumer, work of irregular length, a queue of sixteen. When demand is twice the supply, the queue
//! stays near empty; when supply is twice the demand, it stays at its bound and producers wait. Either way, what goes
//! through is what the slower side can do. Balanced, the depth wanders, and less goes through than either could do.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "balance";

/// Least of the slower side's rate that must go through.
const LEAST: f64 = 0.75;
/// Share of the queue below which it is near empty; above the rest it is near its bound.
const NEAR: f64 = 0.3;

pub(super) const CLAIM: Claim = Claim {
    id: "supply-meets-demand",
    statement: "The slower of producers and consumers decides what goes through, and the depth of the queue shows which.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "a queue whose producers or consumers are twice as fast as the others", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let mut cells = vec![];
    for home in ["thread", "process"] {
        let read = |name: &str| select::reading(run, PROBE, &format!("{home}/{name}"));
        for (rates, words, depth) in [
            ("1:2", "supply is half of the demand", Some(Claimed::below(NEAR))),
            ("1:1", "supply is the demand", None),
            ("2:1", "supply is twice the demand", Some(Claimed::above(1.0 - NEAR))),
        ] {
            let place = if home == "thread" { "between threads" } else { "between processes" };
            if let Some(flow) = read(&format!("{rates}/throughput")) {
                let cell = Cell::reading(&format!("{place}, {words}: of what the slower side can do"), flow);
                cells.push(if depth.is_some() { cell.judged(Claimed::above(LEAST)) } else { cell });
            }
            if let Some(share) = read(&format!("{rates}/depth")) {
                let cell = Cell::share(&format!("{place}, {words}: mean depth"), share);
                cells.push(match depth {
                    Some(claimed) => cell.judged(claimed),
                    None => cell,
                });
            }
        }
    }
    let rule = for_every(&format!(
        "at least {LEAST} of the slower side's rate goes through; with supply half of the demand the mean depth is below \
         {NEAR} of the queue, and with twice the demand above {}",
        1.0 - NEAR
    ));
    let otherwise = "Nothing went through a queue.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: true, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    let mut made = Synthetic::new(2);
    for home in ["thread", "process"] {
        for (rates, flow, depth) in
            [("1:2", 0.97, 0.05), ("1:1", 0.9, 0.5), ("2:1", 0.98, if holds { 0.97 } else { 0.4 })]
        {
            made = made.reading(PROBE, &format!("{home}/{rates}/throughput"), "", flow);
            made = made.reading(PROBE, &format!("{home}/{rates}/depth"), "share", depth);
        }
    }
    made.qualified()
}
