//! Laws over every format and documents of every kind, and what each consumer in particular demands.

mod consumers;
mod published;

use std::collections::HashSet;

use serde_json::Value;

use super::{Document, FORMATS, markdown};
use crate::report::fixture;
use crate::run::comparison::Comparison;
use crate::run::{Failure, FailureKind, Run};
use crate::track::history::fixture::stepped;
use crate::track::tests::{Law, Made};
use crate::track::{Judgement, Policy, Rule, gate_comparison, gate_run, judge};

const HOSTILE: &str = "=cmd|'/c calc'!A1\",\n::error::@all</testcase><b>`%0A`\u{1b}[31m\u{202e}";

fn export(id: &str, document: &Document) -> String {
    let format = FORMATS.iter().find(|format| format.id == id).expect("the format is there");
    String::from_utf8((format.write)(document).expect("it has a place for it")).expect("it is UTF-8")
}

fn json(id: &str, run: &Run) -> Value {
    serde_json::from_str(&export(id, &Document::Run(run, &gate_run(run, &Policy::default())))).expect("it is JSON")
}

/// A comparison of `cases`, each with what the head's time is over the base's; the base has one more.
fn comparison(cases: &[(&str, f64)]) -> (Comparison, Judgement) {
    judged(cases.iter().fold(Made::new(), |made, (id, factor)| made.case(id, Law::head(*factor))))
}

fn judged(made: Made) -> (Comparison, Judgement) {
    let mut comparison = made.build();
    comparison.only_base = vec!["gone/serial/1".into()];
    let judgement = judge(&comparison, &Rule::default());
    (comparison, judgement)
}

/// A run of which every case has a name that is an attack.
fn hostile() -> Run {
    let mut run = fixture::suite(2);
    for (at, case) in run.cases.iter_mut().enumerate() {
        (case.id, case.kernel, case.model) = (format!("{HOSTILE}{at}"), HOSTILE.into(), HOSTILE.into());
    }
    run.failures.push(Failure { case: None, round: None, kind: FailureKind::Killed, message: HOSTILE.into() });
    run.failures[0].case = Some(run.cases[0].id.clone());
    run.cases[0].failed = true;
    run
}

#[test]
fn every_format_writes_something_for_a_run_and_names_are_its_own() {
    let ids: HashSet<&str> = FORMATS.iter().map(|format| format.id).collect();
    assert_eq!(ids.len(), FORMATS.len());
    for id in ["gab", "bmf", "hyperfine", "junit", "markdown", "csv", "trace", "otava"] {
        assert!(ids.contains(id), "{id}");
    }
    for run in [fixture::suite(4), hostile()] {
        for format in FORMATS {
            let text = (format.write)(&Document::Run(&run, &gate_run(&run, &Policy::default())))
                .expect("a run has a place everywhere");
            assert!(!text.is_empty() && text.ends_with(b"\n"), "{}", format.id);
            assert!(
                !text.contains(&0x1b) || ["csv", "otava"].contains(&format.id),
                "{} has an escape character",
                format.id
            );
        }
    }
}

#[test]
fn what_has_no_place_is_refused_with_what_has() {
    let history = stepped(&["a/serial/1"], 30, 20);
    let (comparison, judgement) = comparison(&[("a/serial/1", 1.0)]);
    let mut untraced = fixture::suite(2);
    untraced.traces.clear();
    let mut nothing = fixture::suite(2);
    nothing.cases.iter_mut().for_each(|case| case.failed = true);
    for (id, document) in [
        ("gab", Document::History(&history)),
        ("bmf", Document::Comparison(&comparison, &judgement, &gate_comparison(&comparison, &Policy::default()))),
        ("junit", Document::History(&history)),
        ("csv", Document::History(&history)),
        ("otava", Document::Comparison(&comparison, &judgement, &gate_comparison(&comparison, &Policy::default()))),
        ("trace", Document::Run(&untraced, &gate_run(&untraced, &Policy::default()))),
        ("gab", Document::Run(&nothing, &gate_run(&nothing, &Policy::default()))),
    ] {
        let format = FORMATS.iter().find(|format| format.id == id).unwrap();
        let message = (format.write)(&document).unwrap_err().to_string();
        let words = ["no place for", "no trace", "no case of this run"];
        assert!(words.iter().any(|words| message.contains(words)), "{id}: {message}");
    }
}

