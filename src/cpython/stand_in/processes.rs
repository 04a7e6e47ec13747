//! Forked processes that begin together.

use std::io;
use std::sync::atomic::Ordering;

use rustix::io::{read, write};
use rustix::pipe::pipe;
use rustix::process::{WaitOptions, waitpid};

use crate::sys::{Forked, Shared, clock_ns, fork_beside_threads, leave};

/// Has every share worked off by a forked process of its own; from the start of all to the end of the last, in
/// nanoseconds.
pub(super) fn run(shares: &[u64], work: impl Fn(u64)) -> io::Result<u64> {
    let (ready, gate, ends) = (pipe()?, pipe()?, Shared::new(shares.len())?);
    let mut children = vec![];
    for (number, &share) in shares.iter().enumerate() {
        // The stand-in's threads are all joined between two requests, so this one is alone.
        match fork_beside_threads()? {
            Forked::Parent(pid) => children.push(pid),
            Forked::Child => {
                // As in the driver, so that pages are copied before the start.
                work(1000);
                let begun = write(&ready.1, b".").and_then(|_| read(&gate.0, &mut [0; 1]));
                if begun.is_ok() {
                    work(share);
                    ends.words()[number].store(clock_ns(), Ordering::Release);
                }
                leave(0);
            }
        }
    }
    for _ in &children {
        read(&ready.0, &mut [0; 1])?;
    }
    let start = clock_ns();
    write(&gate.1, &vec![b'.'; shares.len()])?;
    for child in children {
        waitpid(Some(child), WaitOptions::empty())?;
    }
    let end = |word: &std::sync::atomic::AtomicU64| word.load(Ordering::Acquire);
    let ends: Vec<u64> = ends.words()[..shares.len()].iter().map(end).collect();
    match ends.iter().min() {
        Some(0) | None => Err(io::Error::other("a forked process did not finish its work")),
        Some(_) => Ok(ends.iter().max().copied().unwrap_or(0).saturating_sub(start)),
    }
}
