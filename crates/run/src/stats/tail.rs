//! The tail of all rounds together, from what each round has kept of its own.
//!
//! A percentile needs samples that have it: one in a thousand is no matter of a hundred. Where a round has too few, all
//! rounds together may have enough, and to know their tail exactly it takes no more than the greatest values of each:
//! the k-th greatest of all is among the k greatest of its round. It is one number without an interval, since the rounds
//! are used up for it.

/// The `p`-quantile of the values of all rounds together, from how many values each had and the greatest of them, in any
/// order: the least value that at most a share 1 − `p` of all exceed.
///
/// Rounds are taken in their order, as long as what each has kept is enough for all of them. `None` if they have fewer than
/// 1 / (1 − `p`) values together, or nothing is kept.
///
/// # Panics
/// If `p` is not between 0 and 1.
pub fn pooled_tail(rounds: &[(usize, Vec<f64>)], p: f64) -> Option<f64> {
    assert!(p > 0.0 && p < 1.0, "a quantile of a tail is between 0 and 1, not {p}");
    // A hair of slack, so that a thousandth of a thousand is one.
    let above = |count: usize| (count as f64 * (1.0 - p) * (1.0 + 1e-9)).floor() as usize;
    let (mut count, mut kept) = (0, Vec::new());
    let mut fewest = usize::MAX;
    for (size, greatest) in rounds.iter().filter(|(size, _)| *size > 0) {
        // What a round that kept all of its values has not kept does not exist.
        let reach = if greatest.len() >= *size { fewest } else { fewest.min(greatest.len()) };
        if above(count + size) >= reach {
            break;
        }
        (count, fewest) = (count + size, reach);
        kept.extend_from_slice(greatest);
    }
    if above(count) == 0 {
        return None;
    }
    kept.sort_by(|a, b| b.total_cmp(a));
    kept.get(above(count)).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn greatest(values: &[f64], keep: usize) -> (usize, Vec<f64>) {
        let mut sorted = values.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        sorted.truncate(keep);
        (values.len(), sorted)
    }

    #[test]
    fn known_answers() {
        let round = |from: u32| greatest(&(from..from + 100).map(f64::from).collect::<Vec<_>>(), 5);
        let rounds: Vec<_> = (0..12).map(|number| round(number * 100)).collect();
        assert_eq!(pooled_tail(&rounds, 0.999), Some(1198.0), "one of 1,200 is greater");
        assert_eq!(pooled_tail(&rounds[..9], 0.999), None, "900 have no thousandth");
        assert_eq!(pooled_tail(&rounds[..10], 0.999), Some(998.0));
        assert_eq!(pooled_tail(&rounds[..4], 0.99), Some(395.0));
        assert_eq!(pooled_tail(&rounds, 0.99), Some(395.0), "five are kept: enough for four rounds and no more");
        assert_eq!(pooled_tail(&[], 0.9), None);
        assert_eq!(pooled_tail(&[(0, vec![]), (3, vec![])], 0.5), None);
    }

    proptest! {
        #[test]
        fn it_is_that_of_all_values(
            rounds in prop::collection::vec(prop::collection::vec(0.0_f64..1000.0, 20..60), 1..12), p in 0.9_f64..0.98
        ) {
            let kept: Vec<_> = rounds.iter().map(|values| greatest(values, 20)).collect();
            let mut all = rounds.concat();
            all.sort_by(|a, b| b.total_cmp(a));
            let above = (all.len() as f64 * (1.0 - p) * (1.0 + 1e-9)).floor() as usize;
            if above > 0 && above < 20 {
                prop_assert_eq!(pooled_tail(&kept, p), Some(all[above]));
            }
        }
    }
}
