//! The threads of a process have its id, and names and thread ids of their own; processes have ids of their own.
//!
//! The operating system is asked. Counted is whatever it says otherwise; once in any round refutes the claim.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "identity";

/// Readings, in words; none may ever be more than 0.
const NEVER: [(&str, &str); 6] = [
    ("threads/other-pids", "threads with another process id than their process"),
    ("threads/same-tids", "threads with the thread id of another"),
    ("threads/wrong-names", "threads without the name they were given"),
    ("threads/miscounted", "threads too many or too few where the first and the others are counted"),
    ("processes/same-pids", "processes with the id of another"),
    ("processes/wrong-pids", "processes with another id than their parent was told"),
];

pub(super) const CLAIM: Claim = Claim {
    id: "same-pid",
    statement: "Threads of a process have its id and names of their own, and are counted together with the first.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "ids and names of threads and processes", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let cell = |(name, words): (&str, &str)| {
        let counted = select::reading(run, PROBE, name)?;
        let chances = if name.starts_with("threads") { "threads" } else { "processes" };
        Some(Cell::count(words, chances, counted).judged(Claimed::never()))
    };
    let cells = NEVER.into_iter().filter_map(cell).collect();
    let rule = for_every("the operating system says of no thread and of no process anything else");
    let otherwise = "No ids were asked for.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    let made = NEVER.iter().fold(Synthetic::new(2), |made, (name, _)| made.counted(PROBE, name, 0.0, 100));
    let mut run = made.qualified();
    if !holds {
        run.readings[0].values[2] = 4.0;
    }
    run
}
