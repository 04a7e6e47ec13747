//! `gilbench report`: the page of a run, written again.

use std::path::Path;

use super::history::history_beside;
use super::{FINE, output};
use crate::run::selftest::selftest_beside;
use crate::run::validation::validation_beside;
use crate::{report, run};

pub(super) fn report(path: &Path, out: Option<&Path>, open: bool) -> anyhow::Result<i32> {
    let mut run = run::read(path)?;
    // A validation or a selftest that was made since the run is as true of this machine as one made before it.
    let folder = path.parent().unwrap_or(Path::new("."));
    run.validation = validation_beside(folder, &run.machine).or(run.validation);
    run.selftest = selftest_beside(folder, &run.machine).or(run.selftest);
    let beside = path.with_file_name("index.html");
    let out = out.unwrap_or(&beside);
    run::write_whole(out, report::page_with_history(&run, history_beside(folder).as_ref()).as_bytes())?;
    output::note(&format!("Report: {}", out.display()));
    if open {
        show(out);
    }
    Ok(FINE)
}

/// Asks the desktop to open the page; where there is none, the path printed above has to do.
fn show(page: &Path) {
    let opened = std::process::Command::new("xdg-open").arg(page).stdin(std::process::Stdio::null()).status();
    if !opened.is_ok_and(|status| status.success()) {
        output::note("gilbench: no browser could be started (xdg-open); open the file above yourself");
    }
}
