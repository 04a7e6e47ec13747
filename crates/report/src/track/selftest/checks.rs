//! What the instrument should do, and whether it did.
//!
//! Each check has three answers. A check is met only if the share found says so. It is refuted only if an instrument that
//! keeps the promise would show so few (or so many) in less than one of a thousand selftests, and undecided otherwise: a
//! short selftest is honest about how little it has seen, and CI that runs it every day is not to fail by chance. A
//! machine that is too noisy for a change of 5 % to be found breaks no promise of the instrument's: it is told apart.

use std::fmt::Write as _;

use super::MARGINS;
use crate::run::selftest::{Basis, Check, Detectable, Point, Rate, Whose};
use crate::stats::binomial_at_most;

/// Most false verdicts of a case on unchanged code.
const FALSE_PER_CASE: f64 = 0.001;
/// Share of trials in which a change must be found.
const POWER: f64 = 0.95;
/// A change that every fit machine must find (0.05 is 5 %).
const PLAIN: f64 = 0.05;
/// How far the level of an interval may be from how often it contains the truth.
const COVERAGE_SLACK: f64 = 0.02;
/// How far a printed smallest detectable effect may be from the measured one, as a factor.
const DETECTABLE_FACTOR: f64 = 1.5;
/// Share of measured trials that may be unqualified before the machine is called so.
pub(super) const UNQUALIFIED: f64 = 0.5;
/// A promise is called broken if a kept one would look so in a smaller share of selftests than this.
const BY_CHANCE: f64 = 0.001;
/// The margin that is usual.
const MARGIN: f64 = MARGINS[0];

pub(super) fn of(points: &[Point], effects: &[Detectable], unqualified: Rate) -> Vec<Check> {
    let mut checks = vec![qualified(unqualified)];
    for basis in [Basis::Measured, Basis::Resampled] {
        let of_basis: Vec<&Point> = points.iter().filter(|point| point.basis == basis).collect();
        if of_basis.is_empty() {
            continue;
        }
        let usual: Vec<&Point> = of_basis.iter().copied().filter(|point| is(point.margin, MARGIN)).collect();
        checks.push(false_alarms(&of_basis, basis));
        checks.push(power(&usual, basis));
        checks.push(coverage(&usual, basis));
        checks.push(symmetry(&usual, basis));
    }
    checks.extend(effects.iter().map(detectable));
    checks
}

fn is(x: f64, y: f64) -> bool {
    (x - y).abs() < 1e-9
}

/// How trials of this basis are called.
pub(crate) fn word(basis: Basis) -> &'static str {
    match basis {
        Basis::Measured => "measured",
        Basis::Resampled => "drawn again",
    }
}

/// A rate in words.
pub(crate) fn rate(rate: Rate) -> String {
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let share = rate.share().map_or("–".into(), percent);
    format!("{} of {} ({share}, 95 % interval {} to {})", rate.happened, rate.of, percent(rate.low), percent(rate.high))
}

fn sum(rates: impl Iterator<Item = Rate>) -> Rate {
    rates.fold(Rate::new(0, 0), Rate::and)
}

/// Met if the share found is on the right side, refuted if chance hardly explains that it is on the wrong one.
fn at_least(rate: Rate, wanted: f64) -> Option<bool> {
    match rate.share()? {
        share if share >= wanted => Some(true),
        _ if binomial_at_most(rate.of, wanted, rate.happened) < BY_CHANCE => Some(false),
        _ => None,
    }
}

fn qualified(unqualified: Rate) -> Check {
    Check {
        whose: Whose::Machine,
        statement: "The A/A arm is within its margin, so that comparisons here decide something.".into(),
        found: format!("unqualified: {} trials", rate(unqualified)),
        met: unqualified.share().map(|share| share <= UNQUALIFIED),
    }
}

fn false_alarms(points: &[&Point], basis: Basis) -> Check {
    let at = |margin: f64| {
        let none = points.iter().filter(|point| is(point.injected, 0.0) && is(point.margin, margin));
        sum(none.map(|point| point.judged()))
    };
    let [usual, narrow] = MARGINS.map(at);
    let met = match usual.share() {
        Some(_) if usual.high <= FALSE_PER_CASE => Some(true),
        // Rare enough is more than few trials can say; too often is not. What did not happen is what has to be frequent.
        Some(_) => at_least(Rate::new(usual.of - usual.happened, usual.of), 1.0 - FALSE_PER_CASE).filter(|kept| !kept),
        None => None,
    };
    Check {
        whose: Whose::Instrument,
        statement: format!("Unchanged code is called changed in at most 0.1 % of cases ({} trials).", word(basis)),
        found: format!("{}; at a margin of 0.5 %: {}", rate(usual), rate(narrow)),
        met,
    }
}

