//! Steps so large that ranks alone would hide them: the distance of two levels against the spread within them.
//!
//! Student's t of the difference of the means, with two precautions. The standard error is doubled: that is what a mood of
//! the machine does which keeps six tenths of itself from one value to the next. And nothing is said of levels that
//! overlap. What this adds to the rate of false changes is held to a tenth of what ranks have: its probability counts ten
//! times, for each place at which a stretch may be divided.

use crate::stats::student::{student_quantile, student_tail};

/// What lasting moods are taken to multiply the standard error by.
const MOOD: f64 = 2.0;
/// What the probability is multiplied by: the share of all false changes that may come from here is one over it.
const SHARE: f64 = 10.0;
/// Smallest probability that the quantile is asked for; it is far below that of any family.
const LEAST: f64 = 1e-15;

/// The probability of so large a step at the best place of a stretch, if nothing changed there; 1 if the two sides overlap.
pub(super) fn probability(before: &[f64], behind: &[f64], minimum: usize) -> f64 {
    let ends = |side: &[f64]| {
        side.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (value.min(low), value.max(high)))
    };
    let (one, other) = (ends(before), ends(behind));
    if one.1 >= other.0 && other.1 >= one.0 {
        return 1.0;
    }
    let mean = |side: &[f64]| side.iter().sum::<f64>() / side.len() as f64;
    let squares = |side: &[f64]| side.iter().map(|value| (value - mean(side)).powi(2)).sum::<f64>();
    let (n, m) = (before.len(), behind.len());
    let spread = ((squares(before) + squares(behind)) / (n + m - 2) as f64).sqrt();
    let t = (mean(behind) - mean(before)).abs() / error(spread, n, m);
    let p = 2.0 * SHARE * places(n + m, minimum) * student_tail(t, (n + m - 2) as f64);
    if p.is_finite() { p.min(1.0) } else { 1.0 }
}

/// The smallest step that would be found among so many places with a rate of false ones `rate`, had it begun `behind`
/// values ago in a series of `n` values that spread by `spread` around their levels and span `range`.
///
/// `None` with fewer than `minimum` values on either side, or if nothing is known of the spread.
pub fn smallest_step(n: usize, behind: usize, minimum: usize, (spread, range): (f64, f64), rate: f64) -> Option<f64> {
    if behind < minimum || n < behind + minimum || !(rate > 0.0 && spread.is_finite()) {
        return None;
    }
    let p = (rate / (2.0 * SHARE * places(n, minimum))).max(LEAST);
    let t = student_quantile(1.0 - p, (n - 2) as f64);
    Some((t * error(spread, n - behind, behind)).max(range))
}

fn error(spread: f64, n: usize, m: usize) -> f64 {
    MOOD * spread * (1.0 / n as f64 + 1.0 / m as f64).sqrt()
}

/// In how many places a stretch may be divided.
fn places(n: usize, minimum: usize) -> f64 {
    (n + 1).saturating_sub(2 * minimum).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize, seed: u64) -> Vec<f64> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..n).map(|_| 0.01 * (0..6).map(|_| random.f64() - 0.5).sum::<f64>()).collect()
    }

    #[test]
    fn a_large_step_is_told_from_few_values_and_noise_is_not() {
        let values = noise(14, 1);
        let (before, behind) = values.split_at(8);
        assert_eq!(probability(before, behind, 5).to_bits(), 1.0_f64.to_bits());
        let doubled: Vec<f64> = behind.iter().map(|value| value + std::f64::consts::LN_2).collect();
        assert!(probability(before, &doubled, 5) < 1e-9);
    }

    #[test]
    fn the_smallest_step_is_found_and_half_of_it_is_not() {
        for (n, behind, family) in [(14, 5, 1.0), (30, 6, 124.0), (200, 12, 1000.0)] {
            let values = noise(n, 7);
            let (low, high) =
                values.iter().fold((1.0_f64, -1.0_f64), |(low, high), value| (low.min(*value), high.max(*value)));
            let mean = values.iter().sum::<f64>() / n as f64;
            let spread = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1) as f64).sqrt();
            let step = smallest_step(n, behind, 5, (spread, high - low), 0.01 / family).unwrap();
            let p = |step: f64| {
                let (before, after) = values.split_at(n - behind);
                probability(before, &after.iter().map(|value| value + step).collect::<Vec<_>>(), 5)
            };
            assert!(p(1.3 * step) <= 0.01 / family, "{n}: {step}, {}", p(1.3 * step));
            assert!(p(0.5 * step) > 0.01 / family, "{n}: {step}, {}", p(0.5 * step));
        }
        assert_eq!(smallest_step(9, 5, 5, (0.01, 0.03), 0.01), None);
    }
}
