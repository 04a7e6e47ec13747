//! `gilbench ab`: two executables in paired rounds.

use std::path::Path;

use serde::Serialize;

use super::args::AbArguments;
use super::progress::Progress;
use super::run::{check_folder, listen_for_interruption};
use super::{INTERRUPTED, output};
use crate::measure::ab;
use crate::run::comparison::{COMPARISON, COMPARISON_SCHEMA, Comparison, ComparisonKind};
use crate::run::{self, Failure};
use crate::track::{self, Judgement, Outcome, Rule};
use crate::{report, worker};

/// What is printed as JSON: the verdicts, and what they rest on.
#[derive(Serialize)]
struct Document<'a> {
    kind: ComparisonKind,
    schema: u32,
    #[serde(flatten)]
    judgement: &'a Judgement,
    outcome: Outcome,
    failures: &'a [Failure],
    comparison: &'a Comparison,
}

/// Steers the measuring by the rule that judges in the end.
struct ByTrack;

impl ab::Judge for ByTrack {
    fn next_cases(&self, measured: &Comparison) -> Vec<String> {
        track::next_cases(measured)
    }

    fn suspects(&self, measured: &Comparison) -> Vec<(String, u32)> {
        let suspects = track::suspects(measured, &Rule::default());
        suspects.into_iter().map(|suspect| (suspect.case, suspect.rounds)).collect()
    }
}

pub(super) fn ab(arguments: &AbArguments) -> anyhow::Result<i32> {
    let request = arguments.request();
    // What cannot be measured is refused before anything is written, even an empty folder.
    ab::check(&request)?;
    let there = arguments.results.out.exists();
    check_folder(&arguments.results.out)?;
    let outcome = measured(&request, arguments);
    if outcome.is_err() && !there {
        // Only if it is still empty.
        let _ = std::fs::remove_dir(&arguments.results.out);
    }
    outcome
}

fn measured(request: &ab::Request, arguments: &AbArguments) -> anyhow::Result<i32> {
    listen_for_interruption()?;
    let mut progress = Progress::new();
    let measured = ab::measure(request, Some(&ByTrack), &mut |event| progress.show(event));
    progress.clear();
    let comparison = measured?;
    let path = arguments.results.out.join(COMPARISON);
    write(&path, &comparison)?;
    let judgement = track::judge(&comparison, &Rule::default());
    let outcome = outcome(&comparison, &judgement);
    if arguments.results.json {
        let (kind, schema, failures) = (ComparisonKind::Ab, COMPARISON_SCHEMA, &comparison.failures[..]);
        output::json(&Document { kind, schema, judgement: &judgement, outcome, failures, comparison: &comparison })?;
    } else {
        output::text(&report::comparison(&comparison, &judgement, output::width(), output::colour()))?;
    }
    output::note(&format!("Results: {}", path.display()));
    Ok(if worker::interrupted() { INTERRUPTED } else { outcome.code() })
}

fn write(path: &Path, comparison: &Comparison) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec(comparison)?;
    text.push(b'\n');
    run::write_whole(path, &text)?;
    Ok(())
}

/// What happened, gravest first.
fn outcome(comparison: &Comparison, judgement: &Judgement) -> Outcome {
    let failed = if comparison.failures.is_empty() { Outcome::Pass } else { Outcome::Failed };
    judgement.outcome().and(failed)
}
