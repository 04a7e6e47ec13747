//! What a check could have found: the smallest step that each series would have shown, and steps that have just begun.
//!
//! "Steady" means little while nothing could have shown. So each series says how large a step would have been found, had it
//! begun five runs ago, and how many runs a step of 10 % needs. And because no level counts before it has lasted for five
//! runs, a series says from the first run on that its last ones lie far outside of the level: too early for a verdict, but no
//! reason to call it steady.

use serde::Serialize;

use super::check::{RECENT_RUNS, Rules, Trend};
use crate::stats;

/// A step that people have in mind: 10 %.
const TENTH: f64 = 0.1;

/// The last runs of a series, which lie far outside of its level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Suspected {
    /// How many they are: fewer than a level needs.
    pub runs: usize,
    /// Their median over that of the level.
    pub ratio: f64,
}

/// Adds what could have been found in a series with these levels of logarithms, at this rate of false ones.
pub(super) fn add(trend: Trend, levels: &[&[f64]], rules: &Rules, rate: f64) -> Trend {
    let (n, minimum) = (trend.runs, rules.minimum_runs);
    let scatter = scatter(levels);
    let shown = |behind| {
        let step = stats::smallest_step(n, behind, minimum, scatter?, rate)?;
        Some(step.max(rules.least_effect.ln_1p()).exp_m1()).filter(|step| step.is_finite())
    };
    Trend {
        smallest_step: shown(minimum),
        runs_for_tenth: (minimum..=RECENT_RUNS).find(|behind| {
            let longer = stats::smallest_step(n + behind, *behind, minimum, scatter.unwrap_or_default(), rate);
            scatter.is_some() && longer.is_some_and(|step| step <= TENTH.ln_1p())
        }),
        suspected: levels.last().and_then(|level| suspected(level, minimum, rate)),
        ..trend
    }
}

/// How far values are from the means of their levels: standard deviation and range.
fn scatter(levels: &[&[f64]]) -> Option<(f64, f64)> {
    let rest: Vec<f64> = levels
        .iter()
        .flat_map(|level| {
            let mean = level.iter().sum::<f64>() / level.len() as f64;
            level.iter().map(move |value| value - mean)
        })
        .collect();
    let free = rest.len().checked_sub(levels.len()).filter(|free| *free > 0)?;
    let spread = (rest.iter().map(|value| value * value).sum::<f64>() / free as f64).sqrt();
    let range = |values: &[f64]| {
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (value.min(low), value.max(high)))
    };
    let (low, high) = range(&rest);
    Some((spread, high - low))
}

/// The last values of a level, fewer than a level needs, if each of them alone would be too far off for chance.
fn suspected(level: &[f64], minimum: usize, rate: f64) -> Option<Suspected> {
    (1..minimum).rev().find_map(|runs| {
        let (before, last) = level.split_at(level.len().checked_sub(runs).filter(|rest| *rest >= minimum)?);
        let scatter = scatter(&[before])?;
        // One value against the others: the same rule with a side of one.
        let needed = stats::smallest_step(before.len() + 1, 1, 1, scatter, rate)?.max(TENTH.ln_1p());
        let middle = stats::median(before)?;
        let far = last.iter().all(|value| (value - middle).abs() >= needed);
        let alike = last.iter().all(|value| *value > middle) || last.iter().all(|value| *value < middle);
        (far && alike).then(|| Suspected { runs, ratio: (stats::median(last).unwrap_or(middle) - middle).exp() })
    })
}
