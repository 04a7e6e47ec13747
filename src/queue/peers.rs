//! Who uses a queue: a table in its memory, so that the living can tell who has died and with what in hand.
//!
//! Each handle has an entry of its own, and is the only one to write its counters: nothing here is exchanged
//! atomically while the queue works. The entry is taken in one step that names the process, so whoever dies while
//! entering is known by name too.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Pid, test_kill_process};

use super::ring::Name;

/// Words of an entry: a cache line.
pub(super) const ENTRY: usize = 8;
/// Most handles that may use a queue at once.
pub(super) const MOST: usize = 256;

/// Process, generation and whether the entry is closed.
const WHO: usize = 0;
/// When the process began, in ticks since the machine did; tells it from a later one with the same number.
const BEGAN: usize = 1;
const TAKEN: usize = 2;
const DONE: usize = 3;
/// What it has done and is waiting for.
const SIDES: usize = 4;

/// Bits of a process number in `WHO`, then those of the generation.
const GENERATION: u64 = 0xFFF;
const GENERATION_AT: u32 = 32;
/// Its user is gone, but items that it took were never done: kept, for whoever joins.
const GONE: u64 = 1 << 48;

const HAS_PUT: u64 = 1;
const HAS_GOT: u64 = 2;
const SLEEPS_TO_PUT: u64 = 4;
const SLEEPS_TO_GET: u64 = 8;

/// The two things that one does with a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Put,
    Get,
}

impl Side {
    fn has(self) -> u64 {
        if self == Self::Put { HAS_PUT } else { HAS_GOT }
    }

    fn sleeps(self) -> u64 {
        if self == Self::Put { SLEEPS_TO_PUT } else { SLEEPS_TO_GET }
    }

    fn other(self) -> Self {
        if self == Self::Put { Self::Get } else { Self::Put }
    }
}

/// The table of a queue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peers<'a> {
    pub(super) words: &'a [AtomicU64],
}

/// What is known of items that were taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    /// Taken and done of each entry.
    pub(super) counts: Vec<(u64, u64)>,
    /// Items in the hands of the living.
    pub(super) held: u64,
    pub(super) done: u64,
}

fn process(who: u64) -> u32 {
    who as u32
}

fn name(index: usize, who: u64) -> Name {
    Name((index as u32) << 12 | (who >> GENERATION_AT & GENERATION) as u32)
}

