//! Whether another round is begun, and of what: the rounds that verdicts need come before the time.

use std::time::Duration;

use super::plan::Request;
use crate::run::{CaseResult, Plan, Profile};

/// Rounds left out of every estimate, from the first on.
pub(super) const DISCARDED: u32 = 1;
/// Fewest kept rounds for a verdict on a number that is estimated.
pub(super) const FLOOR: u32 = 12;
/// Times a disturbed sample is repeated in its round.
pub(super) const REPEATS: u32 = 2;
/// A probe's round takes about this long at the least, before one was measured.
const LEAST_PROBE: Duration = Duration::from_millis(50);

/// How much time there is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Time after which nothing is measured but what verdicts still lack.
    target: Duration,
    /// Time after which groups whose intervals are too wide are not measured either.
    extended: Duration,
    /// Time after which nothing is measured.
    limit: Duration,
    /// Whether the time was given by hand.
    pub(super) by_hand: bool,
    most_rounds: u32,
}

/// What the next round holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Every group whose intervals are not narrow yet.
    Everything,
    /// Only groups whose intervals are too wide for a verdict, and what has too few undisturbed rounds.
    Wide,
    /// Only what has too few undisturbed rounds for a verdict.
    Lacking,
    /// Nothing: measuring ends.
    Nothing,
}

/// What could be measured next, and how long each part takes, as far as the last rounds tell.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Work {
    /// Every group whose intervals are not narrow yet.
    pub(super) everything: Duration,
    /// The shortest of the groups whose intervals are too wide for a verdict; `None` if no group's are.
    pub(super) wide: Option<Duration>,
    /// The shortest of what has too few undisturbed rounds for a verdict; `None` if nothing has.
    pub(super) lacking: Option<Duration>,
    /// Whether every interval is narrow enough.
    pub(super) settled: bool,
}

impl Pace {
    /// The pace of a request. A budget given by hand is obeyed; a profile's own may take a tenth longer where the noise
    /// of the machine leaves intervals wide, and twice as long where the machine is slow or disturbed.
    pub(super) fn new(request: &Request) -> Self {
        let target = request.time();
        let by_hand = request.budget.is_some();
        let (extended, limit) = if by_hand { (target, target) } else { (target + target / 10, target * 2) };
        Self { target, extended, limit, by_hand, most_rounds: most_rounds(request.profile) }
    }

    /// What round number `round` holds, if measuring has lasted `elapsed`.
    pub(super) fn next(&self, round: u32, elapsed: Duration, work: &Work) -> Next {
        let fits = |part: Option<Duration>, end| part.is_some_and(|part| elapsed + part <= end);
        if round == 0 {
            // The first round is discarded, and always run.
            Next::Everything
        } else if round >= self.most_rounds {
            Next::Nothing
        } else if !work.settled && fits(Some(work.everything), self.target) {
            Next::Everything
        } else if fits(work.wide, self.extended) {
            Next::Wide
        } else if fits(work.lacking, self.limit) {
            Next::Lacking
        } else {
            Next::Nothing
        }
    }

    /// Whether there is time for a part of such a round that would end then.
    pub(super) fn has_time(&self, next: Next, end: Duration) -> bool {
        match next {
            // Begun because all of it fits, or because it is the first.
            Next::Everything => true,
            Next::Wide => end <= self.extended,
            Next::Lacking | Next::Nothing => end <= self.limit,
        }
    }

    /// How long measuring will take in all, if so many rounds are still needed and one takes so long.
    pub(super) fn expected(&self, elapsed: Duration, one: Duration, needed: u32) -> Duration {
        (elapsed + one * needed.max(1)).min(self.limit)
    }

    /// Whether so many rounds of this length do not fit into the time.
    pub(super) fn is_short(&self, elapsed: Duration, one: Duration, rounds: u32) -> bool {
        elapsed + one * rounds > self.target
    }

    /// How many rounds fit.
    pub(super) fn fitting(&self, elapsed: Duration, one: Duration) -> u32 {
        let left = self.target.saturating_sub(elapsed).as_nanos();
        u32::try_from(left / one.as_nanos().max(1)).unwrap_or(u32::MAX)
    }
}

/// Most rounds of a profile, the discarded one included. A run ends earlier where intervals are narrow or time is spent.
pub(super) fn most_rounds(profile: Profile) -> u32 {
    match profile {
        // Beside a busy neighbour half of the rounds or more are disturbed, and those that make up for them are short.
        Profile::Quick | Profile::Standard => 60,
        Profile::Full => 61,
    }
}

