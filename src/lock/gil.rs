//! The lock of CPython since 3.2, step by step.
//!
//! The lock is not a mutex held around the work. It is a flag, protected by a mutex whose critical sections last tens
//! of nanoseconds, and a condition variable on which waiters sleep with a time limit:
//!
//! | who | does | when |
//! |---|---|---|
//! | waiter | sleeps on the condition for one switch interval, again and again | while the flag is set |
//! | waiter | sets the holder's drop request | a whole interval passed and the lock changed hands in none of it |
//! | holder | looks at its drop request | at every safepoint |
//! | holder | clears the flag, signals one waiter | at a safepoint with a request, and before it blocks |
//! | holder | then waits until another worker has taken the lock | if a request was pending: forced switching |
//!
//! Nothing is promised to a waiter that has made no request: who releases the lock to block may be back and take it
//! before the signalled waiter has a processor (barging). Nor is the requester promised to be the next holder. What
//! follows, for better or worse, is the convoy effect and all else that CPython programs see.
//!
//! The primitives are POSIX ones (`primitives`), the wake-ups real: an idealised hand-over would be another lock.
//!
//! Two things that the original does every time are left out when nobody could notice, because together they would
//! triple what an uncontended worker pays. While nobody waits, the flag alone is taken and released, without the mutex
//! around it: as soon as there is a waiter, everybody goes through the mutex again, and who meets whom there is as in
//! the original. And the second mutex, under which a switch is announced, is taken only when a dropper waits for one;
//! a drop request is made only while the lock is held, so whoever releases it knows then and there whether it will
//! wait.
//!
//! Why that is the same lock, as the model checker of the tests has it too:
//!
//! - No wake-up is lost. A waiter counts itself before it looks at the flag, a releaser clears the flag before it looks
//!   at the count, and all four are sequentially consistent: one of them sees the other.
//! - No request is lost. It is made under the mutex, of the holder that the waiter's look at the flag has found there.
//!   The flag is cleared after that look, so the releaser finds the waiter counted, comes to the mutex and finds the
//!   request.
//! - Who was asked does not come back first. It waits until another worker has taken the lock; one will, for the
//!   requester cannot leave before it has.
//! - It does not wait for ever. That a switch is awaited is written before the flag is cleared and read after it is
//!   taken, either way of taking it; so it is the lock itself that orders it, as all that only holders write.

use std::cell::Cell;
use std::time::Duration;

use super::primitives::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Condvar, Guard, Mutex, Ordering, clock_ns};
use super::trace::{Moment, Silent, Trace};
use crate::run::LockSample;

/// Who holds a free lock, and who has held a new one.
const NOBODY: usize = usize::MAX;

/// A global lock for a fixed number of workers.
#[derive(Debug)]
pub struct Gil {
    /// Pairs with `freed`; protects `holder` whenever somebody waits.
    mutex: Mutex,
    freed: Condvar,
    /// Protects `last_holder` against a forced drop that looks whether it has been overtaken.
    switch_mutex: Mutex,
    switched: Condvar,
    /// The flag, and in the same word who set it: a waiter asks whom it has seen holding the lock, never one who is
    /// just about to be known as its holder, or was before.
    holder: AtomicUsize,
    /// Workers asleep on `freed`.
    waiting: AtomicUsize,
    /// Whether a dropper waits, or is about to wait, on `switched`.
    switch_awaited: AtomicBool,
    last_holder: AtomicUsize,
    pub(super) switch_number: AtomicU64,
    interval: Duration,
    forced_switching: bool,
    breakers: Box<[Breaker]>,
}

/// One worker's drop request, on a cache line of its own: it is read at every safepoint.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Breaker(AtomicU32);

/// A worker's handle on the lock. It stays on the worker's own thread.
#[derive(Debug)]
pub struct Worker<'a, T: Trace = Silent> {
    gil: &'a Gil,
    id: usize,
    trace: T,
    breaker: &'a AtomicU32,
    forced_drops: Cell<u64>,
    requests: Cell<u64>,
    waits: Cell<u64>,
    wait_ns: Cell<u64>,
}

