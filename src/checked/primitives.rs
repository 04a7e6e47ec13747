//! The face of `lock::primitives` and `count::primitives`, and the words of `queue::primitives`, on a checker's mutex, atomics and bell.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool as Flag;
pub(super) use std::sync::atomic::Ordering;
use std::time::Duration;

pub(super) use super::engine::Mutex as DataMutex;
use super::engine::{self, Bell};
use super::queue::mortal;
use crate::checked::Fault;

/// Where a store may come among the changes of a word.
#[derive(Debug)]
enum Stores {
    /// Anywhere that the memory model allows.
    AsAllowed,
    /// After what is there already. For words that are loaded sequentially consistent, which is a change here, beside
    /// stores that are not ordered with it: loom would let such a load undo a store.
    InOrder,
}

macro_rules! atomic {
    ($($name:ident $value:ty),*) => {$(
        #[derive(Debug)]
        pub(super) struct $name(engine::$name, Stores);

        impl $name {
            pub(super) fn new(value: $value) -> Self {
                Self(engine::$name::new(value), Stores::AsAllowed)
            }

            pub(super) fn in_order(value: $value) -> Self {
                Self(engine::$name::new(value), Stores::InOrder)
            }

            pub(super) fn load(&self, order: Ordering) -> $value {
                mortal();
                match weakened(order) {
                    Ordering::SeqCst if Fault::AcquireLoad.injected() => self.0.load(Ordering::Acquire),
                    // loom takes a sequentially consistent load for an acquiring one, which would be too weak. A change
                    // by nothing reads the newest value, and like a load releases nothing.
                    Ordering::SeqCst => self.0.fetch_add(0, Ordering::Acquire),
                    order => self.0.load(order),
                }
            }

            pub(super) fn store(&self, value: $value, order: Ordering) {
                mortal();
                match self.1 {
                    Stores::AsAllowed => self.0.store(value, weakened(order)),
                    Stores::InOrder => drop(self.0.swap(value, weakened(order))),
                }
            }

            pub(super) fn swap(&self, value: $value, order: Ordering) -> $value {
                mortal();
                self.0.swap(value, weakened(order))
            }

            pub(super) fn fetch_add(&self, value: $value, order: Ordering) -> $value {
                mortal();
                self.0.fetch_add(value, weakened(order))
            }

            pub(super) fn fetch_sub(&self, value: $value, order: Ordering) -> $value {
                mortal();
                self.0.fetch_sub(value, weakened(order))
            }

            pub(super) fn fetch_or(&self, value: $value, order: Ordering) -> $value {
                mortal();
                self.0.fetch_or(value, weakened(order))
            }

            pub(super) fn fetch_and(&self, value: $value, order: Ordering) -> $value {
                mortal();
                self.0.fetch_and(value, weakened(order))
            }

            /// What it is, as only the machine itself sees it: no step of a thread.
            pub(super) fn peek(&self) -> $value {
                self.0.fetch_add(0, Ordering::AcqRel)
            }

            pub(super) fn compare_exchange(&self, old: $value, new: $value, done: Ordering, not: Ordering)
                -> Result<$value, $value>
            {
                mortal();
                if Fault::TornExchange.injected() {
                    let found = self.load(not);
                    return if found == old { Ok({ self.store(new, Ordering::Release); found }) } else { Err(found) };
                }
                self.0.compare_exchange(old, new, weakened(done), weakened(not))
            }

            pub(super) fn compare_exchange_weak(&self, old: $value, new: $value, done: Ordering, not: Ordering)
                -> Result<$value, $value>
            {
                self.compare_exchange(old, new, done, not)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new(0)
            }
        }
    )*};
}

atomic!(AtomicI32 i32, AtomicU32 u32, AtomicU64 u64, AtomicUsize usize);

fn weakened(order: Ordering) -> Ordering {
    if Fault::Unordered.injected() { Ordering::Relaxed } else { order }
}

#[derive(Debug)]
pub(super) struct AtomicBool(AtomicU32);

impl AtomicBool {
    pub(super) fn new(value: bool) -> Self {
        Self(AtomicU32::new(value.into()))
    }

    pub(super) fn load(&self, order: Ordering) -> bool {
        self.0.load(order) != 0
    }

    pub(super) fn store(&self, value: bool, order: Ordering) {
        self.0.store(value.into(), order);
    }
}

#[derive(Debug)]
pub(super) struct Mutex(engine::Mutex<()>);

#[derive(Debug)]
pub(super) struct Guard<'a> {
    mutex: &'a Mutex,
    /// Absent while its thread sleeps.
    guard: Option<engine::MutexGuard<'a, ()>>,
}

