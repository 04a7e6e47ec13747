//! What disturbed a sample from outside, and from which size on it counts as disturbed.
//!
//! A sample is judged by what happened beside it, never by its own time: otherwise slow samples would be measured again
//! until they are fast. The limits are fixed before the samples to which they apply, from the discarded round.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CaseResult, Run};

/// What the operating system counted beside one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Disturbance {
    /// Longest time that one worker was runnable without running between the start signal and its last step, less the
    /// CPU time that our own processes beside the workers used meanwhile, in nanoseconds. `None` where the system does
    /// not count it (`/proc/…/schedstat`).
    pub delay_ns: Option<u64>,
    /// CPU time of other programs during the whole sample, in nanoseconds: by the clocks of the processes that can be
    /// seen, or by `/proc/stat` where that says so much more that they cannot be all (it counts in steps of 10 ms, so
    /// that less than three of them cannot be told from none).
    pub others_ns: Option<u64>,
    /// CPU time that the hypervisor gave to other machines during the whole sample, in nanoseconds, from `/proc/stat`:
    /// less than two of its steps cannot be told from none.
    pub stolen_ns: Option<u64>,
}

impl Disturbance {
    /// How long a worker waited because of others, at most, in nanoseconds: workers also wait for each other where the
    /// scheduler puts two on one processor, and for the system's kernel, but never for others longer than these ran.
    pub fn delay_by_others_ns(&self) -> u64 {
        self.delay_ns.unwrap_or(0).min(self.others_ns.unwrap_or(u64::MAX))
    }
}

/// From which size on a disturbance counts. Fixed for a case before any round that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DisturbanceLimits {
    /// Limit of [`Disturbance::delay_ns`], in nanoseconds.
    pub delay_ns: u64,
    /// Limit of [`Disturbance::others_ns`] and [`Disturbance::stolen_ns`] together, in nanoseconds.
    pub others_ns: u64,
}

/// One execution of a probe, and what went on beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeRound {
    /// Id of the probe.
    pub probe: String,
    /// Round, counted from 0.
    pub round: u32,
    /// Its wall time, in nanoseconds.
    pub wall_ns: u64,
    /// What went on beside it; a probe has no workers whose delay could be told.
    pub disturbance: Disturbance,
    /// Whether it was too much, so that this execution counts in nothing.
    pub disturbed: bool,
}

impl DisturbanceLimits {
    /// Share of a sample's length for which a worker may have to wait for a processor.
    const DELAY: f64 = 0.02;
    /// Waits shorter than this are what waking up costs, in nanoseconds.
    const LEAST_DELAY_NS: f64 = 300_000.0;
    /// Resolution of `/proc/stat` twice: less cannot be told from nothing, in nanoseconds.
    const TWO_TICKS_NS: f64 = 20_000_000.0;
    /// Share of all processors' time that `/proc/stat` may be off, because it charges whole ticks to whatever runs.
    const TICK_ERROR: f64 = 0.05;
    /// Share of all processors' time that others may use beside a probe. The claims that rest on probes alone are
    /// about differences of several times.
    const BESIDE_A_PROBE: f64 = 0.25;

    /// The limits of a case whose samples compute for about `compute_ns` and last for about `wall_ns`, and keep `busy` of
    /// `processors` processors at work: whatever fits on the others disturbs nothing.
    pub fn of_case(compute_ns: u64, wall_ns: u64, busy: usize, processors: usize) -> Self {
        let wall = wall_ns as f64;
        let spare = processors.saturating_sub(busy) as f64 * wall;
        Self {
            delay_ns: (Self::DELAY * compute_ns as f64).max(Self::LEAST_DELAY_NS) as u64,
            others_ns: (spare + Self::TWO_TICKS_NS + Self::TICK_ERROR * wall * processors as f64) as u64,
        }
    }

    /// The limits of a probe's round that lasted so long.
    pub fn of_probe(wall_ns: u64, processors: usize) -> Self {
        let share = Self::BESIDE_A_PROBE * wall_ns as f64 * processors as f64;
        Self { delay_ns: u64::MAX, others_ns: share.max(Self::TWO_TICKS_NS) as u64 }
    }

    /// Whether this was too much. What is not known is taken for nothing.
    pub fn exceeded_by(&self, disturbance: &Disturbance) -> bool {
        let taken = disturbance.others_ns.unwrap_or(0).saturating_add(disturbance.stolen_ns.unwrap_or(0));
        disturbance.delay_by_others_ns() > self.delay_ns || taken > self.others_ns
    }
}

