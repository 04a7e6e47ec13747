//! Tracking: whether something changed, between two revisions or over the history of many runs, and telling others.
//!
//! Nothing here measures. Two executables in paired rounds are run elsewhere; what is judged here are the documents
//! that were written: runs, comparisons, and the log of runs.

pub mod export;
#[cfg(test)]
mod fixture;
mod gate;
pub mod history;
mod margin;
mod paired;
mod policy;
pub mod selftest;
#[cfg(test)]
mod simulated_rounds;
#[cfg(test)]
mod simulations;
#[cfg(test)]
mod tests;
mod unpaired;
mod verdict;

pub use self::gate::{Finding, Gated, gate, gate_comparison, gate_run};
pub use self::margin::{LARGEST_MARGIN, next_cases};
pub use self::paired::{
    ArmAgainstItself, FALSE_SHARE, FLOOR_NS, JudgedCase, Judgement, Rule, Suspect, judge, suspects,
};
pub use self::policy::{CaseRule, ClaimRule, Consequence, Pattern, Policy, RatioRule};
pub use self::unpaired::{Compared, UNPAIRED_MARGIN, Unpaired, UnpairedCase, compare};
pub use self::verdict::{Change, Outcome};
