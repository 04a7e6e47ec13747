//! Is a number prime? By trial division, the field's classic example of work for a processor alone.
//!
//! All odd divisors up to the root are tried even after one is found. Stopping early would make a step cost anything
//! between one division and all of them, and seats unequal.

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;

pub(super) struct Primes;

impl Kernel for Primes {
    fn name(&self) -> &'static str {
        "primes"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "decides by trial division whether a number is prime"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        Ok(chained(seat, |number, _| {
            let candidate = candidate(number);
            u64::from(candidate) << 8 | u64::from(divisors(candidate))
        }))
    }
}

/// An odd number from 114,689 to 131,071, so that its root (338 to 362), and with it the cost, hardly varies.
fn candidate(number: u64) -> u32 {
    114_689 + 2 * (mix(number) % 8_192) as u32
}

/// How many odd numbers from 3 to the root divide an odd number: none if it is prime.
fn divisors(candidate: u32) -> u32 {
    (3..).step_by(2).take_while(|d| d * d <= candidate).map(|d| u32::from(candidate.is_multiple_of(d))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_primes_from_others() {
        let primes: Vec<u32> = (3..60).step_by(2).filter(|&n| divisors(n) == 0).collect();
        assert_eq!(primes, [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59]);
        assert_eq!((divisors(65_537), divisors(3 * 5 * 7 * 11 * 13)), (0, 15));
    }

    #[test]
    fn candidates_are_odd_and_of_one_size() {
        assert!((0..1000).map(candidate).all(|n| n % 2 == 1 && (114_689..=131_071).contains(&n)));
    }
}