/// The counts of the roots and suites, and each case's outcome, as an independent parser of XML reads them.
#[test]
fn junit_says_what_failed_crashed_and_is_undecided() {
    let (mut comparison, _) =
        comparison(&[("a/serial/1", 1.0), ("b/threads/2", 1.2), ("c/gil/2", 0.8), ("d/gil/2", 1.0)]);
    comparison.cases[3].failed = true;
    let failure = |case: Option<&str>| Failure {
        case: case.map(Into::into),
        round: None,
        kind: FailureKind::Killed,
        message: "killed by signal 9 <\u{1b}>".into(),
    };
    comparison.failures = vec![failure(Some("d/gil/2")), failure(None)];
    let judgement = judge(&comparison, &Rule::default());
    let text = export(
        "junit",
        &Document::Comparison(&comparison, &judgement, &gate_comparison(&comparison, &Policy::default())),
    );
    let tree = roxmltree::Document::parse(&text).unwrap();
    let root = tree.root_element();
    assert_eq!((root.tag_name().name(), root.attribute("name")), ("testsuites", Some("gilbench")));
    assert_eq!(
        [root.attribute("tests"), root.attribute("failures"), root.attribute("errors")],
        [Some("6"), Some("1"), Some("2")]
    );
    let outcome = |name: &str| {
        let case =
            tree.descendants().find(|node| node.attribute("name") == Some(name) && node.has_tag_name("testcase"));
        let case = case.unwrap_or_else(|| panic!("{name} is there: {text}"));
        assert!(case.attribute("classname").is_some());
        case.children().find(roxmltree::Node::is_element).map(|node| (node.tag_name().name(), node.attribute("type")))
    };
    assert_eq!(outcome("a/serial/1"), None);
    assert_eq!(outcome("b/threads/2"), Some(("failure", Some("regression"))));
    assert_eq!(outcome("c/gil/2"), None);
    assert_eq!(outcome("d/gil/2"), Some(("error", Some("killed"))));
    assert_eq!(outcome("gone/serial/1"), Some(("skipped", None)));
    assert_eq!(outcome("failure 1"), Some(("error", Some("killed"))));
    let again = quick_junit::Report::deserialize_from_str(&text).unwrap();
    assert_eq!((again.tests, again.failures, again.errors), (6, 1, 2));
}

#[test]
fn an_inconclusive_case_is_skipped() {
    let (comparison, mut judgement) = comparison(&[("a/serial/1", 1.0)]);
    judgement.cases[0].verdict = crate::track::Change::Inconclusive;
    let text = export(
        "junit",
        &Document::Comparison(&comparison, &judgement, &gate_comparison(&comparison, &Policy::default())),
    );
    assert!(text.contains("<skipped") && !text.contains("<failure"), "{text}");
}

/// The headline is the gate's outcome: where nothing was decided there is no tick.
#[test]
fn a_summary_of_what_is_undecided_has_no_tick() {
    let headline = |document: &Document| export("markdown", document).lines().nth(2).unwrap_or_default().to_owned();
    let (same, judgement) = comparison(&[("a/serial/1", 1.0)]);
    let passing = gate_comparison(&same, &Policy::default());
    assert!(headline(&Document::Comparison(&same, &judgement, &passing)).starts_with("✅ **No regression.**"));

    let short = judged(Made::new().rounds(5).case("a/serial/1", Law::head(1.0)).case("b/serial/1", Law::head(1.0)));
    let undecided = gate_comparison(&short.0, &Policy::default());
    assert_eq!(undecided.outcome, crate::track::Outcome::Undecided);
    let told = headline(&Document::Comparison(&short.0, &short.1, &undecided));
    assert!(
        told.starts_with("❔ **Undecided: ")
            && !told.contains('✅')
            && told.contains("0 equivalent, 0 too noisy, 2 inconclusive"),
        "{told}"
    );

    let few = stepped(&["a/serial/1"], 6, 20);
    assert!(
        headline(&Document::History(&few)).starts_with("❔ **Undecided: too few runs"),
        "{}",
        headline(&Document::History(&few))
    );
}

