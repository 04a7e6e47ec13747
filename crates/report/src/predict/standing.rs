//! How much a model's figure can be believed: what the run's own cases and what real interpreters say of that model.

use serde::Serialize;

use super::check::Cell;
use super::scheme::Scheme;
use super::simulation::Protocol;
use crate::run::Run;
use crate::run::validation::{Agreement, Interpreter, LockKind};
use crate::stats;

/// How well the measured cases of one model were predicted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    /// Cases of the run that were predicted and measured.
    pub cases: usize,
    /// Median of the errors' sizes (0.05 is 5 %).
    pub median_error: f64,
    /// The greatest of them.
    pub worst_error: f64,
    /// The case that has it.
    pub worst_case: String,
}

impl Checked {
    /// Of the cells of this model; `None` if there are none.
    pub(super) fn of(model: &str, cells: &[Cell]) -> Option<Self> {
        let mine: Vec<&Cell> = cells.iter().filter(|cell| cell.model == model).collect();
        let errors: Vec<f64> = mine.iter().map(|cell| cell.error.abs()).collect();
        let worst = mine.iter().max_by(|a, b| a.error.abs().total_cmp(&b.error.abs()))?;
        let (cases, median_error) = (mine.len(), stats::median(&errors)?);
        Some(Self { cases, median_error, worst_error: worst.error.abs(), worst_case: worst.case.clone() })
    }
}

/// What `gilbench validate` found on the machine of the run about the lock of a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// In a word.
    pub state: State,
    /// The interpreters with this lock that stood beside the simulation.
    pub interpreters: Vec<Beside>,
}

/// Whether real interpreters confirm a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It stands for no interpreter: measured cases are all there is to compare with.
    NotApplicable,
    /// No interpreter with this lock was measured on this machine.
    NotValidated,
    /// One was, and it cannot be said.
    Undecided,
    /// The simulation reaches every goal for every such interpreter.
    Validated,
    /// It misses a goal for at least one.
    Missed,
}

/// One interpreter beside the simulation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Beside {
    /// Its version.
    pub version: String,
    /// Whether the simulation stands for it.
    pub verdict: Agreement,
    /// Median of the absolute errors (0.05 is 5 %).
    pub median_error: Option<f64>,
    /// The greatest of them.
    pub worst_error: Option<f64>,
    /// The cell that has it.
    pub worst_cell: Option<String>,
}

impl Standing {
    /// Of a model that is simulated, by the validation that is in the run.
    pub fn of(run: &Run, model: &str) -> Option<Self> {
        let scheme = Scheme::find(model)?;
        let lock = match scheme.protocol {
            _ if scheme.biased => LockKind::FreeThreaded,
            Protocol::SwitchInterval => LockKind::Gil,
            Protocol::Legacy => LockKind::Ticks,
            Protocol::Free => return Some(Self { state: State::NotApplicable, interpreters: vec![] }),
        };
        let all = run.validation.iter().flat_map(|validation| &validation.interpreters);
        let interpreters: Vec<Beside> = all.filter(|one| one.lock == lock).map(beside).collect();
        let any = |verdict| interpreters.iter().any(|one| one.verdict == verdict);
        let state = match (any(Agreement::Differs), any(Agreement::Unqualified)) {
            _ if interpreters.is_empty() => State::NotValidated,
            (true, _) => State::Missed,
            (false, true) => State::Undecided,
            (false, false) => State::Validated,
        };
        Some(Self { state, interpreters })
    }
}

fn beside(interpreter: &Interpreter) -> Beside {
    // Older versions called a cell equivalent if its error was below the interpreter's own noise, however loud that was.
    let lenient = interpreter
        .cells
        .iter()
        .any(|cell| cell.judged && cell.equivalent == Agreement::Equivalent && (cell.too_noisy() || !cell.certain));
    let verdict = match interpreter.verdict {
        Agreement::Equivalent if lenient || interpreter.failure.is_some() => Agreement::Unqualified,
        verdict => verdict,
    };
    Beside {
        version: interpreter.version.clone(),
        verdict,
        median_error: interpreter.median_error,
        worst_error: interpreter.worst_error,
        worst_cell: interpreter.worst_cell.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Machine;
    use crate::run::synthetic::{Synthetic, cell, interpreter};
    use crate::run::validation::{VALIDATION_SCHEMA, Validation};

    fn with(interpreters: Vec<Interpreter>) -> Run {
        let mut run = Synthetic::new(2).build();
        run.validation = Some(Validation {
            schema: VALIDATION_SCHEMA,
            generator: String::new(),
            started_at: String::new(),
            elapsed_s: 0.0,
            partial: None,
            seed: 1,
            discarded_rounds: 1,
            machine: Machine::default(),
            interpreters,
            skipped: vec![],
        });
        run
    }

    fn one(lock: LockKind, verdict: Agreement) -> Interpreter {
        Interpreter { verdict, ..interpreter("3.99.1", lock, 9, vec![]) }
    }

    fn state(run: &Run, model: &str) -> State {
        Standing::of(run, model).unwrap().state
    }

    #[test]
    fn a_model_is_confirmed_by_interpreters_with_its_lock_alone() {
        let none = Synthetic::new(2).build();
        assert_eq!(state(&none, "free-threaded"), State::NotValidated);
        assert_eq!(state(&none, "threads"), State::NotApplicable);
        let run =
            with(vec![one(LockKind::Gil, Agreement::Equivalent), one(LockKind::FreeThreaded, Agreement::Differs)]);
        assert_eq!([state(&run, "gil"), state(&run, "gil-hybrid")], [State::Validated; 2]);
        assert_eq!(state(&run, "free-threaded"), State::Missed);
        assert_eq!(state(&run, "gil-legacy"), State::NotValidated);
        let run = with(vec![one(LockKind::Gil, Agreement::Equivalent), one(LockKind::Gil, Agreement::Unqualified)]);
        assert_eq!(state(&run, "gil"), State::Undecided);
        assert_eq!(Standing::of(&run, "fibers"), None);
    }

    #[test]
    fn an_older_verdict_that_rests_on_noise_confirms_nothing() {
        let mut noisy = cell("mixed/io-0/workers-2/rate", "/s", 2, vec![]);
        (noisy.equivalent, noisy.certain, noisy.spread) = (Agreement::Equivalent, true, Some(1.771));
        let mut old = one(LockKind::FreeThreaded, Agreement::Equivalent);
        old.cells = vec![noisy];
        assert_eq!(state(&with(vec![old]), "free-threaded"), State::Undecided);
    }
}
