//! `gilbench claims`: what a run says about each claim.

use std::path::Path;

use super::{FINE, UNFIT, output};
use crate::{claim, report, run};

pub(super) fn claims(path: &Path, json: bool) -> anyhow::Result<i32> {
    let run = run::read(path)?;
    if json {
        output::json(&claim::judge_all(&run))?;
    } else {
        output::text(&report::verdicts(&run, output::width(), output::colour()))?;
    }
    Ok(if claim::unqualified(&run).is_some() { UNFIT } else { FINE })
}
