//! Join returns only after the worker has ended.
//!
//! A worker's last act is to look at the clock, and so is the first act of whoever joined it. Counted is how often the
//! first was later; once in any round refutes the claim.

use super::counted::Counted;
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "lifecycle",
    tried: "workers that are joined, by the clock",
    chances: "joins",
    never: &[
        ("thread/join-early", "threads that were joined before their last act"),
        ("process/join-early", "processes that were joined before their last act"),
    ],
    ever: &[],
    rule: "no worker is ever joined before its last act",
    two_cores: false,
};

pub(super) const CLAIM: Claim = Claim {
    id: "join-waits",
    statement: "Join returns only after the worker has ended.",
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
