//! What the shared laws do not say of claims on readings, of samples too short for their lock, and of busy peers.

use super::one_claim::{check, example};
use super::*;
use crate::run::validation::{LockKind, VALIDATION_SCHEMA, Validation};
use crate::run::{Bound, Reading, synthetic};

#[test]
fn one_overlap_is_one_too_many_and_is_named_with_its_rounds() {
    let verdict = check("lock-is-a-mutex", &example("lock-is-a-mutex", false));
    let expected = "two threads under one lock at once: 1 of 5,387 holds (0.0186 %) lies wholly on the other side.";
    assert_eq!(verdict.reason, expected);
    assert_eq!((verdict.value, verdict.low, verdict.high), (Some(1.0), Some(1.0), Some(1.0)));
}

#[test]
fn rounds_in_which_nobody_held_the_lock_say_nothing() {
    let mut run = example("lock-is-a-mutex", true);
    run.readings.iter_mut().filter(|reading| reading.name == "holds").for_each(|holds| holds.values[0] = 0.0);
    let verdict = check("lock-is-a-mutex", &run);
    assert_eq!(verdict.outcome, Outcome::Supported);
    assert_eq!(verdict.evidence[0].estimate.n, 11);
    run.readings.iter_mut().filter(|reading| reading.name == "holds").for_each(|holds| holds.values[..10].fill(0.0));
    let verdict = check("lock-is-a-mutex", &run);
    assert_eq!(verdict.outcome, Outcome::Inconclusive);
    assert!(verdict.reason.contains("has 2 rounds, and a verdict needs 3"), "{}", verdict.reason);
}

#[test]
fn counts_that_never_go_wrong_without_a_lock_refute_that_they_do() {
    let mut run = example("lock-guards-refcounts", true);
    let counts = run.readings.iter_mut().find(|reading| reading.name == "none/shared/lost").expect("it is read");
    counts.values.fill(0.0);
    let verdict = check("lock-guards-refcounts", &run);
    assert_eq!(verdict.outcome, Outcome::Refuted);
    assert!(
        verdict.reason.contains("plain counts without a lock, lost: 0 of 960,000,000 updates (at most "),
        "{}",
        verdict.reason
    );
}

#[test]
fn a_convoy_is_refuted_by_waits_of_many_intervals_as_well() {
    let mut run = example("convoy", true);
    for reading in run.readings.iter_mut().filter(|reading| reading.name == "1000us/1-cpu/500us/p50") {
        reading.values.iter_mut().for_each(|value| *value = 1.05e6 + 2e6);
    }
    let verdict = check("convoy", &run);
    assert_eq!(verdict.outcome, Outcome::Refuted);
    assert!(verdict.reason.starts_with("echo after 1 ms, interval 0.5 ms, median delay: 4.0"), "{}", verdict.reason);
    assert_eq!(verdict.unit, "intervals");
}

/// A wait of a millisecond for the lock is over when the answer comes.
#[test]
fn an_interval_behind_which_the_answer_hides_is_shown_and_not_judged() {
    let mut run = example("convoy", true);
    for reading in run.readings.iter_mut().filter(|reading| reading.name == "1000us/1-cpu/1000us/p50") {
        reading.values.fill(1.05e6);
    }
    let verdict = check("convoy", &run);
    assert_eq!(verdict.outcome, Outcome::Supported);
    let hidden =
        verdict.evidence.iter().find(|evidence| evidence.subject == "echo after 1 ms, interval 1 ms, median delay");
    assert!(hidden.is_some_and(|hidden| !hidden.judged));
}

/// A delay of nothing at all, or less, has no logarithm, and must count all the same.
#[test]
fn a_convoy_is_refuted_by_no_wait_at_all() {
    let mut run = example("convoy", true);
    for reading in run.readings.iter_mut().filter(|reading| reading.name == "1000us/1-cpu/5000us/p50") {
        reading.values.fill(1.0e6);
    }
    let verdict = check("convoy", &run);
    assert_eq!(verdict.outcome, Outcome::Refuted);
    assert!(verdict.value.is_some_and(|value| value < 0.0), "{:?}", verdict.value);
}

