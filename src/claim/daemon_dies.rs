//! A daemon ends when its program does; a worker that is not one is waited for.
//!
//! Programs are run to their end, each with a worker that would speak: a daemon long after the end, another soon. Counted
//! is how often the first was heard, and how often the second was not; once in any round refutes the claim. A thread is
//! a daemon if nobody joins it; a process if it watches the line to its parent.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(test)]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "lifecycle";

/// Readings, in words; none may ever be more than 0.
const NEVER: [(&str, &str); 4] = [
    ("thread/daemon-outlived", "daemon threads that spoke after their program's end"),
    ("thread/waited-for-cut-off", "threads that were waited for and did not come to speak"),
    ("process/daemon-outlived", "daemon processes that spoke after their program's end"),
    ("process/waited-for-cut-off", "processes that were waited for and did not come to speak"),
];

pub(super) const CLAIM: Claim = Claim {
    id: "daemon-dies",
    statement: "A daemon ends when its program does, and a worker that is waited for comes to its end.",
    needs,
    check,
    #[cfg(test)]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "programs that end with workers of both kinds", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let cell = |(name, words): (&str, &str)| {
        let counted = select::reading(run, PROBE, name)?;
        Some(Cell::count(words, "in a round", counted.values.clone()).judged(Claimed::never()))
    };
    let cells = NEVER.into_iter().filter_map(cell).collect();
    let rule =
        for_every("no daemon is ever heard after the end of its program, and every worker that is waited for is");
    let otherwise = "No program was run to its end.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

#[cfg(test)]
fn example(holds: bool) -> Run {
    let made = NEVER.iter().fold(Synthetic::new(2), |made, (name, _)| made.reading(PROBE, name, "", 0.0));
    let mut run = made.build();
    if !holds {
        run.readings[2].values[2] = 1.0;
    }
    run
}