/// How many samples were disturbed, and what that cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Repeats {
    /// Samples for which it can be told: those of kept rounds whose case has limits.
    pub watched: usize,
    /// Of these, the ones that were disturbed.
    pub disturbed: usize,
    /// Rounds, counted for each case, in which every attempt was disturbed.
    pub lost: usize,
}

impl Run {
    /// How many samples of a case were disturbed.
    pub fn repeats(&self, case: &CaseResult) -> Repeats {
        if case.limits.is_none() {
            return Repeats::default();
        }
        let watched = || case.samples.iter().filter(|sample| sample.round >= self.plan.discarded_rounds);
        let rounds = |disturbed: bool| -> BTreeSet<u32> {
            watched().filter(|sample| sample.disturbed == disturbed).map(|sample| sample.round).collect()
        };
        Repeats {
            watched: watched().count(),
            disturbed: watched().filter(|sample| sample.disturbed).count(),
            lost: rounds(true).difference(&rounds(false)).count(),
        }
    }

    /// The same of all cases together.
    pub fn all_repeats(&self) -> Repeats {
        self.cases.iter().map(|case| self.repeats(case)).fold(Repeats::default(), |all, one| Repeats {
            watched: all.watched + one.watched,
            disturbed: all.disturbed + one.disturbed,
            lost: all.lost + one.lost,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn seen(delay_ns: u64, others_ns: u64, stolen_ns: u64) -> Disturbance {
        Disturbance { delay_ns: Some(delay_ns), others_ns: Some(others_ns), stolen_ns: Some(stolen_ns) }
    }

    #[test]
    fn a_wait_of_two_per_cent_is_too_much_and_what_is_not_known_is_nothing() {
        let limits = DisturbanceLimits::of_case(50 * MS, 50 * MS, 2, 2);
        assert!(!limits.exceeded_by(&seen(MS, 9 * MS, 0)));
        assert!(limits.exceeded_by(&seen(MS + 1, 9 * MS, 0)));
        assert!(!limits.exceeded_by(&Disturbance::default()));
    }

    #[test]
    fn workers_that_wait_for_each_other_are_not_disturbed() {
        let limits = DisturbanceLimits::of_case(50 * MS, 50 * MS, 2, 2);
        assert!(!limits.exceeded_by(&seen(8 * MS, 0, 0)));
        assert!(!limits.exceeded_by(&seen(8 * MS, MS, 0)));
        assert!(limits.exceeded_by(&seen(8 * MS, 2 * MS, 0)));
        let unknown = Disturbance { delay_ns: Some(8 * MS), ..Disturbance::default() };
        assert!(limits.exceeded_by(&unknown), "if nothing is known of others, all of it is theirs");
    }

    #[test]
    fn what_fits_on_spare_processors_disturbs_nobody() {
        let (alone, full) = (
            DisturbanceLimits::of_case(100 * MS, 100 * MS, 1, 2),
            DisturbanceLimits::of_case(100 * MS, 100 * MS, 2, 2),
        );
        let one_processor = seen(0, 100 * MS, 0);
        assert!(!alone.exceeded_by(&one_processor));
        assert!(full.exceeded_by(&one_processor));
        assert!(full.exceeded_by(&seen(0, 0, 50 * MS)), "time given to other machines counts as well");
    }

    #[test]
    fn a_repeated_sample_counts_once_and_a_lost_round_not_at_all() {
        let made = crate::synthetic::Synthetic::new(2).kernel("primes", crate::Bound::Cpu, None);
        let mut run = made.case("primes", "threads", (1, 2), 50.0, 100.0).build();
        let case = &mut run.cases[0];
        case.limits = Some(DisturbanceLimits::of_case(50 * MS, 50 * MS, 2, 2));
        let again = case.samples[5].clone();
        case.samples[5].disturbed = true;
        case.samples.insert(6, again);
        let last = case.samples.len() - 1;
        case.samples[last].disturbed = true;
        assert_eq!(run.check(), Ok(()));
        assert_eq!(run.all_repeats(), Repeats { watched: 13, disturbed: 2, lost: 1 });
        assert_eq!(run.kept(&run.cases[0]).count(), 11);
        run.cases[0].samples[5].disturbed = false;
        assert!(run.check().is_err(), "two undisturbed samples of one round");
    }

    #[test]
    fn one_tick_is_never_seen() {
        for length in [MS, 10 * MS, 100 * MS] {
            assert!(!DisturbanceLimits::of_case(length, length, 2, 2).exceeded_by(&seen(0, 10 * MS, 0)));
            assert!(!DisturbanceLimits::of_probe(length, 2).exceeded_by(&seen(0, 10 * MS, 0)));
        }
    }
}
