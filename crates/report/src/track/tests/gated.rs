//! Policies, and what a gate makes of documents by them.

use std::path::Path;

use super::{Law, Made};
use crate::run::comparison::{Comparison, Document};
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Failure, FailureKind};
use crate::track::{Gated, Outcome, Policy, gate};

fn policy(text: &str) -> Policy {
    Policy::parse(Path::new("policy.toml"), text).unwrap()
}

fn refused(text: &str) -> String {
    let error = Policy::parse(Path::new("policy.toml"), text).unwrap_err().to_string();
    assert!(error.starts_with("policy.toml: ") && error.lines().count() == 1, "{error}");
    error
}

fn over(comparison: &Comparison, policy: &Policy) -> Gated {
    gate(&Document::Comparison(Box::new(comparison.clone())), policy)
}

fn three() -> Comparison {
    Made::new()
        .case("fine/serial/1", Law::SAME)
        .case("slow/serial/1", Law::head(1.05))
        .case("noisy/serial/1", Law { noise: 0.2, ..Law::SAME })
        .build()
}

#[test]
fn without_a_policy_everything_counts() {
    let gated = over(&three(), &Policy::default());
    assert_eq!((gated.outcome, gated.checked), (Outcome::Regression, 3));
    let subjects: Vec<_> = gated.findings.iter().map(|finding| (finding.subject.as_str(), finding.outcome)).collect();
    assert_eq!(subjects, [("slow/serial/1", Outcome::Regression), ("noisy/serial/1", Outcome::Undecided)]);
    let fine = Made::new().case("fine/serial/1", Law::SAME).build();
    assert_eq!(over(&fine, &Policy::default()).outcome, Outcome::Pass);
}

#[test]
fn the_first_rule_that_matches_decides() {
    let text = "[[cases]]\nmatch = 'slow/*'\nmargin = 0.1\n[[cases]]\nmatch = ['*']\ninconclusive = 'pass'\n";
    let gated = over(&three(), &policy(text));
    assert_eq!((gated.outcome, gated.checked), (Outcome::Pass, 3), "{gated:?}");

    let only = over(&three(), &policy("[[cases]]\nmatch = 'fine/*'\n"));
    assert_eq!((only.outcome, only.checked), (Outcome::Undecided, 1), "what no rule matches is not judged");
    let strict = over(&three(), &policy("uncovered = 'pass'\n[[cases]]\nmatch = 'noisy/*'\ninconclusive = 'fail'\n"));
    assert_eq!(strict.outcome, Outcome::Regression, "too noisy is inconclusive, unless the policy says more");
    let noisy = over(
        &three(),
        &policy("uncovered = 'pass'\n[[cases]]\nmatch = 'noisy/*'\ninconclusive = 'fail'\ntoo_noisy = 'pass'\n"),
    );
    assert_eq!(noisy.outcome, Outcome::Pass);
    let noisy = over(
        &three(),
        &policy("uncovered = 'pass'\n[[cases]]\nmatch = 'noisy/*'\ninconclusive = 'pass'\ntoo_noisy = 'undecided'\n"),
    );
    assert!(noisy.outcome == Outcome::Undecided && noisy.findings[0].reason.starts_with("too-noisy"), "{noisy:?}");
    let by_start =
        over(&three(), &policy("uncovered = 'pass'\n[[cases]]\nmatch = 'slow/*'\nmetric = 'start'\nmargin = 0.1\n"));
    assert_eq!(by_start.outcome, Outcome::Pass);
}

#[test]
fn a_rule_that_matches_nothing_is_told() {
    let gated = over(&three(), &policy("[[cases]]\nmatch = 'fien/*'\n"));
    assert_eq!(gated.outcome, Outcome::Undecided);
    assert!(gated.findings[0].subject == "fien/*" && gated.findings[0].reason.contains("rule matches"), "{gated:?}");
    let claims_only = over(&three(), &policy("[[claims]]\nmatch = '*'\n"));
    assert_eq!(claims_only.outcome, Outcome::Undecided, "{claims_only:?}");
}

#[test]
fn what_no_rule_covers_leaves_the_gate_undecided() {
    let made =
        Made::new().case("a/serial/1", Law::SAME).case("b/serial/1", Law::head(1.25)).case("c/serial/1", Law::SAME);
    let made = made.build();
    let gated = over(&made, &policy("[[cases]]\nmatch = 'a/*'\n"));
    assert_eq!((gated.outcome, gated.checked, gated.uncovered), (Outcome::Undecided, 1, 2), "{gated:?}");
    assert!(gated.findings[0].reason.starts_with("2 cases are covered by no rule, `b/serial/1` for one"), "{gated:?}");
    let named =
        |consequence: &str| over(&made, &policy(&format!("uncovered = '{consequence}'\n[[cases]]\nmatch = 'a/*'\n")));
    assert_eq!((named("pass").outcome, named("pass").uncovered), (Outcome::Pass, 2));
    assert_eq!(named("fail").outcome, Outcome::Regression);
    assert_eq!(over(&made, &policy("[[cases]]\nmatch = '*'\n")).uncovered, 0);
}

