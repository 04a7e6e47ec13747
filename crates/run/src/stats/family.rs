//! Many comparisons at once: which of them count when a share of false ones is all that is allowed.
//!
//! Source: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical
//! Society B 57, 1995: with the p-values in ascending order, the largest i with p(i) ≤ q·i/m and all before it count.

/// Which of the p-values count, in their order, so that of those that do at most the share `q` (0–1) is false on
/// average.
pub fn benjamini_hochberg(p_values: &[f64], q: f64) -> Vec<bool> {
    let m = p_values.len() as f64;
    let mut sorted = p_values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let places = sorted.iter().enumerate().rev();
    let limit = places.into_iter().find(|(place, p)| **p <= q * (place + 1) as f64 / m).map(|(_, p)| *p);
    p_values.iter().map(|p| limit.is_some_and(|limit| *p <= limit)).collect()
}

#[cfg(test)]
mod tests {
    use super::benjamini_hochberg;

    #[test]
    fn the_example_of_the_paper() {
        // Its table 1: fifteen hypotheses at q = 0.05. The fourth is the last below its line: 0.0095 ≤ 4/15 · 0.05 =
        // 0.0133, while 0.0201 > 5/15 · 0.05 = 0.0167, and so are all that follow.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        let counts = benjamini_hochberg(&p, 0.05);
        assert_eq!(counts.iter().filter(|counts| **counts).count(), 4);
        assert!(counts[..4].iter().all(|counts| *counts));
    }

    #[test]
    fn one_that_fails_its_own_line_counts_with_a_later_one() {
        // Lines at q = 0.04: 0.01, 0.02, 0.03, 0.04. The second fails its own, the third passes: all three count.
        assert_eq!(benjamini_hochberg(&[0.03, 0.9, 0.025, 0.005], 0.04), [true, false, true, true]);
    }

    #[test]
    fn nothing_and_ties() {
        assert!(benjamini_hochberg(&[], 0.05).is_empty());
        assert_eq!(benjamini_hochberg(&[0.05], 0.05), [true]);
        assert_eq!(benjamini_hochberg(&[0.051], 0.05), [false]);
        assert_eq!(benjamini_hochberg(&[0.02, 0.02], 0.02), [true, true]);
    }
}
