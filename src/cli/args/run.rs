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

/// Commands that messages advise.
#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::{Arguments, Command};
    use super::*;
    use crate::Suite;
    use crate::claim::{self, Claim, Need, Outcome};
    use crate::measure::{Group, plan, probes};
    use crate::run::synthetic::Synthetic;
    use crate::run::{Arm, Role, Run};

    /// The words of a command, as a shell would hand them over.
    fn parsed(command: &str) -> Arguments {
        let words = command.split_whitespace().map(|word| word.trim_matches('\''));
        Arguments::try_parse_from(words).unwrap_or_else(|error| panic!("`{command}`: {error}"))
    }

    /// What a command that measures asks for.
    fn request(command: &str, suite: &Suite) -> Request {
        let Some(Command::Run(run)) = parsed(command).command else { panic!("`{command}` measures nothing") };
        run.request(suite.default_profile())
    }

    /// Commands in a text, which stand between backticks.
    fn commands(text: &str) -> Vec<&str> {
        text.split('`').filter(|code| code.starts_with("gilbench ")).collect()
    }

    /// A run in which everything planned was measured.
    fn as_if_measured(groups: &[Group], cores: usize) -> Run {
        let mut run = Synthetic::new(cores);
        for group in groups {
            let kernel = group.kernel;
            run = run.kernel(kernel.name(), kernel.bound(), kernel.shares());
            for case in group.cases.iter().filter(|case| case.role == Role::Case) {
                let split = (case.arrangement.processes, case.arrangement.threads);
                // Long enough under every lock.
                run = run.case(kernel.name(), case.model.name(), split, 1000.0, 1000.0);
            }
        }
        run.qualified()
    }

    /// Follows the advice of a claim's reason and asks whether it has then what it lacked.
    #[track_caller]
    fn helps(claim: &Claim, run: &Run, cores: usize) {
        let verdict = (claim.check)(run);
        assert_eq!(verdict.outcome, Outcome::NotMeasured, "{}: {}", claim.id, verdict.reason);
        let suite = Suite::standard();
        let advised = commands(&verdict.reason);
        let (mut asked, mut decided) = (vec![], false);
        for command in &advised {
            let request = request(command, &suite);
            let groups = plan(&suite, &request, cores).unwrap_or_else(|error| panic!("`{command}`: {error}"));
            let twins = groups.iter().flat_map(|group| &group.cases).filter(|case| case.role == Role::Twin).count();
            assert!(twins > 0, "`{command}` has no A/A arm");
            asked.extend(probes(&request).unwrap().into_iter().map(|probe| probe.id));
            decided |= (claim.check)(&as_if_measured(&groups, cores)).outcome != Outcome::NotMeasured;
        }
        for need in (claim.needs)() {
            if let Need::Probe { probe, .. } = need {
                // What a probe reads at this profile is what `tests/readings.rs` asks.
                decided |= asked.contains(&probe);
            }
        }
        assert!(decided, "{} on {cores} cores: {advised:?} do not help: {}", claim.id, verdict.reason);
    }

    #[test]
    fn advised_commands_measure_what_a_claim_lacks() {
        for cores in [2, 4, 16] {
            for claim in claim::ALL {
                helps(claim, &Synthetic::new(cores).build(), cores);
            }
        }
    }

    /// The needs are met, but by too few workers or by too few processes.
    #[test]
    fn advised_commands_measure_the_workers_that_a_claim_lacks() {
        let mut advised = 0;
        for claim in claim::ALL {
            let mut run = (claim.example)(true);
            for case in &mut run.cases {
                (case.workers, case.processes, case.threads) = (1, 1, 1);
            }
            if !commands(&(claim.check)(&run).reason).is_empty() {
                helps(claim, &run, run.cores());
                advised += 1;
            }
        }
        assert!(advised >= 6, "{advised}");
    }

    /// Those of the page: its texts hold them word by word.
    #[test]
    fn advised_commands_of_the_page_are_accepted() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/report/src/report/text");
        let mut accepted = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for command in commands(&text).into_iter().filter(|command| command.starts_with("gilbench run ")) {
                let suite = Suite::standard();
                plan(&suite, &request(command, &suite), 2).unwrap_or_else(|error| panic!("`{command}`: {error}"));
                accepted += 1;
            }
        }
        assert!(accepted >= 10, "{accepted}");
    }

    #[test]
    fn a_run_of_probes_alone_has_aa_arms_in_its_control() {
        let suite = Suite::standard();
        let request = request("gilbench run --kernel none --model none --probe switch", &suite);
        let groups = plan(&suite, &request, 2).unwrap();
        let twins: Vec<&str> = groups
            .iter()
            .flat_map(|group| &group.cases)
            .filter(|case| case.role == Role::Twin)
            .map(|case| case.id.as_str())
            .collect();
        assert_eq!(twins, ["control/threads/2@twin", "control/processes/2@twin"]);
    }

    #[test]
    fn every_kind_of_arm_that_is_planned_has_an_aa_arm() {
        let suite = Suite::standard();
        for command in [
            "gilbench run",
            "gilbench run --profile full",
            "gilbench run --kernel primes --model serial --model gil",
            "gilbench run --kernel sleep --model gil-hybrid",
        ] {
            for cores in [1, 2, 8] {
                let groups = plan(&suite, &request(command, &suite), cores).unwrap();
                let cases = || groups.iter().flat_map(|group| &group.cases);
                let arm = |case: &crate::measure::Planned| Arm::of(case.model.locked(), case.arrangement.processes);
                for case in cases().filter(|case| case.role != Role::Twin) {
                    let twins = cases().filter(|twin| twin.role == Role::Twin && arm(twin) == arm(case)).count();
                    assert_eq!(twins, 1, "{command} on {cores}: {}", case.id);
                }
            }
        }
    }
}