impl Gil {
    /// A free lock for so many workers, with this switch interval (CPython rounds 0 up to a microsecond, and so do
    /// we) and forced switching as in every released CPython.
    pub fn new(workers: usize, interval: Duration) -> Self {
        Self {
            mutex: Mutex::new(),
            freed: Condvar::new(),
            switch_mutex: Mutex::new(),
            switched: Condvar::new(),
            holder: AtomicUsize::new(NOBODY),
            waiting: AtomicUsize::new(0),
            switch_awaited: AtomicBool::new(false),
            last_holder: AtomicUsize::new(NOBODY),
            switch_number: AtomicU64::new(0),
            interval: interval.max(Duration::from_micros(1)),
            forced_switching: true,
            breakers: (0..workers).map(|_| Breaker::default()).collect(),
        }
    }

    /// The same without forced switching: a releaser that was asked to may take the lock again at once.
    #[must_use]
    pub fn without_forced_switching(mut self) -> Self {
        self.forced_switching = false;
        self
    }

    /// The handle of worker number `id`, detached. One thread at a time may use a given number.
    ///
    /// # Panics
    /// If `id` is not below the number of workers.
    pub fn worker(&self, id: usize) -> Worker<'_> {
        self.traced(id, Silent)
    }

    /// The same, and all that it does to the lock is noted.
    ///
    /// # Panics
    /// As [`Gil::worker`].
    pub fn traced<T: Trace>(&self, id: usize, trace: T) -> Worker<'_, T> {
        Worker {
            gil: self,
            id,
            trace,
            breaker: &self.breakers[id].0,
            forced_drops: Cell::new(0),
            requests: Cell::new(0),
            waits: Cell::new(0),
            wait_ns: Cell::new(0),
        }
    }

    /// Takes the flag if it is clear; otherwise says who has it.
    #[inline]
    fn try_lock(&self, id: usize) -> Result<usize, usize> {
        self.holder.compare_exchange(NOBODY, id, Ordering::SeqCst, Ordering::SeqCst)
    }

    /// How often the lock has gone to another worker than its last holder.
    pub fn hand_overs(&self) -> u64 {
        self.switch_number.load(Ordering::Relaxed).saturating_sub(1)
    }
}

