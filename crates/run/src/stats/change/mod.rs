//! Changes of level in a series: where they are, and how surprising each would be if nothing had changed.
//!
//! The method is E-divisive (D. S. Matteson and N. A. James, "A nonparametric approach for multiple change point
//! analysis of multivariate data", JASA 109, 2014), as performance tests have used it since D. Daly et al., "The use of
//! change point detection to identify software performance regressions in a continuous integration system", ICPE 2020,
//! and as Apache Otava does. A stretch is divided where the energy distance between what lies before and what lies
//! behind, weighted by their lengths, is greatest; permutations tell how great it gets by chance; if that is unlikely,
//! both parts are divided in turn.
//!
//! Three things differ, both so that ten thousand runs of many cases take a moment and a spike moves nothing:
//! - The distance is that of ranks, not of values. In one dimension it is then twice the integral of the squared
//!   difference of the two distribution functions, here at 31 quantiles (`scan`). Its distribution without a change
//!   depends on the length alone, so the permutations are drawn once for each length and not for every series
//!   (`chance`).
//! - Ranks forget how far apart two levels are, so that a doubling would need as many values to be seen as a step of 10 %.
//!   Where the two sides of a place do not overlap, the distance itself is tested as well (`step`).
//! - Permutations presume that neighbours have nothing in common, but a machine's mood lasts for several runs. So the
//!   statistic is divided by what a lasting mood multiplies it with (`persistence`).

mod chance;
mod persistence;
mod scan;
mod step;

pub use self::chance::Chance;
use self::persistence::Persistence;
use self::scan::{Stretch, scan};
pub use self::step::smallest_step;

/// A place where the level may have changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Place of the first value of the new level, counted from 0.
    pub at: usize,
    /// How likely so great a distance is anywhere in the stretch that was divided, if nothing changed.
    pub p: f64,
}

/// What dividing a series came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Division {
    /// The places that were worth dividing at, in order.
    pub changes: Vec<Change>,
    /// Every probability that was looked at, those of refused places included: the family for whoever corrects for
    /// having looked so often.
    pub looked_at: Vec<f64>,
}

/// Divides a series where its level changed, into parts of at least `minimum` values each.
///
/// A place is divided at if it is less likely than `worth` by chance. With fewer than `2 × minimum` values nothing is
/// looked at. The same `chance` gives the same answer.
///
/// # Panics
/// If `minimum` is 0 or a value is NaN.
pub fn divide(values: &[f64], minimum: usize, worth: f64, chance: &mut Chance) -> Division {
    assert!(minimum > 0, "a part has at least one value");
    assert!(!values.iter().any(|value| value.is_nan()), "what is not a number has no rank");
    if values.len() < 2 * minimum {
        return Division::default();
    }
    let persistence = Persistence::new(values, &Stretch::new(values));
    let mut division = Division::default();
    let mut open: Vec<_> = std::iter::once(0..values.len()).collect();
    while let Some(part) = open.pop() {
        if part.len() < 2 * minimum {
            continue;
        }
        let stretch = Stretch::new(&values[part.clone()]);
        let found = scan(&stretch, minimum);
        let inflation = persistence.inflation(stretch.sides(&found));
        let by_rank = chance.of(part.len(), minimum, found.part, found.statistic / inflation);
        let (before, behind) = values[part.clone()].split_at(found.at);
        let p = by_rank.min(step::probability(before, behind, minimum));
        division.looked_at.push(p);
        if p < worth {
            let at = part.start + found.at;
            division.changes.push(Change { at, p });
            open.extend([part.start..at, at..part.end]);
        }
    }
    division.changes.sort_by_key(|change| change.at);
    division
}
