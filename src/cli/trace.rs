//! `gilbench trace`: who held the lock when, for Perfetto.

use super::args::TraceArguments;
use super::run::listen_for_interruption;
use super::{FINE, output};
use crate::suite::Suite;
use crate::{measure, report, run};

pub(super) fn trace(suite: &Suite, arguments: &TraceArguments) -> anyhow::Result<i32> {
    listen_for_interruption()?;
    let (_, trace) = measure::trace(suite, &arguments.request())?;
    run::stream_whole(&arguments.out, |file| report::trace_events(std::slice::from_ref(&trace), file))?;
    output::text(&report::trace_summary(&trace))?;
    output::note(&format!("Trace: {}", arguments.out.display()));
    output::note(
        "To see it: open https://ui.perfetto.dev and choose “Open trace file”; the file stays on this machine.",
    );
    Ok(FINE)
}
