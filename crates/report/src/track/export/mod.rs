//! Files that other tools read: one format a file, each with what its consumer demands.
//!
//! Names come from other people's suites, so every format escapes them in its own way (`escape`), and what a consumer
//! limits (length of a name, of a summary, number of annotations) is kept to here and not left to be cut there. To add a
//! format: a file with a `write` function, and two lines below.

mod annotations;
mod bmf;
mod csv;
mod escape;
mod gab;
mod hyperfine;
mod junit;
mod markdown;
mod otava;
mod testbed;
#[cfg(test)]
mod tests;
mod trace;

use crate::error::{Error, Result};
use crate::run::comparison::Comparison;
use crate::run::{CaseResult, Metric, Role, Run};
use crate::stats::Estimate;
use crate::track::history::History;
use crate::track::{Gated, Judgement};

/// What is exported.
#[derive(Debug, Clone, Copy)]
pub enum Document<'a> {
    /// A run, with what the gate says of it.
    Run(&'a Run, &'a Gated),
    /// Two executables beside each other, with what became of their cases and what the gate says.
    Comparison(&'a Comparison, &'a Judgement, &'a Gated),
    /// The log of runs.
    History(&'a History),
}

/// A format of somebody else's.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Its name on the command line.
    pub id: &'static str,
    /// Who reads it.
    pub summary: &'static str,
    /// The whole file, unless the format has no place for such a document.
    pub write: fn(&Document) -> Result<Vec<u8>>,
}

/// All formats.
pub const FORMATS: &[Format] = &[
    gab::SMALLER,
    gab::BIGGER,
    bmf::FORMAT,
    hyperfine::FORMAT,
    junit::FORMAT,
    markdown::FORMAT,
    annotations::FORMAT,
    csv::FORMAT,
    trace::FORMAT,
    otava::FORMAT,
    testbed::FORMAT,
];

impl Document<'_> {
    /// What it is, in words.
    fn name(&self) -> &'static str {
        match self {
            Self::Run(..) => "a run",
            Self::Comparison(..) => "a comparison of two executables",
            Self::History(_) => "a history",
        }
    }

    /// The refusal of a format that has no place for this document.
    fn unfit(&self, format: &str, instead: &str) -> Error {
        Error::request(format!("format `{format}` has no place for {}; give it {instead}", self.name()))
    }

    /// The run, for formats that take nothing else.
    fn run(&self, format: &str) -> Result<&Run> {
        match self {
            Self::Run(run, _) => Ok(run),
            _ => Err(self.unfit(format, "a run, such as reports/latest.json")),
        }
    }
}

/// Cases that other tools are to follow, with their time: neither the A/A arm nor what failed.
fn followed(run: &Run) -> impl Iterator<Item = (&CaseResult, Estimate)> {
    let counts = |case: &&CaseResult| case.role != Role::Twin && !case.failed;
    run.cases.iter().filter(counts).filter_map(|case| Some((case, run.level(case, Metric::Compute)?)))
}

/// Steps per second of a case, from its time.
fn throughput(case: &CaseResult, time_ns: &Estimate) -> Estimate {
    let rate = |ns: f64| case.steps as f64 * 1e9 / ns;
    // One over infinity would be an end that nobody knows.
    let unknown = (f64::NEG_INFINITY, f64::INFINITY);
    let (low, high) = if time_ns.is_bounded() { (rate(time_ns.high), rate(time_ns.low)) } else { unknown };
    Estimate { value: rate(time_ns.value), low, high, ..*time_ns }
}

/// Half the width of the interval; `None` if it has no ends.
fn half_width(estimate: &Estimate) -> Option<f64> {
    estimate.is_bounded().then(|| (estimate.high - estimate.low) / 2.0)
}

fn json(value: &serde_json::Value) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("a document has only string keys and finite numbers");
    text.push(b'\n');
    text
}
