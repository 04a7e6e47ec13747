//! "Not empty, so take; not full, so put": each is a decision on what the queue said a moment before. Alone it is never
//! wrong. With others beside, another may have come in between, and the claim is that this is so.

use super::counted::Counted;
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "queue-hints",
    tried: "decisions on the word of a queue, by one worker and by three",
    chances: "decisions",
    never: &[
        ("thread/alone/wrong", "decisions of one thread alone that were out of date"),
        ("process/alone/wrong", "decisions of one process alone that were out of date"),
    ],
    ever: &[
        ("thread/together/wrong", "decisions of three threads that were out of date"),
        ("process/together/wrong", "decisions of three processes that were out of date"),
    ],
    rule: "alone, the word of a queue is never out of date when it is acted on, and with three workers it is at least once",
    two_cores: true,
};

pub(super) const CLAIM: Claim = Claim {
    id: "hints-unreliable",
    statement: "Whether a queue is full or empty cannot be relied on while others use it.",
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
