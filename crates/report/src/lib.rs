//! Everything that reads a run: pure functions of documents, which know nothing of what can run.
//!
//! - [`claim`]: verdicts on the claims that are made about threads, processes and the lock.
//! - [`track`]: what changed between two runs, between two executables, and over many commits; gates and exports.
//! - [`predict`]: how long the same work would take on another machine or under another model, by simulation.
//! - [`report`]: the page, and what is told in a terminal.

pub mod claim;
pub mod predict;
pub mod report;
pub mod track;

use gilbench_run::{self as run, error, stats};
