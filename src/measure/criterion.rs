//! What criterion measured of the same cases, read from the files it leaves.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use crate::run::{SecondOpinion, unrevised};
use crate::stats::Estimate;

/// Criterion's figures for kernels under models, as far as they were measured with this build.
///
/// An iteration of its benches is one step. Criterion keeps them in its folder under the build's target folder, as
/// `kernel/model/workers/new`, the kernel with its revision. Figures older than the running program are of another build
/// and left out, so those that are left are of the kernel's present revision.
pub fn second_opinions() -> Vec<SecondOpinion> {
    let Some((folder, built)) = folder() else { return vec![] };
    let mut opinions: Vec<_> = folders(&folder)
        .flat_map(|kernel| folders(&kernel))
        .flat_map(|model| folders(&model))
        .filter_map(|case| opinion(&case.join("new"), built))
        .collect();
    opinions.sort_by(|a, b| (&a.kernel, &a.model).cmp(&(&b.kernel, &b.model)));
    opinions
}

/// Criterion's folder, and when the running program was built.
fn folder() -> Option<(PathBuf, SystemTime)> {
    let program = std::env::current_exe().ok()?;
    let built = std::fs::metadata(&program).ok()?.modified().ok()?;
    let home = std::env::var_os("CRITERION_HOME").map(PathBuf::from);
    let folder =
        home.or_else(|| program.ancestors().skip(1).map(|folder| folder.join("criterion")).find(|f| f.is_dir()))?;
    Some((folder, built))
}

fn folders(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).filter(|path| path.is_dir())
}

fn opinion(folder: &Path, built: SystemTime) -> Option<SecondOpinion> {
    let file = folder.join("estimates.json");
    if std::fs::metadata(&file).ok()?.modified().ok()? < built {
        return None;
    }
    let read = |path: &Path| -> Option<Value> { serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok() };
    let benchmark = read(&folder.join("benchmark.json"))?;
    let (kernel, model) = benchmark["group_id"].as_str().zip(benchmark["function_id"].as_str())?;
    let workers = benchmark["value_str"].as_str()?.parse().ok()?;
    let median = &read(&file)?["median"];
    let samples = read(&folder.join("sample.json"))?["times"].as_array()?.len();
    let interval = &median["confidence_interval"];
    let estimate = Estimate {
        value: median["point_estimate"].as_f64()?,
        low: interval["lower_bound"].as_f64()?,
        high: interval["upper_bound"].as_f64()?,
        level: interval["confidence_level"].as_f64()?,
        n: samples,
    };
    let (kernel, model) = (unrevised(kernel).to_owned(), model.to_owned());
    Some(SecondOpinion { instrument: "criterion".into(), kernel, model, workers, ns_per_step: estimate })
}
