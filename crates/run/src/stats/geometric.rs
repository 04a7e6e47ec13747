//! The geometric mean of ratios, with an interval over kernels.
//!
//! Only ratios may be averaged over kernels, and only so: the result does not depend on which arm is the baseline
//! (P. J. Fleming and J. J. Wallace, "How not to lie with statistics", CACM 29, 1986). The kernels are the sample here:
//! the interval says what another selection of kernels might have given. It is Student's t on the logarithms and not a
//! bootstrap over kernels, because there are five to fifteen kernels, and of so few values a percentile bootstrap
//! covers less than it promises (T. Hesterberg, "What teachers should know about the bootstrap", 2015, §4).

use super::{Estimate, mean, student_quantile, variance};

/// Geometric mean of the kernels' ratios, with its interval over kernels; without unit.
///
/// `None` without ratios, or if one of them is not a positive finite number. The ends are 0 and infinite for one kernel.
///
/// # Panics
/// If the level is not between 0 and 1.
pub fn geometric_mean(ratios: &[f64], level: f64) -> Option<Estimate> {
    if ratios.is_empty() || !ratios.iter().all(|ratio| ratio.is_finite() && *ratio > 0.0) {
        return None;
    }
    let logs: Vec<f64> = ratios.iter().map(|ratio| ratio.ln()).collect();
    let n = logs.len();
    let (value, half) = if n < 2 {
        (logs[0], f64::INFINITY)
    } else {
        let error = (variance(&logs) / n as f64).sqrt();
        (mean(&logs), error * student_quantile(f64::midpoint(1.0, level), (n - 1) as f64))
    };
    Some(Estimate { value, low: value - half, high: value + half, level, n }.map(f64::exp))
}
