//! Selftests of imaginary machines, whose noise is known.

use super::{findings, is_broken, is_qualified, trials};
use crate::run::Machine;
use crate::run::comparison::Comparison;
use crate::run::selftest::{Basis, Findings, Rate, SELFTEST_SCHEMA, Selftest, SelftestKind};
use crate::stats::noise::Noise;
use crate::track::simulations::comparison;

/// A comparison in which one side really did more steps.
fn injected(noise: Noise, scale: f64, rounds: u32, change: f64, seed: u64) -> Comparison {
    let effect = if change < 0.0 { 1.0 / (1.0 - change) - 1.0 } else { change };
    let mut comparison = comparison(noise, scale, rounds, &[effect, effect], seed);
    comparison.plan.injected = change;
    comparison
}

fn selftest(comparisons: Vec<Comparison>) -> Selftest {
    Selftest {
        kind: SelftestKind::Selftest,
        schema: SELFTEST_SCHEMA,
        generator: "synthetic".into(),
        started_at: "2026-01-01T00:00:00Z".into(),
        elapsed_s: 300.0,
        partial: None,
        short: true,
        neighbour: false,
        seed: 1,
        machine: Machine::default(),
        trial_rounds: 20,
        findings: None,
        comparisons,
    }
}

fn found(noise: Noise, scale: f64) -> Findings {
    let changes = [0.0, 0.05, -0.05];
    findings(&selftest(changes.map(|change| injected(noise, scale, 240, change, 3)).to_vec()))
}

#[test]
fn a_good_machine_keeps_every_promise() {
    for noise in [Noise::Normal, Noise::Autocorrelated] {
        let findings = found(noise, 0.003);
        assert!(is_qualified(&findings), "{noise:?}: {:?}", findings.unqualified);
        for check in &findings.checks {
            assert_ne!(check.met, Some(false), "{noise:?}: {check:?}");
        }
        let power = findings.checks.iter().find(|check| check.statement.starts_with("A change of 5 %")).unwrap();
        assert_eq!(power.met, Some(true), "{noise:?}: {power:?}");
    }
}

#[test]
fn a_machine_too_noisy_for_five_per_cent_is_found_out() {
    let findings = found(Noise::Normal, 0.3);
    let power = findings.checks.iter().filter(|check| check.statement.starts_with("A change of 5 %"));
    assert!(power.clone().count() == 2 && power.clone().all(|check| check.met == Some(false)), "{:?}", findings.checks);
    assert!(!is_qualified(&findings) && !is_broken(&findings), "{:?}", findings.checks);
}

/// An instrument that favours its head: every trial without a change shows one.
#[test]
fn a_biased_instrument_is_found_out() {
    let mut biased = injected(Noise::Normal, 0.002, 240, 0.03, 3);
    biased.plan.injected = 0.0;
    let findings = findings(&selftest(vec![biased, injected(Noise::Normal, 0.002, 240, 0.05, 4)]));
    let failed: Vec<&str> =
        findings.checks.iter().filter(|check| check.met == Some(false)).map(|check| &*check.statement).collect();
    assert!(failed.iter().any(|statement| statement.starts_with("Unchanged code")), "{failed:?}");
    assert!(failed.iter().any(|statement| statement.starts_with("Intervals contain")), "{failed:?}");
    assert!(is_broken(&findings));
}

#[test]
fn nothing_measured_shows_nothing() {
    let findings = findings(&selftest(vec![]));
    assert_eq!((findings.unqualified, findings.points.len()), (Rate::new(0, 0), 0));
    assert!(!is_qualified(&findings));
    assert!(findings.checks.iter().all(|check| check.met.is_none()), "{:?}", findings.checks);
}

#[test]
fn trials_are_cut_without_overlap_and_each_is_confirmed_by_the_next() {
    let comparison = injected(Noise::Normal, 0.01, 65, 0.02, 9);
    let cut = trials::cut(&comparison, 20);
    assert_eq!(cut.len(), 3, "the first round is discarded, and five are left over");
    for (number, trial) in cut.iter().enumerate() {
        let next = &cut[(number + 1) % 3].comparison;
        for (case, following) in trial.comparison.cases.iter().zip(&next.cases) {
            assert_eq!(case.rounds, following_rounds(&comparison, &case.id, 1 + number * 20));
            assert_eq!(case.confirmation, following.rounds);
        }
    }
    assert!(trials::cut(&comparison, 40).is_empty(), "a single trial has nothing to confirm it");
}

fn following_rounds(comparison: &Comparison, id: &str, from: usize) -> Vec<crate::run::comparison::PairedRound> {
    let rounds = &comparison.case(id).unwrap().rounds[from..from + 20];
    rounds
        .iter()
        .enumerate()
        .map(|(at, round)| crate::run::comparison::PairedRound { round: at as u32, ..*round })
        .collect()
}

/// The change of a trial that was drawn is the one asked for, whatever the rounds are like.
#[test]
fn what_is_drawn_again_has_the_change_asked_for() {
    let pool = trials::pool(&[injected(Noise::Normal, 0.0, 65, 0.0, 9)]).unwrap();
    let mut random = fastrand::Rng::with_seed(1);
    for change in [0.1, -0.1] {
        let trial = trials::draw(&pool, 30, change, &mut random);
        assert!(trials::pool(std::slice::from_ref(&trial.comparison)).is_none(), "it is changed, so no A/A");
        for case in &trial.comparison.cases {
            assert_eq!((case.rounds.len(), case.confirmation.len()), (30, 30));
            for round in &case.rounds {
                let ratio = round.head.compute_ns as f64 / round.base.compute_ns as f64;
                assert!((ratio - if change > 0.0 { 1.1 } else { 1.0 / 1.1 }).abs() < 1e-6, "{ratio}");
                assert_eq!(round.base.compute_ns, round.copy.compute_ns);
            }
        }
    }
}

#[test]
fn every_point_says_of_what_it_is() {
    let findings = found(Noise::Skewed, 0.003);
    let measured = findings.points.iter().filter(|point| point.basis == Basis::Measured);
    // Two cases, three changes, two margins.
    assert_eq!(measured.clone().count(), 12);
    for point in measured {
        assert_eq!((point.rounds, point.seen().of), (20, 12));
        assert!(point.seen().happened >= point.judged().happened, "a verdict needs more than an interval: {point:?}");
    }
    assert!(findings.points.iter().any(|point| point.basis == Basis::Resampled && point.rounds > 20));
}

/// A printed effect that is far from the truth would be found out: the judge's own arithmetic is not asked twice.
#[test]
fn the_smallest_detectable_effect_is_tried() {
    for noise in [Noise::HeavyTailed, Noise::StickyModes] {
        let findings = found(noise, 0.01);
        assert_eq!(findings.detectable.len(), 2, "{noise:?}");
        for effect in &findings.detectable {
            let factor = effect.printed / effect.found;
            assert!((1.0 / 1.5..=1.5).contains(&factor), "{noise:?}: {effect:?}");
        }
    }
}
