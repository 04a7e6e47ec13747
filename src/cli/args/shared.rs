//! Arguments and values that several commands have.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::run::{Knobs, StartMethod};

/// Which cases are measured, for commands that measure those of a suite.
#[derive(Debug, Args)]
pub(super) struct CaseArguments {
    /// Only kernels whose name matches, such as 'crawl-*'; may be repeated.
    #[arg(long = "kernel", value_name = "GLOB")]
    pub(super) kernels: Vec<String>,
    /// Only models whose name matches, such as '*gil*'; may be repeated.
    #[arg(long = "model", value_name = "GLOB")]
    pub(super) models: Vec<String>,
    /// Numbers of workers, such as 1,2,4, instead of the profile's.
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    pub(super) workers: Vec<usize>,
}

/// What becomes of results, for commands that measure.
#[derive(Debug, Args)]
pub(in crate::cli) struct ResultArguments {
    /// Seed of the order and of every other random choice; the same seed gives the same order.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Folder for the results.
    #[arg(long, value_name = "FOLDER", default_value = "reports")]
    pub(in crate::cli) out: PathBuf,
    /// Print the results as JSON instead of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// How workers start, what locks they have, and how long they may stand still.
#[derive(Debug, Args)]
pub(super) struct WorkerArguments {
    /// How worker processes start.
    #[arg(long, value_enum, default_value = "spawn")]
    start_method: StartName,
    #[command(flatten)]
    knobs: KnobArguments,
    /// Give up on a case that has finished no step for so long.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    pub(super) stall_limit: Duration,
}

impl WorkerArguments {
    pub(super) fn start_method(&self) -> StartMethod {
        match self.start_method {
            StartName::Spawn => StartMethod::Spawn,
            StartName::ForkServer => StartMethod::ForkServer,
        }
    }

    pub(super) fn knobs(&self) -> Knobs {
        self.knobs.knobs()
    }
}

#[derive(Debug, Args)]
pub(super) struct KnobArguments {
    /// Switch interval of the simulated lock, such as 5ms or 500us.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5ms")]
    switch_interval: Duration,
    /// Ticks after which the tick-based lock (gil-legacy) is let go; a step counts 100.
    #[arg(long, value_name = "TICKS", default_value_t = Knobs::default().check_interval_ticks)]
    check_interval: u32,
    /// Let a holder that was asked for the lock take it again at once (CPython never does).
    #[arg(long)]
    no_forced_switching: bool,
    /// Steps from one safepoint to the next.
    #[arg(long, value_name = "N", default_value_t = 1)]
    safepoint_steps: u32,
}

impl KnobArguments {
    pub(super) fn knobs(&self) -> Knobs {
        Knobs {
            check_interval_ticks: self.check_interval,
            forced_switching: !self.no_forced_switching,
            safepoint_steps: self.safepoint_steps,
            ..Knobs::with_interval(self.switch_interval)
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StartName {
    /// Execute the program again.
    Spawn,
    /// Fork from a clean, single-threaded server.
    ForkServer,
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write a number with its unit, such as 90s, 5m or 500us"))
}

/// A switch interval that makes sense.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    let interval = duration(text)?;
    let sensible = Duration::from_micros(1)..=Duration::from_secs(10);
    if sensible.contains(&interval) { Ok(interval) } else { Err("it must be between 1us and 10s".into()) }
}
