//! Quantiles, and the median with its exact interval.
//!
//! Quantiles interpolate linearly between order statistics (definition 7 of R. J. Hyndman and Y. Fan, "Sample quantiles
//! in statistical packages", The American Statistician 50, 1996). The interval of the median is the one that inverts
//! the sign test (W. J. Conover, *Practical Nonparametric Statistics*, 3rd ed., §3.2): each value falls below the true
//! median with probability ½, so how many do is binomial and two order statistics enclose the median with a
//! probability that is known exactly, whatever the distribution. Its price is that few values give no interval at all.

use super::{Estimate, sorted};

/// The `p`-quantile (`p` within 0–1), in the unit of the values; `None` without values.
///
/// # Panics
/// If `p` is not within 0–1.
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    assert!((0.0..=1.0).contains(&p), "a quantile's order is within 0–1, not {p}");
    let sorted = sorted(values);
    let place = p * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    // Equal neighbours first: the difference of two infinities is no number.
    Some(if below.total_cmp(&above).is_eq() { below } else { below + (above - below) * place.fract() })
}

/// The median, in the unit of the values; `None` without values.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The median with its exact interval at the confidence level, in the unit of the values; `None` without values.
///
/// The interval covers the true median with at least the level's probability. With too few values for the level (fewer
/// than 6 at 95 %, fewer than 8 at 99 %) its ends are infinite.
///
/// # Panics
/// If the level is not between 0 and 1.
pub fn median_estimate(values: &[f64], level: f64) -> Option<Estimate> {
    assert!(level > 0.0 && level < 1.0, "a confidence level is between 0 and 1, not {level}");
    let value = median(values)?;
    let n = values.len();
    let sorted = sorted(values);
    let (low, high) = match outermost(n, level) {
        0 => (f64::NEG_INFINITY, f64::INFINITY),
        rank => (sorted[rank - 1], sorted[n - rank]),
    };
    Some(Estimate { value, low, high, level, n })
}

/// The largest rank k, counted from 1, for which the k-th smallest and k-th largest of `n` values enclose the median
/// with at least the level's probability; 0 if even the extremes do not.
///
/// That is the largest k with 2·P(Binomial(n, ½) < k) ≤ 1 − level.
pub(super) fn outermost(n: usize, level: f64) -> usize {
    // A hair of slack, so that levels that are met exactly (15/16 with 5 values) are not lost to rounding.
    let allowed = (1.0 - level) / 2.0 * (1.0 + 1e-9);
    // In logarithms, since 2^-n is no number any more beyond a thousand values.
    let mut log_mass = -(n as f64) * std::f64::consts::LN_2;
    let mut tail = 0.0;
    for below in 0..n.div_ceil(2) {
        tail += log_mass.exp();
        if tail > allowed {
            return below;
        }
        log_mass += ((n - below) as f64 / (below + 1) as f64).ln();
    }
    n.div_ceil(2)
}
