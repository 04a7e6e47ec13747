//! Simulated comparisons as `ab` measures them in a minute: a pilot, judged rounds that go to the cases that are done
//! soonest, one look, and a confirmation in the time that was kept for it. What does choosing rounds by width do to
//! coverage, and how large a change is found?
//!
//! Costs are those of the default cases on two cores. `GILBENCH_SIMULATIONS=10 cargo test --release --lib simulated_rounds
//! -- --nocapture` prints the power curve.

use super::simulations::three;
use super::{Change, Judgement, Rule, fixture, judge, next_cases, suspects};
use crate::run::comparison::{ArmMetric, Comparison};
use crate::stats::noise::{Noise, Weather, repetitions};
use crate::stats::{proportion, trio_estimate};

/// What three samples of each case take, in seconds: four cases of interpreted code, one of them under a lock, six of
/// system calls, and four that wait, with a worker for each of eight connections.
const COSTS: [f64; 14] = [0.04, 0.04, 0.05, 0.31, 0.04, 0.04, 0.05, 0.04, 0.04, 0.05, 0.03, 0.04, 0.1, 0.16];
/// The budget without calibration, and what of it is kept for the confirmation: ten rounds of all cases.
const BUDGET: f64 = 58.5;
const KEPT: f64 = 10.3;
/// Rounds of the pilot.
const PILOT: u32 = 5;

/// A machine: its noise, and how it scatters samples of each case.
#[derive(Debug, Clone, Copy)]
struct Machine {
    noise: Noise,
    scale: f64,
    /// Whether rounds are chosen by width; else every round takes every case.
    steered: bool,
}

/// A comparison whose cases all have this effect.
fn compared(machine: Machine, effect: f64, seed: u64) -> Comparison {
    let Machine { noise, scale, steered } = machine;
    let of_case = |number: usize| {
        // Cases differ: every third is half as noisy, every third half as noisy again.
        let scale = scale * [1.0, 0.7, 0.45][number % 3];
        let seed = seed.wrapping_mul(1009).wrapping_add(number as u64);
        (Weather::new(noise, scale, seed), fastrand::Rng::with_seed(seed ^ 0x4D))
    };
    let mut machines: Vec<_> = (0..COSTS.len()).map(of_case).collect();
    let mut take = |case: usize, round: u32, effect: f64| {
        let (weather, order) = &mut machines[case];
        three(round, effect, weather, order)
    };
    let mut cases: Vec<_> =
        (0..COSTS.len()).map(|number| fixture::case(&format!("kernel-{number}/serial/1"), vec![], vec![])).collect();
    for (number, case) in cases.iter_mut().enumerate() {
        case.pilot = (0..PILOT).map(|round| take(number, round, 0.0)).collect();
    }
    let mut comparison = fixture::comparison(0, seed, cases);
    let all: f64 = COSTS.iter().sum();
    let mut left = BUDGET - KEPT - f64::from(PILOT) * all;
    comparison.plan.discarded_rounds = 0;
    comparison.plan.planned_rounds = (left / all) as u32;
    'judged: for round in 0.. {
        let next = if steered { next_cases(&comparison) } else { vec![] };
        for (number, cost) in COSTS.iter().enumerate() {
            if !steered || next.contains(&comparison.cases[number].id) {
                left -= cost;
                if left < 0.0 {
                    break 'judged;
                }
                comparison.cases[number].rounds.push(take(number, round, effect));
            }
        }
    }
    let named = suspects(&comparison, &Rule::default());
    let mut left = KEPT;
    for round in 0..named.iter().map(|suspect| suspect.rounds).max().unwrap_or(0) {
        for (number, cost) in COSTS.iter().enumerate() {
            let case = &mut comparison.cases[number];
            let asked = named.iter().any(|suspect| suspect.case == case.id && round < suspect.rounds);
            left -= cost * f64::from(u8::from(asked));
            if left >= 0.0 && asked {
                case.confirmation.push(take(number, round, effect));
            }
        }
    }
    comparison
}

/// Verdicts of many comparisons.
#[derive(Debug, Default, Clone, Copy)]
struct Counted {
    cases: usize,
    regressions: usize,
    improvements: usize,
    equivalent: usize,
    too_noisy: usize,
    /// Cases with a margin of 1 %, and those of them that were found slower or faster.
    narrow: usize,
    narrow_found: usize,
    /// Intervals at 95 % and 99 % that do not contain the effect.
    missed: [usize; 2],
}

