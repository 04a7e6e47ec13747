//! What a verdict says and decides in one case, by the claim that shows it best.

use super::*;

#[track_caller]
pub(super) fn check(id: &str, run: &Run) -> Verdict {
    let claim = ALL.iter().find(|claim| claim.id == id).expect("the claim exists");
    let verdict = (claim.check)(run);
    consistent(claim, &verdict);
    verdict
}

pub(super) fn example(id: &str, holds: bool) -> Run {
    (ALL.iter().find(|claim| claim.id == id).expect("the claim exists").example)(holds)
}

#[test]
fn names_the_comparison_that_decided() {
    let verdict = check("gil-serialises-cpu", &example("gil-serialises-cpu", false));
    assert!(verdict.reason.starts_with("primes: gil/2 against serial/1: 1.6"), "{}", verdict.reason);
    assert!(verdict.reason.contains("as 1 of 3 comparisons do"), "{}", verdict.reason);
    assert!(verdict.value.is_some_and(|value| (value - 100.0 / 60.0).abs() < 0.02));
    assert_eq!(verdict.unit, "×");
}

/// One comparison in twenty strays beyond the bound by chance: at 95 % alone it would refute.
#[test]
fn is_not_refuted_by_the_one_of_many_comparisons_that_strays() {
    let mut run = Synthetic::new(2);
    for kernel in 0..20 {
        let id = format!("k{kernel}");
        run = run.kernel(&id, crate::run::Bound::Cpu, None);
        run = run.case(&id, "serial", (1, 1), 100.0, 100.0).case(&id, "gil", (1, 2), 102.0, 100.0);
    }
    let mut run = run.build();
    // The bound is 1.05: ten rounds of twelve just above it, and two far below.
    for round in 1..13 {
        let speedup = if round < 3 { 0.9 } else { 1.051 };
        run.cases[0].samples[round].parts.compute_ns = 100_000_000;
        run.cases[1].samples[round].parts.compute_ns = (100e6 / speedup) as u64;
    }
    let verdict = check("gil-serialises-cpu", &run);
    assert_eq!(verdict.outcome, Outcome::Inconclusive, "{}", verdict.reason);
    assert!(verdict.reason.contains("but not at the 99.8 % that 20 comparisons ask"), "{}", verdict.reason);
    // Alone it would have been enough.
    run.kernels.truncate(1);
    assert_eq!(check("gil-serialises-cpu", &run).outcome, Outcome::Refuted);
}

#[test]
fn goes_on_without_the_failed_case_and_names_it() {
    let mut run = example("gil-serialises-cpu", false);
    run.cases.iter_mut().filter(|case| case.id == "primes/gil/2").for_each(|case| case.failed = true);
    let verdict = check("gil-serialises-cpu", &run);
    assert_eq!(verdict.outcome, Outcome::Supported);
    let expected = "One case failed and does not count as measured: primes/gil/2.";
    assert!(verdict.reason.ends_with(expected), "{}", verdict.reason);
}

#[test]
fn asks_for_the_worker_count_that_is_missing() {
    let mut run = example("processes-scale-cpu", true);
    run.cases.retain(|case| case.workers != 4);
    let verdict = check("processes-scale-cpu", &run);
    assert_eq!(verdict.outcome, Outcome::NotMeasured);
    assert!(verdict.reason.contains("run with `--workers 4`"), "{}", verdict.reason);
    assert!(verdict.evidence.iter().any(|evidence| evidence.subject.contains("processes/2")), "efficiency is shown");
}

#[test]
fn says_when_a_resource_was_never_looked_at() {
    let mut run = example("threads-suit-io", true);
    every_sample(&mut run, |sample| sample.pss_per_worker_bytes = None);
    let verdict = check("threads-suit-io", &run);
    assert_eq!(verdict.outcome, Outcome::Inconclusive);
    assert!(verdict.reason.contains("memory per worker was not recorded"), "{}", verdict.reason);
}

#[test]
fn hybrid_shows_the_whole_map_and_its_memory() {
    let verdict = check("hybrid-is-best", &example("hybrid-is-best", true));
    for split in ["gil/8", "gil-hybrid/2x4", "gil-hybrid/4x2", "gil-hybrid/8x1"] {
        let subject = format!("crawl-50: {split}, time");
        assert!(verdict.evidence.iter().any(|evidence| evidence.subject == subject), "{subject}");
    }
    assert!(verdict.reason.contains("Its memory per worker is 684 KiB, against 684 KiB"), "{}", verdict.reason);
}

#[test]
fn hybrid_is_not_decided_by_an_edge_that_is_as_good() {
    let mut run = example("hybrid-is-best", true);
    let best = run.case("crawl-50/gil-hybrid/2x4").unwrap().samples.clone();
    run.cases
        .iter_mut()
        .filter(|case| case.id == "crawl-50/gil-hybrid/8x1")
        .for_each(|case| case.samples = best.clone());
    let verdict = check("hybrid-is-best", &run);
    assert_eq!(verdict.outcome, Outcome::Inconclusive, "{}", verdict.reason);
}
