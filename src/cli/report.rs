//! `gilbench report`: the page of a run, written again, or of two runs beside each other.

use std::path::{Path, PathBuf};

use super::history::history_beside;
use super::{FINE, output};
use crate::run::selftest::selftest_beside;
use crate::run::validation::validation_beside;
use crate::run::{Run, read, write_whole};
use crate::{error, report};

pub(super) fn report(runs: &[PathBuf], out: Option<&Path>, open: bool) -> anyhow::Result<i32> {
    let (path, base) = match runs {
        [base, head] => (head, Some(read(base)?)),
        [run] => (run, None),
        _ => unreachable!("the command line takes one run or two"),
    };
    let run = whole(path)?;
    // A page of two runs does not take the place of the page of one.
    let beside = path.with_file_name(if base.is_some() { "beside.html" } else { "index.html" });
    let out = out.unwrap_or(&beside);
    let history = history_beside(path.parent().unwrap_or(Path::new(".")));
    let page = report::page_with(&run, history.as_ref(), base.as_ref());
    write_whole(out, page.as_bytes())?;
    output::note(&format!("Report: {}", out.display()));
    if open {
        show(out);
    }
    Ok(FINE)
}

/// The run with what is known about the machine beside it.
fn whole(path: &Path) -> error::Result<Run> {
    let mut run = read(path)?;
    // A validation or a selftest that was made since the run is as true of this machine as one made before it.
    let folder = path.parent().unwrap_or(Path::new("."));
    run.validation = validation_beside(folder, &run.machine).or(run.validation);
    run.selftest = selftest_beside(folder, &run.machine).or(run.selftest);
    Ok(run)
}

/// Asks the desktop to open the page; where there is none, the path printed above has to do.
fn show(page: &Path) {
    let opened = std::process::Command::new("xdg-open").arg(page).stdin(std::process::Stdio::null()).status();
    if !opened.is_ok_and(|status| status.success()) {
        output::note("gilbench: no browser could be started (xdg-open); open the file above yourself");
    }
}
