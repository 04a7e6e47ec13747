//! Two runs made apart.

use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Role, Run};
use crate::track::{Change, Compared, Outcome, Unpaired, compare};

fn run(threads: f64, speed: f64) -> Run {
    let mut run = Synthetic::new(2)
        .rounds(31)
        .kernel("primes", Bound::Cpu, None)
        .case("primes", "serial", (1, 1), 100.0 / speed, 100.0)
        .case("primes", "threads", (1, 2), threads * 100.0 / speed, 100.0)
        .build();
    let mut twin = run.cases[1].clone();
    (twin.id, twin.role) = ("primes/threads/2@twin".into(), Role::Twin);
    run.cases.push(twin);
    run
}

fn of(compared: &Unpaired, what: Compared, case: &str) -> Change {
    compared.cases.iter().find(|one| one.compared == what && one.case == case).unwrap().verdict
}

#[test]
fn on_one_machine_times_decide() {
    let compared = compare(&run(0.5, 1.0), &run(0.5, 1.0), None).unwrap();
    assert_eq!(compared.times_refused, None);
    assert!(compared.cases.iter().all(|case| case.verdict == Change::Equivalent), "{compared:?}");
    assert_eq!((compared.family, compared.outcome()), (3, Outcome::Pass));

    let slower = compare(&run(0.5, 1.0), &run(0.6, 1.0), None).unwrap();
    assert_eq!(of(&slower, Compared::Time, "primes/threads/2"), Change::Regression);
    assert_eq!(of(&slower, Compared::Ratio, "primes/threads/2"), Change::Regression);
    assert_eq!(of(&slower, Compared::Time, "primes/serial/1"), Change::Equivalent);
    assert_eq!(slower.outcome(), Outcome::Regression);
    assert_eq!(compare(&run(0.6, 1.0), &run(0.5, 1.0), None).unwrap().outcome(), Outcome::Pass, "faster is fine");

    // The baseline alone got faster: the ratio rises, and nothing got slower.
    let mut head = run(0.5, 1.0);
    for sample in &mut head.cases[0].samples {
        sample.parts.compute_ns = sample.parts.compute_ns * 8 / 10;
    }
    let compared = compare(&run(0.5, 1.0), &head, None).unwrap();
    assert_eq!(of(&compared, Compared::Ratio, "primes/threads/2"), Change::Regression);
    assert_eq!(compared.outcome(), Outcome::Pass);
}

#[test]
fn across_machines_only_ratios_are_compared() {
    let mut head = run(0.5, 3.0);
    head.machine.cpu.model = "Another CPU".into();
    let compared = compare(&run(0.5, 1.0), &head, None).unwrap();
    let refused = compared.times_refused.as_ref().unwrap();
    assert!(refused.contains("processor (Imaginary CPU, Another CPU)"), "{refused}");
    assert!(compared.cases.iter().all(|case| case.compared == Compared::Ratio && case.decides));
    assert_eq!(of(&compared, Compared::Ratio, "primes/threads/2"), Change::Equivalent, "the machine's speed cancels");
    assert_eq!(compared.outcome(), Outcome::Pass);

    head.machine.build.compiler = "another compiler".into();
    assert!(compare(&run(0.5, 1.0), &head, None).unwrap().times_refused.unwrap().contains("compiler"));
}

#[test]
fn the_margin_can_be_chosen() {
    let verdict =
        |margin| of(&compare(&run(0.5, 1.0), &run(0.52, 1.0), margin).unwrap(), Compared::Time, "primes/threads/2");
    assert_eq!(verdict(None), Change::Equivalent);
    assert_eq!(verdict(Some(0.02)), Change::Regression);
}

#[test]
fn what_was_measured_otherwise_is_not_compared() {
    let locked = |interval_us| {
        let mut run = Synthetic::new(2)
            .kernel("primes", Bound::Cpu, None)
            .case("primes", "serial", (1, 1), 100.0, 100.0)
            .case("primes", "gil", (1, 2), 100.0, 100.0)
            .build();
        run.plan.knobs.switch_interval_us = interval_us;
        run
    };
    let compared = compare(&locked(5000), &locked(500), None).unwrap();
    assert!(compared.skipped.iter().any(|why| why.contains("primes/gil/2") && why.contains("settings of the lock")));
    assert!(compared.cases.iter().all(|case| case.case == "primes/serial/1"));

    let mut head = run(0.5, 1.0);
    head.cases[1].failed = true;
    let compared = compare(&run(0.5, 1.0), &head, None).unwrap();
    assert_eq!(compared.newly_failed, ["primes/threads/2"]);
    assert_eq!(compared.outcome(), Outcome::Failed);

    let other = Synthetic::new(2).kernel("sort", Bound::Cpu, None).case("sort", "serial", (1, 1), 100.0, 100.0).build();
    let error = compare(&run(0.5, 1.0), &other, None).unwrap_err().to_string();
    assert!(error.contains("no case in common") && error.contains("primes/serial/1"), "{error}");
}

#[test]
fn an_unqualified_run_decides_nothing() {
    let mut head = run(0.9, 1.0);
    let twin = head.cases.iter_mut().find(|case| case.id.ends_with("@twin")).unwrap();
    for sample in &mut twin.samples {
        sample.parts.compute_ns = sample.parts.compute_ns * 12 / 10;
    }
    let compared = compare(&run(0.5, 1.0), &head, None).unwrap();
    assert!(!compared.qualified && compared.unqualified.as_ref().unwrap().starts_with("Head: "));
    assert_eq!(compared.outcome(), Outcome::Undecided);
}

#[test]
fn too_few_rounds_decide_nothing() {
    let short = |threads: f64| {
        let made = Synthetic::new(2).rounds(8).kernel("primes", Bound::Cpu, None).case(
            "primes",
            "serial",
            (1, 1),
            100.0,
            100.0,
        );
        made.case("primes", "threads", (1, 2), threads * 100.0, 100.0).build()
    };
    let compared = compare(&short(0.5), &short(0.9), None).unwrap();
    assert!(compared.cases.iter().all(|case| case.verdict == Change::Inconclusive), "{compared:?}");
    assert_eq!(compared.outcome(), Outcome::Undecided);
}
