//! How the numbers of verdicts are written: the one place for reasons, the terminal and the page.
//!
//! What was counted is told with its chances and, if it never happened, with the upper bound of its rate: `0 of 24,000
//! joins (at most 0.013 %)`. What was measured is told with its interval, value and ends rounded alike: `1.32× [1.27,
//! 1.38]`. An interval whose ends are the value itself is no interval to show.

use std::fmt;

use crate::report::format::{self, Unit};

/// A number in words: itself, and what qualifies it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figure {
    /// The number with its unit.
    pub number: String,
    /// Its interval, or the bound of a rate; empty without one.
    pub rest: String,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = if self.rest.is_empty() { "" } else { " " };
        write!(f, "{}{between}{}", self.number, self.rest)
    }
}

/// What is measured, with the ends of its interval if it has some.
pub(super) fn measured(value: f64, ends: Option<(f64, f64)>, unit: &str) -> Figure {
    let unit = Unit::named(unit);
    let rest = match ends {
        None => "[too few rounds for an interval]".into(),
        Some((low, high)) if low >= high => "(no spread)".into(),
        Some((low, high)) => format::range(value, low, high, unit),
    };
    Figure { number: format::quantity(value, unit).replace('\u{a0}', " "), rest }
}

/// What is counted: how often it happened, of how many chances of this name if that is known, and at what rate at most.
pub(super) fn counted(happened: f64, of: Option<u64>, chances: &str, at_most: Option<f64>) -> Figure {
    let Some(of) = of else { return Figure { number: whole(happened), rest: String::new() } };
    let rest = match at_most {
        Some(rate) => format!("(at most {} %)", rounded_up(rate * 100.0)),
        None if happened > 0.0 && happened <= of as f64 => {
            format!("({} %)", format::plain(happened / of as f64 * 100.0))
        }
        None => String::new(),
    };
    Figure { number: format!("{} of {} {chances}", whole(happened), whole(of as f64)), rest }
}

/// A whole number: every digit of it, unless there are so many that three say more.
fn whole(number: f64) -> String {
    if number < 1e6 { format::fixed(number, 0) } else { format::plain(number) }
}

/// Two significant digits, rounded up: a bound that is rounded down is none.
fn rounded_up(value: f64) -> String {
    let digits = 1 - value.log10().floor() as i32;
    let unit = 10f64.powi(-digits);
    // What is a hair above a round number is that number.
    let up = (value / unit - 1e-9).ceil() * unit;
    format::fixed(up, digits.max(0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_with_their_chances_and_the_bound_of_their_rate() {
        let rate = crate::stats::rate_at_most(24_000, 0.95);
        assert_eq!(counted(0.0, Some(24_000), "joins", Some(rate)).to_string(), "0 of 24,000 joins (at most 0.013 %)");
        assert_eq!(counted(3.0, Some(24_000), "joins", None).to_string(), "3 of 24,000 joins (0.0125 %)");
        assert_eq!(
            counted(38_966_210.0, Some(180_000_000), "updates", None).to_string(),
            "39,000,000 of 180,000,000 updates (21.6 %)"
        );
        assert_eq!(counted(0.0, None, "joins", None).to_string(), "0");
    }

    #[test]
    fn bounds_are_rounded_up() {
        for (value, text) in [(0.01248, "0.013"), (0.013, "0.013"), (8.0, "8.0"), (7.98, "8.0"), (22.1, "23")] {
            assert_eq!(rounded_up(value), text, "{value}");
        }
    }

    #[test]
    fn value_and_ends_are_rounded_alike_and_a_point_is_no_interval() {
        assert_eq!(measured(6.336, Some((3.18, 12.634)), "×").to_string(), "6.34× [3.18, 12.63]");
        assert_eq!(measured(2.32, Some((2.32, 2.32)), "documents").to_string(), "2.32 documents (no spread)");
        assert_eq!(measured(12_345.0, Some((11_987.0, 13_001.0)), "/s").to_string(), "12,300 /s [12,000, 13,000]");
        assert_eq!(measured(1.5, None, "×").to_string(), "1.50× [too few rounds for an interval]");
    }
}