impl<'a> Peers<'a> {
    fn entry(&self, index: usize) -> &'a [AtomicU64] {
        &self.words[index * ENTRY..(index + 1) * ENTRY]
    }

    fn own(&self, name: Name) -> &'a [AtomicU64] {
        self.entry((name.0 >> 12) as usize)
    }

    /// Takes a free entry; `None` if there is none.
    pub(super) fn enter(&self) -> Option<Name> {
        let pid = std::process::id();
        for index in 0..self.words.len() / ENTRY {
            let entry = self.entry(index);
            let free = entry[WHO].load(Ordering::Acquire);
            if process(free) != 0 {
                continue;
            }
            let generation = ((free >> GENERATION_AT) + 1) & GENERATION;
            let who = generation << GENERATION_AT | u64::from(pid);
            if entry[WHO].compare_exchange(free, who, Ordering::SeqCst, Ordering::Relaxed).is_ok() {
                entry[SIDES].store(0, Ordering::SeqCst);
                entry[BEGAN].store(began(pid).unwrap_or(0), Ordering::Release);
                return Some(name(index, who));
            }
        }
        None
    }

    /// Gives an entry back. What was taken and never done stays on record.
    pub(super) fn leave(&self, name: Name) {
        let entry = self.own(name);
        vacate(entry, entry[WHO].load(Ordering::Relaxed));
    }

    /// Items that this handle has taken and done.
    pub(super) fn counts(&self, name: Name) -> (u64, u64) {
        let entry = self.own(name);
        (entry[TAKEN].load(Ordering::Relaxed), entry[DONE].load(Ordering::Relaxed))
    }

    pub(super) fn set_taken(&self, name: Name, taken: u64) {
        self.own(name)[TAKEN].store(taken, Ordering::Release);
    }

    pub(super) fn set_done(&self, name: Name, done: u64) {
        // Before the look at who waits for it.
        self.own(name)[DONE].store(done, Ordering::SeqCst);
    }

    /// Notes that the handle has put or got.
    pub(super) fn has_used(&self, name: Name, side: Side) {
        self.own(name)[SIDES].fetch_or(side.has(), Ordering::SeqCst);
    }

    pub(super) fn sleeps(&self, name: Name, side: Side, asleep: bool) {
        let sides = &self.own(name)[SIDES];
        if asleep {
            sides.fetch_or(side.sleeps(), Ordering::SeqCst);
        } else {
            sides.fetch_and(!side.sleeps(), Ordering::SeqCst);
        }
    }

    /// Whether anybody else lives who may yet do what somebody waits for who wants to do the other thing.
    ///
    /// Not who has only ever done that same other thing, nor who waits for it just now.
    pub(super) fn anybody_can(&self, side: Side, but: Name) -> bool {
        (0..self.words.len() / ENTRY).any(|index| {
            let entry = self.entry(index);
            let who = entry[WHO].load(Ordering::SeqCst);
            if process(who) == 0 || who & GONE != 0 || name(index, who) == but {
                return false;
            }
            let sides = entry[SIDES].load(Ordering::SeqCst);
            let one_sided = sides & side.has() == 0 && sides & side.other().has() != 0;
            !one_sided && sides & side.other().sleeps() == 0
        })
    }

    /// Looks whether every user lives; `mend` is told how to know the dead before their entries are closed. The last
    /// of the dead, if there is one.
    pub(super) fn look(&self, mend: impl Fn(&dyn Fn(Name) -> bool)) -> Option<u32> {
        let me = std::process::id();
        let mut dead = vec![];
        for index in 0..self.words.len() / ENTRY {
            let entry = self.entry(index);
            let who = entry[WHO].load(Ordering::SeqCst);
            let pid = process(who);
            if pid != 0 && pid != me && who & GONE == 0 && !lives(pid, entry[BEGAN].load(Ordering::Acquire)) {
                dead.push((index, who));
            }
        }
        if dead.is_empty() {
            return None;
        }
        mend(&|name| dead.iter().any(|&(index, who)| self::name(index, who) == name));
        for &(index, who) in &dead {
            vacate(self.entry(index), who);
        }
        dead.last().map(|&(_, who)| process(who))
    }

    /// The counters as they stand. Two that are equal, with nothing else changed between, are one snapshot.
    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally { counts: vec![], held: 0, done: 0 };
        for index in 0..self.words.len() / ENTRY {
            let entry = self.entry(index);
            let done = entry[DONE].load(Ordering::SeqCst);
            let taken = entry[TAKEN].load(Ordering::SeqCst);
            let gone = entry[WHO].load(Ordering::SeqCst) & GONE != 0;
            tally.counts.push((taken, done));
            tally.done += done;
            tally.held += if gone { 0 } else { taken.saturating_sub(done) };
        }
        tally
    }

    /// A user that is gone and has left items undone.
    pub(super) fn gone(&self) -> Option<u32> {
        let gone = |index| {
            let who = self.entry(index)[WHO].load(Ordering::SeqCst);
            (who & GONE != 0).then_some(process(who))
        };
        (0..self.words.len() / ENTRY).find_map(gone)
    }

    /// Users that have not left.
    pub(super) fn living(&self) -> usize {
        let lives = |index: &usize| {
            let who = self.entry(*index)[WHO].load(Ordering::SeqCst);
            process(who) != 0 && who & GONE == 0
        };
        (0..self.words.len() / ENTRY).filter(lives).count()
    }
}

/// Gives an entry back that is still this one.
fn vacate(entry: &[AtomicU64], who: u64) {
    let held = entry[TAKEN].load(Ordering::Acquire) != entry[DONE].load(Ordering::Acquire);
    let after = if held { who | GONE } else { who & GENERATION << GENERATION_AT };
    if !held {
        entry[BEGAN].store(0, Ordering::Release);
    }
    let _ = entry[WHO].compare_exchange(who, after, Ordering::SeqCst, Ordering::Relaxed);
}

/// Whether the process lives that has this number and began then (0: not known).
fn lives(pid: u32, since: u64) -> bool {
    let Some(known) = Pid::from_raw(pid.cast_signed()) else { return false };
    if test_kill_process(known) == Err(rustix::io::Errno::SRCH) {
        return false;
    }
    // What has ended and was not waited for still has a number.
    began(pid).is_some_and(|began| since == 0 || began == since)
}

/// When a process began, in ticks since the machine did; `None` if it has ended.
fn began(pid: u32) -> Option<u64> {
    let stat = match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat,
        // Out of descriptors, or without /proc: the number is there, and no more can be said.
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Some(0),
        Err(_) => return fs::exists("/proc/self/stat").is_ok_and(|there| !there).then_some(0),
    };
    // The name before it may hold anything, brackets too.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let ended = matches!(fields.next()?, "Z" | "X" | "x");
    (!ended).then(|| fields.nth(18)?.parse().ok()).flatten()
}
