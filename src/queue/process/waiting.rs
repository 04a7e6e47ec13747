//! Waiting for room, for a message or for the end; and looking after the others meanwhile.

use std::time::Duration;

use super::super::peers::Side;
use super::super::primitives::{Ordering, SPINS, YIELDS, clock_ns, spin_loop, yield_now};
use super::super::ring::{self, Position, Unready};
use super::super::{Error, Patience};
use super::pace::HOLD;
use super::{ByteQueue, CLOSED, GETTERS, JOINERS, LAST_DEAD_AT, LOOKED_AT, PUTTERS};

/// Longest sleep: after so long, a wake-up that died with its sender is found out.
const LOOK: Duration = Duration::from_millis(50);
/// Longest sleep while somebody else is just about to finish with a slot.
const MOMENT: Duration = Duration::from_micros(500);

/// Looks of a join within which a death that has had its effect is known.
const EXPLAINED_AFTER: u32 = 40;

/// A wait that has begun.
pub(super) struct Waiting {
    patience: Patience,
    spins: u32,
    /// On the machine's clock, in nanoseconds.
    until: Option<u64>,
    pub(super) slept: bool,
}

impl Waiting {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, spins: 0, until: None, slept: false }
    }

    /// How long it may go on, if at all.
    fn left(&mut self) -> Option<Duration> {
        match self.patience {
            Patience::None => None,
            Patience::Forever => Some(LOOK),
            Patience::For(limit) => {
                let now = clock_ns();
                let until = *self
                    .until
                    .get_or_insert_with(|| now.saturating_add(u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX)));
                let left = Duration::from_nanos(until.saturating_sub(now));
                (!left.is_zero()).then(|| left.min(LOOK))
            }
        }
    }
}

impl ByteQueue {
    /// Tells the other side that there is more for it to do.
    #[inline]
    pub(super) fn ring_for_more(&self, done: Side) {
        ring::ring(self.bell(if done == Side::Put { GETTERS } else { PUTTERS }));
    }

    /// Lets everybody look again.
    pub(super) fn ring_all(&self) {
        for bell in [GETTERS, PUTTERS, JOINERS] {
            ring::ring_all(self.bell(bell));
        }
    }

    /// After a sleep: others may sleep for the same.
    pub(super) fn pass_on(&self, side: Side) {
        let bell = self.bell(if side == Side::Put { PUTTERS } else { GETTERS });
        ring::pass_on(bell, || {
            let at = if side == Side::Put { self.putting.get() } else { self.getting.get() };
            self.seen(side, at) != Err(Unready::Not)
        });
    }

    fn ready(&self, side: Side, at: Position) -> bool {
        self.seen(side, at).is_ok()
    }

    fn seen(&self, side: Side, mut at: Position) -> Result<(), Unready> {
        let ring = self.ring();
        if side == Side::Put { ring.can_put(&mut at) } else { ring.can_get(&mut at) }
    }

    #[inline]
    pub(super) fn closed(&self) -> bool {
        self.bell(CLOSED).load(Ordering::SeqCst) != 0
    }

    /// Lets time pass until there may be something to do; an error if it is not worth waiting any more.
    #[cold]
    pub(super) fn wait(
        &self,
        side: Side,
        mut at: Position,
        unready: Unready,
        waiting: &mut Waiting,
    ) -> Result<(), Error> {
        if unready == Unready::Damaged || side == Side::Get && self.misread.replace(false) {
            return Err(damaged());
        }
        if side == Side::Put && self.closed() {
            return Err(Error::Closed);
        }
        // Somebody may be between two instructions of a put or a get: give it a moment, even if there is no time.
        let spins = if waiting.patience == Patience::None && unready == Unready::Not { 0 } else { SPINS + YIELDS };
        if waiting.spins < spins {
            self.spin(side, at, spins, waiting);
            return Ok(());
        }
        if side == Side::Get && unready == Unready::Not && self.closed() {
            // Once more: what was put before it was closed is there by now.
            return if self.ring().can_get(&mut at) == Err(Unready::Not) { Err(Error::Closed) } else { Ok(()) };
        }
        let Some(limit) = waiting.left() else {
            if waiting.slept {
                // The wake-up that came too late for this one is somebody else's.
                self.pass_on(side);
            }
            return Err(if side == Side::Put { Error::Full } else { Error::Empty });
        };
        let bell = self.bell(if side == Side::Put { PUTTERS } else { GETTERS });
        let limit = if unready == Unready::Busy { limit.min(MOMENT) } else { limit };
        let peers = self.peers();
        peers.sleeps(self.name, side, true);
        // A slot in somebody's hands is a reason not to sleep, unless it was so before: what that one did before it looked
        // at the bell is seen, but not always what it did last.
        ring::sleep(bell, limit, || {
            let seen = self.seen(side, at);
            seen != Err(Unready::Not) && seen != Err(unready) || unready == Unready::Not && self.closed()
        });
        let other = if side == Side::Put { Side::Get } else { Side::Put };
        self.look();
        if unready == Unready::Busy {
            // In hands of nobody at all: the memory was damaged, and whoever waits is not to wait for ever.
            self.ring().mend_at(at, |name| !peers.knows(name));
        }
        let alone = self.last_dead().is_some() && !peers.anybody_can(other, self.name) && !self.ready(side, at);
        peers.sleeps(self.name, side, false);
        waiting.slept = true;
        match self.last_dead() {
            Some(pid) if alone => Err(Error::Abandoned { pid, items: 0 }),
            _ => Ok(()),
        }
    }