#[test]
fn the_echo_at_once_is_shown_and_not_judged() {
    let verdict = check("convoy", &example("convoy", true));
    let at_once: Vec<&Evidence> =
        verdict.evidence.iter().filter(|evidence| evidence.subject.starts_with("echo at once")).collect();
    assert_eq!(at_once.len(), 9, "median, mean and share that waited, at three intervals");
    assert!(at_once.iter().all(|evidence| !evidence.judged));
    // Its other mode: the median knows nothing of the waits.
    assert!(at_once.iter().any(|evidence| evidence.subject.contains("median") && evidence.estimate.value < 0.1));
}

#[test]
fn a_loop_that_serves_a_second_client_refutes_that_it_serves_one() {
    let mut run = example("threaded-server-is-concurrent", true);
    let beside = run.readings.iter_mut().find(|reading| reading.name == "sequential/free/0us/8/beside");
    beside.expect("it is read").values[5] = 1.0;
    let verdict = check("threaded-server-is-concurrent", &run);
    assert_eq!(verdict.outcome, Outcome::Refuted);
    let expected = "sequential, 8 clients, served beside the first: 1 of 84 clients (1.19 %)";
    assert!(verdict.reason.starts_with(expected), "{}", verdict.reason);
}

#[test]
fn a_pool_is_judged_with_no_more_clients_than_it_has_threads() {
    let mut run = example("threaded-server-is-concurrent", true);
    let judged = |run: &Run| {
        let verdict = check("threaded-server-is-concurrent", run);
        let pools = |evidence: &&Evidence| evidence.judged && evidence.subject.starts_with("pool");
        (verdict.outcome, verdict.evidence.iter().filter(pools).count())
    };
    assert_eq!(judged(&run), (Outcome::Supported, 1), "with 4 clients, not with 8");
    // Of a pool of unknown size nothing is promised.
    run.readings.retain(|reading| reading.name != "pool-threads");
    assert_eq!(judged(&run), (Outcome::Supported, 0));
}

/// A free-threaded CPython beside models that hold, measured in so many kept rounds.
fn with_interpreter(lock: LockKind, rounds: u32) -> Run {
    let mut run = example("interpreters-all-have-it", true);
    let rounds = (0..=rounds).map(|round| synthetic::cell_round(round, 1.9, 1.92, 1.9)).collect();
    let cell = synthetic::cell("cpu/threads-2/speedup", "×", 2, rounds);
    let interpreters = vec![synthetic::interpreter("3.99.1", lock, 13, vec![cell])];
    run.validation = Some(Validation {
        schema: VALIDATION_SCHEMA,
        generator: run.generator.clone(),
        started_at: run.started_at.clone(),
        elapsed_s: 1.0,
        partial: None,
        seed: 1,
        discarded_rounds: 1,
        machine: run.machine.clone(),
        interpreters,
        skipped: vec![],
    });
    run
}

#[test]
fn a_real_interpreter_without_the_lock_refutes_that_all_have_it() {
    let verdict = check("interpreters-all-have-it", &with_interpreter(LockKind::FreeThreaded, 12));
    assert_eq!(verdict.outcome, Outcome::Refuted);
    assert!(
        verdict.reason.starts_with("CPython 3.99.1 (free-threaded): 2 threads against 1: 1.91"),
        "{}",
        verdict.reason
    );
    // With too few rounds, or with the lock that the sentence was made for, it is there to be seen.
    for run in [with_interpreter(LockKind::FreeThreaded, 11), with_interpreter(LockKind::Gil, 12)] {
        let verdict = check("interpreters-all-have-it", &run);
        assert_eq!(verdict.outcome, Outcome::Supported, "{}", verdict.reason);
        assert!(verdict.evidence.iter().any(|shown| shown.subject.starts_with("CPython 3.99.1") && !shown.judged));
    }
}

