//! Consumers end at their marker. Whoever has none waits in vain, which is found by a time limit long after the last
//! item.

use super::counted::Counted;
use super::{Claim, Need, Verdict};
use crate::run::Run;

const COUNTED: Counted = Counted {
    probe: "delivery",
    tried: "three consumers with three end markers, and with two",
    chances: "consumers",
    never: &[
        ("thread/not-ended-with-all-markers", "threads too many or too few that ended with three markers"),
        ("thread/not-one-left-without-a-marker", "threads too many or too few that ended with two markers"),
        ("process/not-ended-with-all-markers", "processes too many or too few that ended with three markers"),
        ("process/not-one-left-without-a-marker", "processes too many or too few that ended with two markers"),
    ],
    ever: &[],
    rule: "exactly as many consumers end as there were markers",
    two_cores: false,
};

pub(super) const CLAIM: Claim = Claim {
    id: "sentinel-per-consumer",
    statement: "With end markers there must be one for each consumer: with one too few, exactly one is left waiting.",
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
