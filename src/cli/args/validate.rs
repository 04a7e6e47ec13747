//! The arguments of `gilbench validate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::shared::{ResultArguments, duration};
use crate::cpython::{self, Places};

#[derive(Debug, Args)]
#[command(
    mut_arg("out", |out| out.help("Folder for the results (validation.json)")),
    after_help = "Exit codes: 0 the simulation stands for every interpreter measured; 2 there is no interpreter, or \
                        the simulation misses a goal, or too little was measured to say; 3 an interpreter failed, or one \
                        that was named is none; 130 interrupted."
)]
pub(in crate::cli) struct ValidateArguments {
    /// Interpreters, by path or name [default: all on PATH and under pyenv].
    #[arg(long, value_name = "PATH", num_args = 1..)]
    python: Vec<PathBuf>,
    /// Time for each interpreter.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5m")]
    budget: Duration,
    /// Only cells that match, such as 'convoy/*'; may be repeated. The controls that qualify them come along.
    #[arg(long = "cell", value_name = "GLOB")]
    cells: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) results: ResultArguments,
    /// Give up on an interpreter that does not answer for so long.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "20s")]
    stall_limit: Duration,
}

impl ValidateArguments {
    /// What these arguments ask for.
    pub(in crate::cli) fn request(&self) -> cpython::Request {
        cpython::Request {
            python: self.python.clone(),
            places: Places::of_environment(),
            budget: self.budget,
            cells: self.cells.clone(),
            seed: self.results.seed,
            patience: self.stall_limit,
        }
    }
}
