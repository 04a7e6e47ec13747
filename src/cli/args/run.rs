//! The arguments of `gilbench run`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::shared::{CaseArguments, ResultArguments, WorkerArguments, duration};
use crate::measure::Request;
use crate::run::Profile;
use crate::worker::Limits;

#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("Folder for the report (index.html) and the results (latest.json)")))]
pub(in crate::cli) struct RunArguments {
    /// How much to measure: quick (a minute), standard (five) or full (twenty).
    #[arg(long, value_enum)]
    profile: Option<ProfileName>,
    /// Time for measuring, such as 90s or 5m, instead of the profile's.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    budget: Option<Duration>,
    #[command(flatten)]
    cases: CaseArguments,
    /// Only probes whose name matches; may be repeated. Of kernels, models and probes, 'none' selects nothing.
    #[arg(long = "probe", value_name = "GLOB")]
    probes: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) results: ResultArguments,
    #[command(flatten)]
    workers: WorkerArguments,
    /// What `cargo bench` passes to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

impl RunArguments {
    /// What these arguments ask to be measured, where `default` is the profile if they name none.
    pub(in crate::cli) fn request(&self, default: Profile) -> Request {
        let profile = self.profile.map_or(default, |name| match name {
            ProfileName::Quick => Profile::Quick,
            ProfileName::Standard => Profile::Standard,
            ProfileName::Full => Profile::Full,
        });
        Request {
            budget: self.budget,
            kernels: self.cases.kernels.clone(),
            models: self.cases.models.clone(),
            probes: self.probes.clone(),
            workers: self.cases.workers.clone(),
            seed: self.results.seed,
            start_method: self.workers.start_method(),
            knobs: self.workers.knobs(),
            limits: Limits { stall: self.workers.stall_limit, ..Limits::default() },
            ..Request::new(profile)
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProfileName {
    Quick,
    Standard,
    Full,
}
