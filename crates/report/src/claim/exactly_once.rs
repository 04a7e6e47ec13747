//! Ten thousand numbered items a round, two producers, two consumers, a queue that is much smaller. Each consumer crosses
//! off what it gets.

use super::counted::Counted;
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "delivery",
    tried: "numbered items of two producers for two consumers",
    chances: "items",
    never: &[
        ("thread/lost", "items between threads that nobody got"),
        ("thread/twice", "items between threads that were got twice"),
        ("process/lost", "items between processes that nobody got"),
        ("process/twice", "items between processes that were got twice"),
    ],
    ever: &[],
    rule: "no item is ever lost, and none is got twice",
    two_cores: false,
};

pub(super) const CLAIM: Claim = Claim {
    id: "exactly-once",
    statement: "Each item of a queue is delivered to exactly one consumer, and none is lost.",
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
