//! The history: what many runs measured, a line a run, and where a level changed.
//!
//! - `entry`: what is kept of a run, which is the levels and not the samples;
//! - `file`: the log, safe under two writers and against a crash in the middle of a line;
//! - `past`: all entries as series, each of one case on one machine: times of another machine are another series;
//! - `check`: which levels changed, after all that chance, spikes and moods of the machine can do;
//! - `power`: what a check could have found.

mod check;
mod entry;
mod file;
#[cfg(test)]
pub(crate) mod fixture;
mod past;
mod power;
#[cfg(test)]
mod tests;

pub use self::check::{Checked, Found, RECENT_RUNS, Rules, Shift, Trend, check};
pub use self::entry::{Entry, HISTORY_SCHEMA, Kept, Level};
pub use self::file::{HISTORY, append, is_log, read};
pub use self::past::{Figure, History, Past, Point, Series};
pub use self::power::Suspected;
