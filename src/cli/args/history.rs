//! The arguments of `gilbench history`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use globset::{Glob, GlobMatcher};

use super::LATEST;
use crate::track::history::{Figure, Rules};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing is wrong; 1 `check` found a regression; 2 there are too few runs to tell (or wrong \
                        usage); 3 the file or the run cannot be used, and the history is as it was."
)]
pub(in crate::cli) struct HistoryArguments {
    #[command(subcommand)]
    pub(in crate::cli) action: HistoryAction,
    /// The log.
    #[arg(long, value_name = "FILE", default_value = "reports/history.jsonl", global = true)]
    pub(in crate::cli) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum HistoryAction {
    /// Add a run to the log; `gilbench run` does that with its own.
    Add {
        /// The run.
        #[arg(value_name = "RUN.json", default_value = LATEST)]
        run: PathBuf,
        /// The revision that was measured [default: the program's own, or the one that is checked out here].
        #[arg(long, value_name = "SHA")]
        commit: Option<String>,
    },
    /// Show the trend of every case, machine by machine.
    Show {
        #[command(flatten)]
        select: Select,
    },
    /// Look for changes of level; a spike is none.
    Check {
        #[command(flatten)]
        select: Select,
        /// Let only changes within the last N runs of a case count; older ones are accepted.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        last: Option<u32>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What of the history is looked at.
#[derive(Debug, Args)]
pub(in crate::cli) struct Select {
    /// Only cases that match, such as 'primes/*'.
    #[arg(long = "case", value_name = "GLOB", value_parser = glob)]
    pub(in crate::cli) cases: Option<GlobMatcher>,
    /// What is followed.
    #[arg(long, value_enum, default_value = "time")]
    metric: MetricName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MetricName {
    Time,
    Cpu,
    Memory,
}

impl Select {
    /// What is followed.
    pub(in crate::cli) fn figure(&self) -> Figure {
        match self.metric {
            MetricName::Time => Figure::Time,
            MetricName::Cpu => Figure::Cpu,
            MetricName::Memory => Figure::Memory,
        }
    }
}

impl HistoryArguments {
    /// The log.
    pub(in crate::cli) fn file(&self) -> &Path {
        &self.file
    }
}

/// The rules of a check of which only so many last runs count.
pub(in crate::cli) fn rules(last: Option<u32>) -> Rules {
    Rules { last_runs: last.map(|last| last as usize), ..Rules::default() }
}

fn glob(text: &str) -> Result<GlobMatcher, String> {
    Glob::new(text).map(|glob| glob.compile_matcher()).map_err(|error| error.to_string())
}
