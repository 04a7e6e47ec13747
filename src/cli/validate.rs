//! `gilbench validate`: real interpreters beside the simulation.

use super::args::ValidateArguments;
use super::progress::Progress;
use super::run::{check_folder, listen_for_interruption};
use super::{FAILED, FINE, INTERRUPTED, UNFIT, output};
use crate::run::validation::{Agreement, VALIDATION, Validation};
use crate::{cpython, report, run, worker};

pub(super) fn validate(arguments: &ValidateArguments) -> anyhow::Result<i32> {
    check_folder(&arguments.results.out)?;
    listen_for_interruption()?;
    let mut progress = Progress::new();
    let measured = cpython::validate(&arguments.request(), &mut |event| progress.show_validation(event));
    progress.clear();
    let validation = measured?;
    if arguments.results.json {
        output::json(&validation)?;
    } else {
        output::text(&report::validation(&validation, output::width(), output::colour()))?;
    }
    // What is there from an earlier day is worth more than the news that there is no interpreter.
    if !validation.interpreters.is_empty() {
        let path = arguments.results.out.join(VALIDATION);
        let mut text = serde_json::to_vec(&validation)?;
        text.push(b'\n');
        run::write_whole(&path, &text)?;
        output::note(&format!("Results: {}", path.display()));
    }
    Ok(code(&validation))
}

/// What happened, worst first: an interruption, a failure, a simulation that does not stand for what it simulates.
fn code(validation: &Validation) -> i32 {
    let failed = validation.interpreters.iter().any(|interpreter| interpreter.failure.is_some());
    if worker::interrupted() {
        INTERRUPTED
    } else if failed || validation.skipped.iter().any(|skipped| skipped.named) {
        FAILED
    } else if !validation.interpreters.is_empty()
        && validation.interpreters.iter().all(|interpreter| interpreter.verdict == Agreement::Equivalent)
    {
        FINE
    } else {
        UNFIT
    }
}