impl<T: Trace> Worker<'_, T> {
    /// Takes the lock; waits while another worker holds it.
    #[inline]
    pub fn attach(&self) {
        let gil = self.gil;
        // Before the lock is taken: whatever is asked of its holder stands until it is answered.
        self.breaker.store(0, Ordering::Relaxed);
        if gil.waiting.load(Ordering::Relaxed) == 0 && gil.try_lock(self.id).is_ok() {
            self.taken();
            self.trace.note(Moment::Take, 0);
        } else {
            self.attach_among_others();
        }
    }

    /// Releases the lock, and if another worker has asked for it, waits until one has had it.
    #[inline]
    pub fn detach(&self) {
        self.trace.note(Moment::Detach, 0);
        self.release();
    }

    #[inline]
    fn release(&self) {
        let gil = self.gil;
        if gil.waiting.load(Ordering::Relaxed) > 0 {
            return self.detach_among_others();
        }
        gil.holder.swap(NOBODY, Ordering::SeqCst);
        if gil.waiting.load(Ordering::SeqCst) > 0 {
            self.others_came();
        }
    }

    /// Gives the lock away if another worker has asked for it, and takes it back when it is this worker's turn.
    #[inline]
    pub fn safepoint(&self) {
        if self.breaker.load(Ordering::Relaxed) != 0 {
            self.yield_lock();
        }
    }

    /// What this worker has seen of the lock; hand-overs and hold time are not one worker's to know and stay 0.
    pub fn account(&self) -> LockSample {
        LockSample {
            hand_overs: 0,
            forced_drops: self.forced_drops.get(),
            requests: self.requests.get(),
            waits: self.waits.get(),
            wait_ns: self.wait_ns.get(),
            hold_ns: 0,
        }
    }

    #[cold]
    fn attach_among_others(&self) {
        let gil = self.gil;
        let mut guard = gil.mutex.lock();
        let at_once = gil.try_lock(self.id).is_ok();
        if !at_once {
            self.trace.note(Moment::Wait, 0);
            self.wait(&mut guard);
        }
        self.taken();
        let barged = at_once && gil.waiting.load(Ordering::Relaxed) > 0;
        self.trace.note(if barged { Moment::Barge } else { Moment::Take }, 0);
        drop(guard);
    }

    /// Somebody has come while the flag was being cleared, and may be asleep.
    #[cold]
    fn others_came(&self) {
        let gil = self.gil;
        let guard = gil.mutex.lock();
        // And may have asked for the lock first, whose holder this worker still was. Unless another has it already, the
        // flag is taken back and released again, this time with the promise that goes with a request.
        if self.asked() && gil.try_lock(self.id).is_ok() {
            return self.clear(guard);
        }
        gil.freed.signal();
    }

    /// Whether another worker has asked for the lock and is to have it first. Exact under the mutex.
    fn asked(&self) -> bool {
        self.gil.forced_switching && self.breaker.load(Ordering::Relaxed) != 0
    }

    #[cold]
    fn detach_among_others(&self) {
        self.clear(self.gil.mutex.lock());
    }

    /// Clears the flag under the mutex; if it was asked to, waits until another worker has taken the lock.
    fn clear(&self, guard: Guard<'_>) {
        let gil = self.gil;
        let asked = self.asked();
        if asked {
            // Before the flag is cleared, so that whoever takes it next sees that a switch is waited for.
            gil.switch_awaited.store(true, Ordering::Relaxed);
        }
        gil.holder.store(NOBODY, Ordering::SeqCst);
        gil.freed.signal();
        drop(guard);
        if asked {
            self.wait_for_switch();
        }
    }

    /// The lock is this worker's now: notes the change of holder, if it is one.
    #[inline]
    fn taken(&self) {
        let gil = self.gil;
        if gil.switch_awaited.load(Ordering::Relaxed) {
            self.announce();
        } else {
            self.become_holder();
        }
    }

    #[inline]
    fn become_holder(&self) {
        let gil = self.gil;
        if gil.last_holder.load(Ordering::Relaxed) != self.id {
            gil.last_holder.store(self.id, Ordering::Relaxed);
            gil.switch_number.store(gil.switch_number.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
    }

    /// Becomes the holder while a dropper waits to see that.
    #[cold]
    fn announce(&self) {
        let gil = self.gil;
        let _switch = gil.switch_mutex.lock();
        gil.switch_awaited.store(false, Ordering::Relaxed);
        self.become_holder();
        gil.switched.signal();
    }

    /// Takes the lock as soon as it is free; asks for it when the same holder has kept it for an interval.
    fn wait(&self, guard: &mut Guard<'_>) {
        let gil = self.gil;
        let began = clock_ns();
        gil.waiting.fetch_add(1, Ordering::SeqCst);
        let mut slept = None;
        while let Err(holder) = gil.try_lock(self.id) {
            let seen = (holder, gil.switch_number.load(Ordering::Relaxed));
            match slept {
                // Only a holder that kept the lock for a whole interval under our eyes is asked to drop it.
                Some((true, before)) if before == seen => self.request(holder),
                Some((false, _)) => self.trace.note(Moment::Overtaken, holder),
                _ => {}
            }
            slept = Some((gil.freed.wait_for(guard, gil.interval), seen));
        }
        gil.waiting.fetch_sub(1, Ordering::SeqCst);
        bump(&self.waits, 1);
        bump(&self.wait_ns, clock_ns() - began);
    }

    fn request(&self, holder: usize) {
        self.gil.breakers[holder].0.store(1, Ordering::Relaxed);
        bump(&self.requests, 1);
        self.trace.note(Moment::Request, holder);
    }

    #[cold]
    fn wait_for_switch(&self) {
        let gil = self.gil;
        let mut guard = gil.switch_mutex.lock();
        if gil.last_holder.load(Ordering::Relaxed) == self.id {
            self.breaker.store(0, Ordering::Relaxed);
            let began = clock_ns();
            // Without a time limit and without a loop, as in the original: who asked is waiting to take the lock, and
            // a wake-up without a switch only costs the promise, not progress.
            gil.switched.wait(&mut guard);
            bump(&self.wait_ns, clock_ns() - began);
        }
    }

    #[cold]
    fn yield_lock(&self) {
        bump(&self.forced_drops, 1);
        self.trace.note(Moment::Drop, 0);
        self.release();
        self.attach();
    }
}

impl<T: Trace> super::Attach for Worker<'_, T> {
    #[inline]
    fn attach(&self) {
        Worker::attach(self);
    }

    #[inline]
    fn detach(&self) {
        Worker::detach(self);
    }

    #[inline]
    fn safepoint(&self) {
        Worker::safepoint(self);
    }

    fn account(&self) -> LockSample {
        Worker::account(self)
    }

    fn hand_overs(&self) -> u64 {
        self.gil.hand_overs()
    }
}

pub(super) fn bump(cell: &Cell<u64>, by: u64) {
    cell.set(cell.get() + by);
}
