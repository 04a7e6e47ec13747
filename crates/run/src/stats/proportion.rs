//! A proportion with its interval: how often something happened, and how often it may happen.
//!
//! Wilson's score interval (E. B. Wilson, Journal of the American Statistical Association 22, 1927): unlike the textbook
//! one it has a width even when nothing happened at all, which is the case that matters here: no false alarm in a
//! hundred trials does not say that there are none.

use super::student::NORMAL;
use super::{Estimate, student_quantile};

/// Share (0–1) of `of` trials in which it happened, with Wilson's interval; `None` without trials.
///
/// # Panics
/// If the level is not between 0 and 1, or it happened more often than tried.
pub fn proportion(happened: usize, of: usize, level: f64) -> Option<Estimate> {
    assert!(happened <= of, "{happened} of {of}");
    if of == 0 {
        return None;
    }
    let (n, share) = (of as f64, happened as f64 / of as f64);
    let z = student_quantile(f64::midpoint(1.0, level), NORMAL);
    let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    // Exactly 0 and 1 where the formula says so, whatever rounding makes of it.
    let low = if happened == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if happened == of { 1.0 } else { (middle + half).min(1.0) };
    Some(Estimate { value: share, low, high, level, n: of })
}

/// Greatest rate (0–1) that goes with nothing in `of` independent trials: the exact one-sided upper bound of Clopper and
/// Pearson (Biometrika 26, 1934), of which the rule of three, 3/`of`, is the approximation at 95 %.
///
/// # Panics
/// If the level is not strictly between 0 and 1.
pub fn rate_at_most(of: u64, level: f64) -> f64 {
    assert!(level > 0.0 && level < 1.0, "a level is between 0 and 1, not {level}");
    if of == 0 { 1.0 } else { -((1.0 - level).ln() / of as f64).exp_m1() }
}

/// Probability that of `of` independent trials at most `happened` show what each shows with the given share.
///
/// # Panics
/// If the share is not strictly between 0 and 1.
pub fn binomial_at_most(of: usize, share: f64, happened: usize) -> f64 {
    assert!(share > 0.0 && share < 1.0, "a share is between 0 and 1, not {share}");
    if happened >= of {
        return 1.0;
    }
    // In logarithms, since the first mass is no number any more after a thousand trials.
    let odds = (share / (1.0 - share)).ln();
    let mut log_mass = of as f64 * (-share).ln_1p();
    let mut sum = log_mass.exp();
    for below in 0..happened {
        log_mass += ((of - below) as f64 / (below + 1) as f64).ln() + odds;
        sum += log_mass.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::{binomial_at_most, rate_at_most};

    #[test]
    fn sums_of_the_binomial_distribution_by_hand() {
        // (1 + 5 + 10) / 32; then 1 − (0.9³ + …) of three trials.
        assert!((binomial_at_most(5, 0.5, 2) - 0.5).abs() < 1e-12);
        assert!((binomial_at_most(3, 0.9, 2) - (1.0 - 0.729)).abs() < 1e-12);
        assert!((binomial_at_most(3, 0.9, 0) - 0.001).abs() < 1e-12);
        assert!((binomial_at_most(5000, 0.99, 4950) - 0.52).abs() < 0.02, "about half in the middle");
        assert!((binomial_at_most(0, 0.3, 0) - 1.0).abs() < 1e-12 && (binomial_at_most(4, 0.3, 4) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_in_so_many_trials_leaves_a_rate_that_would_show_with_the_level() {
        for of in [1, 36, 1_000, 24_000] {
            let rate = rate_at_most(of, 0.95);
            assert!(((1.0 - rate).powf(of as f64) - 0.05).abs() < 1e-9, "{of}: {rate}");
        }
        assert!((rate_at_most(24_000, 0.95) - 3.0 / 24_000.0).abs() < 1e-6, "the rule of three");
        assert!((rate_at_most(0, 0.95) - 1.0).abs() < 1e-12, "without a trial anything may be");
    }
}
