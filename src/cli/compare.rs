//! `gilbench compare` and `gilbench gate`: what is said of documents that were written before.

use std::path::Path;

use super::args::{CompareArguments, GateArguments};
use super::output;
use crate::run::comparison::read_either;
use crate::track::{self, Policy};
use crate::{report, run};

pub(super) fn compare(arguments: &CompareArguments) -> anyhow::Result<i32> {
    let (base, head) = (run::read(&arguments.base)?, run::read(&arguments.head)?);
    let compared = track::compare(&base, &head, arguments.margin)?;
    if arguments.json {
        let mut document = serde_json::to_value(&compared)?;
        document["outcome"] = compared.outcome().name().into();
        output::json(&document)?;
    } else {
        output::text(&report::unpaired(&compared, output::width(), output::colour()))?;
    }
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
    let gated = track::gate(&read_either(&arguments.document)?, &policy);
    if arguments.json {
        output::json(&gated)?;
    } else {
        output::text(&report::gated(&gated, output::colour()))?;
    }
    Ok(gated.outcome.code())
}
