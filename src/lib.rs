//! gilbench
pub mod claim;
pub mod error;
pub mod kernel;
pub mod report;
pub mod run;
pub mod stats;
