//! By how much one group of values lies above another that it is not paired with, and the interval of that.
//!
//! The estimate is the median of all differences, one of each (J. L. Hodges and E. L. Lehmann, Annals of Mathematical
//! Statistics 34, 1963); its interval inverts the Mann–Whitney test (W. J. Conover, *Practical Nonparametric Statistics*,
//! 3rd ed., §5.4). The null distribution is counted exactly, so that few values give a wide interval, or none, instead
//! of a wrong one.

use super::{Estimate, median, sorted};

/// How far `a` lies above `b`, in their unit, with its interval at the confidence level; `None` if either is empty.
///
/// With too few values for the level the ends are infinite. The interval's `n` is the smaller group's.
///
/// # Panics
/// If the level is not between 0 and 1.
pub fn shift_estimate(a: &[f64], b: &[f64], level: f64) -> Option<Estimate> {
    assert!(level > 0.0 && level < 1.0, "a confidence level is between 0 and 1, not {level}");
    let differences = sorted(&differences(a, b));
    let value = median(&differences)?;
    let allowed = (1.0 - level) / 2.0 * (1.0 + 1e-9);
    let tails = tails(a.len(), b.len());
    // The largest rank whose tail is still allowed; the rank counts from 1.
    let rank = tails.iter().take_while(|tail| **tail <= allowed).count().min(differences.len().div_ceil(2));
    let (low, high) = match rank {
        0 => (f64::NEG_INFINITY, f64::INFINITY),
        rank => (differences[rank - 1], differences[differences.len() - rank]),
    };
    Some(Estimate { value, low, high, level, n: a.len().min(b.len()) })
}

/// Two-sided p-value (0–1) of the hypothesis that `a` lies above `b` by `bound`, when it lies above by more; 1 if it does
/// not, or if either is empty.
pub fn shift_test_above(a: &[f64], b: &[f64], bound: f64) -> f64 {
    let against = differences(a, b).iter().filter(|difference| **difference <= bound).count();
    tails(a.len(), b.len()).get(against).map_or(1.0, |tail| (2.0 * tail).min(1.0))
}

fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().flat_map(|x| b.iter().map(move |y| x - y)).collect()
}

/// P(U ≤ u) for u = 0, 1, … of the Mann–Whitney statistic of groups of these sizes.
///
/// Its generating function is the Gaussian binomial coefficient ∏ (1 − x^(m+i)) / (1 − x^i), divided by how many
/// arrangements there are; all terms are probabilities here, so that nothing overflows.
fn tails(n: usize, m: usize) -> Vec<f64> {
    if n == 0 || m == 0 {
        return vec![];
    }
    let most = n * m;
    let mut mass = vec![0.0; most + 1];
    mass[0] = 1.0;
    for i in 1..=n {
        // Times (1 − x^(m+i)), from above; divided by (1 − x^i), from below; as a probability, times i / (m + i).
        for u in (m + i..=most).rev() {
            mass[u] -= mass[u - m - i];
        }
        for u in i..=most {
            mass[u] += mass[u - i];
        }
        for mass in &mut mass {
            *mass *= i as f64 / (m + i) as f64;
        }
    }
    let mut sum = 0.0;
    mass.iter()
        .map(|mass| {
            sum += mass.max(0.0);
            sum.min(1.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{shift_estimate, shift_test_above, tails};

    #[test]
    fn the_null_distribution_by_hand() {
        // Two and two: six arrangements with U = 0, 1, 2, 2, 3, 4.
        let expected = [1.0, 2.0, 4.0, 5.0, 6.0].map(|count| count / 6.0);
        let found = tails(2, 2);
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{found:?}");
        // Five and four: 126 arrangements, of which 1, 1 and 2 have U = 0, 1 and 2.
        let found = tails(5, 4);
        assert!((found[2] - 4.0 / 126.0).abs() < 1e-12, "{found:?}");
        let large = tails(60, 60);
        assert!((large[1800] - 0.5).abs() < 0.01 && (large[3600] - 1.0).abs() < 1e-6, "{}", large[1800]);
        assert!(large.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
    }

    #[test]
    fn a_shift_with_its_interval() {
        let b: Vec<f64> = (0..12).map(f64::from).collect();
        let a: Vec<f64> = b.iter().map(|value| value + 100.0).collect();
        let shift = shift_estimate(&a, &b, 0.99).unwrap();
        assert!((shift.value - 100.0).abs() < 1e-12);
        assert!(shift.low > 90.0 && shift.high < 110.0, "{shift:?}");
        assert!((shift.low + shift.high - 200.0).abs() < 1e-9, "symmetric: {shift:?}");
        assert!(!shift_estimate(&[1.0], &[2.0], 0.99).unwrap().is_bounded());
        assert!(shift_estimate(&[], &[2.0], 0.99).is_none());
    }

    #[test]
    fn the_test_agrees_with_the_interval() {
        let mut random = fastrand::Rng::with_seed(5);
        for n in 5..20 {
            let a: Vec<f64> = (0..n).map(|_| random.f64() + 0.5).collect();
            let b: Vec<f64> = (0..n + 3).map(|_| random.f64()).collect();
            for level in [0.95, 0.99] {
                let low = shift_estimate(&a, &b, level).unwrap().low;
                for bound in [0.0, 0.2, 0.5] {
                    let p = shift_test_above(&a, &b, bound);
                    assert_eq!(low > bound, p <= (1.0 - level) * (1.0 + 1e-9), "{n} {level} {bound}: {low}, {p}");
                }
            }
        }
    }
}
