//! Bencher Metric Format: `{benchmark: {measure: {value, lower_value, upper_value}}}`.
//!
//! The machine is not part of it: Bencher keeps series apart by their testbed, which is named on its command line, and which
//! format `testbed` writes: `bencher run --testbed "$(gilbench export --format testbed)" --adapter json …`.
//!
//! `latency` in nanoseconds and `throughput` are measures that Bencher has from the start. Names have at most 1,024 bytes
//! (its documentation says characters; its parser counts bytes). <https://bencher.dev/docs/reference/bencher-metric-format/>

use serde_json::{Map, Value, json};

use super::escape::shortened;
use super::{Document, Format, followed, json, throughput};
use crate::error::Result;
use crate::stats::Estimate;

pub(super) const FORMAT: Format = Format { id: "bmf", summary: "Bencher: bencher run --adapter json", write };

/// Longest name of a benchmark, in bytes.
pub(super) const LONGEST: usize = 1024;

fn write(document: &Document) -> Result<Vec<u8>> {
    let one = |(case, time): (&_, Estimate)| {
        let measures = json!({"latency": metric(&time), "throughput": metric(&throughput(case, &time))});
        (shortened(&case.id, LONGEST), measures)
    };
    let all: Map<String, Value> = followed(document.run("bmf")?).map(one).collect();
    Ok(json(&Value::Object(all)))
}

fn metric(estimate: &Estimate) -> Value {
    let mut metric = json!({"value": estimate.value});
    if estimate.is_bounded() {
        metric["lower_value"] = estimate.low.into();
        metric["upper_value"] = estimate.high.into();
    }
    metric
}