#[test]
fn failures_doubts_and_unfit_instruments_have_their_consequences() {
    let mut failed = three();
    failed.failures.push(Failure { case: None, round: None, kind: FailureKind::Killed, message: "gone".into() });
    assert_eq!(over(&failed, &Policy::default()).outcome, Outcome::Failed);

    let unfit = Made::new().case("a/serial/1", Law { copy: 1.05, ..Law::SAME }).build();
    assert_eq!(over(&unfit, &Policy::default()).outcome, Outcome::Undecided);
    assert_eq!(over(&unfit, &policy("unqualified = 'fail'\n[[cases]]\nmatch = '*'\n")).outcome, Outcome::Regression);
    assert_eq!(over(&unfit, &policy("unqualified = 'pass'\n[[cases]]\nmatch = '*'\n")).outcome, Outcome::Pass);

    let mut partial = Made::new().case("a/serial/1", Law::SAME).build();
    partial.partial = Some("interrupted".into());
    assert_eq!(over(&partial, &Policy::default()).outcome, Outcome::Undecided);
    assert_eq!(over(&partial, &policy("partial = 'pass'\n[[cases]]\nmatch = '*'\n")).outcome, Outcome::Pass);
}

#[test]
fn ratios_of_a_run_have_bounds() {
    let run = Synthetic::new(2)
        .kernel("primes", Bound::Cpu, None)
        .case("primes", "serial", (1, 1), 100.0, 100.0)
        .case("primes", "threads", (1, 2), 55.0, 100.0)
        .case("primes", "gil", (1, 2), 110.0, 100.0)
        .qualified();
    let over = |text: &str| gate(&Document::Run(Box::new(run.clone())), &policy(text));
    let ratio = |bounds: &str| over(&format!("[[ratios]]\nmatch = '*/threads/*'\n{bounds}\n")).outcome;
    assert_eq!(ratio("most = 0.6"), Outcome::Pass);
    assert_eq!(ratio("most = 0.5"), Outcome::Regression);
    assert_eq!(ratio("least = 0.6"), Outcome::Regression);
    assert_eq!(ratio("least = 0.5\nmost = 0.6"), Outcome::Pass);
    assert_eq!(ratio("most = 0.55"), Outcome::Undecided, "the interval lies across");
    assert_eq!(ratio("most = 0.55\ninconclusive = 'pass'"), Outcome::Pass);
    assert_eq!(ratio("against = 'gil'\nmost = 0.6"), Outcome::Pass);
    assert_eq!(ratio("against = 'rayon'\nmost = 0.6"), Outcome::Undecided, "there is no such case");
    assert_eq!(over("[[ratios]]\nmatch = '*/gil/*'\nmost = 1.3\n").checked, 1);
}

#[test]
fn claims_about_a_run_have_consequences() {
    // Threads under the lock as fast as without: what a global lock is said to do is refuted.
    let made = |gil: f64| {
        let made = Synthetic::new(2).kernel("primes", Bound::Cpu, None).case("primes", "serial", (1, 1), 400.0, 400.0);
        let run =
            made.case("primes", "threads", (1, 2), 200.0, 400.0).case("primes", "gil", (1, 2), gil, 400.0).qualified();
        Document::Run(Box::new(run))
    };
    let text = "[[claims]]\nmatch = 'gil-serialises-cpu'\n";
    assert_eq!(gate(&made(400.0), &policy(text)).outcome, Outcome::Pass);
    let refuted = gate(&made(200.0), &policy(text));
    assert_eq!((refuted.outcome, refuted.checked), (Outcome::Regression, 1), "{refuted:?}");
    assert!(refuted.findings[0].reason.starts_with("refuted: "), "{refuted:?}");
    assert_eq!(gate(&made(200.0), &Policy::default()).outcome, Outcome::Regression);
    let lenient = "[[claims]]\nmatch = 'gil-serialises-cpu'\nrefuted = 'pass'\n";
    assert_eq!(gate(&made(200.0), &policy(lenient)).outcome, Outcome::Pass);
    let strict = "[[claims]]\nmatch = 'convoy'\nnot_measured = 'fail'\n";
    assert_eq!(gate(&made(400.0), &policy(strict)).outcome, Outcome::Regression, "it was not measured");
    assert_eq!(gate(&made(400.0), &policy("[[claims]]\nmatch = 'convoi'\n")).outcome, Outcome::Undecided);
}

#[test]
fn a_myth_that_is_refuted_closes_no_gate_unasked() {
    let id = "interpreters-all-have-it";
    let myth = crate::claim::ALL.iter().find(|claim| claim.id == id).unwrap();
    let run = (myth.example)(false);
    assert_eq!((myth.check)(&run).outcome, crate::claim::Outcome::Refuted);
    let run = Document::Run(Box::new(run));
    let unasked = gate(&run, &Policy::default());
    assert!(unasked.findings.iter().all(|finding| !finding.reason.starts_with("refuted")), "{unasked:?}");
    assert_eq!(gate(&run, &policy(&format!("[[claims]]\nmatch = '{id}'\n"))).outcome, Outcome::Regression);
}

