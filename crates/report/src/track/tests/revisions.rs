//! Kernels that measure something else than they did: times of their revisions meet nowhere.

use crate::report;
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Run};
use crate::track::export::{Document, FORMATS};
use crate::track::history::{Entry, History};
use crate::track::{Policy, Rule, compare, gate_comparison, gate_run, judge};

use super::{Law, Made};

/// A run of a kernel in this revision, and of another that is the same in all.
fn run(revision: u32, day: usize) -> Run {
    let mut run = Synthetic::new(2)
        .kernel("mmap", Bound::Cpu, Some("address space"))
        .revision(revision)
        .case("mmap", "serial", (1, 1), 100.0 * f64::from(revision), 100.0)
        .case("mmap", "threads", (1, 2), 100.0 * f64::from(revision), 100.0)
        .kernel("primes", Bound::Cpu, None)
        .case("primes", "serial", (1, 1), 100.0, 100.0)
        .build();
    run.started_at = format!("2026-01-{day:02}T00:00:00Z");
    run
}

#[test]
fn two_runs_do_not_compare_them_and_say_why() {
    for (base, head, told) in [(run(1, 1), run(2, 2), "mmap/threads/2"), (run(2, 1), run(1, 2), "mmap.r2/threads/2")] {
        let compared = compare(&base, &head, None).unwrap();
        assert!(compared.cases.iter().all(|case| case.case == "primes/serial/1"), "{compared:?}");
        let sentence = format!("{told} measures something else since revision 2 of its kernel.");
        assert!(compared.skipped.contains(&sentence), "{:?}", compared.skipped);
        assert_eq!(compared.skipped.len(), 2, "one for each case: {:?}", compared.skipped);
    }
    let same = compare(&run(2, 1), &run(2, 2), None).unwrap();
    assert!(same.skipped.is_empty() && same.cases.iter().any(|case| case.case == "mmap.r2/threads/2"), "{same:?}");
}

#[test]
fn runs_with_nothing_else_in_common_are_refused_with_the_reason() {
    let only = |revision| {
        let mut run = run(revision, 1);
        run.cases.retain(|case| case.kernel == "mmap");
        run
    };
    let error = compare(&only(1), &only(3), None).unwrap_err().to_string();
    assert!(error.contains("mmap/serial/1 measures something else since revision 3"), "{error}");
}

#[test]
fn a_history_has_a_series_for_each() {
    let runs = (1..=8).map(|day| run(if day < 5 { 1 } else { 2 }, day));
    let history = History::of(runs.map(|run| Entry::of(&run, None).unwrap()));
    let series =
        |case: &str| history.series.iter().find(|series| &*series.case == case).map(|found| found.points.len());
    assert_eq!(
        [series("mmap/threads/2"), series("mmap.r2/threads/2"), series("primes/serial/1")],
        [Some(4), Some(4), Some(8)]
    );
}

/// No name under which one revision is known to another tool is a name of the other.
#[test]
fn no_export_gives_them_the_same_name() {
    let (one, two) = (run(1, 1), run(2, 2));
    for id in ["gab", "gab-bigger", "bmf", "hyperfine", "junit", "csv", "otava", "markdown"] {
        let format = FORMATS.iter().find(|format| format.id == id).unwrap();
        let text = |run: &Run| {
            let gated = gate_run(run, &Policy::default());
            String::from_utf8((format.write)(&Document::Run(run, &gated)).unwrap()).unwrap()
        };
        let (one, two) = (text(&one), text(&two));
        // Without its revision, the name is in neither the text of the second nor any part of it.
        assert!(one.contains("mmap/threads/2") && !one.contains("mmap.r"), "{id}: {one}");
        assert!(two.contains("mmap.r2/threads/2") && !two.replace("mmap.r2", "").contains("mmap"), "{id}: {two}");
    }
}

#[test]
fn two_executables_leave_them_out_and_say_so() {
    let mut comparison = Made::new().case("primes/serial/1", Law::SAME).build();
    comparison.only_base = vec!["mmap/threads/2".into(), "gone/serial/1".into()];
    comparison.only_head = vec!["mmap.r2/threads/2".into(), "new/serial/1".into()];
    let judgement = judge(&comparison, &Rule::default());
    let reason = "since the kernel measures something else from revision 2 on";
    let text = report::comparison(&comparison, &judgement, 120, false);
    for line in [
        &*format!("Not compared, {reason}: mmap/threads/2, mmap.r2/threads/2"),
        "Not compared, in the base alone: gone/serial/1",
        "Not compared, in the head alone: new/serial/1",
    ] {
        assert!(text.contains(line), "no `{line}` in {text}");
    }
    for id in ["junit", "markdown"] {
        let format = FORMATS.iter().find(|format| format.id == id).unwrap();
        let gated = gate_comparison(&comparison, &Policy::default());
        let document = Document::Comparison(&comparison, &judgement, &gated);
        let text = String::from_utf8((format.write)(&document).unwrap()).unwrap();
        assert_eq!(text.matches(reason).count(), 2, "{id}: {text}");
    }
}
