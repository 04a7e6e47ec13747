//! github-action-benchmark's custom JSON: an array of {name, unit, value, range, extra}.
//!
//! The action compares entries of one name, whatever machine they come from, so the name carries the machine: a series of
//! another CPU, number of cores or compiler is another series. `extra`, which it shows on a closer look, has it too.
//!
//! One direction a file, so there are two formats. The unit of a name must never change from one commit to the next, so it
//! does not follow the size of the number. A file without any entry fails the action's step, so none is written. <https://github.com/benchmark-action/github-action-benchmark>

use serde_json::{Value, json};

use super::{Document, Format, followed, half_width, json, testbed, throughput};
use crate::error::{Error, Result};
use crate::run::{CaseResult, Run};
use crate::stats::Estimate;

pub(super) const SMALLER: Format =
    Format { id: "gab", summary: "github-action-benchmark, tool customSmallerIsBetter: time", write: smaller };
pub(super) const BIGGER: Format =
    Format { id: "gab-bigger", summary: "github-action-benchmark, tool customBiggerIsBetter: steps/s", write: bigger };

fn smaller(document: &Document) -> Result<Vec<u8>> {
    array(document.run("gab")?, "ns", |_, time| *time)
}

fn bigger(document: &Document) -> Result<Vec<u8>> {
    array(document.run("gab-bigger")?, "steps/s", throughput)
}

fn array(run: &Run, unit: &str, figure: impl Fn(&CaseResult, &Estimate) -> Estimate) -> Result<Vec<u8>> {
    let machine = testbed::name(run);
    let one = |(case, time): (&CaseResult, Estimate)| {
        let figure = figure(case, &time);
        let mut object = json!({
            "name": format!("{} ({machine})", case.id), "unit": unit, "value": figure.value,
            "extra": format!("median of {} rounds; {machine}", figure.n),
        });
        if let Some(half) = half_width(&figure) {
            object["range"] = format!("± {half:.2}").into();
        }
        object
    };
    let entries: Vec<Value> = followed(run).map(one).collect();
    if entries.is_empty() {
        return Err(Error::request(
            "no case of this run has a time, and github-action-benchmark fails on an empty list",
        ));
    }
    Ok(json(&Value::Array(entries)))
}
