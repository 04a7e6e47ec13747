//! By how much one of three values lies above the other two, which are alike, round by round; and the interval of that.
//!
//! The two are a base and its copy, the one is what is compared with them. Its difference to their *mean* would be less
//! noisy than a single difference, but wrong: noise of times is skewed, and the mean of two skewed values has another
//! median than one of them, so that unchanged code would seem faster, by a tenth of the noise. Here every round gives
//! two differences, and only their signs are asked. If the one is no different, the three are interchangeable, so that
//! it is the least, the middle or the greatest of them with probability ⅓ each, whatever the distribution. How many of
//! all differences lie above the true one is then a sum of independent values 0, 1 and 2: known exactly, and less spread
//! than signs of single differences (variance ⅔ of a round instead of 1). The interval inverts that test as the one of the
//! median inverts the sign test (E. L. Lehmann, *Nonparametrics: Statistical Methods Based on Ranks*, 1975, §3.2, of
//! ranks within blocks).

use super::student::normal_tail;
use super::{Estimate, median, sorted};

/// Rounds up to which the distribution is counted. Beyond, the normal one stands for it, whose tails are heavier.
const COUNTED: usize = 128;

/// Median of all differences (two a round), with its interval at the confidence level; `None` without rounds.
///
/// With too few rounds for the level (fewer than 4 at 95 %, fewer than 5 at 99 %) its ends are infinite. Its `n` is rounds.
///
/// # Panics
/// If the level is not between 0 and 1.
pub fn trio_estimate(rounds: &[[f64; 2]], level: f64) -> Option<Estimate> {
    assert!(level > 0.0 && level < 1.0, "a confidence level is between 0 and 1, not {level}");
    let differences = sorted(rounds.as_flattened());
    let value = median(&differences)?;
    let n = rounds.len();
    let (low, high) = match outermost(n, level) {
        0 => (f64::NEG_INFINITY, f64::INFINITY),
        rank => (differences[rank - 1], differences[2 * n - rank]),
    };
    Some(Estimate { value, low, high, level, n })
}

/// Two-sided p-value (0–1) of the hypothesis that the one lies `bound` above the two, when it lies above by more; 1 if it
/// does not, or without rounds. A difference that is the bound counts against.
pub fn trio_test_above(rounds: &[[f64; 2]], bound: f64) -> f64 {
    test(rounds.len(), rounds.as_flattened().iter().filter(|difference| **difference <= bound).count())
}

/// The same when it lies below by more.
pub fn trio_test_below(rounds: &[[f64; 2]], bound: f64) -> f64 {
    test(rounds.len(), rounds.as_flattened().iter().filter(|difference| **difference >= bound).count())
}

fn test(n: usize, against: usize) -> f64 {
    // Beyond the middle it is 1, and the half below is all that is counted.
    if n == 0 || against >= n { 1.0 } else { (2.0 * Tails::of(n).at_most(against)).min(1.0) }
}

/// The largest rank k, counted from 1, for which the k-th smallest and k-th largest difference enclose the true one with
/// at least the level's probability; 0 if even the extremes do not.
fn outermost(n: usize, level: f64) -> usize {
    // A hair of slack, so that levels that are met exactly are not lost to rounding.
    let allowed = (1.0 - level) / 2.0 * (1.0 + 1e-9);
    let tails = Tails::of(n);
    let (mut rank, mut beyond) = (0, n + 1);
    while beyond - rank > 1 {
        let middle = usize::midpoint(rank, beyond);
        if tails.at_most(middle - 1) <= allowed { rank = middle } else { beyond = middle }
    }
    rank
}

/// P(W ≤ w) of the sum W of n values that are 0, 1 and 2 with probability ⅓ each, for w ≤ n.
enum Tails {
    Counted(Vec<f64>),
    Normal(usize),
}

impl Tails {
    fn of(n: usize) -> Self {
        if n > COUNTED {
            return Self::Normal(n);
        }
        let mut mass = vec![0.0; n + 1];
        mass[0] = 1.0;
        for _ in 0..n {
            for w in (0..=n).rev() {
                mass[w] =
                    (mass[w] + if w > 0 { mass[w - 1] } else { 0.0 } + if w > 1 { mass[w - 2] } else { 0.0 }) / 3.0;
            }
        }
        let mut sum = 0.0;
        Self::Counted(
            mass.iter()
                .map(|mass| {
                    sum += mass;
                    sum
                })
                .collect(),
        )
    }

