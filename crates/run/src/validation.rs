//! Real interpreters beside the simulation, as plain data.
//!
//! A **cell** is one number that both have: a speedup, a rate, a time. Its *error* is the median over rounds of
//! simulated over real, less 1, where the real value of a round is the geometric mean of the interpreter's two arms. Its
//! *spread* is how far those two arms are from each other in 95 % of rounds: the yardstick beside the error.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Machine;
use crate::error::{Error, Result};
use crate::stats::{Estimate, median_estimate};

/// Version of the document. A reader refuses newer ones.
pub const VALIDATION_SCHEMA: u32 = 1;

/// Spread above which a cell says nothing about the simulation: the interpreter itself differs too much from round to
/// round.
pub const TOO_NOISY: f64 = 0.15;

/// File of a validation in the output folder.
pub const VALIDATION: &str = "validation.json";

/// Everything of one invocation of `gilbench validate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Validation {
    /// Version of this format.
    pub schema: u32,
    /// Program and version that wrote it.
    pub generator: String,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
    /// Wall time in seconds.
    pub elapsed_s: f64,
    /// Why it is incomplete; `None` when everything planned was done.
    pub partial: Option<String>,
    /// Seed of the order of samples.
    pub seed: u64,
    /// The first rounds that are left out, decided beforehand.
    pub discarded_rounds: u32,
    /// Where it was measured.
    pub machine: Machine,
    /// The interpreters, in the order in which they were measured.
    pub interpreters: Vec<Interpreter>,
    /// What was asked and turned out to be no interpreter that can be measured.
    pub skipped: Vec<Skipped>,
}

/// The lock of an interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LockKind {
    /// Released every so many ticks: CPython until 3.1.
    Ticks,
    /// Released when a waiter asks for it: CPython since 3.2.
    Gil,
    /// None: the free-threaded build.
    FreeThreaded,
}

/// One interpreter and its stand-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interpreter {
    /// The file that was started.
    pub path: String,
    /// Its version.
    pub version: String,
    /// What it says of its build.
    pub build: String,
    /// Its lock.
    pub lock: LockKind,
    /// Whether the user named it.
    pub named: bool,
    /// Rounds done, discarded ones included. The later ones hold only the cells that were still too wide.
    pub rounds: u32,
    /// How the stand-in was matched to it.
    pub matching: Vec<Matched>,
    /// The numbers that both have.
    pub cells: Vec<Cell>,
    /// What was to be reached.
    pub goals: Vec<Goal>,
    /// Whether the simulation stands for it.
    pub verdict: Agreement,
    /// Median of the absolute errors of the cells that count: judged, qualified, not too noisy (0.05 is 5 %).
    pub median_error: Option<f64>,
    /// The greatest of them.
    pub worst_error: Option<f64>,
    /// The cell that has it.
    pub worst_cell: Option<String>,
    /// Why measuring it ended early.
    pub failure: Option<String>,
}

/// Whether two things agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// They do.
    Equivalent,
    /// They do not.
    Differs,
    /// It cannot be said: too few rounds, an interval across the margin, an interpreter too far from itself, or a
    /// machine that did not have the cores.
    Unqualified,
}

/// A loop or a call, as long in the stand-in as in the interpreter, on one worker alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Matched {
    /// What was matched.
    pub what: String,
    /// Length in the interpreter, in nanoseconds.
    pub real_ns: f64,
    /// Length in the stand-in, in nanoseconds; the rest is made up for by the number of iterations.
    pub simulated_ns: f64,
    /// Units of the stand-in's work that this takes.
    pub units: u32,
}

