//! The sign test: how surprising it is to find so few values on one side.
//!
//! Each value falls on either side of the true median with probability ½, whatever the distribution (W. J. Conover,
//! *Practical Nonparametric Statistics*, 3rd ed., §3.4). It is the test that the exact interval of the median inverts:
//! its p-value against a bound is the least 1 − level at which that interval lies wholly beyond the bound.

use super::binomial_at_most;

/// Two-sided p-value (0–1) of the hypothesis that the median of the values is `bound`, when they are mostly above it;
/// 1 if they are not, or without values. A value that is the bound counts against.
pub fn sign_test_above(values: &[f64], bound: f64) -> f64 {
    let against = values.iter().filter(|value| **value <= bound).count();
    (2.0 * binomial_at_most(values.len(), 0.5, against)).min(1.0)
}

/// The same for values that are mostly below it.
pub fn sign_test_below(values: &[f64], bound: f64) -> f64 {
    let against = values.iter().filter(|value| **value >= bound).count();
    (2.0 * binomial_at_most(values.len(), 0.5, against)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::{sign_test_above, sign_test_below};
    use crate::stats::median_estimate;

    #[test]
    fn eight_values_above_are_one_in_128() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        assert!((sign_test_above(&values, 0.5) - 2.0 / 256.0).abs() < 1e-12);
        assert!(
            (sign_test_above(&values, 1.0) - 2.0 * 9.0 / 256.0).abs() < 1e-12,
            "a value on the bound counts against"
        );
        assert!((sign_test_below(&values, 8.5) - 2.0 / 256.0).abs() < 1e-12);
        assert!((sign_test_below(&values, 0.5) - 1.0).abs() < 1e-12);
        assert!((sign_test_above(&[], 0.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn it_agrees_with_the_interval_of_the_median() {
        let mut random = fastrand::Rng::with_seed(3);
        for n in 8..60 {
            let values: Vec<f64> = (0..n).map(|_| random.f64() + 0.3).collect();
            for level in [0.9, 0.95, 0.99] {
                let low = median_estimate(&values, level).unwrap().low;
                for bound in [0.35, 0.5, 0.6, 0.8] {
                    let p = sign_test_above(&values, bound);
                    assert_eq!(low > bound, p <= (1.0 - level) * (1.0 + 1e-9), "{n} {level} {bound}: {low}, {p}");
                }
            }
        }
    }
}
