//! What an idle worker costs in memory, page tables and descriptors: a thread, and a process by each way of starting.
//!
//! Several idle workers are started, and what all of them and their starter have together is compared with what the
//! starter had alone; the difference is divided by their number. So a page that a worker shares with its starter counts
//! by what it really adds, which is nothing, and a page that either of them had to copy counts in full. Pages that a
//! process has for itself (USS) are the worker's own: by starting one, its starter can only lose some. Not seen from here
//! is what the operating system keeps for each thread and process: stacks and tables of its own.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Pid, WaitOptions, getpid, waitpid};

use super::{Findings, Probe, Round, TIMED, home};
use crate::error::{Error, Result};
use crate::machine::{Footprint, footprint};
use crate::run::{Profile, StartMethod};
use crate::sys::{self, Forked};
use crate::worker::{Process, fork_server};

pub(super) const PROBE: Probe = Probe {
    id: "memory",
    question: "What does an idle thread or process cost in memory, page tables and file descriptors?",
    rounds: TIMED,
    run,
};

/// Idle threads at once: so many threads that a descriptor which one in a thousand leaves behind would show in twelve rounds.
const THREADS: usize = 96;
/// Idle processes at once, by the methods that are quick and the one that is not.
const FORKED: usize = 4;
const SPAWNED: (usize, usize) = (2, 4);
/// Longest wait for a worker to say that it is there.
const PATIENCE: Duration = Duration::from_secs(20);

/// Several idle workers beside what there was without them.
#[derive(Debug)]
struct Weighed {
    before: Footprint,
    after: Footprint,
    workers: usize,
    /// Pages that they have for themselves, together.
    uss: f64,
}

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    let spawned = if round.profile == Profile::Quick { SPAWNED.0 } else { SPAWNED.1 };
    round.arms(&mut findings, ["thread", "fork", "spawn", "fork-server"], |way, findings| {
        let weighed = match way {
            "thread" => threads(THREADS)?,
            "fork" => forked(FORKED)?,
            "spawn" => started(StartMethod::Spawn, spawned)?,
            // Some programs have no fork server: those with threads before their `main`, such as tests.
            _ if Process::idle(StartMethod::ForkServer).and_then(|first| first.wait_for_a_word()).is_err() => {
                return Ok(());
            }
            _ => started(StartMethod::ForkServer, FORKED)?,
        };
        tell(findings, way, &weighed);
        Ok(())
    })?;
    Ok(findings)
}

fn tell(findings: &mut Findings, way: &str, weighed: &Weighed) {
    let each = |of: fn(&Footprint) -> u64| {
        let more = of(&weighed.after) as f64 - of(&weighed.before) as f64;
        // Less than nothing is another's doing, and no reading.
        if more < 0.0 { f64::NAN } else { more / weighed.workers as f64 }
    };
    findings.add(format!("{way}/pss"), "bytes", each(|seen| seen.pss));
    let uss = weighed.uss / weighed.workers as f64;
    findings.add(format!("{way}/uss"), "bytes", if uss < 0.0 { f64::NAN } else { uss });
    findings.add(format!("{way}/page-tables"), "bytes", each(|seen| seen.page_tables));
    findings.add(format!("{way}/descriptors"), "", each(|seen| seen.descriptors));
    let more = weighed.after.descriptors.saturating_sub(weighed.before.descriptors);
    findings.count(format!("{way}/added-descriptors"), more as f64, weighed.workers as u64);
}

fn weigh(pid: Pid) -> Result<Footprint> {
    let gone = std::io::Error::from(std::io::ErrorKind::NotFound);
    footprint(pid).ok_or(gone).map_err(Error::os("reading a process's memory in /proc"))
}

/// All of them together.
fn weigh_all(pids: &[Pid]) -> Result<Footprint> {
    pids.iter().try_fold(Footprint::default(), |sum, pid| {
        let seen = weigh(*pid)?;
        Ok(Footprint {
            pss: sum.pss + seen.pss,
            uss: sum.uss + seen.uss,
            page_tables: sum.page_tables + seen.page_tables,
            descriptors: sum.descriptors + seen.descriptors,
        })
    })
}

