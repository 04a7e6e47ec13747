//! That assigning to a variable carries nothing is claim `threads-share-memory`; this is the other half. A number goes
//! through one queue to a child, from its parent or from another child, and one more comes back through another.

use super::counted::Counted;
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "delivery",
    tried: "numbers for a child from its parent and from its sibling",
    chances: "numbers",
    never: &[
        ("process/not-carried-to-child", "numbers from a parent that did not come back from its child"),
        ("process/not-carried-between-children", "numbers from a child that did not come back from its sibling"),
    ],
    ever: &[],
    rule: "every number that is put for another process arrives there and comes back one larger",
    two_cores: false,
};

pub(super) const CLAIM: Claim = Claim {
    id: "memory-is-separate",
    statement: "What one process passes to another has to be carried, and a queue carries it: to a child and between children.",
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