impl Mutex {
    pub(super) fn new() -> Self {
        Self(engine::Mutex::new(()))
    }

    pub(super) fn lock(&self) -> Guard<'_> {
        Guard { mutex: self, guard: Some(self.0.lock().unwrap()) }
    }
}

/// Who sleeps, until somebody rings.
#[derive(Debug)]
struct Sleeper {
    bell: Bell,
    has_limit: bool,
    timed_out: Flag,
}

/// Those who sleep on one condition variable or semaphore. Behind a mutex of the checker, so that it knows what depends
/// on what.
#[derive(Debug, Default)]
struct Sleepers(engine::Mutex<VecDeque<Arc<Sleeper>>>);

// The condition variables of this execution, for the clock.
thread_local!(static SLEEPERS: RefCell<Vec<Arc<Sleepers>>> = const { RefCell::new(Vec::new()) });

impl Sleepers {
    fn add(&self, has_limit: bool) -> Arc<Sleeper> {
        let sleeper = Arc::new(Sleeper { bell: Bell::new(), has_limit, timed_out: Flag::new(false) });
        self.0.lock().unwrap().push_back(sleeper.clone());
        sleeper
    }

    /// Wakes one; which one, POSIX does not say.
    fn signal(&self) {
        if Fault::LostSignal.injected() {
            return;
        }
        let mut sleepers = self.0.lock().unwrap();
        if !sleepers.is_empty() {
            let which = engine::choose(sleepers.len());
            let sleeper = sleepers.remove(which).expect("it was chosen among them");
            drop(sleepers);
            sleeper.bell.ring();
        }
    }

    /// Lets the time limit of one run out; whether there was one.
    fn expire(&self) -> bool {
        let mut sleepers = self.0.lock().unwrap();
        let limited: Vec<_> = (0..sleepers.len()).filter(|&at| sleepers[at].has_limit).collect();
        if limited.is_empty() {
            return false;
        }
        let sleeper = sleepers.remove(limited[engine::choose(limited.len())]).expect("it was chosen among them");
        drop(sleepers);
        sleeper.timed_out.store(true, Ordering::Relaxed);
        sleeper.bell.ring();
        true
    }
}

/// Forgets the condition variables of the execution before, which may not have come to its end.
pub(super) fn forget_sleepers() {
    SLEEPERS.take();
}

/// Time passes: one time limit runs out, if any is running.
pub(super) fn tick() {
    let all = SLEEPERS.with_borrow(Clone::clone);
    for sleepers in all {
        if sleepers.expire() {
            return;
        }
    }
}

#[derive(Debug)]
pub(super) struct Condvar(Arc<Sleepers>);

impl Condvar {
    pub(super) fn new() -> Self {
        let sleepers = Arc::new(Sleepers::default());
        SLEEPERS.with_borrow_mut(|all| all.push(sleepers.clone()));
        Self(sleepers)
    }

    pub(super) fn signal(&self) {
        self.0.signal();
    }

    pub(super) fn wait(&self, guard: &mut Guard<'_>) {
        if !Fault::NoWait.injected() {
            self.sleep(guard, false);
        }
    }

    pub(super) fn wait_for(&self, guard: &mut Guard<'_>, _: Duration) -> bool {
        self.sleep(guard, true)
    }

    fn sleep(&self, guard: &mut Guard<'_>, has_limit: bool) -> bool {
        let sleeper = self.0.add(has_limit);
        guard.guard = None;
        sleeper.bell.wait();
        guard.guard = Some(guard.mutex.0.lock().unwrap());
        sleeper.timed_out.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
pub(super) struct Semaphore {
    value: engine::Mutex<u32>,
    sleepers: Sleepers,
}

impl Semaphore {
    pub(super) fn new(value: u32) -> Self {
        Self { value: engine::Mutex::new(value), sleepers: Sleepers::default() }
    }

    pub(super) fn try_wait(&self) -> bool {
        let mut value = self.value.lock().unwrap();
        let is_there = *value > 0;
        *value -= u32::from(is_there);
        is_there
    }

    pub(super) fn wait(&self) {
        loop {
            let mut value = self.value.lock().unwrap();
            if *value > 0 {
                *value -= 1;
                return;
            }
            // Asleep before anybody can post: looking and falling asleep are one step, as of a futex.
            let sleeper = self.sleepers.add(false);
            drop(value);
            sleeper.bell.wait();
        }
    }

    pub(super) fn post(&self) {
        *self.value.lock().unwrap() += 1;
        self.sleepers.signal();
    }
}

/// There is no clock: how long anything took is nothing that a lock may depend on.
pub(super) fn clock_ns() -> u64 {
    0
}
