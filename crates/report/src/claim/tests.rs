//! Laws over all claims: each can be supported and refuted, and none decides what its run cannot.

use std::collections::BTreeSet;

use super::*;
use crate::run::synthetic::Synthetic;
use crate::run::{Failure, FailureKind, Role, Sample};

mod documents;
mod of_readings;
mod one_claim;

/// Every claim's verdict on what `run` makes of the claim's own example.
#[track_caller]
fn each(holds: bool, change: impl Fn(&mut Run), expected: Outcome, reason: &str) {
    each_of(|_| true, holds, change, expected, reason);
}

/// The same for those claims alone that `which` selects.
#[track_caller]
fn each_of(which: fn(&Claim) -> bool, holds: bool, change: impl Fn(&mut Run), expected: Outcome, reason: &str) {
    for claim in ALL.iter().filter(|claim| which(claim)) {
        let mut run = (claim.example)(holds);
        change(&mut run);
        let verdict = (claim.check)(&run);
        assert_eq!(verdict.outcome, expected, "{}: {}", claim.id, verdict.reason);
        assert!(verdict.reason.contains(reason), "{}: {}", claim.id, verdict.reason);
        consistent(claim, &verdict);
    }
}

/// What every verdict has in common.
#[track_caller]
fn consistent(claim: &Claim, verdict: &Verdict) {
    let id = claim.id;
    assert!(verdict.reason.ends_with('.'), "{id}: {}", verdict.reason);
    assert!(verdict.rule.starts_with("Supported if") && verdict.rule.contains("refuted if"), "{id}: {}", verdict.rule);
    assert_eq!(verdict.value.is_none(), verdict.outcome == Outcome::NotMeasured, "{id}");
    let judged = || verdict.evidence.iter().filter(|evidence| evidence.judged);
    match verdict.outcome {
        Outcome::Supported => assert!(judged().all(|evidence| evidence.holds == Some(true)), "{id}"),
        Outcome::Refuted => assert!(judged().any(|evidence| evidence.holds == Some(false)), "{id}"),
        Outcome::Inconclusive => {}
        Outcome::NotMeasured => assert_eq!((verdict.low, verdict.high), (None, None), "{id}"),
    }
    for evidence in &verdict.evidence {
        let bounds = [evidence.bound_low, evidence.bound_high];
        assert_eq!(evidence.judged, bounds.iter().any(Option::is_some), "{id}: {}", evidence.subject);
        assert!(evidence.judged || evidence.holds.is_none(), "{id}");
    }
    let document = serde_json::to_value(verdict).unwrap();
    assert_eq!(&serde_json::from_value::<Verdict>(document).unwrap(), verdict, "{id} changes when written");
}

fn every_sample(run: &mut Run, mut touch: impl FnMut(&mut Sample)) {
    run.cases.iter_mut().flat_map(|case| &mut case.samples).for_each(&mut touch);
}

/// Whether all that the claim needs are cases.
fn needs_cases_alone(claim: &Claim) -> bool {
    (claim.needs)().iter().all(|need| matches!(need, Need::Cases { .. }))
}

/// Whether what the claim rests on is counted: then there is no noise about it.
fn counts(claim: &Claim) -> bool {
    matches!(
        claim.id,
        "lock-guards-refcounts"
            | "lock-is-a-mutex"
            | "threads-share-memory"
            | "same-pid"
            | "join-waits"
            | "daemon-dies"
            | "fifo"
            | "put-blocks-when-full"
            | "get-blocks-when-empty"
            | "nowait-fails"
            | "hints-unreliable"
            | "exactly-once"
            | "memory-is-separate"
            | "joinable"
            | "sentinel-per-consumer"
            | "threaded-server-is-concurrent"
    )
}

/// Whether one core is enough for the claim: what is counted is there on any, but for what two threads at once have to
/// bring about; and some costs and memory.
fn is_told_on_one_core(claim: &Claim) -> bool {
    let takes_two_at_once = ["lock-guards-refcounts", "hints-unreliable"].contains(&claim.id);
    counts(claim) && !takes_two_at_once
        || matches!(
            claim.id,
            "threads-suit-io"
                | "lock-released-in-io"
                | "threads-start-cheaper"
                | "process-is-resource-unit"
                | "switching-saves-state"
                | "several-jobs-in-one-app"
        )
}

