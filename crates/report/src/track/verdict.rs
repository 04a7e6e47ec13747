//! What a judgement of a change comes to: in a word for each case, and in an exit code for all of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of a case from base to head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Slower, beyond the margin and beyond doubt.
    Regression,
    /// Faster, beyond the margin and beyond doubt.
    Improvement,
    /// The same: certainly no further away than the margin.
    Equivalent,
    /// The interval is too wide for the margin, wherever it lies: it could show neither a small change nor that there is
    /// none.
    TooNoisy,
    /// It cannot be told.
    Inconclusive,
}

impl Change {
    /// Its name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Improvement => "improvement",
            Self::Equivalent => "equivalent",
            Self::TooNoisy => "too-noisy",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// What a judging command ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing is wrong.
    Pass,
    /// A regression, or a claim that was gated on is refuted.
    Regression,
    /// Inconclusive, too noisy, or the instrument is unqualified.
    Undecided,
    /// The tool, its input or a worker failed.
    Failed,
}

impl Outcome {
    /// The exit code.
    pub fn code(self) -> i32 {
        match self {
            Self::Pass => 0,
            Self::Regression => 1,
            Self::Undecided => 2,
            Self::Failed => 3,
        }
    }

    /// Its name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Regression => "regression",
            Self::Undecided => "undecided",
            Self::Failed => "failed",
        }
    }

    /// The graver of two: a failure, then a regression, then doubt.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let weight = |outcome| match outcome {
            Self::Pass => 0,
            Self::Undecided => 1,
            Self::Regression => 2,
            Self::Failed => 3,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}
