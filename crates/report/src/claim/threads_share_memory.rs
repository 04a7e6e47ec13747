//! What a thread assigns, its process sees; what a process assigns, no other does.
//!
//! A variable is 100, a worker assigns 66 and ends, and whoever started it looks. Counted is how often that came out
//! otherwise than claimed; once in any round refutes it.

use super::counted::Counted;
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "sharing",
    tried: "a variable that threads and processes assign to",
    chances: "assignments",
    never: &[
        ("thread/unseen", "a thread assigned, whoever joined it saw the old value"),
        ("process/seen", "a process assigned, its parent saw the new value"),
        ("process/not-copied", "a process did not find its parent's value at first"),
        ("process/not-kept", "a process did not find its own value afterwards"),
    ],
    ever: &[],
    rule: "no value that a thread assigned is ever missing after it was joined, and no value that a process assigned is \
         ever found by its parent",
    two_cores: false,
};

pub(super) const CLAIM: Claim = Claim {
    id: "threads-share-memory",
    statement: "What a thread assigns, the others see; what a process assigns, no other process sees.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example: |holds| COUNTED.example(holds),
};

fn needs() -> Vec<Need> {
    COUNTED.needs()
}

fn check(run: &Run) -> Verdict {
    COUNTED.check(run)
}
