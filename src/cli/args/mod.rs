//! What the command line accepts, and the help that explains it.

mod export;
mod history;
mod predict;
mod run;
mod selftest;
mod serve;
mod shared;
mod trace;
mod track;
mod validate;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

pub(super) use export::ExportArguments;
pub(super) use history::{HistoryAction, HistoryArguments, Select};
pub(super) use predict::PredictArguments;
pub(super) use run::RunArguments;
pub(super) use selftest::SelftestArguments;
pub(super) use serve::ServeArguments;
pub(super) use trace::TraceArguments;
pub(super) use track::{AbArguments, CompareArguments, GateArguments};
pub(super) use validate::ValidateArguments;

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
    #[command(
        after_help = "Exit codes: 0 the run may decide; 2 an A/A arm differs from itself, failed or is missing, or the machine \
                      was too busy, so that only what was counted is decided; 3 a file that cannot be read."
    )]
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
    /// interval, among all cases judged together, and later rounds confirm it. Without --kernel, the kernels of the quick
    /// profile; without --model, serial, threads, processes and gil.
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        super::Arguments::command().debug_assert();
    }
}
