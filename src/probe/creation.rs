//! What it takes to start a thread or a process, until it runs and until it is gone, beside how much memory.
//!
//! All say that they run by one byte through a socket, so that what is timed is the start and not the way of hearing of
//! it. A process that is spawned or forked by a server is gilbench's own worker, without a job. `fork` copies the page
//! tables of whoever calls it, so it is called beside more and more memory that is resident; by a process that has no
//! other thread then, since a probe's own is started for each of its rounds.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::process::{WaitOptions, waitpid};
use sysinfo::System;

use super::{Findings, Probe, Round, TIMED};
use crate::error::{Error, Result};
use crate::run::{Profile, StartMethod};
use crate::stats::median;
use crate::sys::{self, Forked, Mapping};
use crate::worker::Process;

pub(super) const PROBE: Probe = Probe {
    id: "creation",
    question: "How long does it take to start a thread and a process, until it runs and until it is joined?",
    rounds: TIMED,
    run,
};

const MIB: usize = 1 << 20;
/// Resident memory of whoever starts, in MiB.
const RESIDENT: [usize; 2] = [0, 64];
/// The same where there is time and memory for it.
const MUCH: usize = 512;
/// What must be free of it before [`MUCH`] is taken: beside a neighbour's needs, it should not hurt.
const SPARE: u64 = 4 * (MUCH * MIB) as u64;

/// From the beginning of one start.
#[derive(Debug)]
struct Times {
    running: Duration,
    joined: Duration,
}

/// A way to start: what readings call it, starts in a round, and one of them.
type Way = (&'static str, usize, fn() -> Result<Times>);

const WAYS: [Way; 4] = [
    ("thread", 100, thread),
    ("fork", 10, fork),
    ("spawn", 5, || process(StartMethod::Spawn)),
    ("fork-server", 10, || process(StartMethod::ForkServer)),
];

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    let much = (round.profile != Profile::Quick && available_bytes() > SPARE).then_some(MUCH);
    round.arms(&mut findings, RESIDENT.into_iter().chain(much), |resident, findings| {
        let _memory = resident_memory(resident * MIB)?;
        round.arms(findings, WAYS, |(way, starts, start), findings| {
            // The first of a kind finds nothing prepared: no server, no stack to use again. And some programs have no
            // fork server: those with threads before their `main`, such as tests.
            let first = start();
            if first.is_err() && way == "fork-server" {
                return Ok(());
            }
            first?;
            let times = (0..starts).map(|_| start()).collect::<Result<Vec<_>>>()?;
            let typical = |of: fn(&Times) -> Duration| {
                median(&times.iter().map(|times| of(times).as_nanos() as f64).collect::<Vec<_>>())
            };
            let name = |what: &str| format!("{way}/{resident}MiB/{what}");
            findings.add(name("running"), "ns", typical(|times| times.running).unwrap_or(f64::NAN));
            findings.add(name("joined"), "ns", typical(|times| times.joined).unwrap_or(f64::NAN));
            Ok(())
        })
    })?;
    Ok(findings)
}

fn available_bytes() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    let group = system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory);
    system.available_memory().min(group)
}

/// So much memory, every page of the base size touched: huge pages would leave next to no page tables to copy.
fn resident_memory(bytes: usize) -> Result<Option<Mapping>> {
    if bytes == 0 {
        return Ok(None);
    }
    let mut memory = Mapping::new(bytes)
        .and_then(Mapping::without_huge_pages)
        .map_err(Error::os(format!("mapping {bytes} bytes of memory")))?;
    memory.bytes().iter_mut().step_by(4096).for_each(|byte| *byte = 1);
    Ok(Some(memory))
}

fn thread() -> Result<Times> {
    let (ours, theirs) = pair()?;
    let began = Instant::now();
    let started = std::thread::Builder::new().spawn(move || say(&theirs)).map_err(Error::os("starting a thread"))?;
    hear(&ours)?;
    let running = began.elapsed();
    let ended = started.join();
    let joined = began.elapsed();
    ended.expect("it only speaks").map_err(Error::os("hearing of a thread"))?;
    Ok(Times { running, joined })
}

fn fork() -> Result<Times> {
    let (ours, theirs) = pair()?;
    let began = Instant::now();
    let child = match sys::fork_beside_threads().map_err(Error::os("forking"))? {
        Forked::Child => {
            let said = say(&theirs);
            sys::leave(i32::from(said.is_err()));
        }
        Forked::Parent(child) => child,
    };
    // Of ours alone, so that a child that dies is heard.
    drop(theirs);
    let heard = hear(&ours);
    let running = began.elapsed();
    waitpid(Some(child), WaitOptions::empty()).map_err(Error::os("waiting for a forked process"))?;
    let joined = began.elapsed();
    heard.map(|()| Times { running, joined })
}

fn process(method: StartMethod) -> Result<Times> {
    let began = Instant::now();
    let mut process = Process::idle(method).map_err(Error::os("starting a process"))?;
    process.wait_for_a_word().map_err(Error::os("hearing of a process"))?;
    let running = began.elapsed();
    process.finish().map_err(Error::os("waiting for a process"))?;
    Ok(Times { running, joined: began.elapsed() })
}

fn pair() -> Result<(UnixStream, UnixStream)> {
    UnixStream::pair().map_err(Error::os("making a pair of sockets"))
}

fn say(mut line: &UnixStream) -> std::io::Result<()> {
    line.write_all(&[1])
}

fn hear(mut line: &UnixStream) -> Result<()> {
    line.read_exact(&mut [0]).map_err(Error::os("hearing of what was started"))
}