#[test]
fn the_old_lock_is_judged_by_what_there_is() {
    let mut run = example("legacy-lock", true);
    run.kernels.clear();
    assert_eq!(check("legacy-lock", &run).outcome, Outcome::Supported);
    run.readings.clear();
    assert_eq!(check("legacy-lock", &run).outcome, Outcome::NotMeasured);
}

/// Runs of both lengths: 64 threads whose samples last, and 256 that are gone after two switch intervals.
fn io(factor: f64) -> Run {
    Synthetic::new(2)
        .kernel("sleep", Bound::Io, None)
        .case("sleep", "threads", (1, 64), 100.0, 100.0)
        .case("sleep", "gil", (1, 64), 101.0, 100.0)
        .case("sleep", "threads", (1, 256), 10.0, 100.0)
        .case("sleep", "gil", (1, 256), 10.0 * factor, 100.0)
        .qualified()
}

#[test]
fn a_lock_that_slows_io_down_counts_however_short_the_sample() {
    for (factor, outcome) in [(1.0, Outcome::Supported), (1.3, Outcome::Refuted), (2.0, Outcome::Refuted)] {
        let verdict = check("lock-released-in-io", &io(factor));
        assert_eq!(verdict.outcome, outcome, "{factor}: {}", verdict.reason);
    }
    let verdict = check("lock-released-in-io", &io(2.0));
    assert!(verdict.reason.starts_with("sleep: gil/256 against threads/256: 2.0"), "{}", verdict.reason);
}

/// Threads under a lock that take so many milliseconds, of a kernel that takes so many serially.
fn computing(serial_ms: f64, gil_ms: f64) -> Run {
    Synthetic::new(2)
        .kernel("primes", Bound::Cpu, None)
        .case("primes", "serial", (1, 1), serial_ms, serial_ms)
        .case("primes", "gil", (1, 2), gil_ms, serial_ms)
        .qualified()
}

/// The plan withholds a case: what its own samples took has no say in it.
#[test]
fn samples_planned_too_short_for_their_lock_are_shown_and_not_judged() {
    let least = 15.0 * 5.0;
    for gil_ms in [20.0, 50.0, 400.0] {
        let verdict = check("gil-serialises-cpu", &computing(least * 0.8, gil_ms));
        assert_eq!(verdict.outcome, Outcome::NotMeasured, "{gil_ms}: {}", verdict.reason);
        let expected = "Nothing that was measured can be judged. Too short to be judged, with samples planned for fewer than \
                        15 switch intervals: primes/gil/2.";
        assert_eq!(verdict.reason, expected);
        assert!(verdict.evidence.iter().any(|shown| shown.subject.contains("gil/2") && !shown.judged));
    }
    // A lock that lets both threads run halves the sample, and is judged all the same.
    for (gil_ms, outcome) in [(50.0, Outcome::Refuted), (104.0, Outcome::Supported)] {
        let verdict = check("gil-serialises-cpu", &computing(least * 1.1, gil_ms));
        assert_eq!(verdict.outcome, outcome, "{gil_ms}: {}", verdict.reason);
    }
    // A shorter interval makes samples long enough.
    let mut quick = computing(least * 0.8, 80.0);
    quick.plan.knobs.switch_interval_us = 500;
    assert_eq!(check("gil-serialises-cpu", &quick).outcome, Outcome::Supported);
}

#[test]
fn a_single_descriptor_of_a_thread_refutes_that_it_has_none() {
    let mut run = example("process-is-resource-unit", true);
    let descriptors = run.readings.iter_mut().find(|reading| reading.name == "thread/added-descriptors");
    descriptors.expect("it is read").values[3] = 1.0;
    let verdict = check("process-is-resource-unit", &run);
    assert_eq!(verdict.outcome, Outcome::Refuted);
    assert!(verdict.reason.starts_with("descriptors of its own: 1 of 1,152 threads (0.0868 %)"), "{}", verdict.reason);
}