/// A number that an interpreter and its stand-in both have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// Its id, such as `convoy/1ms/beside-2/5ms/rate`.
    pub cell: String,
    /// The part of the id up to the first `/`.
    pub family: String,
    /// Unit of `real` and `simulated`.
    pub unit: String,
    /// Workers that want to run at the same time.
    pub workers: usize,
    /// The interpreter's value: median over the qualified rounds, or over all of them if the cell is not qualified.
    pub real: Option<f64>,
    /// The stand-in's.
    pub simulated: Option<f64>,
    /// Simulated over real, less 1 (0.05 is 5 % more).
    pub error: Option<f64>,
    /// Lower end of its 95 % interval; `None` with too few rounds for one.
    pub error_low: Option<f64>,
    /// Upper end.
    pub error_high: Option<f64>,
    /// The interpreter against itself by the same method: the median of one arm over the other, less 1.
    pub self_error: Option<f64>,
    /// How far its two arms are apart in 95 % of rounds (0.05 is 5 %).
    pub spread: Option<f64>,
    /// Error that is allowed: 5 %, or the spread if that is more, but never more than 15 %.
    pub margin: f64,
    /// Whether it counts for the goals; other cells are shown for orientation.
    pub judged: bool,
    /// Whether the machine had the cores in enough rounds.
    pub qualified: bool,
    /// Whether the error's whole interval is within the margin, or wholly beyond it.
    pub equivalent: Agreement,
    /// Whether that could be said. (Documents of older versions may call a cell equivalent by its error alone; it is not
    /// certain there.)
    pub certain: bool,
    /// Every round, discarded ones included.
    pub rounds: Vec<CellRound>,
}

/// One round of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellRound {
    /// Its number, counted from 0.
    pub round: u32,
    /// The interpreter, first arm.
    pub real_a: f64,
    /// The interpreter, second arm.
    pub real_b: f64,
    /// The stand-in.
    pub simulated: f64,
    /// Whether processes showed in this round that the cores were there.
    pub qualified: bool,
}

/// Something to be reached by an interpreter's stand-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Goal {
    /// In a sentence.
    pub statement: String,
    /// What was reached, in words.
    pub found: String,
    /// Whether that is enough; `None` if too little was measured to say.
    pub met: Option<bool>,
}

/// A file that was asked to be an interpreter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// The file.
    pub path: String,
    /// Whether the user named it.
    pub named: bool,
    /// Why it is of no use, as the rest of a sentence that begins with its name.
    pub reason: String,
}

impl Validation {
    /// Whether it was measured on this machine.
    pub fn is_of(&self, machine: &Machine) -> bool {
        let key = |machine: &Machine| (machine.cpu.model.clone(), machine.cpu.usable, machine.os.clone());
        key(&self.machine) == key(machine)
    }
}

impl Cell {
    /// Whether the interpreter differs too much from itself for anything to be said.
    pub fn too_noisy(&self) -> bool {
        self.spread.is_some_and(|spread| spread > TOO_NOISY)
    }

    /// Whether it counts for the goals.
    pub fn counts(&self) -> bool {
        self.judged && self.qualified && !self.too_noisy()
    }

    /// An arm's values over the kept, qualified rounds, with the 95 % interval of their median.
    pub fn estimate(&self, discarded: u32, of: impl Fn(&CellRound) -> f64) -> Option<Estimate> {
        let values: Vec<f64> = self.kept(discarded).map(of).collect();
        median_estimate(&values, 0.95)
    }

    /// The rounds that count.
    pub fn kept(&self, discarded: u32) -> impl Iterator<Item = &CellRound> {
        self.rounds.iter().filter(move |round| round.round >= discarded && round.qualified)
    }
}

impl CellRound {
    /// The interpreter's value: the geometric mean of its two arms, which prefers neither.
    pub fn real(&self) -> f64 {
        (self.real_a * self.real_b).sqrt()
    }
}

/// Reads a validation.
///
/// # Errors
/// If the file cannot be read, is no validation, or has a newer version than [`VALIDATION_SCHEMA`].
pub fn read_validation(path: &Path) -> Result<Validation> {
    let bad = |reason: String| Error::File { path: path.display().to_string(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    let validation: Validation = serde_json::from_str(&text)
        .map_err(|error| bad(format!("no validation: {error}; expected a file written by `gilbench validate`")))?;
    match validation.schema {
        ..=VALIDATION_SCHEMA => Ok(validation),
        version => Err(bad(format!(
            "format version {version}, but this program reads up to {VALIDATION_SCHEMA}; use a newer gilbench"
        ))),
    }
}

/// The validation in this folder, if there is one of this machine.
pub fn validation_beside(folder: &Path, machine: &Machine) -> Option<Validation> {
    read_validation(&folder.join(VALIDATION)).ok().filter(|validation| validation.is_of(machine))
}
