//! The arguments of `gilbench trace`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::shared::{KnobArguments, duration};
use crate::measure::TraceRequest;
use crate::run::StartMethod;
use crate::worker::Limits;

#[derive(Debug, Args)]
pub(in crate::cli) struct TraceArguments {
    /// The model, one with a lock.
    #[arg(long, value_name = "NAME", default_value = "gil")]
    model: String,
    /// The kernel.
    #[arg(long, value_name = "NAME", default_value = "bytecode")]
    kernel: String,
    /// Number of workers.
    #[arg(long, value_name = "N", default_value_t = 2)]
    workers: usize,
    /// How long to trace, about.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "100ms")]
    time: Duration,
    /// Steps of all workers together, instead of a time.
    #[arg(long, value_name = "N", conflicts_with = "time")]
    steps: Option<u64>,
    /// Moments that each worker has room for; later ones are counted and lost.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    moments: usize,
    /// Where to write the trace.
    #[arg(long, value_name = "FILE", default_value = "trace.json")]
    pub(in crate::cli) out: PathBuf,
    #[command(flatten)]
    knobs: KnobArguments,
}

impl TraceArguments {
    /// What these arguments ask to be traced.
    pub(in crate::cli) fn request(&self) -> TraceRequest {
        TraceRequest {
            kernel: self.kernel.clone(),
            model: self.model.clone(),
            workers: self.workers,
            time: self.time,
            steps: self.steps,
            moments: self.moments,
            knobs: self.knobs.knobs(),
            start_method: StartMethod::Spawn,
            limits: Limits::default(),
        }
    }
}
