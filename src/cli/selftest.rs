//! `gilbench selftest`: how far this instrument can be trusted on this machine.

use super::args::SelftestArguments;
use super::progress::Progress;
use super::run::{check_folder, listen_for_interruption};
use super::{CHANGED, FAILED, FINE, INTERRUPTED, UNFIT, output};
use crate::measure::selftest;
use crate::run::selftest::{Findings, SELFTEST, Selftest};
use crate::{report, run, track, worker};

pub(super) fn selftest(arguments: &SelftestArguments) -> anyhow::Result<i32> {
    let executable = std::env::current_exe()?;
    check_folder(&arguments.results.out)?;
    listen_for_interruption()?;
    let mut progress = Progress::new();
    let measured = selftest::measure(&arguments.request(executable), &mut |event| progress.show(event));
    progress.clear();
    let mut selftest = measured?;
    selftest.findings = Some(track::selftest::findings(&selftest));
    let path = arguments.results.out.join(SELFTEST);
    let mut text = serde_json::to_vec(&selftest)?;
    text.push(b'\n');
    run::write_whole(&path, &text)?;
    if arguments.results.json {
        output::json(&selftest)?;
    } else {
        output::text(&report::selftest(&selftest, output::width(), output::colour()))?;
    }
    output::note(&format!("Results: {}", path.display()));
    Ok(code(&selftest))
}

/// 1 if a promise is broken, 2 if the machine does not let the instrument decide anything.
fn code(selftest: &Selftest) -> i32 {
    let of = |what: fn(&Findings) -> bool| selftest.findings.as_ref().is_some_and(what);
    let failed = selftest.comparisons.iter().any(|comparison| !comparison.failures.is_empty());
    if worker::interrupted() {
        INTERRUPTED
    } else if failed {
        FAILED
    } else if of(track::selftest::is_broken) {
        CHANGED
    } else if of(track::selftest::is_qualified) {
        FINE
    } else {
        UNFIT
    }
}
