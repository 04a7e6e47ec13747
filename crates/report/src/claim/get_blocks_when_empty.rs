//! A worker gets from an empty queue; later, somebody puts an item. Both look at the clock: the get must not be over
//! before.

use super::counted::Counted;
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "delivery",
    tried: "a get from an empty queue",
    chances: "gets",
    never: &[
        ("thread/get-did-not-wait", "gets between threads that were over before anything was put"),
        ("process/get-did-not-wait", "gets between processes that were over before anything was put"),
    ],
    ever: &[],
    rule: "no get from an empty queue is ever over before something was put into it",
    two_cores: false,
};

pub(super) const CLAIM: Claim = Claim {
    id: "get-blocks-when-empty",
    statement: "Getting from an empty queue waits until there is something.",
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