    fn at_most(&self, w: usize) -> f64 {
        match self {
            Self::Counted(sums) => sums[w],
            Self::Normal(n) => {
                let n = *n as f64;
                normal_tail((n - w as f64 - 0.5) / (2.0 * n / 3.0).sqrt())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{COUNTED, Tails, trio_estimate, trio_test_above, trio_test_below};
    use crate::stats::noise::{Noise, Weather, repetitions};
    use crate::stats::proportion;

    #[test]
    fn the_distribution_by_hand() {
        // Two rounds: 1, 2, 3, 2, 1 of nine.
        let tails = Tails::of(2);
        for (w, expected) in [(0, 1.0 / 9.0), (1, 3.0 / 9.0), (2, 6.0 / 9.0)] {
            assert!((tails.at_most(w) - expected).abs() < 1e-12, "{w}");
        }
    }

    #[test]
    fn the_normal_distribution_takes_over_without_a_step_and_errs_on_the_safe_side() {
        let n = COUNTED;
        for w in [n - 30, n - 24, n - 18] {
            let (counted, normal) = (Tails::of(n).at_most(w), Tails::Normal(n).at_most(w));
            assert!(counted <= normal && normal <= 1.12 * counted, "{w}: {counted}, {normal}");
        }
    }

    #[test]
    fn too_few_rounds_give_no_interval() {
        assert!(trio_estimate(&[], 0.95).is_none());
        let rounds = |n: usize| vec![[1.0, 2.0]; n];
        for (level, fewest) in [(0.95, 4), (0.99, 5)] {
            assert!(!trio_estimate(&rounds(fewest - 1), level).unwrap().is_bounded());
            assert!(trio_estimate(&rounds(fewest), level).unwrap().is_bounded());
        }
    }

    /// Three samples of a round in random order, the first of which is longer by the effect.
    fn round(weather: &mut Weather, order: &mut fastrand::Rng, effect: f64) -> [f64; 2] {
        let mut three = [weather.sample(), weather.sample(), weather.sample()];
        order.shuffle(&mut three);
        [three[0] + effect - three[1], three[0] + effect - three[2]]
    }

    #[test]
    fn the_test_agrees_with_the_interval() {
        let mut random = fastrand::Rng::with_seed(3);
        for n in [5, 12, 40, 200] {
            let rounds: Vec<[f64; 2]> = (0..n).map(|_| [random.f64() - 0.3, random.f64() - 0.3]).collect();
            for level in [0.95, 0.99] {
                let interval = trio_estimate(&rounds, level).unwrap();
                for bound in [-0.2, -0.05, 0.0, 0.1, 0.3, 0.5] {
                    let passes = |p: f64| p <= (1.0 - level) * (1.0 + 1e-9);
                    assert_eq!(interval.low > bound, passes(trio_test_above(&rounds, bound)), "{n} {level} {bound}");
                    assert_eq!(interval.high < bound, passes(trio_test_below(&rounds, bound)), "{n} {level} {bound}");
                }
            }
        }
    }

    /// Under every noise, strong and weak, the interval covers the true effect and misses it as often above as below.
    #[test]
    fn it_covers_what_it_promises_whatever_the_noise() {
        let times = repetitions(2000);
        for noise in Noise::ALL {
            for rounds in [12, 30, 150] {
                let (mut above, mut below) = (0, 0);
                for seed in 0..times as u64 {
                    let mut weather = Weather::new(noise, 0.1, 31 + seed);
                    let mut order = fastrand::Rng::with_seed(seed);
                    let rounds: Vec<_> = (0..rounds).map(|_| round(&mut weather, &mut order, 0.02)).collect();
                    let interval = trio_estimate(&rounds, 0.95).unwrap();
                    above += usize::from(interval.low > 0.02);
                    below += usize::from(interval.high < 0.02);
                }
                let missed = proportion(above + below, times, 0.999).unwrap();
                assert!(missed.low <= 0.05 && missed.high >= 0.025, "{noise:?}, {rounds} rounds: {missed:?}");
                let (up, down) = (above as f64, below as f64);
                assert!((up - down).abs() <= 4.0 * (up + down).sqrt(), "{noise:?}, {rounds} rounds: {up} {down}");
            }
        }
    }
}
