//! `gilbench run`: measure, judge, write, summarise.

use std::path::Path;

use anyhow::Context as _;

use super::args::RunArguments;
use super::history::{history_beside, remember};
use super::progress::Progress;
use super::{FAILED, FINE, INTERRUPTED, output};
use crate::measure::{adds_baseline, measure, plan, second_opinions};
use crate::run::selftest::selftest_beside;
use crate::run::validation::validation_beside;
use crate::run::{self, Run};
use crate::suite::Suite;
use crate::{machine, report, worker};

/// File of the results in the output folder.
const RESULTS: &str = "latest.json";
/// File of the page in the output folder.
const PAGE: &str = "index.html";

pub(super) fn run(suite: &Suite, arguments: &RunArguments) -> anyhow::Result<i32> {
    let request = arguments.request(suite.default_profile());
    // What cannot be measured is refused before anything is written, even an empty folder.
    plan(suite, &request, machine::usable_cores())?;
    check_folder(&arguments.results.out)?;
    listen_for_interruption()?;
    if adds_baseline(suite, &request)? {
        output::note("`serial` is measured as well: speedups are against it");
    }
    let mut progress = Progress::new();
    let measured = measure(suite, &request, &mut |event| progress.show(event));
    progress.clear();
    let mut run = measured?;
    run.second_opinions = second_opinions();
    run.validation = validation_beside(&arguments.results.out, &run.machine);
    run.selftest = selftest_beside(&arguments.results.out, &run.machine);
    run::write(&arguments.results.out.join(RESULTS), &run)?;
    remember(&run, &arguments.results.out);
    let history = history_beside(&arguments.results.out);
    let page = report::page_with(&run, history.as_ref(), None);
    run::write_whole(&arguments.results.out.join(PAGE), page.as_bytes())?;
    tell(&run, arguments)?;
    Ok(if worker::interrupted() {
        INTERRUPTED
    } else if run.failures.is_empty() {
        FINE
    } else {
        FAILED
    })
}

fn tell(run: &Run, arguments: &RunArguments) -> anyhow::Result<()> {
    if arguments.results.json {
        output::json(run)?;
    } else {
        output::text(&report::terminal(run, output::width(), output::colour()))?;
    }
    output::note(&format!("Results: {}", arguments.results.out.join(RESULTS).display()));
    output::note(&format!("Report:  {}", arguments.results.out.join(PAGE).display()));
    Ok(())
}

/// Makes Ctrl-C end all workers, and what is being measured with them.
pub(super) fn listen_for_interruption() -> anyhow::Result<()> {
    // A second Ctrl-C does not wait for anything; workers end with their parent.
    ctrlc::set_handler(|| if worker::interrupted() { std::process::exit(INTERRUPTED) } else { worker::interrupt() })
        .context("cannot listen for Ctrl-C; if it is for want of descriptors, raise `ulimit -n`")
}

/// Refuses a folder that cannot be written to, before minutes are spent on measuring.
pub(super) fn check_folder(folder: &Path) -> anyhow::Result<()> {
    let attempt = || {
        std::fs::create_dir_all(folder)?;
        tempfile::tempfile_in(folder)
    };
    attempt().map(drop).with_context(|| format!("cannot write to {}; name another folder with --out", folder.display()))
}
