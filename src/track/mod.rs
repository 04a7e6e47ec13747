//! Tracking: whether something changed, between two revisions or over the history of many runs, and telling others.
//!
//! Nothing here measures. Two executables in paired rounds are run elsewhere; what is judged here are the documents
//! that were written: runs, comparisons, and the log of runs.

mod paired;
pub mod selftest;
#[cfg(test)]
mod simulations;
mod verdict;

pub use self::paired::{ArmAgainstItself, FALSE_SHARE, FLOOR_NS, JudgedCase, Judgement, Rule, judge, suspects};
pub use self::verdict::{Change, Outcome};
