//! The arguments of `gilbench history`.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use globset::{Glob, GlobMatcher};

use super::LATEST;
use crate::track::history::{Figure, RECENT_RUNS, Rules};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing is wrong; 1 `check` found a regression within the last runs; 2 nothing could \
                        have shown yet, or a step may have just begun (or wrong usage); 3 the file or the run cannot be used, and the history is as it was."
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
    ///
    /// A change for the worse counts for the exit code as long as it lies within the last runs of its case (--last) and
    /// is the last one of it. Older ones are shown, and taken for accepted.
    Check {
        #[command(flatten)]
        select: Select,
        /// Let only changes within the last N runs of a case count, or 'all' of them.
        #[arg(long, value_name = "N|all", value_parser = last, default_value_t = Last(Some(RECENT_RUNS)))]
        last: Last,
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

/// The runs that a change has to lie within to count; `None` is all of them.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Last(Option<usize>);

impl fmt::Display for Last {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(runs) => runs.fmt(f),
            None => f.write_str("all"),
        }
    }
}

impl Last {
    /// The rules of a check of which only these runs count.
    pub(in crate::cli) fn rules(self) -> Rules {
        Rules { last_runs: self.0, ..Rules::default() }
    }
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

fn last(text: &str) -> Result<Last, String> {
    match text.parse() {
        Ok(0) => Err("no change lies within the last 0 runs; give 1 or more, or 'all'".into()),
        Ok(runs) => Ok(Last(Some(runs))),
        Err(_) if text == "all" => Ok(Last(None)),
        Err(_) => Err("it must be a number of runs, or 'all'".into()),
    }
}

fn glob(text: &str) -> Result<GlobMatcher, String> {
    Glob::new(text).map(|glob| glob.compile_matcher()).map_err(|error| error.to_string())
}
