//! gilbench
pub mod claim;
pub mod error;
pub mod kernel;
pub mod run;
pub mod stats;
