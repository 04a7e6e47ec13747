//! The eaters look at the clock before they say that an item is done, and who joined does after. The eaters are daemons:
//! they end with their queue.

use super::counted::Counted;
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "delivery",
    tried: "two cooks, two eaters and somebody who joins their queue",
    chances: "joins",
    never: &[
        ("thread/joined-early", "threads that went on before the last item was done"),
        ("process/joined-early", "processes that went on before the last item was done"),
    ],
    ever: &[],
    rule: "nobody who joins a queue ever goes on before its last item was done, and nobody waits for ever",
    two_cores: false,
};

pub(super) const CLAIM: Claim = Claim {
    id: "joinable",
    statement: "Who joins a queue goes on when every item was done, and not before.",
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
