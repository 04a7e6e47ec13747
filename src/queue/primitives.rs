//! What the queue between processes is made of: atomic words, memory, futexes, a clock, and the lives of processes. Its
//! files name nothing else of the machine, so that a model checker can put its own in this place.

use std::fs;
use std::time::Duration;

use rustix::fs::Timespec;
use rustix::process::{Pid, test_kill_process};
use rustix::thread::futex;

pub(super) use std::hint::spin_loop;
pub(super) use std::process::id as process_id;
pub(super) use std::sync::Arc;
pub(super) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
pub(super) use std::thread::yield_now;

pub(super) use crate::sys::{Shared, clock_ns, prefetch_for_write};

/// Most handles that may use a queue at once.
pub(super) const MOST: usize = 256;
/// Looks at a slot before going to sleep: about as long as another processor takes to put a small message.
pub(super) const SPINS: u32 = 100;
/// Looks after them between which others may have the processor: one of them may be who is waited for.
pub(super) const YIELDS: u32 = 10;

/// Holds back after others were quicker at a slot for the n-th time in a row: up to 64 turns of a spinning loop.
pub(super) fn hold_back(lost: u32) {
    (0..1 << lost.min(6)).for_each(|_| spin_loop());
}

/// Sleeps until woken, unless the word has another value by then, and no longer than so long. May end without reason.
pub(super) fn futex_wait(word: &AtomicU32, expected: u32, limit: Duration) {
    let limit = Timespec { tv_sec: limit.as_secs().cast_signed(), tv_nsec: limit.subsec_nanos().into() };
    // Whatever ends it, the caller looks again.
    let _ = futex::wait(word, futex::Flags::empty(), expected, Some(&limit));
}

/// Wakes so many of those who sleep on the word.
pub(super) fn futex_wake(word: &AtomicU32, sleepers: u32) {
    let _ = futex::wake(word, futex::Flags::empty(), sleepers);
}

/// Whether the process lives that has this number and began then (0: not known).
pub(super) fn lives(pid: u32, since: u64) -> bool {
    let Some(known) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    if test_kill_process(known) == Err(rustix::io::Errno::SRCH) {
        return false;
    }
    // What has ended and was not waited for still has a number.
    is_still(began(pid), since)
}

/// Whether the process that began at `began` is the one that began at `since`.
fn is_still(began: Option<u64>, since: u64) -> bool {
    // Who cannot look (0) must take it for alive: to bury the living would damage the queue.
    began.is_some_and(|began| began == 0 || since == 0 || began == since)
}

/// When a process began, in ticks since the machine did; 0 if that cannot be said, `None` if it has ended.
pub(super) fn began(pid: u32) -> Option<u64> {
    let stat = match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat,
        // It ended while it was read.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error()) => return None,
        // Out of descriptors, or without /proc: the number is there, and no more can be said.
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Some(0),
        Err(_) => return fs::exists("/proc/self/stat").is_ok_and(|there| !there).then_some(0),
    };
    // The name before it may hold anything, brackets too.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let ended = matches!(fields.next()?, "Z" | "X" | "x");
    (!ended).then(|| fields.nth(18)?.parse().ok()).flatten()
}

/// Memory that can be had, in bytes, as the kernel estimates it.
pub(super) fn available_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_be_looked_at_is_not_taken_for_dead() {
        let own = process_id();
        let since = began(own).expect("it lives");
        assert!(lives(own, since) && lives(own, 0) && !lives(own, since + 1));
        assert!(is_still(Some(0), since) && !is_still(None, since));
    }
}