fn power(points: &[&Point], basis: Basis) -> Check {
    let plain = points.iter().filter(|point| is(point.injected.abs(), PLAIN));
    let found = sum(plain.map(|point| point.judged()));
    Check {
        whose: Whose::Machine,
        statement: format!(
            "A change of {:.0} % is found, for what it is, in at least {:.0} % of trials ({}).",
            PLAIN * 100.0,
            POWER * 100.0,
            word(basis)
        ),
        found: rate(found),
        met: at_least(found, POWER),
    }
}

fn coverage(points: &[&Point], basis: Basis) -> Check {
    let at_99 = sum(points.iter().map(|point| point.covered));
    let at_95 = sum(points.iter().map(|point| point.covered_95));
    let (wide, narrow) = (at_least(at_99, 0.99 - COVERAGE_SLACK), at_least(at_95, 0.95 - COVERAGE_SLACK));
    Check {
        whose: Whose::Instrument,
        statement: format!(
            "Intervals contain the true change as often as they say, to within {:.0} % ({} trials).",
            COVERAGE_SLACK * 100.0,
            word(basis)
        ),
        found: format!("at 99 %: {}; at 95 %: {}", rate(at_99), rate(at_95)),
        met: match (wide, narrow) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
    }
}

fn symmetry(points: &[&Point], basis: Basis) -> Check {
    let mut found = String::new();
    let mut met = None;
    let mut sizes: Vec<f64> = points.iter().map(|point| point.injected).filter(|change| *change > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup_by(|x, y| is(*x, *y));
    for size in sizes {
        let of = |change: f64| sum(points.iter().filter(|point| is(point.injected, change)).map(|point| point.seen()));
        let (up, down) = (of(size), of(-size));
        let Some(alike) = alike(up, down) else { continue };
        let separator = if found.is_empty() { "" } else { "; " };
        let percent = size * 100.0;
        let _ = write!(
            found,
            "{separator}{percent:.1} %: {}/{} up, {}/{} down",
            up.happened, up.of, down.happened, down.of
        );
        met = Some(met.unwrap_or(true) && alike);
    }
    if basis == Basis::Measured {
        // Up and down were measured one after the other. That more was found in a quieter minute breaks no promise.
        met = met.filter(|alike| *alike);
    }
    Check {
        whose: Whose::Instrument,
        statement: format!("Slower and faster are seen equally often, size by size ({} trials).", word(basis)),
        found: if found.is_empty() { "nothing to compare".into() } else { found },
        met,
    }
}

/// Whether two rates differ by no more than chance allows; `None` if one was never tried.
///
/// Four standard errors: cases of one trial share its weather, and every size is asked.
fn alike(x: Rate, y: Rate) -> Option<bool> {
    let (p, q) = (x.share()?, y.share()?);
    let both = x.and(y).share()?;
    let error = (both * (1.0 - both) * (1.0 / x.of as f64 + 1.0 / y.of as f64)).sqrt();
    Some((p - q).abs() <= 4.0 * error + 1e-9)
}

/// What is printed as the smallest detectable effect, beside what is found.
fn detectable(detectable: &Detectable) -> Check {
    let Detectable { case, rounds, printed, found } = detectable;
    Check {
        whose: Whose::Instrument,
        statement: format!(
            "The smallest detectable effect that is printed is what four trials of five find, within a factor of \
             {DETECTABLE_FACTOR} ({case}, {rounds} rounds, drawn again)."
        ),
        found: format!("{:.2} % printed, {:.2} % found", printed * 100.0, found * 100.0),
        met: Some((printed / found).max(found / printed) <= DETECTABLE_FACTOR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One or two intervals of sixteen miss now and then; six do not.
    #[test]
    fn a_promise_is_not_broken_by_chance() {
        for (happened, met) in [(16, Some(true)), (15, None), (14, None), (10, Some(false))] {
            assert_eq!(at_least(Rate::new(happened, 16), 0.97), met, "{happened} of 16");
        }
        assert_eq!(at_least(Rate::new(900, 1000), 0.97), Some(false));
        assert_eq!(at_least(Rate::new(0, 0), 0.97), None);
    }

    #[test]
    fn one_side_that_is_hardly_found_is_lopsided_if_both_had_the_same_weather() {
        let point = |basis, injected, slower: usize, faster: usize| Point {
            case: "primes/serial/1".into(),
            workers: 1,
            basis,
            injected,
            rounds: 12,
            margin: MARGIN,
            slower: Rate::new(slower, 40),
            faster: Rate::new(faster, 40),
            regressions: Rate::new(slower, 40),
            improvements: Rate::new(faster, 40),
            covered: Rate::new(40, 40),
            covered_95: Rate::new(40, 40),
            ratio: 1.0,
            detectable: None,
        };
        let met = |basis, down| {
            let points = [point(basis, 0.05, 38, 0), point(basis, -0.05, 0, down)];
            symmetry(&points.iter().collect::<Vec<_>>(), basis).met
        };
        assert_eq!(met(Basis::Resampled, 36), Some(true));
        assert_eq!(met(Basis::Resampled, 5), Some(false));
        assert_eq!((met(Basis::Measured, 36), met(Basis::Measured, 5)), (Some(true), None));
    }
}