#[test]
fn a_series_of_another_machine_is_another_series_to_other_trackers() {
    let mut run = fixture::suite(2);
    (run.machine.cpu.model, run.machine.build.compiler) = ("Some \"CPU\" 9000".into(), "rustc 1.90.0".into());
    let names = |run: &Run| -> Vec<String> {
        json("gab", run).as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let here = names(&run);
    assert!(
        here.iter().all(|name| name.contains("Some CPU 9000, 2 cores") && name.contains("rustc 1.90.0")),
        "{here:?}"
    );
    assert!(json("gab", &run)[0]["extra"].as_str().unwrap().contains("Some CPU 9000, 2 cores"));
    let testbed = |run: &Run| export("testbed", &Document::Run(run, &gate_run(run, &Policy::default())));
    assert!(testbed(&run).starts_with("Some CPU 9000, 2 cores") && testbed(&run).lines().count() == 1);
    let before = testbed(&run);
    run.machine.cpu.model = "Some CPU 9001".into();
    assert!(names(&run).iter().all(|name| !here.contains(name)) && testbed(&run) != before);
}

#[test]
fn hostile_names_end_nothing() {
    let run = hostile();
    let junit = export("junit", &Document::Run(&run, &gate_run(&run, &Policy::default())));
    let tree = roxmltree::Document::parse(&junit).unwrap();
    assert!(tree.descendants().all(|node| !node.has_tag_name("b")));

    let csv = export("csv", &Document::Run(&run, &gate_run(&run, &Policy::default())));
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let columns = reader.headers().unwrap().len();
    for record in reader.records() {
        let record = record.unwrap();
        assert_eq!(record.len(), columns);
        assert!(record[0].starts_with("'=cmd"), "no formula: {}", &record[0]);
    }

    let lines = export("annotations", &Document::Run(&run, &gate_run(&run, &Policy::default())));
    assert!(lines.lines().all(|line| line.starts_with("::warning title=")), "{lines}");
    assert!(lines.contains("%0A") && !lines.contains("\u{1b}[31m\n"), "{lines}");

    let markdown = export("markdown", &Document::Run(&run, &gate_run(&run, &Policy::default())));
    assert!(!markdown.contains("<b>") && !markdown.contains("@all") && !markdown.contains('\u{202e}'));
    // Behind the headline.
    let rows: Vec<&str> = markdown.lines().skip(3).filter(|line| line.contains("cmd")).collect();
    assert!(rows.len() > 20 && rows.iter().all(|row| row.starts_with("| ") && row.ends_with(" |")));
    let unescaped = |row: &str| row.replace("\\|", "").matches('|').count();
    assert!(rows.iter().all(|row| [3, 4, 5].contains(&unescaped(row))), "{rows:?}");
}

#[test]
fn a_summary_has_the_verdict_first_and_keeps_below_the_limit() {
    let named: Vec<(String, f64)> = (0..2000).map(|at| (format!("kernel-{at}/threads/2"), 1.0)).collect();
    let mut cases: Vec<(&str, f64)> = named.iter().map(|(id, factor)| (id.as_str(), *factor)).collect();
    cases[77].1 = 1.3;
    let (mut comparison, judgement) = comparison(&cases);
    let text = export(
        "markdown",
        &Document::Comparison(&comparison, &judgement, &gate_comparison(&comparison, &Policy::default())),
    );
    assert!(text.starts_with("## gilbench\n\n❌ **1 regression.**"), "{}", &text[..200]);
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}"));
    assert!(place("kernel-77/") < place("<details>"), "what changed is in view");
    assert!(text.chars().count() <= markdown::MOST && text.len() < 1 << 20);
    assert!(text.contains(" of 1999 rows cut") && text.trim_end().ends_with("</details>"), "what was cut is said");

    let (id, message) = ("x".repeat(5000), "m".repeat(5000));
    comparison.failures = (0..3000)
        .map(|_| Failure { case: Some(id.clone()), round: None, kind: FailureKind::Exited, message: message.clone() })
        .collect();
    let text = export(
        "markdown",
        &Document::Comparison(&comparison, &judgement, &gate_comparison(&comparison, &Policy::default())),
    );
    assert!(text.chars().count() <= markdown::MOST && text.contains("of 3000 rows cut"));
}

