//! The ring: a bounded queue of many producers and many consumers in memory that processes share, any of which may die
//! between any two of its instructions.
//!
//! Positions are numbered for ever; position `n` lives in slot `n mod capacity`, in lap `n div capacity`. Each slot has
//! one word of state, and every step of its life is one atomic change of that word:
//!
//! | turn | phase | next, and by whom |
//! |---|---|---|
//! | 4·lap | empty | a producer takes the slot and leaves its name in it |
//! | 4·lap + 1 | writing | that producer has written the message, and publishes its length |
//! | 4·lap + 2 | full | a consumer takes the slot and leaves its name in it |
//! | 4·lap + 3 | reading | that consumer has copied the message, and frees the slot for the next lap |
//!
//! The turn only grows, so a stale view of a slot can never be mistaken for a present one. Whoever has taken a slot is
//! named in it from the same instant, so a slot whose user has died can be told and [mended](Ring::mend), by anybody,
//! and more than one may try: the first one's change makes the others' fail.
//!
//! Where the ring begins and ends is not written anywhere that has to be right. `tail` and `head` are hints, stored
//! plainly after the deed and perhaps by a slow worker over a newer one. They are never ahead of the truth, and from
//! wherever a worker begins, it goes forward over all slots that are past what it looks for. Nor can a slot be more than
//! three turns behind that: if one is, somebody has written where nobody may, and the ring is [damaged](Unready::Damaged). So positions are taken in
//! order and without a gap, and nothing that a killed worker has left undone is in the way. One atomic exchange for
//! each message and side is all: as many as in a queue that trusts its users to live.
//!
//! After D. Vyukov's bounded queue for many producers and consumers (1024cores.net, 2010), whose slots have a sequence
//! number too, but which takes positions by counters, where a producer that dies between the two leaves a gap that
//! nobody can tell from a slow one.
//!
//! Sleeping is by a *bell*, a futex word that says whether somebody may be asleep. No wake-up is lost: who is about to
//! sleep sets the bell and then looks at the slot once more; who has changed a slot looks at the bell afterwards. All
//! four are sequentially consistent, the change being the exchange that took the slot, so one of them sees the other: a
//! slot that has just been taken is enough not to sleep, for its taker may have looked at the bell before.
//! Only one sleeper is woken at a time, and the bell is cleared for it: whoever has slept sets it again, for there may
//! be others, and passes the wake-up on if there is more to do.

use std::time::Duration;

use super::primitives::{AtomicU32, AtomicU64, Ordering, futex_wait, futex_wake, hold_back, prefetch_for_write};

/// Bits of a slot's state below its turn.
const AUX_BITS: u32 = 22;
const AUX: u64 = (1 << AUX_BITS) - 1;
/// Bits of a packed position below its lap.
const INDEX_BITS: u32 = 24;

/// Words by which a slot is asked for ahead.
const AHEAD: usize = 8;

/// Most slots that a ring may have.
pub(super) const MOST_SLOTS: usize = 1 << INDEX_BITS;
/// Longest message, in bytes.
pub(super) const LONGEST: usize = AUX as usize - 1;
/// The length of a message that is none: its producer died, or found the queue closed.
const VOID: u64 = AUX;

const WRITING: u64 = 1;
const FULL: u64 = 2;
const READING: u64 = 3;

/// The name of a slot's user: fits beside a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name(pub(super) u32);

impl Name {
    /// No user's.
    pub(super) const NOBODY: Self = Self(u32::MAX);
}

/// Where a worker is in the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Position {
    lap: u64,
    index: usize,
}

/// Why a position cannot be taken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unready {
    /// No message to take, or no slot to put one into.
    Not,
    /// The slot is in somebody's hands, who will be done with it in a moment unless dead.
    Busy,
    /// The slot is in a state in which it cannot be: the memory is damaged.
    Damaged,
}

/// A slot in a worker's hands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    at: Position,
    /// Bytes of the message, if there is one in it.
    pub(super) length: Option<usize>,
}

/// The memory of a ring.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ring<'a> {
    pub(super) tail: &'a AtomicU64,
    pub(super) head: &'a AtomicU64,
    /// `capacity` times the state and the words of a message.
    pub(super) slots: &'a [AtomicU64],
    pub(super) capacity: usize,
    /// Words of a slot.
    pub(super) stride: usize,
}

const fn state(turn: u64, aux: u64) -> u64 {
    turn << AUX_BITS | aux
}

const fn turn(state: u64) -> u64 {
    state >> AUX_BITS
}

impl Position {
    fn unpack(word: u64) -> Self {
        Self { lap: word >> INDEX_BITS, index: word as usize & (MOST_SLOTS - 1) }
    }

    fn pack(self) -> u64 {
        self.lap << INDEX_BITS | self.index as u64
    }

    fn next(self, capacity: usize) -> Self {
        if self.index + 1 < capacity {
            Self { index: self.index + 1, ..self }
        } else {
            Self { lap: self.lap + 1, index: 0 }
        }
    }
}

