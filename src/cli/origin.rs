//! Which measurement an answer rests on: said with every answer, whether the file was named or found.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::output;
use crate::error::Result;
use crate::run::origin::Origin;
use crate::run::selftest::selftest_beside;
use crate::run::validation::validation_beside;
use crate::run::{self, Run};

/// Prints an answer: as JSON with the field `from`, or as text with a line for each measurement on standard error.
pub(super) fn answer(
    from: &[Origin],
    json: bool,
    value: &impl Serialize,
    text: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    if json {
        output::json(&with(from, value)?)?;
    } else {
        tell(from);
        output::text(&text())?;
    }
    Ok(())
}

/// A line for each measurement on standard error.
pub(super) fn tell(from: &[Origin]) {
    for origin in from {
        output::note(&origin.line());
    }
}

/// The value, a JSON object, with the field `from`.
fn with(from: &[Origin], value: &impl Serialize) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(value)?;
    value["from"] = serde_json::to_value(from)?;
    Ok(value)
}

/// A run with what is known about its machine beside it.
pub(super) fn read_whole(path: &Path) -> Result<Run> {
    let mut run = run::read(path)?;
    // A validation or a selftest that was made since the run is as true of this machine as one made before it.
    let folder = path.parent().unwrap_or(Path::new("."));
    run.validation = validation_beside(folder, &run.machine).or(run.validation);
    run.selftest = selftest_beside(folder, &run.machine).or(run.selftest);
    Ok(run)
}