fn every_measured_reading(run: &mut Run, mut touch: impl FnMut(&mut f64)) {
    let measured = run.readings.iter_mut().filter(|reading| reading.opportunities.is_empty());
    measured.flat_map(|reading| &mut reading.values).for_each(&mut touch);
}

/// Leaves so many kept rounds of everything.
fn truncate(run: &mut Run, rounds: usize) {
    run.cases.iter_mut().for_each(|case| case.samples.truncate(rounds + 1));
    for reading in &mut run.readings {
        reading.rounds.truncate(rounds);
        reading.values.truncate(rounds);
        reading.opportunities.truncate(rounds);
    }
}

/// Makes the A/A arms differ from the cases that they repeat: they take `factor` per cent of their time.
fn skew_twins(run: &mut Run, factor: u64) {
    for twin in run.cases.iter_mut().filter(|case| case.role == Role::Twin) {
        twin.samples.iter_mut().for_each(|sample| sample.parts.compute_ns = sample.parts.compute_ns / 100 * factor);
    }
}

mod every_claim {
    use super::*;

    #[test]
    fn has_an_id_and_a_sentence_of_its_own() {
        for (place, claim) in ALL.iter().enumerate() {
            assert!(claim.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", claim.id);
            assert!(ALL[..place].iter().all(|other| other.id != claim.id && other.statement != claim.statement));
            assert!(claim.statement.ends_with('.') && claim.statement.len() <= 120, "{}", claim.statement);
            assert!(!(claim.needs)().is_empty(), "{} needs nothing", claim.id);
        }
    }

    /// Of the notes that this suite puts to the test: adding to them is no reason to leave one of these out.
    #[test]
    fn of_the_notes_is_there() {
        let notes = [
            // The global lock.
            "gil-serialises-cpu processes-scale-cpu lock-not-threads threads-suit-io lock-released-in-io hybrid-is-best",
            "one-lock-per-process lock-guards-refcounts lock-is-a-mutex interpreters-all-have-it sharing-has-a-price convoy",
            "legacy-lock",
            // Processes and threads.
            "threads-start-cheaper threads-share-memory process-is-resource-unit same-pid join-waits daemon-dies",
            "switching-saves-state several-jobs-in-one-app",
            // Queues.
            "fifo put-blocks-when-full get-blocks-when-empty nowait-fails hints-unreliable exactly-once memory-is-separate",
            "joinable sentinel-per-consumer supply-meets-demand",
            // A server.
            "threaded-server-is-concurrent",
        ];
        let missing: Vec<&str> = notes
            .iter()
            .flat_map(|line| line.split(' '))
            .filter(|id| ALL.iter().all(|claim| claim.id != *id))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn can_be_supported() {
        each(true, |_| (), Outcome::Supported, ": ");
    }

    #[test]
    fn can_be_refuted() {
        each(false, |_| (), Outcome::Refuted, ": ");
    }

    #[test]
    fn has_its_needs_met_by_its_examples() {
        for claim in ALL {
            for run in [true, false].map(claim.example) {
                assert!((claim.needs)().iter().all(|need| need.met_by(&run)), "{}", claim.id);
            }
        }
    }

    #[test]
    fn knows_an_empty_run_and_says_what_to_run() {
        each(true, |run| *run = Synthetic::new(2).qualified(), Outcome::NotMeasured, "run `gilbench run --");
    }

    #[test]
    fn does_not_decide_on_too_few_rounds() {
        let measured = |claim: &Claim| !counts(claim);
        let reason = "has 7 rounds, and a verdict needs 12";
        each_of(measured, true, |run| truncate(run, 7), Outcome::Inconclusive, reason);
        let reason = "rounds, and a verdict needs ";
        each(true, |run| truncate(run, 2), Outcome::Inconclusive, reason);
        each(false, |run| truncate(run, 2), Outcome::Inconclusive, reason);
    }

    /// Three rounds are enough for what is counted, if it had its chances in them.
    #[test]
    fn that_counts_decides_on_three_rounds_with_enough_chances_and_not_on_fewer() {
        let chances = |run: &mut Run, each: u64| {
            for reading in &mut run.readings {
                reading.opportunities.fill(each);
                let holds = reading.name == "holds";
                reading.values.iter_mut().filter(|_| holds).for_each(|value| *value = each as f64);
            }
        };
        let of = |each: u64| {
            move |run: &mut Run| {
                truncate(run, 3);
                chances(run, each);
            }
        };
        each_of(counts, true, of(400), Outcome::Supported, " of 1,200 ");
        each_of(counts, true, of(11), Outcome::Inconclusive, ": that was 33 ");
        let of_programs = |claim: &Claim| ["daemon-dies", "threaded-server-is-concurrent"].contains(&claim.id);
        each_of(of_programs, true, of(12), Outcome::Supported, " of 36 ");
        each_of(
            |claim| counts(claim) && claim.id == "fifo",
            true,
            of(300),
            Outcome::Inconclusive,
            "that was 900 numbers",
        );
        // Documents from before chances were recorded.
        let old = |run: &mut Run| run.readings.iter_mut().for_each(|reading| reading.opportunities.clear());
        let counts_them = |claim: &Claim| counts(claim) && claim.id != "lock-is-a-mutex";
        each_of(counts_them, true, old, Outcome::Inconclusive, "was not recorded, so nothing can be said");
    }

    #[test]
    fn does_not_decide_on_noise_and_says_what_it_could_have_seen() {
        let noisy = |run: &mut Run| {
            let mut random = fastrand::Rng::with_seed(3);
            let mut factor = || (4.0 * (random.f64() - 0.5)).exp();
            every_sample(run, |sample| {
                sample.parts.compute_ns = (sample.parts.compute_ns as f64 * factor()) as u64;
            });
            // What was counted has no noise.
            every_measured_reading(run, |value| *value *= factor());
        };
        let measured = |claim: &Claim| !counts(claim);
        each_of(
            measured,
            true,
            noisy,
            Outcome::Inconclusive,
            "The smallest effect that this run could have seen there is",
        );
        // What was counted is there, or it is not.
        each_of(counts, true, noisy, Outcome::Supported, " of ");
        each_of(counts, false, noisy, Outcome::Refuted, " of ");
    }

    #[test]
    fn counts_failed_cases_as_not_measured() {
        let fail = |run: &mut Run| {
            for case in &mut run.cases {
                case.failed = true;
                let (case, kind) = (Some(case.id.clone()), FailureKind::Killed);
                run.failures.push(Failure { case, round: Some(2), kind, message: "killed by signal 9".into() });
            }
            let probes: BTreeSet<String> = run.readings.iter().map(|reading| reading.probe.clone()).collect();
            for probe in probes {
                let (kind, message) = (FailureKind::Killed, format!("probe {probe}: killed by signal 9"));
                run.failures.push(Failure { case: None, round: Some(2), kind, message });
            }
        };
        each_of(needs_cases_alone, true, fail, Outcome::NotMeasured, "cases failed and do not count as measured: ");
        let needs_a_probe = |claim: &Claim| !needs_cases_alone(claim);
        let reason = "A probe failed and does not count as measured: probe ";
        each_of(needs_a_probe, true, fail, Outcome::NotMeasured, reason);
        each(true, fail, Outcome::NotMeasured, "gilbench run");
    }

    #[test]
    fn leaves_the_control_and_the_twin_out() {
        for role in [Role::Control, Role::Twin] {
            let disguise = |run: &mut Run| run.cases.iter_mut().for_each(|case| case.role = role);
            each_of(needs_cases_alone, true, disguise, Outcome::NotMeasured, "gilbench run");
        }
        let only_control = |run: &mut Run| {
            run.kernels.truncate(1);
            run.kernels[0].id = "control".into();
            run.cases.iter_mut().for_each(|case| case.kernel = "control".into());
        };
        each_of(needs_cases_alone, true, only_control, Outcome::NotMeasured, "gilbench run");
    }

    #[test]
    fn that_was_timed_is_not_decided_if_the_instrument_differs_from_itself() {
        let timed = |claim: &Claim| !counts(claim);
        for holds in [true, false] {
            let reason = "The instrument is unqualified: the A/A arm, ";
            each_of(timed, holds, |run| skew_twins(run, 107), Outcome::Inconclusive, reason);
        }
        each(true, |run| skew_twins(run, 101), Outcome::Supported, "");
    }

    #[test]
    fn that_was_timed_is_not_decided_without_an_aa_arm_of_every_kind() {
        let timed = |claim: &Claim| !counts(claim);
        let none = |run: &mut Run| run.cases.retain(|case| case.role != Role::Twin);
        let failed = |run: &mut Run| {
            let mut twins = run.cases.iter_mut().filter(|case| case.role == Role::Twin);
            twins.next().expect("there is one").failed = true;
        };
        let lost = |run: &mut Run| {
            let mut twins = run.cases.iter_mut().filter(|case| case.role == Role::Twin);
            twins.next().expect("there is one").samples.truncate(3);
        };
        let one_kind = |run: &mut Run| {
            let twin = run.cases.pop().expect("there is one");
            assert_eq!(twin.role, Role::Twin);
        };
        for holds in [true, false] {
            each_of(timed, holds, none, Outcome::Inconclusive, "this run has no A/A arm.");
            each_of(timed, holds, failed, Outcome::Inconclusive, "failed or has too few rounds");
            each_of(timed, holds, lost, Outcome::Inconclusive, "failed or has too few rounds");
            each_of(timed, holds, one_kind, Outcome::Inconclusive, "this run has no A/A arm");
        }
    }

    #[test]
    fn that_was_timed_is_not_decided_on_a_machine_that_others_use() {
        let timed = |claim: &Claim| !counts(claim);
        let busy = |share: f64, steal: f64| {
            move |run: &mut Run| {
                run.machine.conditions.neighbours_before = Some(share);
                run.machine.conditions.steal = Some(steal);
            }
        };
        for holds in [true, false] {
            let reason = "The machine was too busy: others took 50 %";
            each_of(timed, holds, busy(0.5, 0.0), Outcome::Inconclusive, reason);
            each_of(timed, holds, busy(0.2, 0.2), Outcome::Inconclusive, "others took 40 %");
        }
        // A third of one core of two is what repeating is for.
        each(true, busy(1.0 / 6.0, 0.0), Outcome::Supported, "");
        each(false, busy(1.0 / 6.0, 0.0), Outcome::Refuted, "");
    }

    /// What was counted is no matter of time.
    #[test]
    fn that_counts_is_decided_whatever_the_instrument() {
        let worst = |run: &mut Run| {
            run.cases.retain(|case| case.role != Role::Twin);
            run.machine.conditions.neighbours_before = Some(0.98);
        };
        each_of(counts, true, worst, Outcome::Supported, " of ");
        each_of(counts, false, worst, Outcome::Refuted, " of ");
    }

    #[test]
    fn does_not_depend_on_the_order_of_cases_and_readings() {
        for claim in ALL {
            for holds in [true, false] {
                let mut run = (claim.example)(holds);
                let before = (claim.check)(&run);
                run.cases.reverse();
                run.kernels.reverse();
                run.readings.reverse();
                let after = (claim.check)(&run);
                assert_eq!((before.outcome, before.value), (after.outcome, after.value), "{}", claim.id);
            }
        }
    }

    #[test]
    fn that_is_about_cores_says_so_on_a_machine_with_one() {
        for claim in ALL {
            let mut run = (claim.example)(true);
            run.machine.cpu.usable = 1;
            let verdict = (claim.check)(&run);
            if !is_told_on_one_core(claim) {
                assert_eq!(verdict.outcome, Outcome::NotMeasured, "{}", claim.id);
                assert!(verdict.reason.contains("at least 2 cores"), "{}", verdict.reason);
            }
        }
    }
}
