//! Outliers, flagged and never dropped.
//!
//! Tukey's far fences (J. W. Tukey, *Exploratory Data Analysis*, 1977, §2D), three interquartile ranges outside the
//! quartiles, on logarithms: times are skewed to the right, and on a linear scale half of the flags would be wrong.

use super::median::quantile;

/// Places of the values beyond the far fences, in ascending order.
///
/// None in fewer than 5 values, whose quartiles mean nothing, or where a value is not positive.
pub fn far_outliers(values: &[f64]) -> Vec<usize> {
    if values.len() < 5 || !values.iter().all(|value| *value > 0.0) {
        return vec![];
    }
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    let (Some(first), Some(third)) = (quantile(&logs, 0.25), quantile(&logs, 0.75)) else { return vec![] };
    let reach = 3.0 * (third - first);
    (0..logs.len()).filter(|&i| logs[i] < first - reach || logs[i] > third + reach).collect()
}
