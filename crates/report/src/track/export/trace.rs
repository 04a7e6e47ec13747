//! Trace Event JSON for Perfetto: the scenes of a run in which workers were watched at their locks.

use super::{Document, Format};
use crate::error::{Error, Result};
use crate::report;

pub(super) const FORMAT: Format =
    Format { id: "trace", summary: "ui.perfetto.dev and chrome://tracing: who held the lock", write };

fn write(document: &Document) -> Result<Vec<u8>> {
    let run = document.run("trace")?;
    if run.traces.is_empty() {
        return Err(Error::request("this run has no trace in it; `gilbench trace` records one"));
    }
    let mut text = Vec::new();
    report::trace_events(&run.traces, &mut text).map_err(Error::os("cannot write the trace"))?;
    Ok(text)
}
