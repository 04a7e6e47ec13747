//! `gilbench report`: the page of a run, written again, or of two runs beside each other.

use std::path::{Path, PathBuf};

use super::history::history_beside;
use super::{FINE, origin, output};
use crate::report;
use crate::run::origin::Origin;
use crate::run::{read, write_whole};

pub(super) fn report(runs: &[PathBuf], out: Option<&Path>, open: bool) -> anyhow::Result<i32> {
    let (path, base) = match runs {
        [base, head] => (head, Some(read(base)?)),
        [run] => (run, None),
        _ => unreachable!("the command line takes one run or two"),
    };
    let run = origin::read_whole(path)?;
    // A page of two runs does not take the place of the page of one.
    let beside = path.with_file_name(if base.is_some() { "beside.html" } else { "index.html" });
    let out = out.unwrap_or(&beside);
    let history = history_beside(path.parent().unwrap_or(Path::new(".")));
    let page = report::page_with(&run, history.as_ref(), base.as_ref());
    write_whole(out, page.as_bytes())?;
    let base = runs.first().zip(base.as_ref()).map(|(path, base)| Origin::of_run(path, base));
    origin::tell(&base.into_iter().chain([Origin::of_run(path, &run)]).collect::<Vec<_>>());
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
