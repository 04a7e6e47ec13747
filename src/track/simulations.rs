//! Simulated comparisons, under the noise that real machines have: does the rule keep what it promises?
//!
//! Quick by default. `GILBENCH_SIMULATIONS=20 cargo test --release --lib simulations` is the long form: so many times as
//! many repetitions, with the same bounds.

use super::{Change, Rule, fixture, judge};
use crate::run::ArmSample;
use crate::run::comparison::{Comparison, PairedRound};
use crate::stats::noise::{Noise, Weather, repetitions};
use crate::stats::{median, proportion};

/// Time of a sample without noise, in nanoseconds.
const TIME_NS: f64 = 2e7;

/// A comparison of cases whose head differs by these effects, as shares (0.05 is 5 % slower).
pub(super) fn comparison(noise: Noise, scale: f64, rounds: u32, effects: &[f64], seed: u64) -> Comparison {
    let case = |(number, effect): (usize, &f64)| {
        let mut weather = Weather::new(noise, scale, seed.wrapping_mul(1009).wrapping_add(number as u64));
        let mut order = fastrand::Rng::with_seed(seed ^ number as u64);
        let mut measured =
            |count: u32| (0..count).map(|round| three(round, *effect, &mut weather, &mut order)).collect();
        let (rounds, confirmation) = (measured(rounds + 1), measured(rounds / 2));
        fixture::case(&format!("kernel-{number}/serial/1"), rounds, confirmation)
    };
    fixture::comparison(rounds + 1, seed, effects.iter().enumerate().map(case).collect())
}

/// A round: three samples in random order, one after the other in the same weather.
pub(super) fn three(round: u32, effect: f64, weather: &mut Weather, order: &mut fastrand::Rng) -> PairedRound {
    let mut arms = [0, 1, 2];
    order.shuffle(&mut arms);
    let mut samples = [ArmSample::default(); 3];
    for (position, arm) in arms.into_iter().enumerate() {
        let slower = if arm == 2 { 1.0 + effect } else { 1.0 };
        let compute_ns = (TIME_NS * slower * weather.sample().exp()).round() as u64;
        let times = ArmSample { compute_ns, start_ns: 1_000_000, cpu_ns: compute_ns, ..ArmSample::default() };
        samples[arm] = ArmSample { position: position as u8, ..times };
    }
    let [base, copy, head] = samples;
    PairedRound { round, base, copy, head }
}

/// Verdicts of many simulated runs.
#[derive(Debug, Default)]
struct Counted {
    /// Runs, and those of them with a false verdict of change.
    runs: usize,
    false_runs: usize,
    /// Unchanged cases, and those of them that were called slower or faster.
    unchanged: usize,
    false_slower: usize,
    false_faster: usize,
    /// Changed cases, and those of them whose verdict was right.
    changed: usize,
    found: usize,
    unqualified: usize,
}

fn counted(noise: Noise, scale: f64, rounds: u32, effects: &[f64], runs: usize) -> Counted {
    let mut counted = Counted { runs, ..Counted::default() };
    for seed in 0..runs as u64 {
        let judgement = judge(&comparison(noise, scale, rounds, effects, seed), &Rule::default());
        counted.unqualified += usize::from(!judgement.qualified);
        let mut wrong = 0;
        for (judged, effect) in judgement.cases.iter().zip(effects) {
            let (slower, faster) = (judged.verdict == Change::Regression, judged.verdict == Change::Improvement);
            if *effect == 0.0 {
                counted.unchanged += 1;
                counted.false_slower += usize::from(slower);
                counted.false_faster += usize::from(faster);
                wrong += usize::from(slower || faster);
            } else {
                counted.changed += 1;
                counted.found += usize::from(if *effect > 0.0 { slower } else { faster });
                wrong += usize::from(if *effect > 0.0 { faster } else { slower });
            }
        }
        counted.false_runs += usize::from(wrong > 0);
    }
    counted
}

/// One false verdict in a thousand cases, and one false run in a hundred, of a suite of thirty that has not changed.
#[test]
fn unchanged_suites_raise_no_alarm() {
    for noise in Noise::ALL {
        // The last is a machine beside busy neighbours, and enough rounds to see what is not there.
        for (scale, rounds) in [(0.004, 24), (0.02, 12), (0.02, 60), (0.15, 200)] {
            let counted = counted(noise, scale, rounds, &[0.0; 30], repetitions(if rounds > 100 { 8 } else { 60 }));
            let wrong = counted.false_slower + counted.false_faster;
            let cases = proportion(wrong, counted.unchanged, 0.999).unwrap();
            let suites = proportion(counted.false_runs, counted.runs, 0.999).unwrap();
            assert!(cases.low <= 0.001, "{noise:?}, {scale}, {rounds} rounds: {counted:?}");
            assert!(suites.low <= 0.01, "{noise:?}, {scale}, {rounds} rounds: {counted:?}");
            assert!(counted.unqualified * 50 <= counted.runs + 50, "{noise:?}, {scale}, {rounds} rounds: {counted:?}");
        }
    }
}

/// Where there are changes, at most one in a hundred of those found is false, and they are found either way alike.
#[test]
fn found_changes_are_true_and_found_either_way_alike() {
    let mut effects = [0.0; 30];
    (effects[3], effects[11], effects[17], effects[29]) = (0.06, 0.06, 1.0 / 1.06 - 1.0, 1.0 / 1.06 - 1.0);
    for noise in Noise::ALL {
        let all = counted(noise, 0.005, 60, &effects, repetitions(40));
        let wrong = all.false_slower + all.false_faster;
        let share = proportion(wrong, (all.found + wrong).max(1), 0.999).unwrap();
        assert!(share.low <= 0.01, "{noise:?}: {all:?}");
        let found = proportion(all.found, all.changed, 0.999).unwrap();
        assert!(found.high >= 0.95, "{noise:?}: {all:?}");

        let runs = repetitions(150);
        let up = counted(noise, 0.01, 30, &[0.02; 4], runs).found as f64;
        let down = counted(noise, 0.01, 30, &[1.0 / 1.02 - 1.0; 4], runs).found as f64;
        assert!((up - down).abs() <= 4.5 * (up + down + 4.0).sqrt(), "{noise:?}: {up} up, {down} down");
    }
}

/// What is printed as the smallest detectable effect is found in about four trials of five.
#[test]
fn the_printed_effect_is_where_the_power_curve_says() {
    for noise in Noise::ALL {
        for rounds in [24, 60] {
            let printed: Vec<f64> = (0..60)
                .filter_map(|seed| {
                    let of = comparison(noise, 0.008, rounds, &[0.0; 3], 70_000 + seed);
                    judge(&of, &Rule::default()).cases[0].smallest_detectable
                })
                .collect();
            let printed = median(&printed).expect("an effect is detectable");
            let found = |effect: f64| {
                let counted = counted(noise, 0.008, rounds, &[effect, 0.0, 0.0], repetitions(100));
                counted.found as f64 / counted.changed as f64
            };
            // Within a factor of 1.5 of the effect that is found in four of five.
            let (below, above) = (found(printed / 1.5), found(printed * 1.5));
            assert!(below <= 0.88 && above >= 0.72, "{noise:?}, {rounds} rounds: {printed}: {below} to {above}");
        }
    }
}
