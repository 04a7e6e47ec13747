//! Simulated comparisons, under the noise that real machines have: does the rule keep what it promises?
//!
//! Quick by default. `GILBENCH_SIMULATIONS=20 cargo test --release --lib simulations` is the long form: so many times as
//! many repetitions, with the same bounds.

use super::{Change, JudgedCase, Rule, fixture, judge};
use crate::run::ArmSample;
use crate::run::comparison::{Comparison, PairedRound};
use crate::stats::noise::{Noise, Weather, repetitions};
use crate::stats::trials::AtMost;
use crate::stats::{median, median_estimate};

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

/// Share of the changed cases of simulated runs whose verdict is right.
fn found(noise: Noise, scale: f64, rounds: u32, effects: &[f64], runs: usize) -> f64 {
    let (mut changed, mut found) = (0_usize, 0_usize);
    for seed in 0..runs as u64 {
        let judgement = judge(&comparison(noise, scale, rounds, effects, seed), &Rule::default());
        for (judged, effect) in judgement.cases.iter().zip(effects).filter(|(_, effect)| **effect != 0.0) {
            let right = if *effect > 0.0 { Change::Regression } else { Change::Improvement };
            changed += 1;
            found += usize::from(judged.verdict == right);
        }
    }
    found as f64 / changed as f64
}

/// One false verdict in a thousand cases, and one false run in a hundred, of a suite of thirty that has not changed.
/// Three times as many, over the machines of a kind of noise, are seen in all but one of a hundred tests.
#[test]
fn unchanged_suites_raise_no_alarm() {
    for noise in Noise::ALL {
        let (kept, seen) = keeps_promises(noise, judged);
        assert!(kept, "{noise:?}: {seen}");
    }
}

/// An interval at 95 % for each case, without confirmation and without regard to how many cases there are.
#[test]
fn a_rule_with_false_alarms_is_seen() {
    for noise in Noise::ALL {
        let (kept, seen) = keeps_promises(noise, |comparison| {
            let wrong = comparison.cases.iter().filter(|case| {
                let ratio = |round: &PairedRound| (round.head.compute_ns as f64 / round.base.compute_ns as f64).ln();
                let ratios: Vec<f64> = case.rounds.iter().map(ratio).collect();
                let estimate = median_estimate(&ratios, 0.95).expect("there are rounds");
                estimate.is_above(0.0) || estimate.is_below(0.0)
            });
            (wrong.count(), true)
        });
        assert!(!kept, "{noise:?}: {seen}");
    }
}

/// False verdicts of a comparison without a change, and whether the instrument is qualified.
fn judged(comparison: &Comparison) -> (usize, bool) {
    let judgement = judge(comparison, &Rule::default());
    let wrong = |case: &&JudgedCase| matches!(case.verdict, Change::Regression | Change::Improvement);
    (judgement.cases.iter().filter(wrong).count(), judgement.qualified)
}

/// Whether a rule, on suites of thirty unchanged cases, has at most one false verdict in a thousand cases and one false
/// run in a hundred; and what was seen.
fn keeps_promises(noise: Noise, rule: impl Fn(&Comparison) -> (usize, bool)) -> (bool, String) {
    /// Scale of the noise and rounds. The last is a machine beside busy neighbours, and enough rounds to see what is not
    /// there.
    const MACHINES: [(f64, u32); 4] = [(0.004, 24), (0.02, 12), (0.02, 60), (0.15, 200)];
    /// The last takes long: one run in so many.
    const RARE: u64 = 30;
    let (mut cases, mut runs) = (AtMost::new(0.001, 0.003), AtMost::new(0.01, 0.03));
    let (mut all, mut wrong_cases, mut wrong_runs, mut unqualified) = (0_u64, 0, 0, 0);
    while cases.kept().is_none() || runs.kept().is_none() {
        let (scale, rounds) = MACHINES[if all % RARE == 0 { 3 } else { all as usize % 3 }];
        let (wrong, qualified) = rule(&comparison(noise, scale, rounds, &[0.0; 30], all));
        runs.add(wrong > 0);
        (0..30).for_each(|case| cases.add(case < wrong));
        all += 1;
        wrong_cases += wrong;
        wrong_runs += u64::from(wrong > 0);
        unqualified += u64::from(!qualified);
    }
    let seen = format!("{wrong_cases} false verdicts in {wrong_runs} of {all} runs, {unqualified} unqualified");
    let kept = cases.kept() == Some(true) && runs.kept() == Some(true) && unqualified * 50 <= all + 50;
    (kept, seen)
}

/// Where there are changes, at most one in a hundred of those found is false, at most one in twenty is missed, and they
/// are found either way alike. Three times as many false ones and twice as many missed ones are seen.
#[test]
fn found_changes_are_true_and_found_either_way_alike() {
    let mut effects = [0.0; 30];
    (effects[3], effects[11], effects[17], effects[29]) = (0.06, 0.06, 1.0 / 1.06 - 1.0, 1.0 / 1.06 - 1.0);
    for noise in Noise::ALL {
        let (mut false_ones, mut missed) = (AtMost::new(0.01, 0.03), AtMost::new(0.05, 0.1));
        for seed in 0.. {
            let judgement = judge(&comparison(noise, 0.005, 60, &effects, seed), &Rule::default());
            for (judged, effect) in judgement.cases.iter().zip(effects) {
                let (slower, faster) = (judged.verdict == Change::Regression, judged.verdict == Change::Improvement);
                let found = (effect > 0.0 && slower) || (effect < 0.0 && faster);
                if slower || faster {
                    false_ones.add(!found);
                }
                if effect.abs() > 0.0 {
                    missed.add(!found);
                }
            }
            if false_ones.kept().is_some() && missed.kept().is_some() {
                break;
            }
        }
        assert_eq!(
            (false_ones.kept(), missed.kept()),
            (Some(true), Some(true)),
            "{noise:?}: {false_ones:?}, {missed:?}"
        );

        let runs = repetitions(150);
        let all = runs as f64 * 4.0;
        let [up, down] = [0.02, 1.0 / 1.02 - 1.0].map(|effect| found(noise, 0.01, 30, &[effect; 4], runs) * all);
        // More than four and a half standard errors of a difference of two counts: one test in 100,000.
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
            let found = |effect: f64| found(noise, 0.008, rounds, &[effect, 0.0, 0.0], repetitions(100));
            // Within a factor of 1.5 of the effect that is found in four of five.
            let (below, above) = (found(printed / 1.5), found(printed * 1.5));
            assert!(below <= 0.88 && above >= 0.72, "{noise:?}, {rounds} rounds: {printed}: {below} to {above}");
        }
    }
}
