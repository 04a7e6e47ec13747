//! Real interpreters beside the simulation: does the simulated lock do what CPython's does?
//!
//! A real interpreter runs a small driver (`scripts/driver.py`), this program started again plays a **stand-in** upon the
//! simulated lock, and both are asked the same things in the same words (`protocol`). What they answer is compared
//! round by round, beside what the interpreter answers when it is asked twice.
//!
//! - `lookup`: which interpreters there are; what each is, it says itself;
//! - `stand_in`: the one that plays; `echo`: the server both talk to;
//! - `cells`: what is compared; `matching`: the one calibration; `rounds`: the measuring; `judge`: errors and verdicts.

mod cells;
mod echo;
mod judge;
mod lookup;
mod matching;
mod protocol;
mod rounds;
mod stand_in;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use self::cells::Sample;
pub(crate) use self::echo::ROLE as ECHO;
pub use self::lookup::Places;
use self::rounds::Session;
pub(crate) use self::stand_in::ROLE as STAND_IN;
use crate::error::{Error, Result};
use crate::machine::{self, Counters};
use crate::measure::glob_set;
use crate::run::validation::{LockKind, Skipped, VALIDATION_SCHEMA, Validation};
use crate::worker::Stop;

/// Rounds left out, from the first on.
const DISCARDED: u32 = 1;

/// What is to be validated.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Interpreters by name or path; if there are none, all that can be found.
    pub python: Vec<PathBuf>,
    /// Where to find them.
    pub places: Places,
    /// Time for each interpreter.
    pub budget: Duration,
    /// Only cells that match one of these, if there are any.
    pub cells: Vec<String>,
    /// Seed of the order of samples and of arms.
    pub seed: u64,
    /// How long an interpreter may take to answer, beyond what its work takes.
    pub patience: Duration,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            python: vec![],
            places: Places::default(),
            budget: Duration::from_secs(300),
            cells: vec![],
            seed: 1,
            patience: Duration::from_secs(20),
        }
    }
}

/// How far things are. Told between samples only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// These interpreters will be measured.
    Found {
        /// Their versions.
        versions: &'a [&'a str],
        /// Time for each of them.
        each: Duration,
    },
    /// A file is of no use.
    Skipped(&'a Skipped),
    /// About to match the stand-in to an interpreter.
    Matching {
        /// Its file.
        path: &'a str,
        /// Its version.
        version: &'a str,
    },
    /// About to take a sample.
    Sampling {
        /// The interpreter's version.
        version: &'a str,
        /// The sample.
        sample: &'a str,
        /// Round, counted from 0.
        round: u32,
        /// Time since this interpreter's measuring began.
        elapsed: Duration,
        /// Time for it in all.
        expected: Duration,
    },
    /// An interpreter cannot be measured any further.
    Failed {
        /// Its file.
        path: &'a str,
        /// Why, as the rest of a sentence.
        reason: &'a str,
    },
}

/// Measures every interpreter beside its stand-in.
///
/// An interpreter that fails does not stop the others, and what was measured of it is kept; an interruption ends the
/// whole early, with what has been measured so far.
///
/// # Errors
/// [`Error::Request`] if no cell matches; [`Error::Os`] if the echo server cannot be started.
pub fn validate(request: &Request, tell: &mut dyn FnMut(&Event<'_>)) -> Result<Validation> {
    let (began, started_at) = (Instant::now(), SystemTime::now());
    check_cells(request)?;
    let mut validation = Validation {
        schema: VALIDATION_SCHEMA,
        generator: concat!("gilbench ", env!("CARGO_PKG_VERSION")).into(),
        started_at: humantime::format_rfc3339_seconds(started_at).to_string(),
        elapsed_s: 0.0,
        partial: None,
        seed: request.seed,
        discarded_rounds: DISCARDED,
        machine: machine::fingerprint(machine::neighbours(Duration::from_millis(300))),
        interpreters: vec![],
        skipped: vec![],
    };
    let isolation = lookup::Isolation::new(request.patience)?;
    let before = Counters::now();
    let candidates = lookup::candidates(&request.python, &request.places);
    let mut skip = |skipped: Skipped| {
        tell(&Event::Skipped(&skipped));
        validation.skipped.push(skipped);
    };
    // Its one cause is an interruption: whatever else happens to a candidate, it is skipped.
    let found = lookup::meet_all(candidates, &isolation, &mut skip).map_err(|_: Stop| Error::Interrupted)?;
    let versions: Vec<&str> = found.iter().map(|one| one.hello.version.as_str()).collect();
    tell(&Event::Found { versions: &versions, each: request.budget });
    if !found.is_empty() {
        let server = echo::Server::start()?;
        for interpreter in &found {
            let samples = samples(interpreter.hello.lock, &request.cells)?;
            let (result, interrupted) = Session::new(interpreter, request, &isolation, samples, server.port).run(tell);
            validation.interpreters.push(result);
            if interrupted {
                validation.partial = Some("interrupted; what was measured until then is kept".into());
                break;
            }
        }
    }
    machine::conclude(&mut validation.machine, &before, &Counters::now());
    validation.elapsed_s = began.elapsed().as_secs_f64();
    Ok(validation)
}

/// The samples that have a cell asked for, and the controls that qualify them.
fn samples(lock: LockKind, globs: &[String]) -> Result<Vec<Sample>> {
    let set = glob_set(globs)?;
    let wanted = |sample: &Sample| globs.is_empty() || sample.cells().any(|(cell, _)| set.is_match(cell));
    let all = cells::all(lock);
    let most = all.iter().filter(|sample| wanted(sample)).map(|sample| sample.work.workers()).max().unwrap_or(0);
    let control = |sample: &Sample| matches!(sample.work, cells::Work::Processes { workers } if workers > 1 && workers < 2 * most.min(8));
    Ok(all.into_iter().filter(|sample| wanted(sample) || (most > 1 && control(sample))).collect())
}

/// Refuses patterns that match no cell of any interpreter, before anything is started.
fn check_cells(request: &Request) -> Result<()> {
    let all = [LockKind::Ticks, LockKind::Gil, LockKind::FreeThreaded].map(cells::all).concat();
    let ids: Vec<String> = all.iter().flat_map(Sample::cells).map(|(cell, _)| cell).collect();
    for glob in &request.cells {
        let set = glob_set(std::slice::from_ref(glob))?;
        if !ids.iter().any(|id| set.is_match(id)) {
            return Err(Error::request(format!("no cell matches `{glob}`; there are, for instance, {}", ids[0])));
        }
    }
    Ok(())
}
