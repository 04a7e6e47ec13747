//! `JUnit` XML, which every test report reads: a suite a kernel, a test case a case.
//!
//! A regression is a failure, an inconclusive or too noisy case is skipped (it has neither passed nor failed), a case that
//! crashed is an error. Of a run alone, in which nothing was compared, only what crashed is wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Document, Format};
use crate::error::{Error, Result};
use crate::run::comparison::{Comparison, PairedCase};
use crate::run::{Failure, Metric, Role, Run, revised, revision_of};
use crate::track::{Change, JudgedCase, Judgement};

pub(super) const FORMAT: Format =
    Format { id: "junit", summary: "test reports of Jenkins, GitLab and others (JUnit XML)", write };

/// Suite of what belongs to no case.
const ELSEWHERE: &str = "beside the cases";

fn write(document: &Document) -> Result<Vec<u8>> {
    let (elapsed_s, mut cases) = match document {
        Document::Run(run, _) => (run.elapsed_s, of_run(run)),
        Document::Comparison(comparison, judgement, _) => (comparison.elapsed_s, of_comparison(comparison, judgement)),
        Document::History(_) => return Err(document.unfit("junit", "a run or a comparison")),
    };
    let failures = match document {
        Document::Comparison(comparison, ..) => &comparison.failures,
        Document::Run(run, _) => &run.failures,
        Document::History(_) => unreachable!("it was refused above"),
    };
    for (at, failure) in failures.iter().filter(|failure| failure.case.is_none()).enumerate() {
        cases.push((ELSEWHERE.into(), TestCase::new(format!("failure {}", at + 1), crashed(Some(failure)))));
    }
    let mut report = Report::new("gilbench");
    report.set_time(Duration::try_from_secs_f64(elapsed_s).unwrap_or_default());
    let mut suites: BTreeMap<String, TestSuite> = BTreeMap::new();
    for (kernel, mut case) in cases {
        case.set_classname(format!("gilbench.{kernel}"));
        suites.entry(kernel.clone()).or_insert_with(|| TestSuite::new(kernel)).add_test_case(case);
    }
    report.add_test_suites(suites.into_values());
    let text = report.to_string().map_err(|error| Error::request(format!("cannot write JUnit XML: {error}")))?;
    Ok(text.into_bytes())
}

fn of_run(run: &Run) -> Vec<(String, TestCase)> {
    let cases = run.cases.iter().filter(|case| case.role != Role::Twin);
    cases
        .map(|case| {
            let status = if case.failed { crashed(find(&run.failures, &case.id)) } else { TestCaseStatus::success() };
            let mut test = TestCase::new(case.id.as_str(), status);
            if let Some(time) = run.level(case, Metric::Compute) {
                test.set_time(Duration::from_nanos(time.value as u64));
            }
            (revised(&case.kernel, revision_of(&case.id)), test)
        })
        .collect()
}

fn of_comparison(comparison: &Comparison, judgement: &Judgement) -> Vec<(String, TestCase)> {
    let one = |case: &PairedCase| {
        let judged = judgement.cases.iter().find(|judged| judged.case == case.id);
        let status = match judged {
            _ if case.failed => crashed(find(&comparison.failures, &case.id)),
            Some(judged) => judged_status(judged),
            None => skipped("it was not judged"),
        };
        (revised(&case.kernel, revision_of(&case.id)), TestCase::new(case.id.as_str(), status))
    };
    let left_out = |(id, why): (&str, String)| {
        (
            id.split('/').next().unwrap_or_default().to_owned(),
            TestCase::new(id, skipped(&format!("not compared, {why}"))),
        )
    };
    comparison.cases.iter().map(one).chain(comparison.left_out().into_iter().map(left_out)).collect()
}

fn judged_status(judged: &JudgedCase) -> TestCaseStatus {
    let told = format!("{:.3} times the time of the base; {}", judged.ratio, judged.reason);
    match judged.verdict {
        Change::Regression => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("regression").set_message(told);
            status
        }
        Change::TooNoisy | Change::Inconclusive => skipped(&told),
        Change::Improvement | Change::Equivalent => TestCaseStatus::success(),
    }
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}

fn crashed(failure: Option<&Failure>) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    let message = failure.map_or("the cause was not recorded", |failure| failure.message.as_str());
    let kind = failure.and_then(|failure| serde_json::to_value(failure.kind).ok());
    let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or("failed");
    status.set_type(kind).set_message(message);
    status
}

fn find<'a>(failures: &'a [Failure], case: &str) -> Option<&'a Failure> {
    failures.iter().find(|failure| failure.case.as_deref() == Some(case))
}
