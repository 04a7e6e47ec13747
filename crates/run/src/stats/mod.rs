//! Estimates: pure functions on slices of `f64`, no clocks and no hidden state.
//!
//! One method a file, each with its source:
//! - `median`: quantiles, and the median with its exact interval (what comparisons of two cases of a run rest on);
//! - `bootstrap`: an interval for any statistic of rounds with several teams each;
//! - `tail`: a percentile that no round has enough samples for;
//! - `shift`: how far apart two groups are that are not paired, with the exact interval;
//! - `trio`: by how much one lies above two that are alike, round by round, with the exact interval (what comparisons of
//!   two executables rest on);
//! - `sign`: how surprising so few values on one side are; `family`: which of many such surprises count;
//! - `superiority`: how often one is smaller than the other;
//! - `geometric`: one number for many kernels' ratios, with an interval over kernels;
//! - `scaling`: speedup, efficiency, serial fraction, and the two scaling laws where they can be told apart;
//! - `break_even`: from where on along a grid one of two is ahead;
//! - `equivalence`: "the same" as a positive finding, and the smallest effect an interval could have shown;
//! - `change`: where a series changed its level, and how surprising that is;
//! - `bimodality`, `outliers`, `fairness`: flags for a reader; nothing is ever dropped because of them;
//! - `proportion`: how often something happens, with its interval;
//! - `student`: the t distribution, and the normal one as its limit, which four of the above need.
//!
//! Random numbers come from a seed in the arguments, so that the same run always gives the same report.

mod bimodality;
mod bootstrap;
mod break_even;
mod change;
mod equivalence;
mod fairness;
mod family;
mod geometric;
mod median;
#[cfg(any(test, feature = "testing"))]
pub mod noise;
mod outliers;
mod proportion;
mod scaling;
mod shift;
mod sign;
mod student;
mod superiority;
mod tail;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "testing"))]
pub mod trials;
mod trio;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::bimodality::{Modes, two_modes};
pub use self::bootstrap::hierarchical_bootstrap;
pub use self::break_even::{BreakEven, Place, break_even, crossing};
pub use self::change::{Chance, Change, Division, divide, smallest_step};
pub use self::equivalence::{equivalent, smallest_detectable};
pub use self::fairness::jain;
pub use self::family::benjamini_hochberg;
pub use self::geometric::geometric_mean;
pub use self::median::{median, median_estimate, quantile};
pub use self::outliers::far_outliers;
pub use self::proportion::{binomial_at_most, proportion, rate_at_most};
pub use self::scaling::{Amdahl, NotIdentifiable, Usl, amdahl, efficiency, karp_flatt, speedup, usl};
pub use self::shift::{shift_estimate, shift_test_above};
pub use self::sign::{sign_test_above, sign_test_below};
pub use self::student::student_quantile;
pub use self::superiority::{superiority, superiority_paired};
pub use self::tail::pooled_tail;
pub use self::trio::{trio_estimate, trio_test_above, trio_test_below};

/// A number with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower end of the interval; equal to `-inf` (written `null`) when there are too few values for one.
    #[serde(deserialize_with = "or_lowest")]
    #[schemars(schema_with = "number_or_null", required)]
    pub low: f64,
    /// Upper end of the interval; equal to `inf` (written `null`) when there are too few values for one.
    #[serde(deserialize_with = "or_highest")]
    #[schemars(schema_with = "number_or_null", required)]
    pub high: f64,
    /// Confidence level of the interval (0–1).
    pub level: f64,
    /// Independent values it rests on.
    pub n: usize,
}

fn number_or_null(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    Option::<f64>::json_schema(generator)
}

fn or_lowest<'de, D: serde::Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(d)?.unwrap_or(f64::NEG_INFINITY))
}

fn or_highest<'de, D: serde::Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(d)?.unwrap_or(f64::INFINITY))
}

impl Estimate {
    /// The estimate seen through an increasing function, such as `f64::exp`.
    #[must_use]
    pub fn map(self, increasing: impl Fn(f64) -> f64) -> Self {
        Self { value: increasing(self.value), low: increasing(self.low), high: increasing(self.high), ..self }
    }

    /// Whether the whole interval lies below the bound.
    pub fn is_below(&self, bound: f64) -> bool {
        self.high < bound
    }

    /// Whether the whole interval lies above the bound.
    pub fn is_above(&self, bound: f64) -> bool {
        self.low > bound
    }

    /// Whether both ends of the interval are known, which takes enough values for the level.
    pub fn is_bounded(&self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }
}

/// A copy in ascending order; NaN, which no measurement yields, would come last.
fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Arithmetic mean of at least one value.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Variance with the divisor n − 1; 0 for fewer than two values.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len().max(2) - 1) as f64
}
