//! Who sees what a thread or a process assigns: the money experiment of many a course.

use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{WaitOptions, waitpid};

use super::{Findings, Probe, Round, TIMED, count};
use crate::error::{Error, Result};
use crate::sys::{self, Forked, Shared};

pub(super) const PROBE: Probe = Probe {
    id: "sharing",
    question: "Does whoever started a thread or a process see what it assigns to a variable of both?",
    rounds: TIMED,
    run,
};

/// Times that each is tried in a round.
const TRIES: usize = 100;
const BEFORE: u64 = 100;
const AFTER: u64 = 66;

fn run(_: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    findings.count("thread/unseen", count(TRIES, thread_unseen)?, TRIES as u64);
    let report = Shared::new(2).map_err(Error::os("sharing memory"))?;
    let (mut seen, mut copied, mut kept) = (0, 0, 0);
    for _ in 0..TRIES {
        let outcome = fork_and_assign(&report)?;
        seen += u32::from(outcome.parent == AFTER);
        copied += u32::from(outcome.child_before == BEFORE);
        kept += u32::from(outcome.child_after == AFTER);
    }
    findings.count("process/seen", f64::from(seen), TRIES as u64);
    findings.count("process/not-copied", TRIES as f64 - f64::from(copied), TRIES as u64);
    findings.count("process/not-kept", TRIES as f64 - f64::from(kept), TRIES as u64);
    Ok(findings)
}

/// Whether what a thread assigns is not there when it has been joined.
fn thread_unseen() -> Result<bool> {
    let money = AtomicU64::new(BEFORE);
    std::thread::scope(|scope| {
        let assigns = || money.store(AFTER, Ordering::Relaxed);
        std::thread::Builder::new().spawn_scoped(scope, assigns).map(drop)
    })
    .map_err(Error::os("starting a thread"))?;
    Ok(money.load(Ordering::Relaxed) != AFTER)
}

/// What each of two processes finds in its variable.
struct Outcome {
    parent: u64,
    child_before: u64,
    child_after: u64,
}

fn fork_and_assign(report: &Shared) -> Result<Outcome> {
    let money = AtomicU64::new(BEFORE);
    let words = report.words();
    words[..2].iter().for_each(|word| word.store(0, Ordering::Relaxed));
    match sys::fork_beside_threads().map_err(Error::os("forking"))? {
        Forked::Child => {
            words[0].store(money.load(Ordering::Relaxed), Ordering::Relaxed);
            money.store(AFTER, Ordering::Relaxed);
            words[1].store(money.load(Ordering::Relaxed), Ordering::Relaxed);
            sys::leave(0);
        }
        Forked::Parent(child) => {
            waitpid(Some(child), WaitOptions::empty()).map_err(Error::os("waiting for a forked process"))?;
        }
    }
    let [child_before, child_after] = [0, 1].map(|word| words[word].load(Ordering::Relaxed));
    Ok(Outcome { parent: money.load(Ordering::Relaxed), child_before, child_after })
}