fn counted(machine: Machine, effect: f64, runs: usize) -> Counted {
    let mut counted = Counted::default();
    for seed in 0..runs as u64 {
        let comparison = compared(machine, effect, seed);
        let judgement: Judgement = judge(&comparison, &Rule::default());
        for (judged, case) in judgement.cases.iter().zip(&comparison.cases) {
            let is = |verdict| usize::from(judged.verdict == verdict);
            let found = is(Change::Regression) + is(Change::Improvement);
            counted.cases += 1;
            counted.regressions += is(Change::Regression);
            counted.improvements += is(Change::Improvement);
            counted.equivalent += is(Change::Equivalent);
            counted.too_noisy += is(Change::TooNoisy);
            counted.narrow += usize::from(judged.margin <= 0.01);
            counted.narrow_found += found * usize::from(judged.margin <= 0.01);
            let changes: Vec<_> = case.rounds.iter().filter_map(|round| round.changes(ArmMetric::Compute)).collect();
            for (missed, level) in counted.missed.iter_mut().zip([0.95, 0.99]) {
                let interval = trio_estimate(&changes, level).unwrap();
                *missed += usize::from(!(interval.low <= effect.ln_1p() && effect.ln_1p() <= interval.high));
            }
        }
    }
    counted
}

/// Intervals of rounds that were chosen by width contain the truth hardly less often than their level says.
#[test]
fn choosing_rounds_by_width_hardly_touches_coverage() {
    for noise in Noise::ALL {
        for steered in [true, false] {
            let machine = Machine { noise, scale: 0.012, steered };
            let counted = counted(machine, 0.02, repetitions(25));
            println!("{machine:?}: intervals at 95 % and 99 % missed {:?} of {}", counted.missed, counted.cases);
            for (missed, (most, slack)) in counted.missed.into_iter().zip([(0.05, 0.01), (0.01, 0.005)]) {
                let share = proportion(missed, counted.cases, 0.999).unwrap();
                assert!(share.low <= most + slack, "{machine:?}: {counted:?}");
            }
        }
    }
}

/// A machine on which samples of unchanged code scatter by 1 %: nine of ten cases are equivalent, none is called changed.
/// Rounds that all cases share alike do not reach that where tails are heavy.
#[test]
fn unchanged_code_is_equivalent() {
    for noise in [Noise::Normal, Noise::HeavyTailed, Noise::Autocorrelated] {
        let counted = counted(Machine { noise, scale: 0.01, steered: true }, 0.0, repetitions(15));
        println!("{noise:?}: {} of {} equivalent", counted.equivalent, counted.cases);
        let equivalent = proportion(counted.equivalent, counted.cases, 0.999).unwrap();
        assert!(equivalent.value >= 0.9, "{noise:?}: {counted:?}");
        let wrong = counted.regressions + counted.improvements;
        assert!(wrong * 1000 <= counted.cases + 1000, "{noise:?}: {counted:?}");
    }
}

/// The power curve: a change of 5 % is found in 95 of 100 cases, one of 3 % in 80 of those whose margin is 1 %; and either
/// way alike.
#[test]
fn power_curve() {
    for (noise, scale) in [(Noise::Normal, 0.005), (Noise::Normal, 0.01), (Noise::HeavyTailed, 0.01)] {
        let machine = Machine { noise, scale, steered: true };
        for percent in [0.5, 1.0, 2.0, 3.0, 5.0, 10.0] {
            let runs = repetitions(4);
            let [up, down] =
                [percent / 100.0, 1.0 / (1.0 + percent / 100.0) - 1.0].map(|effect| counted(machine, effect, runs));
            let found = (up.regressions + down.improvements) as f64 / (up.cases + down.cases) as f64;
            let narrow = (up.narrow_found + down.narrow_found) as f64 / (up.narrow + down.narrow).max(1) as f64;
            println!(
                "{noise:?} {scale}: of {percent} % {:.1} % found, {:.1} % at a margin of 1 %",
                found * 100.0,
                narrow * 100.0
            );
            assert_eq!((up.improvements, down.regressions), (0, 0), "{machine:?}, {percent} %: {up:?} {down:?}");
            assert!(percent < 5.0 || found >= 0.95, "{machine:?}, {percent} %: {up:?} {down:?}");
            assert!(percent < 3.0 || narrow >= 0.8, "{machine:?}, {percent} %: {up:?} {down:?}");
            let (up, down) = (up.regressions as f64, down.improvements as f64);
            assert!((up - down).abs() <= 5.0 * (up + down + 4.0).sqrt(), "{machine:?}, {percent} %: {up} {down}");
        }
    }
}
