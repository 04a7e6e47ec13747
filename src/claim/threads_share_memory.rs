//! What a thread assigns, its process sees; what a process assigns, no other does.
//!
//! A variable is 100, a worker assigns 66 and ends, and whoever started it looks. Counted is how often that came out
//! otherwise than claimed; once in any round refutes it.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(test)]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "sharing";

/// Readings, in words; none may ever be more than 0.
const NEVER: [(&str, &str); 4] = [
    ("thread/unseen", "a thread assigned, whoever joined it saw the old value"),
    ("process/seen", "a process assigned, its parent saw the new value"),
    ("process/not-copied", "a process did not find its parent's value at first"),
    ("process/not-kept", "a process did not find its own value afterwards"),
];

pub(super) const CLAIM: Claim = Claim {
    id: "threads-share-memory",
    statement: "What a thread assigns, the others see; what a process assigns, no other process sees.",
    needs,
    check,
    #[cfg(test)]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "a variable that threads and processes assign to", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let cell = |(name, words): (&str, &str)| {
        let counted = select::reading(run, PROBE, name)?;
        Some(Cell::count(words, "in a round", counted.values.clone()).judged(Claimed::never()))
    };
    let cells = NEVER.into_iter().filter_map(cell).collect();
    let rule = for_every(
        "no value that a thread assigned is ever missing after it was joined, and no value that a process assigned is \
         ever found by its parent",
    );
    let otherwise = "Nothing was assigned.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

#[cfg(test)]
fn example(holds: bool) -> Run {
    let made = NEVER.iter().fold(Synthetic::new(2), |made, (name, _)| made.reading(PROBE, name, "", 0.0));
    let mut run = made.build();
    if !holds {
        run.readings[1].values[3] = 1.0;
    }
    run
}
