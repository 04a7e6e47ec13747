//! Join returns only after the worker has ended.
//!
//! A worker's last act is to look at the clock, and so is the first act of whoever joined it. Counted is how often the
//! first was later; once in any round refutes the claim.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(test)]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "lifecycle";

/// Readings, in words; none may ever be more than 0.
const NEVER: [(&str, &str); 2] = [
    ("thread/join-early", "threads that were joined before their last act"),
    ("process/join-early", "processes that were joined before their last act"),
];

pub(super) const CLAIM: Claim = Claim {
    id: "join-waits",
    statement: "Join returns only after the worker has ended.",
    needs,
    check,
    #[cfg(test)]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "workers that are joined, by the clock", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let cell = |(name, words): (&str, &str)| {
        let counted = select::reading(run, PROBE, name)?;
        Some(Cell::count(words, "in a round", counted.values.clone()).judged(Claimed::never()))
    };
    let cells = NEVER.into_iter().filter_map(cell).collect();
    let rule = for_every("no worker is ever joined before its last act");
    let otherwise = "Nobody was joined.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

#[cfg(test)]
fn example(holds: bool) -> Run {
    let made = NEVER.iter().fold(Synthetic::new(2), |made, (name, _)| made.reading(PROBE, name, "", 0.0));
    let mut run = made.build();
    if !holds {
        run.readings[1].values[2] = 1.0;
    }
    run
}
