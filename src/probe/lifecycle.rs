//! When threads and processes end: whether join waits for them, and what becomes of those that nobody waits for.
//!
//! Daemons are tried in programs of their own, because a program must end for it. A daemon would say something two
//! seconds after its program has ended, and whoever is waited for says it soon; what is heard before the last end of
//! the line is closed tells which of the two happened, and no clock decides.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::{WaitOptions, waitpid};

use super::{Findings, Probe, Round, TIMED, count};
use crate::error::{Error, Result};
use crate::sys::{self, Forked, Shared, clock_ns};
use crate::worker::{Process, Role, receive_with_descriptors};

pub(super) const PROBE: Probe = Probe {
    id: "lifecycle",
    question: "Does join return only after the end, and does a daemon end with its program while others are waited for?",
    rounds: TIMED,
    run,
};

/// A program that starts a worker and ends.
pub(super) const PROGRAM: Role = Role { name: "lifecycle-program", play: program };
/// The worker, if it is a process.
pub(super) const WORKER: Role = Role { name: "lifecycle-worker", play: worker };

/// When a daemon would speak, if it still could.
const LATE: Duration = Duration::from_secs(2);
/// When one speaks that is waited for.
const SOON: Duration = Duration::from_millis(3);
/// Longest wait for a program's end.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a worker says, and what its program says if it cannot start one.
const SPOKEN: [u8; 1] = [1];
const FAILED: [u8; 1] = [0];

const THREADS: usize = 200;
const PROCESSES: usize = 100;
/// Programs of each kind that are run to their end.
const PROGRAM_RUNS: usize = 3;

/// What a program does, as the byte that tells it to.
const PROGRAMS: [(u8, &str, bool); 4] = [
    (b'd', "thread/daemon-outlived", true),
    (b'w', "thread/waited-for-cut-off", false),
    (b'D', "process/daemon-outlived", true),
    (b'W', "process/waited-for-cut-off", false),
];

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    findings.count("thread/join-early", count(THREADS, thread_joined_early)?, THREADS as u64);
    let ends = Shared::new(1).map_err(Error::os("sharing memory"))?;
    let early = count(PROCESSES, || process_joined_early(&ends.words()[0]))?;
    findings.count("process/join-early", early, PROCESSES as u64);
    round.arms(&mut findings, PROGRAMS, |(kind, name, daemon), findings| {
        let otherwise = count(PROGRAM_RUNS, || Ok(program_spoke(kind)? == daemon))?;
        findings.count(name, otherwise, PROGRAM_RUNS as u64);
        Ok(())
    })?;
    Ok(findings)
}

/// Whether a thread was joined before its last act, by the clock that both share.
fn thread_joined_early() -> Result<bool> {
    let end = AtomicU64::new(u64::MAX);
    let joined: io::Result<u64> = std::thread::scope(|scope| {
        let body = || end.store(clock_ns(), Ordering::Release);
        let started = std::thread::Builder::new().spawn_scoped(scope, body)?;
        started.join().map_err(|_| io::Error::other("it panicked"))?;
        Ok(clock_ns())
    });
    Ok(joined.map_err(Error::os("starting a thread"))? < end.load(Ordering::Acquire))
}

fn process_joined_early(end: &AtomicU64) -> Result<bool> {
    end.store(u64::MAX, Ordering::Release);
    match sys::fork_beside_threads().map_err(Error::os("forking"))? {
        Forked::Child => {
            end.store(clock_ns(), Ordering::Release);
            sys::leave(0);
        }
        Forked::Parent(child) => {
            waitpid(Some(child), WaitOptions::empty()).map_err(Error::os("waiting for a forked process"))?;
        }
    }
    Ok(clock_ns() < end.load(Ordering::Acquire))
}

/// Runs a program to its end; whether its worker spoke before the last of both was gone.
fn program_spoke(kind: u8) -> Result<bool> {
    let failed = Error::os("running a program to its end");
    let program = Process::play(PROGRAM.name).map_err(failed)?;
    let mut line = program.line();
    let failed = Error::os("hearing of a program's worker");
    let heard = line.set_read_timeout(Some(PATIENCE)).and_then(|()| line.write_all(&[kind]));
    let mut word = [0];
    match heard.and_then(|()| line.read(&mut word)).map_err(failed)? {
        0 => Ok(false),
        _ if word == SPOKEN => Ok(true),
        _ => Err(Error::request("a program could not start its worker")),
    }
}

fn program(line: &UnixStream) {
    let mut kind = [0; 1];
    // In this order: after it, whatever arrives is the end.
    if { line }.read_exact(&mut kind).is_err() || sys::die_with(line).is_err() {
        return;
    }
    if end_with_worker(line, kind[0]).is_err() {
        let _ = { line }.write_all(&FAILED);
    }
}

/// Starts a worker of this kind and ends as it should.
fn end_with_worker(line: &UnixStream, kind: u8) -> io::Result<()> {
    match kind {
        b'd' => {
            let line = line.try_clone()?;
            std::thread::Builder::new().spawn(move || speak(&line, LATE)).map(drop)
        }
        b'w' => {
            std::thread::scope(|scope| std::thread::Builder::new().spawn_scoped(scope, || speak(line, SOON)).map(drop))
        }
        b'D' => {
            let worker = Process::play_with(WORKER.name, b"D", &[line.as_fd()])?;
            // It runs before this program ends, or nothing would be shown; and no destructor ends it.
            worker.wait_for_a_word()?;
            sys::leave(0);
        }
        _ => {
            let mut worker = Process::play_with(WORKER.name, b"W", &[line.as_fd()])?;
            worker.wait_for_a_word()?;
            worker.finish().map(drop)
        }
    }
}

/// Dies with its program if it is a daemon; if not, it does what it has to and ends.
fn worker(program: &UnixStream) {
    let mut kind = [0; 1];
    let Ok((1, mut descriptors)) = receive_with_descriptors(program, &mut kind) else { return };
    let Some(line) = descriptors.pop().map(UnixStream::from) else { return };
    let daemon = kind[0] == b'D';
    if daemon && sys::die_with(program).is_err() {
        return;
    }
    if { program }.write_all(&[1]).is_ok() {
        speak(&line, if daemon { LATE } else { SOON });
    }
}

fn speak(mut line: &UnixStream, after: Duration) {
    std::thread::sleep(after);
    let _ = line.write_all(&SPOKEN);
}