#[test]
fn a_thread_that_adds_nothing_counts_as_one_page_and_does_not_drop_out() {
    let mut run = example("process-is-resource-unit", true);
    let nothing = |reading: &&mut Reading| matches!(reading.name.as_str(), "thread/pss" | "thread/page-tables");
    run.readings.iter_mut().filter(nothing).for_each(|reading| reading.values.fill(0.0));
    let verdict = check("process-is-resource-unit", &run);
    assert_eq!(verdict.outcome, Outcome::Supported, "{}", verdict.reason);
    let fork = verdict.evidence.iter().find(|shown| shown.subject.starts_with("fork against thread"));
    let ratio = fork.expect("it is judged").estimate.value;
    assert!((ratio - 40e3 / 4096.0).abs() < 0.3, "{ratio}");
}

#[test]
fn state_that_was_lost_once_refutes_that_it_is_saved() {
    let mut run = example("switching-saves-state", true);
    let lost = run.readings.iter_mut().find(|reading| reading.name == "thread/state-lost");
    lost.expect("it is read").values[7] = 1.0;
    let verdict = check("switching-saves-state", &run);
    assert_eq!(verdict.outcome, Outcome::Refuted);
    assert!(verdict.reason.starts_with("threads whose state was lost: 1 of 48,000 switches"), "{}", verdict.reason);
}

/// Which is dearer is data: neither way round decides anything.
#[test]
fn processes_that_switch_faster_than_threads_refute_nothing() {
    let mut run = example("switching-saves-state", true);
    let threads = |reading: &&mut Reading| reading.name.starts_with("thread/") && reading.unit == "ns";
    run.readings.iter_mut().filter(threads).for_each(|reading| reading.values.iter_mut().for_each(|ns| *ns *= 5.0));
    let verdict = check("switching-saves-state", &run);
    assert_eq!(verdict.outcome, Outcome::Supported, "{}", verdict.reason);
    let compared = |shown: &&Evidence| shown.subject.starts_with("processes against threads");
    assert_eq!(verdict.evidence.iter().filter(compared).filter(|shown| !shown.judged).count(), 4);
}

#[test]
fn an_editor_is_judged_by_its_longest_document() {
    let mut run = example("several-jobs-in-one-app", true);
    let judged = |run: &Run| {
        let verdict = check("several-jobs-in-one-app", run);
        let drawn = verdict.evidence.into_iter().filter(|shown| shown.judged && shown.subject.ends_with("drawn"));
        (verdict.outcome, drawn.map(|shown| shown.subject).collect::<Vec<_>>())
    };
    let (outcome, subjects) = judged(&run);
    assert_eq!((outcome, subjects.len()), (Outcome::Supported, 1));
    assert!(subjects[0].contains("1024 KiB"), "{subjects:?}");
    // With a short one alone nothing is copied that would show.
    run.readings.retain(|reading| !reading.name.contains("1024KiB"));
    assert_eq!(judged(&run).0, Outcome::Refuted);
}

#[test]
fn a_case_whose_peer_is_busy_is_shown_and_not_judged() {
    let with_peer = |per_cent: u64| {
        let mut run = example("threads-suit-io", true);
        every_sample(&mut run, |sample| sample.peer_cpu_ns = Some(sample.parts.compute_ns * per_cent / 100));
        check("threads-suit-io", &run)
    };
    // Two cores, of which a peer may use a quarter each.
    assert_eq!(with_peer(49).outcome, Outcome::Supported);
    let verdict = with_peer(51);
    assert_eq!(verdict.outcome, Outcome::NotMeasured);
    assert!(verdict.reason.starts_with("Nothing that was measured can be judged."), "{}", verdict.reason);
    assert!(verdict.evidence.iter().all(|shown| !shown.judged && shown.subject.contains("its peer was too busy")));
    // One busy arm is enough, and another kernel goes on being judged.
    let mut run = example("threads-suit-io", true);
    let busy = run.cases.iter_mut().find(|case| case.kernel == "sleep").expect("a case of the example");
    busy.samples.iter_mut().for_each(|sample| sample.peer_cpu_ns = Some(2 * sample.parts.compute_ns));
    let verdict = check("threads-suit-io", &run);
    assert_eq!(verdict.outcome, Outcome::Supported);
    assert!(verdict.evidence.iter().all(|shown| shown.judged == shown.subject.starts_with("pipe")));
}
