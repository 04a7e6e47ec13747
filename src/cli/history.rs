//! `gilbench history`: add a run to the log, show the trends, look for changes.

use std::path::Path;

use super::args::{HistoryAction, HistoryArguments, Select};
use super::{FINE, output};
use crate::run::{self, Run};
use crate::track::history::{self, Checked, Entry, HISTORY, History, Rules};
use crate::{report, worker};

pub(super) fn history(arguments: &HistoryArguments) -> anyhow::Result<i32> {
    let file = arguments.file();
    match &arguments.action {
        HistoryAction::Add { run, commit } => add(file, run, commit.as_deref()),
        HistoryAction::Show { select } => show(file, select),
        HistoryAction::Check { select, last, json } => check(file, select, &last.rules(), *json),
    }
}

fn add(file: &Path, run: &Path, commit: Option<&str>) -> anyhow::Result<i32> {
    let run = run::read(run)?;
    let here = commit.is_none() && run.machine.build.commit.is_none();
    let here = here.then(commit_here).flatten();
    let entry = Entry::of(&run, commit.or(here.as_deref()))?;
    let torn = history::append(file, &entry)?;
    if torn {
        output::note("gilbench: the last line was torn; the run stands on a line of its own behind it");
    }
    let commit = entry.commit.as_deref().unwrap_or("unknown");
    let source = if here.is_some() { ", which is checked out here" } else { "" };
    output::note(&format!("History: {} (revision {commit}{source}, {} cases)", file.display(), entry.cases.len()));
    Ok(FINE)
}

/// The revision that is checked out in this folder, if git knows one.
fn commit_here() -> Option<String> {
    let git = std::process::Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
    let commit = git.status.success().then(|| String::from_utf8_lossy(&git.stdout).trim().to_owned())?;
    (!commit.is_empty()).then_some(commit)
}

fn show(file: &Path, select: &Select) -> anyhow::Result<i32> {
    let history = history::read(file)?;
    let checked = checked(&history, select, &Rules::default())?;
    output::text(&report::history(&history, &checked, output::width().min(100), output::colour()))?;
    Ok(FINE)
}

fn check(file: &Path, select: &Select, rules: &Rules, json: bool) -> anyhow::Result<i32> {
    let history = history::read(file)?;
    let checked = checked(&history, select, rules)?;
    if json {
        history.notes.iter().for_each(|note| output::note(&format!("gilbench: {note}")));
        output::json(&checked)?;
    } else {
        output::text(&report::history_findings(&history, &checked, output::width(), output::colour()))?;
    }
    Ok(checked.outcome(&history).code())
}

fn checked(history: &History, select: &Select, rules: &Rules) -> anyhow::Result<Checked> {
    let checked = history::check(history, select.figure(), select.cases.as_ref(), rules);
    if checked.series.is_empty() && !history.series.is_empty() {
        let known: Vec<&str> = history.series.iter().take(5).map(|series| &*series.case).collect();
        anyhow::bail!("no case matches, or none has this metric; there are {}, and so on", known.join(", "));
    }
    Ok(checked)
}

/// Adds a run to the log in this folder. A log that cannot be written costs a sentence, never the run.
pub(super) fn remember(run: &Run, folder: &Path) {
    if worker::interrupted() || run.cases.is_empty() {
        return;
    }
    let file = folder.join(HISTORY);
    if let Err(error) = Entry::of(run, None).and_then(|entry| history::append(&file, &entry)) {
        output::note(&format!("gilbench: the run was not added to the history: {error}"));
    }
}

/// The log in this folder, if there is one; one that cannot be read costs a sentence.
pub(super) fn history_beside(folder: &Path) -> Option<History> {
    let file = folder.join(HISTORY);
    if !file.exists() {
        return None;
    }
    let read = history::read(&file);
    read.map_err(|error| output::note(&format!("gilbench: the report has no history: {error}"))).ok()
}
