//! A daemon ends when its program does; a worker that is not one is waited for.
//!
//! Programs are run to their end, each with a worker that would speak: a daemon long after the end, another soon. Counted
//! is how often the first was heard, and how often the second was not; once in any round refutes the claim. A thread is
//! a daemon if nobody joins it; a process if it watches the line to its parent.

use super::counted::{Counted, PROGRAMS};
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "lifecycle",
    tried: "programs that end with workers of both kinds",
    chances: PROGRAMS,
    never: &[
        ("thread/daemon-outlived", "daemon threads that spoke after their program's end"),
        ("thread/waited-for-cut-off", "threads that were waited for and did not come to speak"),
        ("process/daemon-outlived", "daemon processes that spoke after their program's end"),
        ("process/waited-for-cut-off", "processes that were waited for and did not come to speak"),
    ],
    ever: &[],
    rule: "no daemon is ever heard after the end of its program, and every worker that is waited for is",
    two_cores: false,
};

pub(super) const CLAIM: Claim = Claim {
    id: "daemon-dies",
    statement: "A daemon ends when its program does, and a worker that is waited for comes to its end.",
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
