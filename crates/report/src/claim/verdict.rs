//! What a check answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::{self, Figure};
use crate::stats::Estimate;

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything that was measured lies on the claimed side.
    Supported,
    /// Something that was measured lies on the other side, beyond doubt.
    Refuted,
    /// It was measured, and the run cannot tell.
    Inconclusive,
    /// The run does not hold what the claim needs.
    NotMeasured,
}

impl Outcome {
    /// Its name in documents and on the terminal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Refuted => "refuted",
            Self::Inconclusive => "inconclusive",
            Self::NotMeasured => "not-measured",
        }
    }
}

/// What a run says about a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The answer.
    #[serde(rename = "verdict")]
    pub outcome: Outcome,
    /// The number that decided: that of the comparison which is worst for the claim, or how often that which is counted
    /// happened in all rounds together; `None` without one.
    pub value: Option<f64>,
    /// Lower end of its 95 % interval; `None` if there were too few rounds for one.
    pub low: Option<f64>,
    /// Upper end of its 95 % interval; `None` if there were too few rounds for one.
    pub high: Option<f64>,
    /// Unit of the three: `×` for ratios; for a count, what its chances are: `joins`.
    pub unit: String,
    /// Of how many chances the value happened, if it is a count; `None` for what is measured.
    #[serde(default)]
    pub of: Option<u64>,
    /// The rate (0–1) that what never happened has at most: the exact one-sided 95 % bound. `None` for all else.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// The rule of decision with its bound, in a sentence.
    pub rule: String,
    /// Why this answer, with the number, in words.
    pub reason: String,
    /// Everything that was looked at.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// One number that a check looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// A case, or a comparison such as `primes: gil/2 against serial/1`.
    pub subject: String,
    /// The number with its 95 % interval.
    pub estimate: Estimate,
    /// Its unit: `×` for ratios; for a count, what its chances are: `joins`.
    pub unit: String,
    /// Of how many chances it happened, if it is a count; `None` for what is measured.
    #[serde(default)]
    pub of: Option<u64>,
    /// The rate (0–1) that what never happened has at most: the exact one-sided 95 % bound. `None` for all else.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// Whether the verdict rests on it; otherwise it is there to be seen.
    pub judged: bool,
    /// Whether it lies wholly on the claimed side or wholly on the other; `None` if across, or if not judged.
    pub holds: Option<bool>,
    /// The claimed side lies above this, in the same unit; `None` without such a bound, or if not judged.
    #[serde(default)]
    pub bound_low: Option<f64>,
    /// The claimed side lies below this, in the same unit; `None` without such a bound, or if not judged.
    #[serde(default)]
    pub bound_high: Option<f64>,
}

impl Verdict {
    /// The number that decided, in words; `None` without one.
    pub fn figure(&self) -> Option<Figure> {
        Some(figure(self.value?, self.low.zip(self.high), &self.unit, self.of, self.at_most))
    }
}

impl Evidence {
    /// The number, in words.
    pub fn figure(&self) -> Figure {
        let Estimate { value, low, high, .. } = self.estimate;
        figure(value, self.estimate.is_bounded().then_some((low, high)), &self.unit, self.of, self.at_most)
    }
}

fn figure(value: f64, ends: Option<(f64, f64)>, unit: &str, of: Option<u64>, at_most: Option<f64>) -> Figure {
    if of.is_some() { number::counted(value, of, unit, at_most) } else { number::measured(value, ends, unit) }
}