#[test]
fn policies_with_errors_are_refused_with_the_line() {
    assert!(refused("[[cases]]\nmatch = '*'\nmargni = 0.1\n").contains("line 3: unknown field `margni`"));
    assert!(refused("[[cases]]\nmatch = '*'\nmetric = 'speed'\n").contains("`speed`"));
    assert!(refused("[[cases]]\nmatch = '*'\ninconclusive = 'maybe'\n").contains("`maybe`"));
    assert!(refused("[[cases]]\nmatch = '*'\nmargin = -0.1\n").contains("a margin of -0.1 makes no sense"));
    assert!(refused("[[cases]]\nmatch = '*'\nmargin = nan\n").contains("makes no sense"));
    assert!(refused("[[cases]]\nmargin = 0.1\n").contains("missing field `match`"));
    assert!(refused("[[cases]]\nmatch = '['\n").contains("`[` is no pattern"));
    assert!(refused("[[cases]]\nmatch = []\n").contains("never apply"));
    assert!(refused("[[cases]]\nmatch = 7\n").contains("a glob such as"));
    assert!(refused("[[ratios]]\nmatch = '*'\n").contains("`most` or `least`"));
    assert!(refused("[[ratios]]\nmatch = '*'\nmost = 0\n").contains("makes no sense"));
    assert!(refused("").contains("no rule"));
    assert!(refused("[[cases]\n").contains("line 1: "));
    assert!(refused("{\"schema\": 1}").contains("no policy"));
}

mod quick {
    //! The gate that continuous integration puts a quick run to.

    use super::*;
    use crate::claim::{self, Outcome as Decided};
    use crate::run::Run;

    /// What holds on every Linux machine with two processors.
    const EVERYWHERE: [&str; 11] = [
        "fifo",
        "exactly-once",
        "put-blocks-when-full",
        "get-blocks-when-empty",
        "nowait-fails",
        "memory-is-separate",
        "threads-share-memory",
        "join-waits",
        "joinable",
        "same-pid",
        "lock-is-a-mutex",
    ];

    fn gated(run: Run) -> Gated {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/quick-gate.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        gate(&Document::Run(Box::new(run)), &Policy::parse(&path, &text).unwrap())
    }

    /// A run with every reading that the examples of all claims have.
    fn good() -> Run {
        let mut run = crate::report::fixture::suite(2);
        (run.partial, run.failures) = (None, vec![]);
        run.cases.iter_mut().for_each(|case| case.failed = false);
        for claim in claim::ALL {
            add_readings(&mut run, (claim.example)(true));
        }
        run
    }

    /// Gives the run the readings of another in place of its own.
    fn add_readings(run: &mut Run, other: Run) {
        for reading in other.readings {
            run.readings.retain(|own| (&own.probe, &own.name) != (&reading.probe, &reading.name));
            run.readings.push(reading);
        }
    }

    fn decided(run: &Run) -> usize {
        let claims = claim::judge_all(run).claims;
        claims.iter().filter(|claim| matches!(claim.verdict.outcome, Decided::Supported | Decided::Refuted)).count()
    }

    #[test]
    fn opens_for_a_good_run() {
        let run = good();
        assert!(decided(&run) >= 28, "{}", decided(&run));
        let gated = gated(run);
        assert_eq!(gated.outcome, Outcome::Pass, "{gated:?}");
    }

    #[test]
    fn closes_over_a_partial_one() {
        let mut run = good();
        run.partial = Some("the time allowed was enough for 11 kept rounds".into());
        assert_eq!(gated(run).outcome, Outcome::Regression);
    }

    #[test]
    fn closes_over_one_that_decides_too_little() {
        let mut run = good();
        for probe in ["convoy", "creation", "memory", "editor", "server", "queue-hints"] {
            run.readings.retain(|reading| reading.probe != probe);
        }
        assert!((11..28).contains(&decided(&run)), "{}", decided(&run));
        let gated = gated(run);
        assert_eq!(gated.outcome, Outcome::Regression);
        assert!(gated.findings.iter().any(|finding| finding.subject == "the claims"), "{gated:?}");
    }

    #[test]
    fn closes_over_each_contradiction_of_what_holds_everywhere() {
        for id in EVERYWHERE {
            let claim = claim::ALL.iter().find(|claim| claim.id == id).unwrap();
            let mut run = good();
            add_readings(&mut run, (claim.example)(false));
            assert_eq!((claim.check)(&run).outcome, Decided::Refuted, "{id}");
            let gated = gated(run);
            assert_eq!(gated.outcome, Outcome::Regression, "{id}");
            assert!(gated.findings.iter().any(|finding| finding.subject == id), "{id}: {gated:?}");
        }
    }

    #[test]
    fn does_not_close_over_a_claim_that_a_machine_may_refute() {
        let mut run = good();
        let claim = claim::ALL.iter().find(|claim| claim.id == "convoy").unwrap();
        add_readings(&mut run, (claim.example)(false));
        assert_eq!((claim.check)(&run).outcome, Decided::Refuted);
        assert_eq!(gated(run).outcome, Outcome::Pass);
    }
}
