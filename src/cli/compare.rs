//! `gilbench compare` and `gilbench gate`: what is said of documents that were written before.

use std::path::Path;

use super::args::{CompareArguments, GateArguments};
use super::{origin, output};
use crate::run::comparison::read_either;
use crate::run::origin::Origin;
use crate::track::{self, Policy};
use crate::{report, run};

pub(super) fn compare(arguments: &CompareArguments) -> anyhow::Result<i32> {
    let (base, head) = (run::read(&arguments.base)?, run::read(&arguments.head)?);
    let compared = track::compare(&base, &head, arguments.margin)?;
    let from = [Origin::of_run(&arguments.base, &base), Origin::of_run(&arguments.head, &head)];
    let mut document = serde_json::to_value(&compared)?;
    document["outcome"] = compared.outcome().name().into();
    let text = || report::unpaired(&compared, output::width(), output::colour());
    origin::answer(&from, arguments.json, &document, text)?;
    Ok(compared.outcome().code())
}

/// The policy in this file, or the default one.
pub(super) fn policy(path: Option<&Path>) -> anyhow::Result<Policy> {
    Ok(match path {
        Some(path) => Policy::parse(path, &run::read_text(path)?)?,
        None => Policy::default(),
    })
}

pub(super) fn gate(arguments: &GateArguments) -> anyhow::Result<i32> {
    let policy = policy(arguments.policy.as_deref())?;
    let document = read_either(&arguments.document)?;
    let gated = track::gate(&document, &policy);
    let from = [Origin::of(&arguments.document, &document)];
    origin::answer(&from, arguments.json, &gated, || report::gated(&gated, output::colour()))?;
    Ok(gated.outcome.code())
}
