//! The command line: the only room that prints and exits.
//!
//! Exit codes: 0 nothing is wrong; 1 a regression, a refuted gate or a broken promise; 2 it is inconclusive, or the
//! instrument or the machine cannot be relied on (or the command line is wrong); 3 something failed: the tool, its input,
//! or a worker; 130 interrupted.

mod ab;
#[cfg(test)]
mod advice;
mod args;
mod claims;
mod compare;
mod completions;
mod doctor;
mod export;
mod history;
mod list;
mod origin;
mod output;
mod predict;
mod progress;
mod report;
mod run;
mod selftest;
mod serve;
mod trace;
mod validate;

use clap::Parser;

use self::args::{Arguments, Command};
use crate::error::Error;
use crate::suite::Suite;
use crate::{cpython, machine, measure, model, probe, server, worker};

/// Nothing is wrong.
const FINE: i32 = 0;
/// Something became worse, or a promise is broken.
const CHANGED: i32 = 1;
/// The instrument or the machine cannot be relied on.
const UNFIT: i32 = 2;
/// The tool, its input or a worker failed.
const FAILED: i32 = 3;
/// Ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// The whole program for a suite: becomes a worker if it was started as one, otherwise does what its arguments say.
/// Never returns.
pub(crate) fn main(suite: &Suite) -> ! {
    machine::set_commit(suite.own_commit());
    worker_entry(suite);
    let arguments = Arguments::parse();
    let outcome = dispatch(suite, arguments);
    let code = outcome.unwrap_or_else(|error| {
        output::note(&format!("gilbench: {}", words(&error)));
        match error.downcast_ref::<Error>() {
            Some(Error::Interrupted) => INTERRUPTED,
            _ => FAILED,
        }
    });
    std::process::exit(code)
}

/// An error with its causes, each said once: a system's error is part of the sentence already that names what failed.
fn words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        before if before.ends_with(&cause) => said,
        before => format!("{before}: {cause}"),
    })
}

/// Becomes a worker if the program was started as one; otherwise returns at once.
pub(crate) fn worker_entry(suite: &Suite) {
    if worker::requested() {
        let work = |job: &[u8], link: &worker::Link| model::host(suite.kernels(), suite.models(), job, link);
        let [server, crew, connection] = server::ROLES;
        let [round, program, worker] = probe::ROLES;
        let neighbour = measure::selftest::NEIGHBOUR;
        let roles = [round, program, worker, cpython::ECHO, cpython::STAND_IN, server, crew, connection, neighbour];
        worker::serve(suite.kernels(), &work, &roles, suite.roles())
    }
    worker::play_if_asked(measure::ab::ROLE, |line| measure::ab::answer(suite, line));
}

fn dispatch(suite: &Suite, arguments: Arguments) -> anyhow::Result<i32> {
    match arguments.command {
        None => run::run(suite, &arguments.run),
        Some(Command::Run(arguments)) => run::run(suite, &arguments),
        Some(Command::List { section, json }) => list::list(suite, section, json),
        Some(Command::Report { runs, out, open }) => report::report(&runs, out.as_deref(), open),
        Some(Command::Claims { run, json }) => claims::claims(&run, json),
        Some(Command::Ab(arguments)) => ab::ab(&arguments),
        Some(Command::Compare(arguments)) => compare::compare(&arguments),
        Some(Command::Gate(arguments)) => compare::gate(&arguments),
        Some(Command::Trace(arguments)) => trace::trace(suite, &arguments),
        Some(Command::Validate(arguments)) => validate::validate(&arguments),
        Some(Command::Doctor { json }) => doctor::doctor(suite, json),
        Some(Command::Predict(arguments)) => predict::predict(&arguments),
        Some(Command::Selftest(arguments)) => selftest::selftest(&arguments),
        Some(Command::Serve(arguments)) => serve::serve(&arguments),
        Some(Command::Export(arguments)) => export::export(&arguments),
        Some(Command::History(arguments)) => history::history(&arguments),
        Some(Command::Completions { shell }) => completions::completions(shell),
    }
}
