//! A worker puts six items into a queue for five; later, somebody takes one. Both look at the clock: the sixth put must
//! not be over before.

use super::counted::Counted;
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "delivery",
    tried: "a sixth item for a queue of five",
    chances: "puts",
    never: &[
        ("thread/put-did-not-wait", "puts between threads that were over before anything was taken"),
        ("process/put-did-not-wait", "puts between processes that were over before anything was taken"),
    ],
    ever: &[],
    rule: "no put into a full queue is ever over before something was taken from it",
    two_cores: false,
};

pub(super) const CLAIM: Claim = Claim {
    id: "put-blocks-when-full",
    statement: "Putting into a full queue waits until there is room.",
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
