//! `gilbench claims`: what a run says about each claim.

use std::path::Path;

use super::{FINE, UNFIT, origin, output};
use crate::run::origin::Origin;
use crate::{claim, report, run};

pub(super) fn claims(path: &Path, json: bool) -> anyhow::Result<i32> {
    let run = run::read(path)?;
    let text = || report::verdicts(&run, output::width(), output::colour());
    origin::answer(&[Origin::of_run(path, &run)], json, &claim::judge_all(&run), text)?;
    Ok(if claim::unqualified(&run).is_some() { UNFIT } else { FINE })
}
