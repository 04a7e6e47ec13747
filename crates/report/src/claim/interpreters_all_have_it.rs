//! No interpreted language can use several cores from the threads of one process.
//!
//! A sentence that is taught and is out of date: threads without the lock whose reference counts bear it (CPython 3.13
//! and later, free-threaded), and threads with a lock each (sub-interpreters, CPython 3.12 and later), do the work of an
//! interpreter here. One of the two that scales refutes it, and so does a free-threaded CPython of this machine, if
//! `gilbench validate` has measured one in enough rounds. Threads under one lock, for which the sentence was made, are
//! shown beside them.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Selection, Verdict, select};
use crate::run::validation::{CellRound, Interpreter, LockKind};
#[cfg(any(test, feature = "testing"))]
use crate::run::{Bound, synthetic::Synthetic};
use crate::run::{Metric, Run};

/// The kernel that does an interpreter's work: byte code and reference counts.
const INTERPRETER: Selection = Selection::Ids(&["bytecode"]);
/// A speedup above this uses more than one core: what is allowed threads under one lock, too.
const MOST: f64 = 1.05;

pub(super) const CLAIM: Claim = Claim {
    id: "interpreters-all-have-it",
    statement: "No interpreted language can use several cores from the threads of one process.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Cases {
        sentence: "an interpreter serially, on threads without a lock and on threads with a lock each",
        kernels: INTERPRETER,
        example: "bytecode",
        models: &["serial", "free-threaded", "gil-per-interpreter"],
    }]
}

fn check(run: &Run) -> Verdict {
    let cores = run.cores();
    let mut cells = vec![];
    for kernel in select::kernels(run, INTERPRETER) {
        let Some(serial) = select::case(run, &kernel.id, "serial", 1) else { continue };
        for model in ["free-threaded", "gil-per-interpreter", "gil"] {
            let Some(case) = select::case(run, &kernel.id, model, cores) else { continue };
            let speedup = Cell::ratio(run, serial, case, Metric::Compute).of_speed(case, serial);
            cells.push(if model == "gil" { speedup } else { speedup.judged(Claimed::below(MOST)) });
        }
    }
    if let Some(validation) = &run.validation {
        for interpreter in &validation.interpreters {
            let Some(speedup) = real(interpreter, cores, validation.discarded_rounds) else { continue };
            // A validation of few rounds must not stand in the way of those that have enough.
            let judged =
                interpreter.lock == LockKind::FreeThreaded && speedup.rounds() >= run.plan.floor_rounds as usize;
            cells.push(if judged { speedup.judged(Claimed::below(MOST)) } else { speedup });
        }
    }
    let rule = for_every(&format!(
        "the speedup of {cores} threads over one, without a lock or with a lock each, is below {MOST} for an interpreter"
    ));
    let otherwise = format!(
        "No case had as many threads as cores: run `gilbench run --kernel bytecode --model serial --model free-threaded --model \
         gil-per-interpreter --workers {cores}`."
    );
    Question { run, needs: needs(), rule, otherwise, two_cores: true, cells }.judge()
}

/// The speedup of a real interpreter's threads, in the rounds in which the machine had the cores.
fn real(interpreter: &Interpreter, cores: usize, discarded: u32) -> Option<Cell> {
    let id = format!("cpu/threads-{cores}/speedup");
    let cell = interpreter.cells.iter().find(|cell| cell.cell == id)?;
    let values: Vec<f64> = cell.kept(discarded).map(CellRound::real).collect();
    let kind = if interpreter.lock == LockKind::FreeThreaded { "free-threaded" } else { "one lock" };
    let subject = format!("CPython {} ({kind}): {cores} threads against 1", interpreter.version);
    (!values.is_empty()).then(|| Cell::measured(&subject, "×", &values))
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    Synthetic::new(2)
        .kernel("bytecode", Bound::Cpu, None)
        .case("bytecode", "serial", (1, 1), 200.0, 200.0)
        .case("bytecode", "gil", (1, 2), 206.0, 200.0)
        .case("bytecode", "free-threaded", (1, 2), if holds { 204.0 } else { 108.0 }, 200.0)
        .case("bytecode", "gil-per-interpreter", (1, 2), 205.0, 200.0)
        .qualified()
}