/// Least time that a round of these cases (their serial time and most speedup) and so many probes takes.
pub(super) fn least_round(cases: impl Iterator<Item = (f64, f64)>, probes: usize) -> Duration {
    let cases: f64 = cases.map(|(serial_ns, most_speedup)| serial_ns / most_speedup).sum();
    Duration::from_nanos(cases as u64) + LEAST_PROBE * probes as u32
}

/// The fewest undisturbed kept rounds that any two of these cases have in common.
pub(super) fn common_rounds(plan: &Plan, cases: &[&CaseResult]) -> u32 {
    let kept = |case: &CaseResult| -> u64 {
        let kept = case.samples.iter().filter(|sample| !sample.disturbed && sample.round >= plan.discarded_rounds);
        kept.filter_map(|sample| 1_u64.checked_shl(sample.round)).fold(0, |all, round| all | round)
    };
    let kept: Vec<u64> = cases.iter().map(|case| kept(case)).collect();
    let common = kept.iter().enumerate().flat_map(|(at, a)| kept[at..].iter().map(move |b| (a & b).count_ones()));
    common.min().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn pace(budget: Option<u64>) -> Pace {
        Pace::new(&Request { budget: budget.map(S), ..Request::new(Profile::Quick) })
    }

    /// Rounds that lack something and take five seconds, unless said otherwise.
    fn work() -> Work {
        Work { everything: S(5), wide: None, lacking: Some(S(5)), settled: false }
    }

    #[test]
    fn the_floor_comes_before_the_time_and_twice_the_time_before_the_floor() {
        let pace = pace(None);
        assert_eq!(pace.next(0, S(500), &work()), Next::Everything);
        assert_eq!(pace.next(5, S(30), &work()), Next::Everything);
        assert_eq!(pace.next(11, S(56), &work()), Next::Lacking);
        assert_eq!(pace.next(13, S(56), &Work { lacking: None, ..work() }), Next::Nothing);
        assert_eq!(pace.next(11, S(112), &work()), Next::Nothing);
    }

    #[test]
    fn a_budget_given_by_hand_is_obeyed() {
        let pace = pace(Some(20));
        let work = Work { wide: Some(S(5)), ..work() };
        assert_eq!(pace.next(3, S(15), &work), Next::Everything);
        assert_eq!(pace.next(4, S(16), &work), Next::Nothing);
        assert!(pace.is_short(S(2), S(5), FLOOR + DISCARDED));
        assert_eq!(pace.fitting(S(2), S(5)), 3);
    }

    #[test]
    fn narrow_intervals_end_it_only_above_the_floor() {
        let pace = pace(None);
        assert_eq!(pace.next(3, S(15), &Work { settled: true, ..work() }), Next::Lacking);
        assert_eq!(pace.next(13, S(40), &Work { lacking: None, settled: true, ..work() }), Next::Nothing);
    }

    #[test]
    fn wide_intervals_take_what_is_left_and_a_tenth_more() {
        let (pace, wide) = (pace(None), Work { wide: Some(S(1)), lacking: None, ..work() });
        assert_eq!(pace.next(13, S(50), &wide), Next::Everything);
        assert_eq!(pace.next(13, S(54), &wide), Next::Wide);
        assert_eq!(pace.next(20, S(61), &wide), Next::Wide);
        assert_eq!(pace.next(21, S(62), &wide), Next::Nothing);
    }

    #[test]
    fn rounds_are_common_if_neither_case_was_disturbed_in_them() {
        let made = crate::run::synthetic::Synthetic::new(2).kernel("primes", crate::run::Bound::Cpu, None);
        let made = made.case("primes", "serial", (1, 1), 100.0, 100.0).case("primes", "threads", (1, 2), 50.0, 100.0);
        let mut run = made.build();
        run.cases[0].samples[3].disturbed = true;
        run.cases[1].samples[4].disturbed = true;
        run.cases[1].samples[0].disturbed = true;
        let cases: Vec<&CaseResult> = run.cases.iter().collect();
        assert_eq!(common_rounds(&run.plan, &cases), 10);
        assert_eq!(common_rounds(&run.plan, &cases[..1]), 11);
        assert_eq!(common_rounds(&run.plan, &[]), u32::MAX);
    }
}
