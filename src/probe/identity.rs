//! What the operating system calls threads and processes: ids, names, and how many there are.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Barrier;
use std::sync::atomic::Ordering;

use rustix::process::{Pid, WaitOptions, getpid, waitpid};
use rustix::thread::gettid;

use super::{Findings, Probe, Round, TIMED, home};
use crate::error::{Error, Result};
use crate::sys::{self, Forked, Shared};

pub(super) const PROBE: Probe = Probe {
    id: "identity",
    question: "Which ids and names do threads and processes have, and how many threads does a process count?",
    rounds: TIMED,
    run,
};

const THREADS: usize = 4;
const PROCESSES: usize = 4;
/// Times that all of them are looked at in a round: a thousand workers in twelve rounds.
const TIMES: usize = 24;

/// Readings, and of how many workers at a time.
const COUNTED: [(&str, usize); 6] = [
    ("threads/other-pids", THREADS),
    ("threads/same-tids", THREADS),
    ("threads/wrong-names", THREADS),
    ("threads/miscounted", THREADS),
    ("processes/same-pids", PROCESSES),
    ("processes/wrong-pids", PROCESSES),
];

/// A thread as the system knows it.
#[derive(Debug)]
struct Seen {
    process: Pid,
    thread: Pid,
    name: String,
}

fn run(_: &Round) -> Result<Findings> {
    let mut found = [0; 6];
    for _ in 0..TIMES {
        for (sum, found) in found.iter_mut().zip(once()?) {
            *sum += found;
        }
    }
    let mut findings = Findings::default();
    for ((name, workers), found) in COUNTED.into_iter().zip(found) {
        findings.count(name, found as f64, (workers * TIMES) as u64);
    }
    Ok(findings)
}

/// How many threads, and then processes, the system calls otherwise than it should, in the order of [`COUNTED`].
fn once() -> Result<[usize; 6]> {
    let own = getpid();
    let before = live_threads()?;
    let (threads, live) = threads()?;
    let ids: BTreeSet<_> = threads.iter().map(|seen| pid_number(seen.thread)).chain([pid_number(gettid())]).collect();
    let named = threads.iter().enumerate().filter(|(number, seen)| seen.name == name(*number)).count();
    let processes = processes()?;
    let pids: BTreeSet<_> = processes.iter().map(|(_, said)| *said).chain([pid_number(own)]).collect();
    Ok([
        threads.iter().filter(|seen| seen.process != own).count(),
        threads.len() + 1 - ids.len(),
        threads.len() - named,
        live.abs_diff(before + THREADS),
        processes.len() + 1 - pids.len(),
        processes.iter().filter(|(told, said)| pid_number(*told) != *said).count(),
    ])
}

fn name(number: usize) -> String {
    format!("identity-{number}")
}

fn pid_number(pid: Pid) -> u64 {
    u64::from(pid.as_raw_nonzero().get().unsigned_abs())
}

fn live_threads() -> Result<usize> {
    Ok(fs::read_dir("/proc/self/task").map_err(Error::os("counting threads"))?.count())
}

/// Several threads as they see themselves, and how many live while all of them do.
fn threads() -> Result<(Vec<Seen>, usize)> {
    let met = Barrier::new(THREADS + 1);
    let body = || {
        let (process, thread) = (getpid(), gettid());
        let path = format!("/proc/self/task/{}/comm", thread.as_raw_nonzero());
        let name = fs::read_to_string(path).map(|name| name.trim_end().to_owned());
        // All are there, and none leaves before they have been counted.
        met.wait();
        met.wait();
        name.map(|name| Seen { process, thread, name })
    };
    std::thread::scope(|scope| {
        let start = |number| std::thread::Builder::new().name(name(number)).spawn_scoped(scope, body);
        let started: Vec<_> = (0..THREADS).map(|number| home::started(start(number))).collect();
        met.wait();
        let live = live_threads();
        met.wait();
        let seen = started.into_iter().map(|thread| thread.join().expect("it only looks"));
        let seen = seen.collect::<std::io::Result<Vec<_>>>().map_err(Error::os("reading a thread's name"))?;
        Ok((seen, live?))
    })
}

/// The id of each forked process, as this one was told and as it says itself.
fn processes() -> Result<Vec<(Pid, u64)>> {
    let report = Shared::new(PROCESSES).map_err(Error::os("sharing memory"))?;
    let mut told = vec![];
    for word in &report.words()[..PROCESSES] {
        match sys::fork_beside_threads().map_err(Error::os("forking"))? {
            Forked::Child => {
                word.store(pid_number(getpid()), Ordering::Relaxed);
                sys::leave(0);
            }
            Forked::Parent(child) => told.push(child),
        }
    }
    for child in &told {
        waitpid(Some(*child), WaitOptions::empty()).map_err(Error::os("waiting for a forked process"))?;
    }
    Ok(told.into_iter().zip(report.words().iter().map(|word| word.load(Ordering::Relaxed))).collect())
}