    /// Looks again and again, for a while.
    fn spin(&self, side: Side, at: Position, spins: u32, waiting: &mut Waiting) {
        let pace = &self.paces[side as usize];
        if waiting.spins == 0 && pace.holds() {
            (0..HOLD).for_each(|_| spin_loop());
        }
        while waiting.spins < spins {
            waiting.spins += 1;
            if waiting.spins <= SPINS {
                spin_loop();
            } else {
                yield_now();
            }
            if self.ready(side, at) {
                break;
            }
        }
        pace.waited(waiting.spins);
    }

    fn last_dead(&self) -> Option<u32> {
        let pid = self.memory.words()[LAST_DEAD_AT].load(Ordering::SeqCst);
        (pid != 0).then_some(pid as u32)
    }

    /// Looks after the others, if nobody has for a while.
    fn look(&self) {
        let looked = &self.memory.words()[LOOKED_AT];
        let (before, now) = (looked.load(Ordering::Relaxed), clock_ns());
        let due = now.abs_diff(before) >= LOOK.as_nanos() as u64;
        if due && looked.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.bury();
        }
    }

    /// Mends what the dead have left, and tells those who wait.
    pub(super) fn bury(&self) {
        if let Some(pid) = self.peers().look(|dead| self.ring().mend(dead)) {
            self.memory.words()[LAST_DEAD_AT].store(pid.into(), Ordering::SeqCst);
            self.ring_all();
        }
    }

    /// Takes what is next as long as there is no message in it, as whoever gets would. Somebody may have left that behind
    /// who found the queue closed or died, and perhaps nobody gets any more.
    fn drop_voids(&self) {
        let ring = self.ring();
        let mut at = self.getting.get();
        while let Some(void) = ring.take_void(&mut at, self.name) {
            self.count_taken(1);
            at = ring.free(void);
            self.getting.set(at);
            self.count_done();
            self.ring_for_more(Side::Get);
        }
    }

    pub(super) fn wait_until_done(&self, patience: Patience) -> Result<(), Error> {
        let (mut at, mut back) = self.ring().begin();
        let mut waiting = Waiting::new(patience);
        let mut unexplained = 0;
        loop {
            self.drop_voids();
            let before = self.peers().tally();
            let put = self.ring().put_so_far(&mut at).ok_or_else(damaged)?;
            if before.done == put {
                return Ok(());
            }
            if before.done > put {
                return Err(damaged());
            }
            let drained = self.ring().freed_so_far(&mut back).ok_or_else(damaged)? == put;
            let still = |at: &mut Position| self.peers().tally() == before && self.ring().put_so_far(at) == Some(put);
            if drained && before.held == 0 && still(&mut at) {
                if let Some(pid) = self.peers().gone().or(self.last_dead()) {
                    return Err(Error::Abandoned { pid, items: put - before.done });
                }
                // Whoever has just freed a dead user's slot is about to say whose it was. If not, nobody had the items.
                unexplained += 1;
                if unexplained > EXPLAINED_AFTER {
                    return Err(damaged());
                }
            }
            let limit = waiting.left().ok_or(Error::Unfinished)?;
            ring::sleep(self.bell(JOINERS), limit, || self.peers().tally().done != before.done);
            self.look();
            if !drained && self.last_dead().is_some() && !self.peers().anybody_can(Side::Get, self.name) {
                // Perhaps only a slot in dead hands is in the way.
                self.bury();
                let stuck = self.ring().freed_so_far(&mut back) != Some(put) && self.peers().tally() == before;
                if let Some(pid) = self.last_dead().filter(|_| stuck) {
                    return Err(Error::Abandoned { pid, items: put - before.done });
                }
            }
        }
    }
}

pub(super) fn damaged() -> Error {
    Error::Corrupted("the ring of the queue is damaged: its memory was written to by who must not".into())
}
