//! The forms that do not wait must be refused, and say why: empty, or full.

use super::counted::Counted;
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "delivery",
    tried: "gets and puts that do not wait",
    chances: "tries",
    never: &[
        ("thread/nowait-succeeded", "gets and puts between threads that were not refused"),
        ("process/nowait-succeeded", "gets and puts between processes that were not refused"),
    ],
    ever: &[],
    rule: "no empty queue ever gives anything and no full one takes anything",
    two_cores: false,
};

pub(super) const CLAIM: Claim = Claim {
    id: "nowait-fails",
    statement: "Without waiting, getting from an empty queue fails at once, and so does putting into a full one.",
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
