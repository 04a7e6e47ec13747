//! The hierarchical bootstrap: rounds first, then teams within each drawn round.
//!
//! Teams of one round share what happened to the machine in that round, so drawing them as if independent would make
//! every interval too narrow (A. C. Davison and D. V. Hinkley, *Bootstrap Methods and their Application*, 1997, §3.8;
//! T. Kalibera and R. Jones, "Rigorous benchmarking in reasonable time", ISMM 2013). The interval is the percentile
//! interval. It serves statistics without an exact interval, and as a second opinion on the median; with fewer than
//! about ten rounds it is too narrow, which is why verdicts rest on order statistics instead.

use super::{Estimate, median::quantile};

/// A statistic of all values, with its percentile interval over resampled rounds, in the statistic's unit.
///
/// Each inner list is a round's teams; empty rounds are left out. `None` without any value or without resamples. The
/// ends are infinite for a single round, which says nothing about rounds. The same seed gives the same estimate.
///
/// # Panics
/// If the level is not within 0–1.
pub fn hierarchical_bootstrap(
    rounds: &[Vec<f64>],
    statistic: impl Fn(&[f64]) -> f64,
    level: f64,
    resamples: usize,
    seed: u64,
) -> Option<Estimate> {
    let rounds: Vec<&[f64]> = rounds.iter().map(Vec::as_slice).filter(|round| !round.is_empty()).collect();
    if rounds.is_empty() || resamples == 0 {
        return None;
    }
    let value = statistic(&rounds.concat());
    let mut random = fastrand::Rng::with_seed(seed);
    let mut drawn = Vec::new();
    let spread: Vec<f64> = (0..resamples)
        .map(|_| {
            drawn.clear();
            for _ in 0..rounds.len() {
                let round = rounds[random.usize(..rounds.len())];
                drawn.extend((0..round.len()).map(|_| round[random.usize(..round.len())]));
            }
            statistic(&drawn)
        })
        .collect();
    let (low, high) = if rounds.len() < 2 {
        (f64::NEG_INFINITY, f64::INFINITY)
    } else {
        (quantile(&spread, (1.0 - level) / 2.0)?, quantile(&spread, f64::midpoint(1.0, level))?)
    };
    Some(Estimate { value, low, high, level, n: rounds.len() })
}
