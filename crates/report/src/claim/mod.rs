//! Conclusions: sentences with a check on a [`Run`], and their verdicts.
//!
//! A claim says beforehand which cases and readings would support it and which would refute it; its check then looks at
//! recorded data alone. All of them decide by one rule, which stands in `judge`. A claim is a file here and two lines below, and the
//! shared tests ask every one for a run that supports it and for one that refutes it.

mod cell;
mod convoy;
mod counted;
mod daemon_dies;
mod exactly_once;
mod fifo;
mod fitness;
mod get_blocks_when_empty;
mod gil_serialises_cpu;
mod hints_unreliable;
mod hybrid_is_best;
mod interpreters_all_have_it;
mod join_waits;
mod joinable;
mod judge;
mod legacy_lock;
mod lock_guards_refcounts;
mod lock_is_a_mutex;
mod lock_not_threads;
mod lock_released_in_io;
mod memory_is_separate;
mod need;
mod nowait_fails;
mod number;
mod one_lock_per_process;
mod process_is_resource_unit;
mod processes_scale_cpu;
mod put_blocks_when_full;
mod same_pid;
mod select;
mod sentinel_per_consumer;
mod several_jobs_in_one_app;
mod sharing_has_a_price;
mod supply_meets_demand;
mod switching_saves_state;
#[cfg(test)]
mod tests;
mod threaded_server;
mod threads_share_memory;
mod threads_start_cheaper;
mod threads_suit_io;
mod verdict;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::fitness::{AA_MARGIN, Unfit, differs, qualifies, unfit, unqualified};
pub use self::need::{Need, Selection};
pub use self::number::Figure;
pub use self::verdict::{Evidence, Outcome, Verdict};
use crate::run::Run;

/// A sentence that a run can support or refute.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Lower case and hyphens; stable for ever, since results are keyed by it.
    pub id: &'static str,
    /// The sentence, for somebody who has not read the code.
    pub statement: &'static str,
    /// What must have been measured.
    pub needs: fn() -> Vec<Need>,
    /// Decides from recorded data alone.
    pub check: fn(&Run) -> Verdict,
    /// A synthetic run in which it holds, or one in which its opposite does.
    #[cfg(any(test, feature = "testing"))]
    pub example: fn(holds: bool) -> Run,
}

/// Every claim, in the order of a report.
pub const ALL: &[Claim] = &[
    gil_serialises_cpu::CLAIM,
    processes_scale_cpu::CLAIM,
    lock_not_threads::CLAIM,
    threads_suit_io::CLAIM,
    lock_released_in_io::CLAIM,
    hybrid_is_best::CLAIM,
    one_lock_per_process::CLAIM,
    sharing_has_a_price::CLAIM,
    lock_guards_refcounts::CLAIM,
    lock_is_a_mutex::CLAIM,
    interpreters_all_have_it::CLAIM,
    convoy::CLAIM,
    legacy_lock::CLAIM,
    threads_start_cheaper::CLAIM,
    threads_share_memory::CLAIM,
    process_is_resource_unit::CLAIM,
    same_pid::CLAIM,
    join_waits::CLAIM,
    daemon_dies::CLAIM,
    switching_saves_state::CLAIM,
    several_jobs_in_one_app::CLAIM,
    fifo::CLAIM,
    put_blocks_when_full::CLAIM,
    get_blocks_when_empty::CLAIM,
    nowait_fails::CLAIM,
    hints_unreliable::CLAIM,
    exactly_once::CLAIM,
    memory_is_separate::CLAIM,
    joinable::CLAIM,
    sentinel_per_consumer::CLAIM,
    supply_meets_demand::CLAIM,
    threaded_server::CLAIM,
];

/// A claim with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judged {
    /// Id of the claim.
    pub id: String,
    /// Its sentence.
    pub statement: String,
    /// What the run says about it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Verdicts on all claims, as `gilbench claims --json` prints them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// One entry a claim, in the order of [`ALL`].
    pub claims: Vec<Judged>,
}

/// Checks every claim against the run.
pub fn judge_all(run: &Run) -> Judgement {
    let judge =
        |claim: &Claim| Judged { id: claim.id.into(), statement: claim.statement.into(), verdict: (claim.check)(run) };
    Judgement { claims: ALL.iter().map(judge).collect() }
}
