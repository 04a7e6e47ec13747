//! `gilbench export`: a document of ours as a file that another tool reads.

use std::path::Path;

use super::args::ExportArguments;
use super::compare::policy;
use super::{FINE, origin, output};
use crate::run::comparison::{COMPARISON_SCHEMA, Comparison, comparison_of};
use crate::run::origin::Origin;
use crate::run::{self, Run, SCHEMA};
use crate::track::export::Document;
use crate::track::history::{self, History};
use crate::track::{Gated, Judgement, Policy, Rule, gate_comparison, gate_run, judge};

/// What was read.
enum Input {
    Run(Box<Run>, Gated),
    Comparison(Box<Comparison>, Box<Judgement>, Gated),
    History(Box<History>),
}

pub(super) fn export(arguments: &ExportArguments) -> anyhow::Result<i32> {
    let policy = policy(arguments.policy.as_deref())?;
    let input = read(&arguments.input, &policy)?;
    let document = match &input {
        Input::Run(run, gated) => Document::Run(run, gated),
        Input::Comparison(comparison, judgement, gated) => Document::Comparison(comparison, judgement, gated),
        Input::History(history) => {
            history.notes.iter().for_each(|note| output::note(&format!("gilbench: {note}")));
            Document::History(history)
        }
    };
    let file = (arguments.format().write)(&document)?;
    match &input {
        Input::Run(run, _) => origin::tell(&[Origin::of_run(&arguments.input, run)]),
        Input::Comparison(comparison, _, _) => origin::tell(&[Origin::of_comparison(&arguments.input, comparison)]),
        Input::History(_) => {}
    }
    if let Some(path) = &arguments.out {
        run::write_whole(path, &file)?;
        output::note(&format!("Exported: {}", path.display()));
    } else {
        output::bytes(&file)?;
    }
    Ok(FINE)
}

/// Whatever of ours the file is.
fn read(path: &Path, policy: &Policy) -> anyhow::Result<Input> {
    if history::is_log(path) {
        return Ok(Input::History(Box::new(history::read(path)?)));
    }
    let newest = SCHEMA.max(COMPARISON_SCHEMA);
    let expected = "a run, a comparison or a history that gilbench wrote";
    let value = run::read_document(path, newest, expected)?;
    let inner = value.get("comparison").unwrap_or(&value);
    if inner.get("kind").is_some_and(|kind| kind == "ab") {
        let comparison = comparison_of(path, value)?;
        let judgement = judge(&comparison, &Rule::default());
        let gated = gate_comparison(&comparison, policy);
        return Ok(Input::Comparison(Box::new(comparison), Box::new(judgement), gated));
    }
    let run = run::run_of(path, value)?;
    let gated = gate_run(&run, policy);
    Ok(Input::Run(Box::new(run), gated))
}
