//! The locks' protocols, as the measured ones have them.
//!
//! With a **switch interval**: a waiter sleeps until it is signalled or the interval is over. Only if it is over, the
//! lock is still held and has changed hands in none of it, the waiter asks the holder to drop it; whatever happened, it
//! then waits for a whole interval again unless the lock is free. The holder looks at every safepoint. Releasing signals
//! whoever has waited longest. Who releases with a request pending sleeps until another worker has taken the lock; who
//! releases without one promises nothing, and may be back and take the lock before the signalled waiter has a core.
//!
//! The **legacy** lock is let go at every check and taken again at once. Letting go wakes a sleeping waiter; it gets the
//! lock only if it comes to a core while the lock is free by chance: while the holder is busy waking another one, or in
//! the instant between a release and the next take. Otherwise it goes back to sleep, and the holder pays for the next
//! wake-up.

use std::collections::VecDeque;

use super::{Next, Protocol, Simulation, Stage};

/// From a release to the next take of the legacy lock when nobody sleeps: two operations on a semaphore.
const INSTANT_NS: f64 = 12.0;

/// One process's lock.
#[derive(Debug, Default)]
pub(super) struct Lock {
    holder: Option<usize>,
    last_holder: Option<usize>,
    switch_number: u64,
    /// Who sleeps on it, the longest first, each with the timer it set; entries of those who have left are stale.
    waiters: VecDeque<(usize, u32)>,
    sleeping: usize,
    /// Who released it on request and has not been overtaken yet.
    overtakable: Option<usize>,
}

impl Simulation {
    fn lock(&mut self, id: usize) -> &mut Lock {
        &mut self.locks[id / self.setting.threads]
    }

    /// Takes the lock if it is free, and otherwise goes to sleep before it.
    pub(super) fn attach(&mut self, core: usize, id: usize) -> Next {
        if self.setting.protocol == Protocol::Free {
            self.tasks[id].stage = Stage::Compute;
            return Next::Step;
        }
        let woken = matches!(self.tasks[id].stage, Stage::Retry { .. });
        if self.tasks[id].stage == (Stage::Retry { timed_out: true }) {
            self.ask(id);
        }
        if woken && self.setting.protocol == Protocol::Legacy && self.lock(id).holder.is_some() {
            self.try_luck(id);
        }
        if self.lock(id).holder.is_some() {
            return self.begin_wait(core, id);
        }
        self.take(id);
        if woken {
            self.cores.hold_up(core, self.now + self.setting.take_ns);
        }
        self.tasks[id].stage = Stage::Compute;
        Next::Step
    }

    fn take(&mut self, id: usize) {
        self.end_wait(id);
        self.tasks[id].asked = false;
        let lock = self.lock(id);
        lock.holder = Some(id);
        let overtaken = if lock.last_holder == Some(id) {
            None
        } else {
            lock.switch_number += u64::from(lock.last_holder.is_some());
            let first = lock.last_holder.replace(id).is_none();
            let overtaken = lock.overtakable.take();
            self.tally.hand_overs += u64::from(!first);
            overtaken
        };
        if let Some(overtaken) = overtaken {
            self.wake(overtaken, self.setting.wake_up_ns);
        }
    }

    /// Lets go of the lock and signals who has waited longest.
    pub(super) fn release(&mut self, id: usize) {
        if self.setting.protocol == Protocol::Free {
            return;
        }
        let lock = self.lock(id);
        debug_assert_eq!(lock.holder, Some(id));
        lock.holder = None;
        while let Some((waiter, timer)) = self.lock(id).waiters.pop_front() {
            let task = &self.tasks[waiter];
            if task.stage == Stage::Wait && task.timer == timer {
                self.wake_waiter(waiter, false);
                break;
            }
        }
    }

    /// Lets go of the lock for a call.
    pub(super) fn detach(&mut self, core: usize, id: usize) -> Next {
        self.release(id);
        if self.tasks[id].asked { self.await_switch(core, id, true) } else { self.begin_call(id) }
    }

    /// Lets go of the lock because another worker asked for it.
    pub(super) fn drop_on_request(&mut self, core: usize, id: usize) -> Next {
        self.release(id);
        self.await_switch(core, id, false)
    }

