//! The arguments of the commands that tell whether something changed.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::shared::{CaseArguments, ResultArguments, WorkerArguments, duration};
use crate::measure::ab;

#[derive(Debug, Args)]
#[command(
    mut_arg("out", |out| out.help("Folder for the results (ab.json)")),
    mut_arg("stall_limit", |limit| limit.help(
        "Give up on an executable that does not answer for so long, and on a case that has finished no step"
    )),
    after_help = "A case is a regression or an improvement if the 99 % interval of its paired ratio lies wholly beyond its \
                        margin and rounds measured afterwards confirm it; equivalent if the 95 % interval lies within the \
                        margin; too noisy if that interval is too wide for the margin, wherever it lies; otherwise \
                        inconclusive. Margins are fixed by pilot rounds of the base alone. Further rounds go to the cases \
                        whose intervals will be narrow enough soonest. Without a suspect the comparison ends before the budget is spent: the rest was \
                        kept for the confirmation.\n\nExit codes: 0 nothing got slower; 1 a regression; 2 inconclusive, \
                        too noisy, or the instrument is unqualified; 3 an executable cannot be measured, or a case failed; \
                        130 interrupted."
)]
pub(in crate::cli) struct AbArguments {
    /// The executable to compare with: gilbench itself, or any bench built on the library.
    #[arg(value_name = "BASE_EXE")]
    base: PathBuf,
    /// The executable to judge.
    #[arg(value_name = "HEAD_EXE")]
    head: PathBuf,
    /// Time for all of it, such as 60s or 5m.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "60s")]
    budget: Duration,
    #[command(flatten)]
    cases: CaseArguments,
    /// A change up to this is none, in per cent. Where pilot rounds are noisy it is widened, to 2 % at most.
    #[arg(long, value_name = "PERCENT", value_parser = percent, default_value = "1")]
    margin: f64,
    /// Let the head do so many per cent more work, to see whether a change of that size is found. Kernels whose samples
    /// have few steps, such as `sleep`, cannot do a small share more.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    inject: Option<f64>,
    #[command(flatten)]
    pub(in crate::cli) results: ResultArguments,
    #[command(flatten)]
    workers: WorkerArguments,
}

impl AbArguments {
    /// What these arguments ask to be compared.
    pub(in crate::cli) fn request(&self) -> ab::Request {
        ab::Request {
            budget: self.budget,
            kernels: self.cases.kernels.clone(),
            models: self.cases.models.clone(),
            workers: self.cases.workers.clone(),
            seed: self.results.seed,
            margin: self.margin,
            knobs: self.workers.knobs(),
            start_method: self.workers.start_method(),
            stall: self.workers.stall_limit,
            injected: self.inject.unwrap_or(0.0),
            ..ab::Request::new(&self.base, &self.head)
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing got slower; 1 a regression; 2 inconclusive, or an instrument is unqualified; 3 a file \
                        cannot be used, or a case failed that did not."
)]
pub(in crate::cli) struct CompareArguments {
    /// The run to compare with.
    #[arg(value_name = "BASE.json")]
    pub(in crate::cli) base: PathBuf,
    /// The run to judge.
    #[arg(value_name = "HEAD.json")]
    pub(in crate::cli) head: PathBuf,
    /// A change up to this is none, in per cent [default: 5; the runs are not paired].
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(in crate::cli) margin: Option<f64>,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 the gate is open; 1 a regression or a refuted claim; 2 the gate cannot decide; 3 a file \
                        cannot be used, or a case failed.\nA policy is TOML with [[cases]] (match, metric, margin, \
                        inconclusive, too_noisy) for ab.json, and [[ratios]] (match, against, metric, most, least, inconclusive) and \
                        [[claims]] (match, refuted, inconclusive, not_measured) for a run. What no rule matches leaves the gate \
                        undecided, unless `uncovered` is \"pass\" or \"fail\"."
)]
pub(in crate::cli) struct GateArguments {
    /// A run, or a comparison by `gilbench ab`.
    #[arg(value_name = "RUN.json|AB.json")]
    pub(in crate::cli) document: PathBuf,
    /// The policy [default: every case and every claim counts].
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) policy: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// A percentage, as a share.
fn percent(text: &str) -> Result<f64, String> {
    let number: f64 =
        text.trim().trim_end_matches('%').trim_end().parse().map_err(|_| "write a number such as 1 or 0.5")?;
    if (0.0..=100.0).contains(&number) { Ok(number / 100.0) } else { Err("it must be between 0 and 100".into()) }
}
