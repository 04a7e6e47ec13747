//! What the command line accepts, and the help that explains it.

mod export;
mod history;
mod selftest;
mod serve;
mod track;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cpython::{self, Places};
use crate::measure::{Request, TraceRequest};
use crate::predict;
use crate::run::{Knobs, Profile, StartMethod};
use crate::worker::Limits;

pub(super) use export::ExportArguments;
pub(super) use history::{HistoryAction, HistoryArguments, Select};
pub(super) use selftest::SelftestArguments;
pub(super) use serve::ServeArguments;
pub(super) use track::{AbArguments, CompareArguments, GateArguments};

/// Where `gilbench run` leaves its results.
const LATEST: &str = "reports/latest.json";

/// Threads, processes, both, or threads under a global lock: measured on this machine, with evidence.
///
/// Without a command, `gilbench` measures (like `gilbench run`): every selected workload runs on one thread, on many
/// threads, on a rayon pool, on many processes, on processes with threads in them, and on threads under a faithful
/// simulation of CPython's global interpreter lock. It prints what that says about the usual claims, and writes
/// reports/index.html.
#[derive(Debug, Parser)]
#[command(name = "gilbench", version, args_conflicts_with_subcommands = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 nothing is wrong, 1 a regression or a refuted gate, 2 inconclusive, or instrument or \
                        machine unfit (or wrong usage), 3 something failed, 130 interrupted.\nStart with `gilbench doctor` if you doubt the machine, and `gilbench list` to see \
                        what there is."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) run: RunArguments,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Measure, judge and write the report (the default command).
    Run(RunArguments),
    /// Show what can be measured and judged.
    List {
        /// Only this catalogue.
        section: Option<Section>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the report of a run again, or of a run beside the one it is to be held against.
    Report {
        /// The run; or two: the base first, then the one that the report is about.
        #[arg(value_name = "RUN.json", default_value = LATEST, num_args = 1..=2)]
        runs: Vec<PathBuf>,
        /// Where to write the page [default: index.html beside the run, beside.html for two].
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Open it in the browser.
        #[arg(long)]
        open: bool,
    },
    /// Say what a run says about each claim: supported, refuted or inconclusive, with the number.
    Claims {
        /// The run.
        #[arg(value_name = "RUN.json", default_value = LATEST)]
        run: PathBuf,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Run two executables that carry the same suite in alternation, and say what got slower, faster or stayed the same.
    ///
    /// In each round every case is taken by the base, by a copy of the base (which shows what the instrument makes of no
    /// change) and by the head, from fresh processes. A change counts when it lies beyond the margin with its whole 99 %
    /// interval, among all cases judged together, and later rounds confirm it.
    Ab(AbArguments),
    /// Compare two runs that were made apart: ratios inside each run, and times if the machine is the same.
    Compare(CompareArguments),
    /// Open or close a gate by a policy: over a run, or over a comparison of two executables.
    Gate(GateArguments),
    /// Record who held the lock when, who waited, and every hand-over, as a file for ui.perfetto.dev.
    Trace(TraceArguments),
    /// Put real CPython interpreters beside the simulated lock: the same work in both, in alternation, cell by cell.
    Validate(ValidateArguments),
    /// Is this machine fit to measure on? Says what is in the way, and the remedy.
    Doctor {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// What would this be on a machine one does not have? Simulates jobs that compute and wait, under every model, with
    /// the constants measured here.
    ///
    /// A discrete-event simulation of cores, workers and CPython's lock. Its constants (wake-up, hand-over, starting a
    /// thread or a process) come from a run; how well it predicts that run's own cases is part of every answer.
    Predict(PredictArguments),
    /// How far can this instrument be trusted here? Compares this executable with itself, with slowdowns made on purpose.
    ///
    /// Shows how often unchanged code is called changed, how small a change is found, and whether intervals contain
    /// the truth. With --short, half a minute for continuous integration.
    Selftest(SelftestArguments),
    /// A TCP server that answers what it is sent in upper case, by hand: connect to it with nc, once or several times.
    ///
    /// With --model sequential the second client waits until the first leaves. Ctrl-C ends the server.
    Serve(ServeArguments),
    /// The log of runs: add one, show the trend of every case, look for changes of level.
    History(HistoryArguments),
    /// Write a run, a comparison or the history as a file that another tool reads.
    Export(ExportArguments),
    /// Print a script that completes gilbench's arguments in your shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Section {
    Kernels,
    Models,
    Probes,
    Claims,
    Panels,
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// How much to measure: quick (a minute), standard (five) or full (twenty).
    #[arg(long, value_enum)]
    profile: Option<ProfileName>,
    /// Time for measuring, such as 90s or 5m, instead of the profile's.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    budget: Option<Duration>,
    /// Only kernels whose name matches, such as 'crawl-*'; may be repeated; 'none' selects nothing.
    #[arg(long = "kernel", value_name = "GLOB")]
    kernels: Vec<String>,
    /// Only models whose name matches, such as '*gil*'; may be repeated; 'none' selects nothing.
    #[arg(long = "model", value_name = "GLOB")]
    models: Vec<String>,
    /// Numbers of workers, such as 1,2,4, instead of the profile's.
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    workers: Vec<usize>,
    /// Only probes whose name matches; may be repeated; 'none' selects nothing.
    #[arg(long = "probe", value_name = "GLOB")]
    probes: Vec<String>,
    /// Seed of the order of cases and of every other random choice; the same seed gives the same order.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Folder for the report (index.html) and the results (latest.json).
    #[arg(long, value_name = "FOLDER", default_value = "reports")]
    pub(super) out: PathBuf,
    /// Print the results as JSON instead of the summary.
    #[arg(long)]
    pub(super) json: bool,
    /// How worker processes start.
    #[arg(long, value_enum, default_value = "spawn")]
    start_method: StartName,
    #[command(flatten)]
    knobs: KnobArguments,
    /// Give up on a case that has finished no step for so long.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    stall_limit: Duration,
    /// What `cargo bench` passes to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Args)]
struct KnobArguments {
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

#[derive(Debug, Args)]
pub(super) struct TraceArguments {
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
    pub(super) out: PathBuf,
    #[command(flatten)]
    knobs: KnobArguments,
}

fn interval(text: &str) -> Result<Duration, String> {
    let interval = duration(text)?;
    let sensible = Duration::from_micros(1)..=Duration::from_secs(10);
    if sensible.contains(&interval) { Ok(interval) } else { Err("it must be between 1us and 10s".into()) }
}

#[derive(Debug, Args)]
pub(super) struct PredictArguments {
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
    pub(super) check: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    pub(super) json: bool,
}

impl PredictArguments {
    /// The run that the constants come from.
    pub(super) fn run(&self) -> &Path {
        self.run.as_deref().unwrap_or(Path::new(LATEST))
    }

    /// What these arguments ask, of a machine with so many cores unless they say otherwise.
    pub(super) fn request(&self, cores: usize) -> predict::Request {
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

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 the simulation stands for every interpreter measured; 2 there is no interpreter, or \
                        the simulation misses a goal, or too little was measured to say; 3 an interpreter failed, or one \
                        that was named is none; 130 interrupted."
)]
pub(super) struct ValidateArguments {
    /// Interpreters, by path or name [default: all on PATH and under pyenv].
    #[arg(long, value_name = "PATH", num_args = 1..)]
    python: Vec<PathBuf>,
    /// Time for each interpreter.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5m")]
    budget: Duration,
    /// Only cells that match, such as 'convoy/*'; may be repeated. The controls that qualify them come along.
    #[arg(long = "cell", value_name = "GLOB")]
    cells: Vec<String>,
    /// Seed of the order of samples.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Folder for the results (validation.json).
    #[arg(long, value_name = "FOLDER", default_value = "reports")]
    pub(super) out: PathBuf,
    /// Print the results as JSON instead of the table.
    #[arg(long)]
    pub(super) json: bool,
    /// Give up on an interpreter that does not answer for so long.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "20s")]
    stall_limit: Duration,
}

impl ValidateArguments {
    /// What these arguments ask for.
    pub(super) fn request(&self) -> cpython::Request {
        cpython::Request {
            python: self.python.clone(),
            places: Places::of_environment(),
            budget: self.budget,
            cells: self.cells.clone(),
            seed: self.seed,
            patience: self.stall_limit,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProfileName {
    Quick,
    Standard,
    Full,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StartName {
    /// Execute the program again.
    Spawn,
    /// Fork from a clean, single-threaded server.
    ForkServer,
}

impl StartName {
    fn method(self) -> StartMethod {
        match self {
            Self::Spawn => StartMethod::Spawn,
            Self::ForkServer => StartMethod::ForkServer,
        }
    }
}

impl RunArguments {
    /// What these arguments ask to be measured, where `default` is the profile if they name none.
    pub(super) fn request(&self, default: Profile) -> Request {
        let profile = self.profile.map_or(default, |name| match name {
            ProfileName::Quick => Profile::Quick,
            ProfileName::Standard => Profile::Standard,
            ProfileName::Full => Profile::Full,
        });
        Request {
            budget: self.budget,
            kernels: self.kernels.clone(),
            models: self.models.clone(),
            probes: self.probes.clone(),
            workers: self.workers.clone(),
            seed: self.seed,
            start_method: self.start_method.method(),
            knobs: self.knobs.knobs(),
            limits: Limits { stall: self.stall_limit, ..Limits::default() },
            ..Request::new(profile)
        }
    }
}

impl KnobArguments {
    fn knobs(&self) -> Knobs {
        Knobs {
            check_interval_ticks: self.check_interval,
            forced_switching: !self.no_forced_switching,
            safepoint_steps: self.safepoint_steps,
            ..Knobs::with_interval(self.switch_interval)
        }
    }
}

impl TraceArguments {
    /// What these arguments ask to be traced.
    pub(super) fn request(&self) -> TraceRequest {
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

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write a number with its unit, such as 90s, 5m or 500us"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        super::Arguments::command().debug_assert();
    }
}