#[test]
fn there_are_ten_annotations_at_most_and_none_of_what_is_old() {
    let named: Vec<String> = (0..30).map(|at| format!("kernel-{at}/threads/2")).collect();
    let cases: Vec<(&str, f64)> = named.iter().map(|id| (id.as_str(), 1.2)).collect();
    let (comparison, judgement) = comparison(&cases);
    let text = export(
        "annotations",
        &Document::Comparison(&comparison, &judgement, &gate_comparison(&comparison, &Policy::default())),
    );
    assert_eq!(text.lines().count(), 10);
    assert!(text.lines().all(|line| line.starts_with("::warning title=")));
    assert!(text.lines().last().unwrap().contains("title=21 more::"), "{text}");
    let history = stepped(&["a/serial/1", "b/gil/2"], 60, 41);
    let text = export("annotations", &Document::History(&history));
    assert_eq!(text.lines().count(), 1);
    assert!(text.starts_with("::warning title=a/serial/1 became slower::+"), "{text}");
    let text = export("markdown", &Document::History(&history));
    assert!(text.contains("❌ **1 regression.**") && text.contains("| regression | a/serial/1 | +"), "{text}");
    let old = stepped(&["a/serial/1", "b/gil/2"], 80, 40);
    assert_eq!(export("annotations", &Document::History(&old)), "", "an old change is no news");
    let text = export("markdown", &Document::History(&old));
    assert!(text.contains("✅ **No regression.**") && text.contains("| accepted | a/serial/1 | +"), "{text}");
}

#[test]
fn csv_has_a_row_a_sample_and_the_numbers_of_the_run() {
    let run = fixture::suite(2);
    let text = export("csv", &Document::Run(&run, &gate_run(&run, &Policy::default())));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (case, round, compute, kept) = (column("case"), column("round"), column("compute_ns"), column("kept"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), run.cases.iter().map(|case| case.samples.len()).sum::<usize>());
    for row in &rows {
        let found = run.case(&row[case]).unwrap();
        let sample = found.samples.iter().find(|sample| sample.round.to_string() == row[round]).unwrap();
        assert_eq!(row[compute], sample.parts.compute_ns.to_string());
        assert_eq!(&row[kept] == "true", sample.round >= 1 && !found.failed);
    }
    let (comparison, judgement) = comparison(&[("a/serial/1", 1.0)]);
    let text = export(
        "csv",
        &Document::Comparison(&comparison, &judgement, &gate_comparison(&comparison, &Policy::default())),
    );
    let rounds: usize = comparison.cases.iter().map(|case| case.rounds.len() + case.confirmation.len()).sum();
    assert_eq!(text.lines().count(), 1 + 3 * rounds);
}

#[test]
fn otava_gets_a_row_a_run_of_one_machine() {
    let mut history = stepped(&["a/serial/1", "b/gil/2"], 40, 20);
    history.runs[3].qualified = Some(false);
    let text = export("otava", &Document::History(&history));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["time", "commit", "a/serial/1 time_ns", "b/gil/2 time_ns"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 39, "the unqualified run is no evidence");
    assert!(rows.iter().all(|row| row[2].parse::<u64>().is_ok() && row[1].len() == 12));
    assert_eq!(
        export("otava", &Document::Run(&fixture::suite(2), &gate_run(&fixture::suite(2), &Policy::default())))
            .lines()
            .count(),
        2
    );
}

#[test]
fn a_trace_is_the_one_that_perfetto_opens() {
    let told = json("trace", &fixture::suite(2));
    let events = told["traceEvents"].as_array().unwrap();
    assert!(events.iter().any(|event| event["ph"] == "X" && event["dur"].is_number()));
}
