//! gilbench
pub mod error;
pub mod kernel;
pub mod run;
pub mod stats;
mod sys;
