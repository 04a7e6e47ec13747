//! First in, first out: one producer, one consumer, numbered items, between threads and between processes. And last in,
//! first out, for the stack.

use super::counted::Counted;
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "delivery",
    tried: "queues and stacks of numbers",
    chances: "numbers",
    never: &[
        ("thread/out-of-order", "numbers between threads not in the order in which they were put"),
        ("process/out-of-order", "numbers between processes not in the order in which they were put"),
        ("stack/not-reversed", "numbers in a stack not in the reverse of that order"),
    ],
    ever: &[],
    rule: "no number ever comes out of a queue out of order, nor out of a stack in order",
    two_cores: false,
};

pub(super) const CLAIM: Claim = Claim {
    id: "fifo",
    statement: "A queue gives back first what was put first, and a stack what was put last.",
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
