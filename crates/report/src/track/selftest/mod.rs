//! What a selftest shows: how often the instrument cried wolf, how small a change it sees, and whether its intervals
//! contain the truth.
//!
//! The rounds of each comparison are cut into **trials**, and each is judged by the rule that every comparison is judged
//! by (the room `paired`), no other; what would be measured to confirm a suspicion is the stretch of rounds that follows.
//! Trials that were really measured are few. In addition, stretches of the measured A/A rounds are **drawn again** at
//! random, several rounds in a row so that what is correlated stays so, and given a change by arithmetic; they show
//! rates that would take hours to count, of a machine that is always as it was in those minutes. The two are never mixed.
//!
//! - `trials`: cutting and drawing; `points`: judging them; `checks`: what the instrument should do, and whether it did.

mod checks;
mod points;
#[cfg(test)]
mod tests;
mod trials;

use super::{Rule, judge};
use crate::run::comparison::Comparison;
use crate::run::selftest::{Basis, Check, Findings, Point, Rate, Selftest, Whose};

/// The margins at which trials are judged: the usual one, and the half of it, by which a change of 1 % can be found.
pub const MARGINS: [f64; 2] = [0.01, 0.005];
/// Sizes of changes that are made by arithmetic, where the selftest did not measure them.
const SIZES: [f64; 6] = [0.005, 0.01, 0.02, 0.03, 0.05, 0.10];
/// Trials drawn again without a change: in the long form as many as show a rate of 0.1 % (Wilson's bound is 3.84/n).
const DRAWN: usize = 4000;
const DRAWN_SHORT: usize = 400;
/// For each of so many without a change, one with a change of each size.
const DRAWN_FEWER: usize = 10;
/// Time in which a change should be found, in nanoseconds.
const MINUTE_NS: f64 = 60e9;

/// Judges all trials of a selftest.
pub fn findings(selftest: &Selftest) -> Findings {
    let measured = measured(selftest);
    let mut points = vec![];
    for margin in MARGINS {
        points.extend(points::of_trials(&measured, Basis::Measured, margin));
    }
    let unqualified = measured.iter().filter(|trial| !judge(&trial.comparison, &Rule::default()).qualified).count();
    let unqualified = Rate::new(unqualified, measured.len());
    let mut detectable = vec![];
    if let Some(pool) = trials::pool(&selftest.comparisons) {
        let drawn = if selftest.short { DRAWN_SHORT } else { DRAWN };
        let mut random = fastrand::Rng::with_seed(selftest.seed);
        points.extend(curve(&pool, selftest.trial_rounds as usize, drawn, &mut random));
        for case in &pool.cases {
            let alone = Comparison { cases: vec![case.clone()], ..pool.clone() };
            let rounds = trials::rounds_within(case, MINUTE_NS);
            points.extend(curve(&alone, rounds, drawn, &mut random));
            detectable.extend(points::detectable(&alone, rounds, drawn.div_ceil(DRAWN_FEWER), &mut random));
        }
    }
    let checks = checks::of(&points, &detectable, unqualified);
    Findings { unqualified, points, detectable, checks }
}

/// The trials that were measured.
fn measured(selftest: &Selftest) -> Vec<trials::Trial> {
    let rounds = selftest.trial_rounds as usize;
    selftest.comparisons.iter().flat_map(|comparison| trials::cut(comparison, rounds)).collect()
}

/// The power curve of trials of so many rounds that are drawn again from a pool.
fn curve(pool: &Comparison, rounds: usize, drawn: usize, random: &mut fastrand::Rng) -> Vec<Point> {
    let mut points = vec![];
    for injected in std::iter::once(0.0).chain(SIZES.iter().flat_map(|size| [*size, -*size])) {
        let count = if injected == 0.0 { drawn } else { drawn.div_ceil(DRAWN_FEWER) };
        let trials: Vec<_> = (0..count).map(|_| trials::draw(pool, rounds, injected, random)).collect();
        for margin in MARGINS {
            points.extend(points::of_trials(&trials, Basis::Resampled, margin));
        }
    }
    points
}

/// Whether the machine lets the instrument decide anything: most trials were qualified, and plain changes are found.
pub fn is_qualified(findings: &Findings) -> bool {
    let missed = |check: &Check| check.whose == Whose::Machine && check.met == Some(false);
    findings.unqualified.of > 0 && !findings.checks.iter().any(missed)
}

/// Whether the instrument broke a promise.
pub fn is_broken(findings: &Findings) -> bool {
    findings.checks.iter().any(|check| check.whose == Whose::Instrument && check.met == Some(false))
}
