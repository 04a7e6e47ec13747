//! "The same" as a positive finding, and what an interval could have shown.
//!
//! Two arms are equivalent when the whole interval of their ratio lies inside a margin named beforehand (the interval
//! inclusion rule of D. J. Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987; a 95 % interval makes
//! it stricter than his 90 %). A missing significance shows nothing: a noisy enough run never finds a difference.

use super::{Estimate, student_quantile};

/// Whether the whole interval of the ratio lies within the margin (0.1 is ±10 %) of 1.
///
/// The margin is symmetric for ratios, from 1/(1 + margin) to 1 + margin, so that the answer does not depend on which
/// arm is on top.
pub fn equivalent(ratio: &Estimate, margin: f64) -> bool {
    ratio.is_above(1.0 / (1.0 + margin)) && ratio.is_below(1.0 + margin)
}

/// The smallest effect, as a share (0.05 is 5 %), that a ratio with an interval of this width would have shown in four
/// runs of five; infinite if an end of the interval is unknown or not positive.
///
/// The interval's half width on the logarithmic scale stands for t·SE, from which the minimum detectable effect follows
/// (H. S. Bloom, "Minimum detectable effects", Evaluation Review 19, 1995).
pub fn smallest_detectable(ratio: &Estimate) -> f64 {
    if !(ratio.is_bounded() && ratio.low > 0.0 && ratio.n > 1) {
        return f64::INFINITY;
    }
    let freedom = (ratio.n - 1) as f64;
    let power = student_quantile(0.8, freedom) / student_quantile(f64::midpoint(1.0, ratio.level), freedom);
    ((ratio.high / ratio.low).ln() / 2.0 * (1.0 + power)).exp_m1()
}
