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
    let mut run = run.qualified();
    // The bound is 1.05: ten rounds of twelve just above it, and two far below.
    for round in 1..13 {
        let speedup = if round < 3 { 0.9 } else { 1.051 };
        run.cases[0].samples[round].parts.compute_ns = 100_000_000;
        run.cases[1].samples[round].parts.compute_ns = (100e6 / speedup) as u64;
    }
    for original in [0, 1] {
        let (id, samples) = (run.cases[original].id.clone() + "@twin", run.cases[original].samples.clone());
        run.cases.iter_mut().find(|case| case.id == id).expect("it is measured twice").samples = samples;
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
    // The case that is measured twice is another.
    let mut twin = run.case("primes/gil/4").expect("it is there").clone();
    (twin.id, twin.role) = ("primes/gil/4@twin".into(), Role::Twin);
    run.cases.retain(|case| case.id != "primes/gil/2@twin");
    run.cases.push(twin);
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
    assert!(verdict.reason.contains("--model processes --workers 4`"), "{}", verdict.reason);
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
    // Of the split that passes: faster than all threads, as fast as all processes, and less of two things.
    let judged: Vec<_> =
        verdict.evidence.iter().filter(|shown| shown.judged && shown.subject.contains("crawl")).collect();
    assert_eq!(judged.len(), 4, "{judged:?}");
    assert!(judged.iter().all(|shown| shown.subject.contains("gil-hybrid/4x2 against")), "{judged:?}");
}

fn with_split(run: &mut Run, id: &str, change: impl Fn(&mut Sample)) {
    let case = run.cases.iter_mut().find(|case| case.id == id).expect("it is there");
    case.samples.iter_mut().for_each(change);
}

/// As fast as all processes is enough; another split that does worse is no objection.
#[test]
fn hybrid_need_not_be_faster_than_all_processes_and_one_split_is_enough() {
    let mut run = example("hybrid-is-best", true);
    with_split(&mut run, "crawl-50/gil-hybrid/2x4", |sample| sample.parts.compute_ns *= 3);
    assert_eq!(check("hybrid-is-best", &run).outcome, Outcome::Supported);
}

#[test]
fn hybrid_must_take_less_memory_and_less_start_up_than_all_processes() {
    let splits = ["crawl-50/gil-hybrid/2x4", "crawl-50/gil-hybrid/4x2"];
    let mut heavy = example("hybrid-is-best", true);
    let mut slow = example("hybrid-is-best", true);
    for split in splits {
        with_split(&mut heavy, split, |sample| sample.pss_per_worker_bytes = Some(900_000));
        with_split(&mut slow, split, |sample| sample.parts.spawn_ns *= 20);
    }
    for (run, what) in [(heavy, "memory per worker"), (slow, "start-up per worker")] {
        let verdict = check("hybrid-is-best", &run);
        assert_eq!(verdict.outcome, Outcome::Refuted, "{}", verdict.reason);
        assert!(verdict.reason.contains(what), "{}", verdict.reason);
    }
}

/// Two splits to choose from are two chances, so the level is that of two.
#[test]
fn hybrid_corrects_for_the_splits_that_it_chose_from() {
    let mut run = example("hybrid-is-best", true);
    run.kernels.retain(|kernel| kernel.id != "handoff");
    run.cases.retain(|case| !case.id.ends_with("4x2") && case.kernel != "handoff");
    let edge = run.case("crawl-50/gil/8").expect("it is there").clone();
    let case = run.cases.iter_mut().find(|case| case.id.ends_with("gil-hybrid/2x4")).expect("it is there");
    // Faster than all threads in ten rounds of twelve: enough for 95 % (3rd to 10th), not for 97.5 %.
    for (at, (sample, edge)) in case.samples.iter_mut().zip(&edge.samples).enumerate() {
        let factor = if (1..3).contains(&at) { 1.2 } else { 0.5 };
        sample.parts.compute_ns = (edge.parts.compute_ns as f64 * factor) as u64;
    }
    let other = case.clone();
    let alone = check("hybrid-is-best", &run);
    assert_eq!(alone.outcome, Outcome::Supported, "{}", alone.reason);
    run.cases.push(crate::run::CaseResult { id: "crawl-50/gil-hybrid/4x2".into(), processes: 4, threads: 2, ..other });
    let of_two = check("hybrid-is-best", &run);
    assert_eq!(of_two.outcome, Outcome::Inconclusive, "{}", of_two.reason);
}

#[test]
fn sharing_is_judged_by_the_address_space_alone() {
    let mut run = example("sharing-has-a-price", true);
    with_split(&mut run, "open-close/threads/2", |sample| sample.parts.compute_ns /= 2);
    let verdict = check("sharing-has-a-price", &run);
    assert_eq!(verdict.outcome, Outcome::Supported, "{}", verdict.reason);
    let judged = verdict.evidence.iter().filter(|shown| shown.judged).map(|shown| shown.subject.as_str());
    assert_eq!(judged.collect::<Vec<_>>(), ["mmap: threads/2 against processes/2, sharing the address space"]);
    assert!(verdict.evidence.iter().any(|shown| shown.subject.starts_with("open-close")), "the rest is shown");
}