impl<'a> Ring<'a> {
    fn slot(&self, index: usize) -> &'a AtomicU64 {
        &self.slots[index * self.stride]
    }

    /// Where among the slots' words a taken slot's message begins.
    pub(super) fn start(&self, taken: &Taken) -> usize {
        taken.at.index * self.stride + 1
    }

    /// Goes forward from `at` to the first slot that is not yet past the turn `due` in its lap, and takes it with
    /// `take`, which is given what the slot was seen to be.
    #[inline]
    fn advance(
        &self,
        at: &mut Position,
        hint: &AtomicU64,
        phase: u64,
        mut take: impl FnMut(&AtomicU64, u64) -> bool,
    ) -> Result<u64, Unready> {
        let mut lost = 0;
        loop {
            let slot = self.slot(at.index);
            let seen = slot.load(Ordering::SeqCst);
            let ahead = turn(seen).wrapping_sub(at.lap * 4 + phase).cast_signed();
            match ahead {
                0 if take(slot, seen) => return Ok(seen),
                0 => {
                    // Somebody else was quicker. Let it pass several on while their lines are at hand there, instead of
                    // taking turns with each.
                    hold_back(lost);
                    lost += 1;
                }
                -1 => return Err(Unready::Busy),
                -3..-1 => return Err(Unready::Not),
                ..-3 => return Err(Unready::Damaged),
                1.. => {
                    // Of this slot, at least this lap has been taken.
                    let past = Position { lap: (turn(seen) - phase - 1) / 4, index: at.index };
                    *at = past.next(self.capacity).max(self.hinted(hint));
                }
            }
        }
    }

    /// Asks for the state of a slot ahead. Without it, the exchange that takes that slot first waits for everything
    /// written before, and only then for its cache line.
    #[inline]
    fn prefetch(&self, at: Position) {
        let ahead = at.index + AHEAD.div_ceil(self.stride);
        if let Some(state) = self.slots.get(ahead * self.stride) {
            prefetch_for_write(state);
        }
    }

    /// Takes the next slot to put a message into.
    #[inline]
    pub(super) fn take_empty(&self, at: &mut Position, name: Name) -> Result<Taken, Unready> {
        let writing = |seen| state(turn(seen) + 1, name.0.into());
        self.advance(at, self.tail, 0, |slot, seen| {
            slot.compare_exchange(seen, writing(seen), Ordering::SeqCst, Ordering::Relaxed).is_ok()
        })?;
        self.prefetch(*at);
        Ok(Taken { at: *at, length: None })
    }

    /// Publishes what was written into a slot, or that it is void, and goes on to the next.
    #[inline]
    pub(super) fn publish(&self, taken: Taken, length: Option<usize>) -> Position {
        self.fill(&taken, length);
        let next = self.after(&taken);
        self.note_tail(next);
        next
    }

    /// The first half of that.
    #[inline]
    pub(super) fn fill(&self, taken: &Taken, length: Option<usize>) {
        let length = length.map_or(VOID, |length| length as u64);
        self.slot(taken.at.index).store(state(taken.at.lap * 4 + FULL, length), Ordering::Release);
    }

    /// The second, once for several.
    #[inline]
    pub(super) fn note_tail(&self, next: Position) {
        self.tail.store(next.pack(), Ordering::Release);
    }

    /// What comes after a slot.
    #[inline]
    pub(super) fn after(&self, taken: &Taken) -> Position {
        taken.at.next(self.capacity)
    }

    /// Takes the next slot with a message.
    #[inline]
    pub(super) fn take_full(&self, at: &mut Position, name: Name) -> Result<Taken, Unready> {
        let reading = |seen| state(turn(seen) + 1, name.0.into());
        let seen = self.advance(at, self.head, FULL, |slot, seen| {
            slot.compare_exchange(seen, reading(seen), Ordering::SeqCst, Ordering::Relaxed).is_ok()
        })?;
        self.prefetch(*at);
        let length = seen & AUX;
        Ok(Taken { at: *at, length: (length != VOID).then_some(length as usize) })
    }

    /// Takes the next slot if what is in it is void.
    pub(super) fn take_void(&self, at: &mut Position, name: Name) -> Option<Taken> {
        let void = |seen| seen & AUX == VOID;
        let reading = |seen| state(turn(seen) + 1, name.0.into());
        let seen = self.advance(at, self.head, FULL, |slot, seen| {
            !void(seen) || slot.compare_exchange(seen, reading(seen), Ordering::SeqCst, Ordering::Relaxed).is_ok()
        });
        seen.is_ok_and(void).then_some(Taken { at: *at, length: None })
    }

    /// Frees a slot whose message has been copied, and goes on to the next.
    #[inline]
    pub(super) fn free(&self, taken: Taken) -> Position {
        self.empty(&taken);
        let next = self.after(&taken);
        self.note_head(next);
        next
    }

    /// The first half of that.
    #[inline]
    pub(super) fn empty(&self, taken: &Taken) {
        self.slot(taken.at.index).store(state((taken.at.lap + 1) * 4, 0), Ordering::Release);
    }

    /// The second, once for several.
    #[inline]
    pub(super) fn note_head(&self, next: Position) {
        self.head.store(next.pack(), Ordering::Release);
    }

    /// Whether there is something to do at the place where a producer is; `at` goes forward to it.
    pub(super) fn can_put(&self, at: &mut Position) -> Result<(), Unready> {
        self.advance(at, self.tail, 0, |_, _| true).map(drop)
    }

    /// Whether there is something to do at the place where a consumer is; `at` goes forward to it.
    pub(super) fn can_get(&self, at: &mut Position) -> Result<(), Unready> {
        self.advance(at, self.head, FULL, |_, _| true).map(drop)
    }

    /// Positions that have been taken by producers since the beginning, exact at some instant of the call; `None` if the
    /// ring is damaged.
    pub(super) fn put_so_far(&self, at: &mut Position) -> Option<u64> {
        (self.can_put(at) != Err(Unready::Damaged)).then(|| self.number(*at))
    }

    /// Positions that have been taken by consumers since the beginning and freed since.
    pub(super) fn freed_so_far(&self, at: &mut Position) -> Option<u64> {
        // What is being read is not free yet: the first such position lies at most a lap behind.
        if self.can_get(at) == Err(Unready::Damaged) {
            return None;
        }
        let taken = self.number(*at);
        let reading = |back: &u64| {
            let position = taken - back;
            let (lap, index) = (position / self.capacity as u64, position as usize % self.capacity);
            turn(self.slot(index).load(Ordering::SeqCst)) == lap * 4 + READING
        };
        Some(taken - (1..=taken.min(self.capacity as u64)).rev().find(reading).unwrap_or(0))
    }

    fn number(&self, at: Position) -> u64 {
        at.lap.wrapping_mul(self.capacity as u64).wrapping_add(at.index as u64)
    }

    /// Where the hints say that a new worker should begin: to put, and to get.
    pub(super) fn begin(&self) -> (Position, Position) {
        (self.hinted(self.tail), self.hinted(self.head))
    }

    /// Where a hint points to; one that somebody has written over must not lead out of the ring.
    fn hinted(&self, hint: &AtomicU64) -> Position {
        let at = Position::unpack(hint.load(Ordering::Acquire));
        if at.index < self.capacity { at } else { Position::default() }
    }

    /// Messages and slots in somebody's hands: right if nobody is at work, a hint if anybody is.
    pub(super) fn length(&self) -> usize {
        let busy = |index: &usize| !turn(self.slot(*index).load(Ordering::Relaxed)).is_multiple_of(4);
        (0..self.capacity).filter(busy).count()
    }

    /// Frees every slot in dead hands. A message that was being put is void; one that was being taken is gone with its
    /// taker.
    pub(super) fn mend(&self, dead: impl Fn(Name) -> bool) {
        (0..self.capacity).for_each(|index| self.mend_slot(index, &dead));
    }

    /// The same for one slot.
    pub(super) fn mend_at(&self, at: Position, dead: impl Fn(Name) -> bool) {
        if at.index < self.capacity {
            self.mend_slot(at.index, &dead);
        }
    }

    fn mend_slot(&self, index: usize, dead: &impl Fn(Name) -> bool) {
        let slot = self.slot(index);
        let seen = slot.load(Ordering::SeqCst);
        let mended = match turn(seen) % 4 {
            WRITING => state(turn(seen) + 1, VOID),
            READING => state(turn(seen) + 1, 0),
            _ => return,
        };
        if dead(Name((seen & AUX) as u32)) {
            // If it fails, somebody else has mended it.
            let _ = slot.compare_exchange(seen, mended, Ordering::SeqCst, Ordering::Relaxed);
        }
    }
}

/// Wakes one who may sleep.
#[inline]
pub(super) fn ring(bell: &AtomicU32) {
    if bell.load(Ordering::SeqCst) != 0 {
        bell.store(0, Ordering::SeqCst);
        futex_wake(bell, 1);
    }
}

/// Wakes all who may sleep.
pub(super) fn ring_all(bell: &AtomicU32) {
    bell.store(0, Ordering::SeqCst);
    futex_wake(bell, i32::MAX as u32);
}

/// Sleeps until the bell is rung or so long, unless there is a reason not to.
pub(super) fn sleep(bell: &AtomicU32, limit: Duration, awake: impl FnOnce() -> bool) {
    bell.swap(1, Ordering::SeqCst);
    if !awake() {
        futex_wait(bell, 1, limit);
    }
}

/// After a sleep that was not in vain: others may sleep still, and be wanted already.
pub(super) fn pass_on(bell: &AtomicU32, more: impl FnOnce() -> bool) {
    bell.swap(1, Ordering::SeqCst);
    if more() {
        ring(bell);
    }
}