/// So many threads beside a few that were there before: what the first one finds out of use is not a thread's.
fn threads(workers: usize) -> Result<Weighed> {
    const BEFORE: usize = 2;
    let (there, end) = (AtomicUsize::new(0), Barrier::new(BEFORE + workers + 1));
    let [before, after] = std::thread::scope(|scope| {
        let idle = || {
            there.fetch_add(1, Ordering::Relaxed);
            end.wait();
        };
        let weighed = [BEFORE, workers].map(|more| {
            let wanted = there.load(Ordering::Relaxed) + more;
            for _ in 0..more {
                home::started(std::thread::Builder::new().spawn_scoped(scope, idle));
            }
            while there.load(Ordering::Relaxed) < wanted {
                std::thread::sleep(Duration::from_micros(50));
            }
            weigh(getpid())
        });
        end.wait();
        weighed
    });
    let (before, after) = (before?, after?);
    Ok(Weighed { before, after, workers, uss: after.uss as f64 - before.uss as f64 })
}

/// Copies of this process, which has one thread. They end with the line that they share.
fn forked(workers: usize) -> Result<Weighed> {
    let (mut ours, theirs) = UnixStream::pair().map_err(Error::os("making a pair of sockets"))?;
    ours.set_read_timeout(Some(PATIENCE)).map_err(Error::os("setting a time limit"))?;
    let own = getpid();
    let before = weigh(own)?;
    let mut children = vec![];
    for _ in 0..workers {
        match sys::fork_beside_threads().map_err(Error::os("forking"))? {
            Forked::Child => {
                // Its copy would keep the line open.
                drop(ours);
                let told = (&theirs).write_all(&[1]).and_then(|()| (&theirs).read(&mut [0]));
                sys::leave(i32::from(told.is_err()));
            }
            Forked::Parent(child) => children.push(child),
        }
    }
    let heard = ours.read_exact(&mut vec![0; workers]).map_err(Error::os("hearing of forked processes"));
    let weighed = heard.and_then(|()| between(own, None, before, &children));
    drop(ours);
    for child in children {
        waitpid(Some(child), WaitOptions::empty()).map_err(Error::os("waiting for a forked process"))?;
    }
    weighed
}

/// Worker processes without a job. Whoever forks them is weighed with them.
fn started(method: StartMethod, workers: usize) -> Result<Weighed> {
    let failed = || Error::os("starting idle processes");
    let server = (method == StartMethod::ForkServer).then(fork_server).flatten();
    let own = getpid();
    let alone: Vec<Pid> = [own].into_iter().chain(server).collect();
    let before = weigh_all(&alone)?;
    let start = || Process::idle(method).and_then(|process| process.wait_for_a_word().map(|()| process));
    let mut processes = (0..workers).map(|_| start()).collect::<std::io::Result<Vec<_>>>().map_err(failed())?;
    let pids: Vec<Pid> = processes.iter_mut().map(Process::pid).collect::<std::io::Result<_>>().map_err(failed())?;
    let weighed = between(own, server, before, &pids);
    for mut process in processes {
        process.finish().map_err(Error::os("waiting for a process"))?;
    }
    weighed
}

fn between(own: Pid, server: Option<Pid>, before: Footprint, workers: &[Pid]) -> Result<Weighed> {
    let family: Vec<Pid> = [own].into_iter().chain(server).chain(workers.iter().copied()).collect();
    let (after, theirs) = (weigh_all(&family)?, weigh_all(workers)?);
    Ok(Weighed { before, after, workers: workers.len(), uss: theirs.uss as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_shared_out_and_less_than_nothing_is_left_out() {
        let before = Footprint { pss: 8000, uss: 7000, page_tables: 5000, descriptors: 3 };
        let after = Footprint { pss: 16_000, uss: 7000, page_tables: 4000, descriptors: 11 };
        let mut findings = Findings::default();
        tell(&mut findings, "any", &Weighed { before, after, workers: 4, uss: 6000.0 });
        let read: Vec<_> = findings.values.iter().map(|(name, _, value)| (name.as_str(), *value)).collect();
        assert_eq!(
            read,
            [("any/pss", 2000.0), ("any/uss", 1500.0), ("any/descriptors", 2.0), ("any/added-descriptors", 8.0)]
        );
    }

    #[test]
    fn a_forked_process_has_descriptors_of_its_own() {
        let weighed = forked(2).unwrap();
        let (after, before) = (weighed.after.descriptors, weighed.before.descriptors);
        // Other tests open and close files meanwhile; two copies of every standard descriptor are more than that.
        assert!(after > before, "{before} before and {after} after");
        assert!(weighed.uss > 0.0 && weighed.after.page_tables > weighed.before.page_tables, "{weighed:?}");
    }
}