    fn await_switch(&mut self, core: usize, id: usize, to_block: bool) -> Next {
        let now = self.now;
        let task = &mut self.tasks[id];
        (task.asked, task.stage, task.waiting_since) = (false, Stage::Switch { to_block }, Some(now));
        let others = self.lock(id).overtakable.replace(id);
        debug_assert_eq!(others, None, "who takes the lock ends the wait of who let go of it before");
        self.sleep(core, id)
    }

    /// How far the holder is from the safepoint at which it will see a request; `None` without one.
    pub(super) fn to_request(&self, id: usize) -> Option<u64> {
        let task = &self.tasks[id];
        task.asked.then(|| task.left % self.setting.safepoint_ns.max(1))
    }

    fn ask(&mut self, id: usize) {
        let seen = self.tasks[id].seen;
        let lock = self.lock(id);
        if let Some(holder) = lock.holder.filter(|_| lock.switch_number == seen) {
            self.tally.requests += 1;
            self.tasks[holder].asked = true;
            self.poke(holder);
        }
    }

    fn begin_wait(&mut self, core: usize, id: usize) -> Next {
        let (now, threads) = (self.now, self.setting.threads);
        let seen = self.lock(id).switch_number;
        let task = &mut self.tasks[id];
        (task.stage, task.seen) = (Stage::Wait, seen);
        task.waiting_since.get_or_insert(now);
        if self.setting.protocol == Protocol::SwitchInterval {
            self.set_timer(id, self.setting.interval_ns + self.setting.slack_ns);
        }
        let timer = self.tasks[id].timer;
        let lock = self.lock(id);
        lock.sleeping += 1;
        lock.waiters.push_back((id, timer));
        let holder = lock.holder;
        if lock.waiters.len() > 2 * threads {
            self.forget_stale(id);
        }
        if let (Protocol::Legacy, Some(holder)) = (self.setting.protocol, holder) {
            // It did not look up at checks while nobody slept.
            self.poke(holder);
        }
        self.sleep(core, id)
    }

    fn forget_stale(&mut self, id: usize) {
        let (tasks, lock) = (&self.tasks, &mut self.locks[id / self.setting.threads]);
        lock.waiters.retain(|&(id, timer)| tasks[id].stage == Stage::Wait && tasks[id].timer == timer);
    }

    pub(super) fn end_wait(&mut self, id: usize) {
        if let Some(since) = self.tasks[id].waiting_since.take() {
            self.tally.wait_ns += self.now - since;
        }
    }

    /// Wakes who sleeps on the lock.
    pub(super) fn wake_waiter(&mut self, id: usize, timed_out: bool) {
        let task = &mut self.tasks[id];
        task.stage = Stage::Retry { timed_out };
        task.timer = task.timer.wrapping_add(1);
        self.lock(id).sleeping -= 1;
        self.wake(id, self.setting.wake_up_ns);
    }

    /// How far the holder of a legacy lock is from its next check; `None` while nobody would notice.
    pub(super) fn to_check(&self, id: usize) -> Option<u64> {
        let between = self.setting.safepoint_ns.max(1);
        let sleeping = self.locks[id / self.setting.threads].sleeping;
        let task = &self.tasks[id];
        let distance = match task.left % between {
            0 if task.checked == task.left => between,
            distance => distance,
        };
        (sleeping > 0).then_some(distance)
    }

    /// Lets go of a legacy lock, wakes a waiter, and comes back for the lock.
    pub(super) fn check(&mut self, core: usize, id: usize) -> Next {
        self.release(id);
        let task = &mut self.tasks[id];
        (task.checked, task.stage) = (task.left, Stage::Attach);
        let back = self.now + self.setting.signal_ns;
        self.cores.hold_up(core, back);
        Next::Until(back)
    }

    /// A waiter of a legacy lock comes to a core while the lock is held: perhaps in the instant between two operations.
    fn try_luck(&mut self, id: usize) {
        let chance = INSTANT_NS / self.setting.safepoint_ns.max(1) as f64;
        let Some(holder) = self.lock(id).holder else { return };
        let Some(core) = self.tasks[holder].core.filter(|_| self.tasks[holder].stage == Stage::Compute) else { return };
        if self.random.f64() >= chance {
            return;
        }
        self.account(core);
        self.lock(id).holder = None;
        let _: Next = self.begin_wait(core, holder);
    }
}
