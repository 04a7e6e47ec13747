//! hyperfine's JSON, which its own scripts and Bencher's `shell_hyperfine` read: seconds, a result a command.
//!
//! The command is the case's name; its only parameter is the number of workers, since the scripts that draw over a parameter
//! (`plot_parametrized.py`) refuse more than one, or one that is no number. `exit_codes` are 0: what failed has no result.
//! <https://github.com/sharkdp/hyperfine>

use serde_json::{Value, json};

use super::bmf::LONGEST;
use super::escape::shortened;
use super::{Document, Format, followed, json};
use crate::error::Result;
use crate::run::{CaseResult, Metric, Run};

pub(super) const FORMAT: Format = Format { id: "hyperfine", summary: "hyperfine's scripts", write };

fn write(document: &Document) -> Result<Vec<u8>> {
    let run = document.run("hyperfine")?;
    let results: Vec<Value> = followed(run).map(|(case, time)| result(run, case, time.value / 1e9)).collect();
    Ok(json(&json!({"results": results})))
}

fn result(run: &Run, case: &CaseResult, median: f64) -> Value {
    let times: Vec<f64> = run.values(case, Metric::Compute).iter().map(|ns| ns / 1e9).collect();
    let n = times.len() as f64;
    let mean = |of: &mut dyn Iterator<Item = f64>| of.sum::<f64>() / n;
    let middle = mean(&mut times.iter().copied());
    let squares: f64 = times.iter().map(|time| (time - middle).powi(2)).sum();
    // hyperfine writes null for a single run.
    let stddev = (times.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
    json!({
        // For Bencher, the name of a benchmark.
        "command": shortened(&case.id, LONGEST),
        "mean": middle,
        "stddev": stddev,
        "median": median,
        "user": mean(&mut run.kept(case).map(|sample| sample.user_ns as f64 / 1e9)),
        "system": mean(&mut run.kept(case).map(|sample| sample.system_ns as f64 / 1e9)),
        "min": times.iter().copied().fold(f64::INFINITY, f64::min),
        "max": times.iter().copied().fold(0.0, f64::max),
        "times": times,
        "exit_codes": vec![0; times.len()],
        "parameters": {"workers": case.workers.to_string()},
    })
}
