//! Who uses a queue: a table in its memory, so that the living can tell who has died and with what in hand.
//!
//! Each handle has an entry of its own, and is the only one to write its counters: nothing here is exchanged
//! atomically while the queue works. The entry is taken in one step that names the process, so whoever dies while
//! entering is known by name too.

use super::primitives::{AtomicU64, MOST, Ordering, began, lives, process_id};
use super::ring::Name;

/// Words of an entry: a cache line.
pub(super) const ENTRY: usize = 8;
/// Words of the table.
pub(super) const TABLE: usize = MOST * ENTRY;

/// Process, generation and whether the entry is closed.
const WHO: usize = 0;
/// When the process began, in ticks since the machine did; tells it from a later one with the same number.
const BEGAN: usize = 1;
const TAKEN: usize = 2;
const DONE: usize = 3;
/// What it has done and is waiting for.
const SIDES: usize = 4;
/// Items that former users of the entry had taken and never done, and the process of the last of them.
const LOST: usize = 5;
const LOST_BY: usize = 6;

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

    /// Takes a free entry, or one that is kept for what its dead user has left undone; `None` if there is neither.
    pub(super) fn enter(&self) -> Option<Name> {
        [0, GONE].into_iter().find_map(|kept| self.enter_one(kept))
    }

    fn enter_one(&self, kept: u64) -> Option<Name> {
        let pid = process_id();
        (0..self.words.len() / ENTRY).find_map(|index| {
            let entry = self.entry(index);
            let before = entry[WHO].load(Ordering::Acquire);
            if if kept == 0 { process(before) != 0 } else { before & kept == 0 } {
                return None;
            }
            let generation = ((before >> GENERATION_AT) + 1) & GENERATION;
            let who = generation << GENERATION_AT | u64::from(pid);
            entry[WHO].compare_exchange(before, who, Ordering::SeqCst, Ordering::Relaxed).ok()?;
            entry[SIDES].store(0, Ordering::SeqCst);
            if kept != 0 {
                entry[LOST_BY].store(process(before).into(), Ordering::SeqCst);
            }
            // Nobody but the dead can have left these. Until this is said, they seem to be in living hands, which is
            // no more than a delay for who joins.
            let undone = entry[TAKEN].load(Ordering::SeqCst).saturating_sub(entry[DONE].load(Ordering::SeqCst));
            entry[LOST].store(undone, Ordering::SeqCst);
            entry[BEGAN].store(began(pid).unwrap_or(0), Ordering::Release);
            Some(name(index, who))
        })
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
        let me = process_id();
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
            let who = entry[WHO].load(Ordering::SeqCst);
            let kept = process(who) != 0 && who & GONE == 0;
            tally.counts.push((taken, done));
            tally.done = tally.done.wrapping_add(done);
            tally.held = tally.held.saturating_add(if kept { held(entry) } else { 0 });
        }
        tally
    }

    /// A user that is gone and has left items undone.
    pub(super) fn gone(&self) -> Option<u32> {
        (0..self.words.len() / ENTRY).find_map(|index| {
            let entry = self.entry(index);
            let who = entry[WHO].load(Ordering::SeqCst);
            let lost = entry[LOST].load(Ordering::SeqCst) != 0;
            let pid = if who & GONE != 0 { process(who) } else { entry[LOST_BY].load(Ordering::SeqCst) as u32 };
            (pid != 0 && (lost || who & GONE != 0)).then_some(pid)
        })
    }

    /// Whether a user has this name who has not left.
    pub(super) fn knows(&self, name: Name) -> bool {
        (0..self.words.len() / ENTRY).contains(&((name.0 >> 12) as usize)) && {
            let who = self.own(name)[WHO].load(Ordering::SeqCst);
            process(who) != 0 && who & GONE == 0 && self::name((name.0 >> 12) as usize, who) == name
        }
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

/// Items in the hands of an entry's user.
fn held(entry: &[AtomicU64]) -> u64 {
    let done = entry[DONE].load(Ordering::SeqCst).saturating_add(entry[LOST].load(Ordering::SeqCst));
    entry[TAKEN].load(Ordering::SeqCst).saturating_sub(done)
}

/// Gives an entry back that is still this one.
fn vacate(entry: &[AtomicU64], who: u64) {
    let after = if held(entry) > 0 { who | GONE } else { who & GENERATION << GENERATION_AT };
    // Before: the next user must not be taken for a process that began then.
    entry[BEGAN].store(0, Ordering::Release);
    let _ = entry[WHO].compare_exchange(who, after, Ordering::SeqCst, Ordering::Relaxed);
}
