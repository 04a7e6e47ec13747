//! What `gilbench selftest` accepts.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::shared::{ResultArguments, duration};
use crate::measure::selftest::Request;

#[derive(Debug, Args)]
#[command(
    mut_arg("out", |out| out.help("Folder for the results (selftest.json)")),
    after_help = "Exit codes: 0 the instrument does what it promises, as far as that can be said; 1 it breaks a promise; 2 \
                        the machine is too noisy for it to decide anything; 3 something failed; 130 interrupted."
)]
pub(in crate::cli) struct SelftestArguments {
    /// Time for measuring [default: 5m, or 25s for the short form].
    #[arg(long, value_name = "TIME", value_parser = duration)]
    budget: Option<Duration>,
    /// The short form, for continuous integration: no change, and 5 % either way.
    #[arg(long)]
    short: bool,
    /// Keep a processor busy in bursts meanwhile, as a neighbour on a shared machine would.
    #[arg(long)]
    neighbour: bool,
    /// Only kernels whose name matches [default: primes]; may be repeated.
    #[arg(long = "kernel", value_name = "GLOB")]
    kernels: Vec<String>,
    /// Only models whose name matches [default: serial and threads]; may be repeated.
    #[arg(long = "model", value_name = "GLOB")]
    models: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) results: ResultArguments,
}

impl SelftestArguments {
    /// What these arguments ask of this executable.
    pub(in crate::cli) fn request(&self, executable: PathBuf) -> Request {
        let mut request = Request::new(executable, self.short);
        request.budget = self.budget.unwrap_or(request.budget);
        (request.neighbour, request.seed) = (self.neighbour, self.results.seed);
        if !self.kernels.is_empty() {
            request.kernels.clone_from(&self.kernels);
        }
        if !self.models.is_empty() {
            request.models.clone_from(&self.models);
        }
        request
    }
}
