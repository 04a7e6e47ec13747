//! The execution models as the simulation knows them: who shares a lock with whom.

use globset::Glob;

use super::simulation::Protocol;
use crate::error::{Error, Result};

/// One execution model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scheme {
    pub(super) id: &'static str,
    pub(super) protocol: Protocol,
    shape: Shape,
    /// Whether it pays for biased reference counts.
    pub(super) biased: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One worker, however many there are to be.
    Alone,
    /// All threads in one process, with one lock if any.
    Threads,
    /// Threads in one process, each with a lock of its own.
    Interpreters,
    /// Processes of one thread.
    Processes,
    /// Processes of several threads.
    Split,
}

const fn scheme(id: &'static str, shape: Shape, protocol: Protocol) -> Scheme {
    Scheme { id, protocol, shape, biased: false }
}

/// All that can be predicted, in the order in which they are shown.
pub(super) const ALL: &[Scheme] = &[
    scheme("serial", Shape::Alone, Protocol::Free),
    scheme("threads", Shape::Threads, Protocol::Free),
    scheme("rayon", Shape::Threads, Protocol::Free),
    scheme("processes", Shape::Processes, Protocol::Free),
    scheme("hybrid", Shape::Split, Protocol::Free),
    scheme("gil", Shape::Threads, Protocol::SwitchInterval),
    scheme("gil-legacy", Shape::Threads, Protocol::Legacy),
    scheme("gil-per-interpreter", Shape::Interpreters, Protocol::SwitchInterval),
    scheme("gil-hybrid", Shape::Split, Protocol::SwitchInterval),
    Scheme { biased: true, ..scheme("free-threaded", Shape::Threads, Protocol::Free) },
];

/// How a scheme spreads workers over processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrangement {
    pub(super) processes: usize,
    pub(super) threads: usize,
}

impl Arrangement {
    pub(super) fn workers(self) -> usize {
        self.processes * self.threads
    }
}

impl Scheme {
    pub(super) fn find(id: &str) -> Option<Self> {
        ALL.iter().copied().find(|scheme| scheme.id == id)
    }

    /// The usual arrangement of so many workers: of processes with threads, as many processes as there are cores to
    /// fill, or the next smaller divisor.
    pub(super) fn arrange(self, workers: usize, cores: usize) -> Arrangement {
        let most = cores.clamp(1, workers);
        let processes = match self.shape {
            Shape::Alone => return Arrangement { processes: 1, threads: 1 },
            Shape::Threads | Shape::Interpreters => 1,
            Shape::Processes => workers,
            Shape::Split => (1..=most).rev().find(|p| workers.is_multiple_of(*p)).unwrap_or(1),
        };
        Arrangement { processes, threads: workers / processes }
    }

    /// Locks, and the threads that share each of them.
    pub(super) fn locks(self, arrangement: Arrangement) -> (usize, usize) {
        match self.shape {
            Shape::Interpreters => (arrangement.workers(), 1),
            _ => (arrangement.processes, arrangement.threads),
        }
    }

    /// Workers that can compute at once if there are cores for them.
    pub(super) fn lanes(self, arrangement: Arrangement) -> usize {
        match self.protocol {
            Protocol::Free => arrangement.workers(),
            Protocol::SwitchInterval | Protocol::Legacy => self.locks(arrangement).0,
        }
    }

    /// Whether its workers are processes, alone or with threads in them.
    pub(super) fn has_processes(self) -> bool {
        matches!(self.shape, Shape::Processes | Shape::Split)
    }

    /// Whether its processes have threads of their own.
    pub(super) fn has_threads(self) -> bool {
        !matches!(self.shape, Shape::Processes)
    }
}

/// The schemes whose id matches any of the globs; all if there are none.
pub(super) fn select(globs: &[String]) -> Result<Vec<Scheme>> {
    if globs.is_empty() {
        return Ok(ALL.to_vec());
    }
    let mut chosen = vec![];
    for glob in globs {
        let glob_error = |error| Error::request(format!("`{glob}` is no pattern: {error}"));
        let pattern = Glob::new(glob).map_err(glob_error)?.compile_matcher();
        let hits = ALL.iter().filter(|scheme| pattern.is_match(scheme.id));
        let before = chosen.len();
        chosen.extend(hits);
        if chosen.len() == before {
            let names: Vec<_> = ALL.iter().map(|scheme| scheme.id).collect();
            let names = names.join(", ");
            return Err(Error::request(format!("no model matches `{glob}` that can be predicted; there are {names}")));
        }
    }
    Ok(ALL.iter().copied().filter(|scheme| chosen.contains(&scheme)).collect())
}
