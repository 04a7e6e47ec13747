//! Jain's fairness index: how evenly a good was shared.
//!
//! Source: R. Jain, D. Chiu and W. Hawe, "A quantitative measure of fairness and discrimination", DEC-TR-301, 1984.

/// Fairness of shares, from 1/n (one has all) to 1 (all have the same); without unit.
///
/// `None` without shares or if all are 0.
pub fn jain(shares: &[f64]) -> Option<f64> {
    let (sum, squares) = shares.iter().fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
    (squares > 0.0).then(|| sum * sum / (shares.len() as f64 * squares))
}
