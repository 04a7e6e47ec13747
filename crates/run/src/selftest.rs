//! The instrument tried on itself, as plain data: what `gilbench selftest` measured, and what followed.
//!
//! Every comparison in it is of this executable with itself, where one side did more steps of the same kernel on purpose:
//! exactly (1 + x) times as many, so that the truth is known to the last step. Its rounds are cut into **trials**, each of
//! which is judged as a comparison of its own. What followed is kept beside what was measured, so that a reader of the
//! file need not be able to judge.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Machine;
use super::comparison::Comparison;
use super::file::read_document;
use crate::error::{Error, Result};

/// Version of the document. A reader refuses newer ones.
pub const SELFTEST_SCHEMA: u32 = 1;

/// File of a selftest in the output folder.
pub const SELFTEST: &str = "selftest.json";

/// Everything of one invocation of `gilbench selftest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Selftest {
    /// What this document is.
    pub kind: SelftestKind,
    /// Version of this format: [`SELFTEST_SCHEMA`].
    pub schema: u32,
    /// Program and version that wrote it.
    pub generator: String,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
    /// Wall time in seconds.
    pub elapsed_s: f64,
    /// Why it is incomplete, in a sentence; `None` when everything planned was done.
    pub partial: Option<String>,
    /// Whether it was the short form, which tries fewer sizes of effects.
    pub short: bool,
    /// Whether a neighbour of our own kept the processors busy in bursts meanwhile.
    pub neighbour: bool,
    /// Seed of every random choice.
    pub seed: u64,
    /// Where it was measured.
    pub machine: Machine,
    /// Kept rounds of a trial.
    pub trial_rounds: u32,
    /// What followed; `None` before anybody has judged it.
    pub findings: Option<Findings>,
    /// What was measured; left out where only the findings are of interest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comparisons: Vec<Comparison>,
}

/// Tells a selftest from other documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum SelftestKind {
    /// The instrument tried on itself.
    #[default]
    #[serde(rename = "selftest")]
    Selftest,
}

/// What followed from the trials.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// Trials that were measured and whose A/A arm was out of its margin, so that they decide nothing.
    pub unqualified: Rate,
    /// Each case at each size of effect, from trials that were measured and from such as were drawn again from them.
    pub points: Vec<Point>,
    /// What is printed as the smallest detectable effect, beside what is really found.
    pub detectable: Vec<Detectable>,
    /// What the instrument should do, and whether it did.
    pub checks: Vec<Check>,
}

/// The smallest detectable effect of a case, as it is printed and as it was found by trying.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Detectable {
    /// The case's id.
    pub case: String,
    /// Kept rounds of each trial.
    pub rounds: u32,
    /// Median over trials without a change of what is printed after such a trial (0.01 is 1 %).
    pub printed: f64,
    /// The slowdown that four of five trials find, drawn again from the measured rounds.
    pub found: f64,
}

/// A case under a known change: how often the instrument saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// The case's id.
    pub case: String,
    /// All its workers together.
    pub workers: usize,
    /// Where its trials come from.
    pub basis: Basis,
    /// The change that was made on purpose: 0.01 if the head did 1 % more work than the base, −0.01 if the base did 1 %
    /// more than the head, 0 if both did the same.
    pub injected: f64,
    /// Kept rounds of each trial.
    pub rounds: u32,
    /// The margin asked for: a change up to this is none (0.01 is 1 %).
    pub margin: f64,
    /// Trials whose whole 99 % interval of the ratio was above 1.
    pub slower: Rate,
    /// Trials whose whole interval was below 1.
    pub faster: Rate,
    /// Trials that were called a regression: beyond the margin, after correction for the family, and confirmed.
    pub regressions: Rate,
    /// Trials that were called an improvement.
    pub improvements: Rate,
    /// Trials whose 99 % interval contained the truth.
    pub covered: Rate,
    /// Trials whose 95 % interval did.
    pub covered_95: Rate,
    /// Median over trials of the ratio head / base.
    pub ratio: f64,
    /// Median over trials of the smallest detectable effect that was printed (0.01 is 1 %); `None` if none was bounded.
    pub detectable: Option<f64>,
}

/// Where trials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Each was measured, with the change really made.
    Measured,
    /// Runs of rounds of the measured A/A comparisons, drawn again at random, with the change made by arithmetic.
    Resampled,
}

/// How often something happened, with its 95 % interval (Wilson's).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Rate {
    /// How often it happened.
    pub happened: usize,
    /// Of how many times.
    pub of: usize,
    /// Lower end of the interval (0–1); 0 if it was never tried.
    pub low: f64,
    /// Upper end of the interval (0–1); 1 if it was never tried.
    pub high: f64,
}

/// Whose doing it is if a check is missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// The instrument's: it breaks a promise that holds on any machine.
    Instrument,
    /// The machine's: it is too noisy for the instrument to see much.
    Machine,
}

/// Something that the instrument should do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Whose doing it is if it is missed.
    pub whose: Whose,
    /// In a sentence.
    pub statement: String,
    /// What was found, in words.
    pub found: String,
    /// Whether that is as it should be; `None` if there were too few trials to say.
    pub met: Option<bool>,
}

impl Selftest {
    /// Whether it was measured on this machine.
    pub fn is_of(&self, machine: &Machine) -> bool {
        self.machine.key() == machine.key()
    }
}

impl Point {
    /// How often the change was seen for what it was; of no change, how often one was seen.
    pub fn seen(&self) -> Rate {
        self.by_direction(self.slower, self.faster)
    }

    /// How often the verdict was that of the change; of no change, how often there was a verdict at all.
    pub fn judged(&self) -> Rate {
        self.by_direction(self.regressions, self.improvements)
    }

    fn by_direction(&self, up: Rate, down: Rate) -> Rate {
        if self.injected > 0.0 {
            up
        } else if self.injected < 0.0 {
            down
        } else {
            up.or(down)
        }
    }
}

impl Rate {
    /// So many times of so many.
    ///
    /// # Panics
    /// If it happened more often than tried.
    pub fn new(happened: usize, of: usize) -> Self {
        let (low, high) =
            crate::stats::proportion(happened, of, 0.95).map_or((0.0, 1.0), |share| (share.low, share.high));
        Self { happened, of, low, high }
    }

    /// Either of two things that exclude each other, of the same trials.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        // A document from elsewhere may say that both happened together more often than it was tried.
        let of = self.of.max(other.of);
        Self::new(self.happened.saturating_add(other.happened).min(of), of)
    }

    /// Both of two sets of trials together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let of = self.of.saturating_add(other.of);
        Self::new(self.happened.saturating_add(other.happened).min(of), of)
    }

    /// The share (0–1); `None` if it was never tried.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.happened as f64 / self.of as f64)
    }
}

/// Reads a selftest.
///
/// # Errors
/// If the file cannot be read, is no selftest, or has a newer version than [`SELFTEST_SCHEMA`].
pub fn read_selftest(path: &Path) -> Result<Selftest> {
    let value = read_document(path, SELFTEST_SCHEMA, "a selftest written by `gilbench selftest`")?;
    serde_json::from_value(value).map_err(|error| {
        let reason = format!("no selftest: {error}; expected a file written by `gilbench selftest`");
        Error::File { path: path.display().to_string(), reason }
    })
}

/// What followed from the selftest in this folder, if there is one of this machine, without what was measured.
pub fn selftest_beside(folder: &Path, machine: &Machine) -> Option<Selftest> {
    let selftest = read_selftest(&folder.join(SELFTEST)).ok().filter(|selftest| selftest.is_of(machine))?;
    Some(Selftest { comparisons: vec![], ..selftest })
}
