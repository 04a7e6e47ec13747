//! How great the statistic gets by chance: its distribution over permutations, for each length of a stretch.
//!
//! Few permutations cannot tell a small probability, and small ones are what correcting for many series asks for. The
//! statistic has an exponential tail, as every sum of squared Gaussians has, so beyond the 95th percentile the tail is
//! fitted to the permutations there (T. A. Knijnenburg et al., "Fewer permutations, more accurate P-values",
//! Bioinformatics 25, 2009). What no arrangement of so few values can reach is not believed: the probability is never
//! less than that of the two arrangements which part the values perfectly at the same place.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::scan::{Stretch, scan};

/// Values moved across a border in all permutations of one length; what they cost.
const EFFORT: usize = 2_000_000;
/// Fewest permutations of a length, however long.
const FEWEST: usize = 999;
/// Most permutations of a length, however short.
const MOST: usize = 4_999;
/// Share of the permutations that the tail is fitted to.
const TAIL: f64 = 0.05;
/// Permutations that are drawn one after the other from one seed. Each such batch has a seed of its own, so that the
/// same ones are drawn on however many threads.
const BATCH: usize = 32;
/// Length beyond which the distribution does not change any more that it would matter.
const LONGEST: usize = 4_096;

/// What permutations say, drawn when a length is first asked for.
#[derive(Debug, Clone)]
pub struct Chance {
    seed: u64,
    /// By length and fewest values on a side: the statistic in each permutation, in ascending order.
    drawn: BTreeMap<(usize, usize), Vec<f64>>,
}

impl Chance {
    /// The same seed gives the same permutations.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: BTreeMap::new() }
    }

    /// The probability of at least this statistic in a stretch of `n` values, if nothing changed in it. `part` is the
    /// length of the part where it was found, and how much of that lies before the place.
    pub(super) fn of(&mut self, n: usize, minimum: usize, part: (usize, usize), statistic: f64) -> f64 {
        let seed = self.seed;
        let key @ (length, minimum) = (represented(n), minimum);
        let drawn = self.drawn.entry(key).or_insert_with(|| permutations(length, minimum, seed));
        beyond(drawn, statistic).max(2.0 * (-log_choices(part.0, part.1)).exp()).min(1.0)
    }
}

/// The length whose permutations stand for this one: never shorter, since in more places chance finds more.
fn represented(n: usize) -> usize {
    if n <= 32 {
        return n;
    }
    // The longer, the less it matters and the more it costs.
    let mut length = 32;
    while length < n.min(LONGEST) {
        length = if length < 256 { length * 5 / 4 } else { length * 3 / 2 };
    }
    length.min(LONGEST)
}

/// The statistic in permutations of distinct values, in ascending order. Batches of them are drawn side by side: of a long
/// history, they are most of what a check costs.
fn permutations(length: usize, minimum: usize, seed: u64) -> Vec<f64> {
    let values: Vec<f64> = (0..length).map(|rank| rank as f64).collect();
    let stretch = Stretch::new(&values);
    let times = (EFFORT / length).clamp(FEWEST, MOST);
    let batch = |number: usize| {
        let mut random =
            fastrand::Rng::with_seed(seed ^ (length as u64).rotate_left(32) ^ (number as u64).rotate_left(48));
        let mut stretch = stretch.clone();
        let batch = (times - number * BATCH).min(BATCH);
        (0..batch).map(move |_| {
            stretch.shuffle(&mut random);
            scan(&stretch, minimum).statistic
        })
    };
    let mut drawn: Vec<f64> = (0..times.div_ceil(BATCH)).into_par_iter().flat_map_iter(batch).collect();
    drawn.sort_by(f64::total_cmp);
    drawn
}

/// The share of permutations with at least this statistic; in the tail, that of the exponential fitted to it.
fn beyond(drawn: &[f64], statistic: f64) -> f64 {
    let rank = drawn.partition_point(|value| *value < statistic);
    let counted = (drawn.len() - rank + 1) as f64 / (drawn.len() + 1) as f64;
    let tail = &drawn[((1.0 - TAIL) * drawn.len() as f64) as usize..];
    let edge = tail[0];
    if statistic <= edge {
        return counted;
    }
    let mean_excess = tail.iter().map(|value| value - edge).sum::<f64>() / tail.len() as f64;
    let share = tail.len() as f64 / drawn.len() as f64;
    share * (-(statistic - edge) / mean_excess.max(f64::MIN_POSITIVE)).exp()
}

/// The logarithm of n over k.
fn log_choices(n: usize, k: usize) -> f64 {
    (1..=k.min(n - k)).map(|i| ((n + 1 - i) as f64 / i as f64).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_represented_by_no_shorter_ones() {
        for n in [10, 32, 33, 100, 1000, LONGEST] {
            assert!(represented(n) >= n && (represented(n) as f64) < 1.5 * n as f64 + 1.0, "{n}: {}", represented(n));
        }
        assert_eq!(represented(1_000_000), LONGEST);
    }

    #[test]
    fn threads_change_nothing() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
            pool.install(|| permutations(50, 5, 7))
        };
        let alone = on(1);
        assert_eq!(alone, on(3));
        assert_eq!(alone.len(), MOST, "no batch is lost, nor the rest that fills none");
        assert_ne!(alone, permutations(50, 5, 8));
        let distinct: std::collections::HashSet<u64> = alone.iter().map(|statistic| statistic.to_bits()).collect();
        assert!(distinct.len() > MOST / 4, "batches do not repeat each other: {}", distinct.len());
    }

    #[test]
    fn the_fitted_tail_agrees_with_many_more_permutations() {
        let few = permutations(40, 5, 1);
        let mut random = fastrand::Rng::with_seed(2);
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        let mut stretch = Stretch::new(&values);
        let mut many: Vec<f64> = (0..100_000)
            .map(|_| {
                stretch.shuffle(&mut random);
                scan(&stretch, 5).statistic
            })
            .collect();
        many.sort_by(f64::total_cmp);
        for p in [1e-2, 1e-3, 1e-4] {
            let fitted = beyond(&few, many[many.len() - (p * many.len() as f64) as usize]);
            assert!((p / 2.5..=p * 2.5).contains(&fitted), "{p} is fitted as {fitted}");
        }
    }

    #[test]
    fn no_probability_is_below_what_so_few_values_allow() {
        let p = Chance::new(1).of(10, 5, (10, 5), 1e9);
        assert!((p - 2.0 / 252.0).abs() < 1e-12, "{p}");
    }
}
