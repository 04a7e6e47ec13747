//! When a ratio is known well enough: the interval of its median is narrow. Never when a difference is significant.
//!
//! How narrow depends on what verdicts ask of it, which is known beforehand ([`tolerance`]): whether two times are the
//! same needs a narrower interval than whether one is twice the other. While the profile's time lasts, a group goes on
//! until its intervals are as narrow as the profile wants them; after it only while they are too wide for a verdict
//! ([`WIDE`]).
//!
//! Looking at the width of the very interval that is judged may in principle make it miss the truth more often than a
//! fixed number of rounds does. It does not: the simulation in the tests below follows the rule with the floor, widths
//! and most rounds of each profile, under normal, contaminated, bimodal and lognormal noise of three sizes, from runs
//! that end at the floor to runs that never end early. Of 20,000 runs of each kind, the 95 % interval of a ratio held
//! the truth in 95.8 to 97.2 %.

use super::plan::{Planned, rare};
use crate::kernel::{Bound, Kernel};
use crate::run::Role;
use crate::stats::median_estimate;

/// Width above which an interval is too wide for a verdict on whether two times are the same: verdicts leave 5 to 10 % on
/// each side.
pub(super) const WIDE: f64 = 0.10;
/// Tolerance from which on no verdict needs more rounds than the floor.
pub(super) const LOOSE: f64 = 4.0;

/// How much wider than others the interval of this case may be.
///
/// Kernels that share nothing but the processor are asked whether threads, processes and one thread take the same time.
/// Kernels that wait, and splits, are asked with margins of 10 to 20 %; of kernels that share a resource, and of models that
/// answer one question each, only whether they take clearly longer or shorter. The control is not judged.
pub(super) fn tolerance(kernel: &dyn Kernel, case: &Planned) -> f64 {
    match kernel.bound() {
        _ if kernel.shares().is_some() || rare(case.model) || case.role == Role::Control => LOOSE,
        Bound::Cpu if !case.model.splits() => 1.0,
        Bound::Cpu | Bound::Io => 2.0,
        Bound::Mixed => 3.0,
    }
}

/// Level of the interval that must be narrow: that at which a claim on half a dozen kernels is judged.
const LEVEL: f64 = 0.99;

/// Whether the interval of a median ratio, from the logarithms of its rounds, is at most this wide: its ends differ by no
/// more than this share.
pub(super) fn narrow_enough(log_ratios: &[f64], width: f64) -> bool {
    median_estimate(log_ratios, LEVEL).is_some_and(|ratio| (ratio.high - ratio.low).exp() - 1.0 <= width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::blank::target_width;
    use crate::measure::pace::{FLOOR, most_rounds};
    use crate::run::Profile;
    use crate::stats::noise::{normal, repetitions};
    use crate::stats::trials::at_least;

    /// Noise on the logarithm of a sample, in units of its size.
    type Noise = fn(&mut fastrand::Rng) -> f64;

    const KINDS: [(&str, Noise); 4] = [
        ("normal", normal),
        ("contaminated", |random| normal(random) * if random.f64() < 0.1 { 10.0 } else { 1.0 }),
        ("bimodal", |random| normal(random) + if random.bool() { 5.0 } else { 0.0 }),
        ("lognormal", |random| normal(random).exp()),
    ];
    /// Cases of a group beside the first, with which they are compared. The group stops when all are narrow.
    const CASES: usize = 2;
    const TRUTH: f64 = 0.1;
    /// Rounds after which the profile's time is over.
    const TIME: usize = 20;

    /// One group: the logarithms of the ratios of its cases, after as many rounds as the rule gives it.
    fn measured(
        noise: Noise,
        size: f64,
        profile: Profile,
        random: &mut fastrand::Rng,
        stop: fn(&[Vec<f64>], f64) -> bool,
    ) -> Vec<Vec<f64>> {
        let mut ratios = vec![vec![]; CASES];
        for round in 1..most_rounds(profile) {
            let baseline = size * noise(random);
            for ratio in &mut ratios {
                ratio.push(TRUTH + size * noise(random) - baseline);
            }
            if round >= FLOOR && stop(&ratios, target_width(profile)) {
                break;
            }
        }
        ratios
    }

    /// Intervals that hold the truth, of so many runs; of each run the first, since ratios of a run are not independent.
    fn covered(noise: Noise, size: f64, profile: Profile, runs: usize, stop: fn(&[Vec<f64>], f64) -> bool) -> usize {
        let mut random = fastrand::Rng::with_seed(18);
        let holds = |_: &usize| {
            let ratios = measured(noise, size, profile, &mut random, stop);
            let estimate = median_estimate(&ratios[0], 0.95).expect("there are rounds");
            estimate.low <= TRUTH && TRUTH <= estimate.high
        };
        (0..runs).filter(holds).count()
    }

    /// Sizes of the noise, as shares of the width at which runs stop: they end at the floor, in between, at the end.
    const SIZES: [f64; 3] = [0.2, 0.45, 0.8];
    const PROFILES: [Profile; 3] = [Profile::Quick, Profile::Standard, Profile::Full];
    /// What is promised, with what the simulation says may be missing of 95 %, and what would be bad.
    const PROMISED: (f64, f64) = (0.945, 0.91);

    #[test]
    fn stopping_at_a_width_leaves_the_coverage_as_it_is() {
        let runs = repetitions(2500);
        let least = at_least(runs, PROMISED.0, PROMISED.1);
        for (name, noise) in KINDS {
            for profile in PROFILES {
                for size in SIZES {
                    let size = size * target_width(profile);
                    let held = covered(noise, size, profile, runs, |ratios, width| {
                        let width = if ratios[0].len() < TIME { width } else { WIDE.max(width) };
                        ratios.iter().all(|ratio| narrow_enough(ratio, width))
                    });
                    assert!(held >= least, "{held} of {runs}: {name}, {profile:?}, {size}");
                }
            }
        }
    }

    /// What stopping for a difference would do: the test above sees it.
    #[test]
    fn stopping_at_significance_is_seen() {
        let runs = repetitions(2500);
        let held = covered(normal, 0.01, Profile::Full, runs, |ratios, _| {
            median_estimate(&ratios[0], 0.95).is_some_and(|ratio| ratio.is_above(TRUTH) || ratio.is_below(TRUTH))
        });
        assert!(held < at_least(runs, PROMISED.0, PROMISED.1), "{held} of {runs}");
    }
}
