//! What a check answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// The number that decided: that of the comparison which is worst for the claim; `None` without one.
    pub value: Option<f64>,
    /// Lower end of its 95 % interval; `None` if there were too few rounds for one.
    pub low: Option<f64>,
    /// Upper end of its 95 % interval; `None` if there were too few rounds for one.
    pub high: Option<f64>,
    /// Unit of the three: `×` for ratios.
    pub unit: String,
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
    /// Its unit: `×` for ratios.
    pub unit: String,
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

/// The estimate as a reader meets it: `1.32× [1.27, 1.38]`.
pub(super) fn words(estimate: &Estimate, unit: &str) -> String {
    let unit = if unit == "×" { unit.to_owned() } else { format!(" {unit}") };
    // Two digits that say something, for a hundredth as for a hundred.
    let digits = if estimate.value.abs() < 0.1 { 4 } else { 2 };
    let interval = if estimate.is_bounded() {
        format!("[{:.digits$}, {:.digits$}]", estimate.low, estimate.high)
    } else {
        "[too few rounds for an interval]".to_owned()
    };
    format!("{:.digits$}{unit} {interval}", estimate.value)
}
