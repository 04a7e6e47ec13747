//! The arguments of `gilbench predict`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::LATEST;
use super::shared::duration;
use crate::predict;

#[derive(Debug, Args)]
pub(in crate::cli) struct PredictArguments {
    /// Computing of a job, in microseconds.
    #[arg(long, value_name = "N", default_value_t = 0.0, allow_negative_numbers = true)]
    cpu_us: f64,
    /// The blocking call of a job, in microseconds.
    #[arg(long, value_name = "N", default_value_t = 0.0, allow_negative_numbers = true)]
    io_us: f64,
    /// Workers [default: as many as cores].
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Cores of the machine [default: those of the run].
    #[arg(long, value_name = "N")]
    cores: Option<usize>,
    /// Only models whose name matches, such as '*gil*'; may be repeated.
    #[arg(long = "model", value_name = "GLOB")]
    models: Vec<String>,
    /// Switch interval of the lock, such as 5ms or 500us.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5ms")]
    interval: Duration,
    /// Computing between two safepoints, in microseconds; a native extension's call that keeps the lock takes longer.
    #[arg(long, value_name = "N", default_value_t = predict::SAFEPOINT_US, allow_negative_numbers = true)]
    safepoint_us: f64,
    /// Seed of the simulation; the same seed gives the same answer.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The run that the constants come from [default: reports/latest.json].
    #[arg(long, value_name = "RUN.json")]
    run: Option<PathBuf>,
    /// Only compare: predict every case of a run at the machine's own number of cores, beside what was measured.
    #[arg(
        long, value_name = "RUN.json", num_args = 0..=1, default_missing_value = LATEST,
        conflicts_with_all = ["cpu_us", "io_us", "workers", "cores", "models", "interval", "safepoint_us", "seed", "run"]
    )]
    pub(in crate::cli) check: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

impl PredictArguments {
    /// The run that the constants come from.
    pub(in crate::cli) fn run(&self) -> &Path {
        self.run.as_deref().unwrap_or(Path::new(LATEST))
    }

    /// What these arguments ask, of a machine with so many cores unless they say otherwise.
    pub(in crate::cli) fn request(&self, cores: usize) -> predict::Request {
        let cores = self.cores.unwrap_or(cores);
        predict::Request {
            cpu_us: self.cpu_us,
            io_us: self.io_us,
            workers: self.workers.unwrap_or(cores),
            cores,
            models: self.models.clone(),
            interval: self.interval,
            safepoint_us: self.safepoint_us,
            seed: self.seed,
        }
    }
}
