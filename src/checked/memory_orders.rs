//! Every order that the memory model allows, by loom.
// What is compiled here again was written for other rooms, and offers more; loom's threads are one thread.
#![allow(clippy::arc_with_non_send_sync, clippy::duplicate_mod, dead_code, unreachable_pub, unused_imports)]

#[path = "../count/biased.rs"]
mod biased;
#[path = "counting.rs"]
mod counting;
#[path = "../lock/gil.rs"]
mod gil;
#[path = "../lock/legacy.rs"]
mod legacy;
#[path = "../count/merging.rs"]
mod merging;
#[path = "../count/owner.rs"]
mod owner;
#[path = "primitives.rs"]
mod primitives;
#[path = "queue/mod.rs"]
mod queue;
#[path = "scenarios.rs"]
mod scenarios;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::model::Builder;

use self::counting::Deed::{Down, Give, Look, Safepoint, Take, Up};
use self::counting::lives;
use self::queue::scenarios::{End, Scene};
use self::scenarios::{blocking, cpu_bound, legacy, mixed};
use super::{Fault, effort};
use crate::lock::{Attach, DEFAULT_CHECK_INTERVAL, trace};

/// What the primitives are made of here.
mod engine {
    pub(super) use loom::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize};
    pub(super) use loom::sync::{Mutex, MutexGuard};
    pub(super) use loom::thread::{ThreadId, current, spawn, yield_now};

    use std::sync::atomic::{AtomicBool, Ordering};

    use loom::cell::UnsafeCell;
    use loom::thread::{Thread, park};

    /// Wakes one sleeper, now or when it falls asleep.
    #[derive(Debug)]
    pub(super) struct Bell {
        sleeper: Thread,
        rung: AtomicBool,
    }

    impl Bell {
        /// A bell for the calling thread.
        pub(super) fn new() -> Self {
            Self { sleeper: current(), rung: AtomicBool::new(false) }
        }

        pub(super) fn wait(&self) {
            while !self.rung.load(Ordering::Relaxed) {
                park();
            }
        }

        pub(super) fn ring(&self) {
            self.rung.store(true, Ordering::Relaxed);
            self.sleeper.unpark();
        }
    }

    /// The longest waiting: this checker tries all orders, not all choices.
    pub(super) fn choose(_: usize) -> usize {
        0
    }

    /// What only one thread may change at a time, and none beside looks at it; loom sees to that.
    #[derive(Debug)]
    pub(super) struct Data(UnsafeCell<()>);

    impl Data {
        pub(super) fn new() -> Self {
            Self(UnsafeCell::new(()))
        }

        pub(super) fn change(&self) {
            self.0.with_mut(|_| ());
        }

        pub(super) fn look(&self) {
            self.0.with(|_| ());
        }
    }
}

/// Tries all orders with at most so many preemptions of a thread that could go on; `ALL`, all there are.
fn check(preemptions: usize, scenario: impl Fn() + Send + Sync + 'static) {
    let mut model = Builder::new();
    let bound = preemptions.max(effort("GILBENCH_CHECK_PREEMPTIONS", 0));
    model.preemption_bound = (bound < ALL).then_some(bound);
    model.max_branches = 10_000;
    let tried = Arc::new(AtomicUsize::new(0));
    let count = tried.clone();
    model.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        scenario();
    });
    assert!(tried.load(Ordering::Relaxed) > 1, "there was nothing to try");
}

const ALL: usize = usize::MAX;

#[test]
fn blocking_workers_lose_no_wake_up() {
    check(ALL, || blocking(2, 1, 0));
    check(3, || blocking(2, 2, 0));
    check(2, || blocking(3, 1, 0));
}

#[test]
fn nor_do_they_when_time_limits_run_out() {
    check(3, || blocking(2, 1, 1));
    check(2, || blocking(2, 2, 1));
    check(1, || blocking(3, 1, 2));
}

#[test]
fn cpu_bound_workers_come_to_an_end_and_nobody_back_first() {
    check(3, || cpu_bound(2, 1, 1));
    check(2, || cpu_bound(2, 2, 2));
    check(1, || cpu_bound(3, 1, 2));
}

#[test]
fn so_do_cpu_bound_beside_blocking_ones() {
    check(2, || mixed(2, 1, 2));
}

#[test]
fn the_tick_based_lock_has_one_holder_and_loses_no_wake_up() {
    check(3, || legacy(2, 2));
    check(2, || legacy(3, 1));
}

#[test]
fn a_biased_count_frees_once() {
    // The owner leaves first, or is told to merge.
    check(ALL, || lives(vec![vec![Look, Safepoint], vec![Up, Down]]));
    check(3, || lives(vec![vec![Safepoint], vec![Up], vec![]]));
    // The owner gives up what others have counted, and so its own count, beside them.
    check(ALL, || lives(vec![vec![Take, Safepoint], vec![Up, Give]]));
    check(3, || lives(vec![vec![Take], vec![Up, Give], vec![]]));
    check(2, || lives(vec![vec![Give, Safepoint], vec![Up, Give], vec![Take, Down]]));
    // The owner counts while another thread queues the object, and merges it or leaves.
    check(3, || lives(vec![vec![Up, Down, Safepoint, Up, Down], vec![Down]]));
    check(2, || lives(vec![vec![Up, Safepoint, Down], vec![Up, Down, Down], vec![]]));
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_lost_signal_would_be_seen() {
    let _broken = Fault::LostSignal.inject();
    check(2, || blocking(2, 1, 0));
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_releaser_that_looks_too_early_would_be_seen() {
    let _broken = Fault::AcquireLoad.inject();
    check(2, || blocking(2, 1, 0));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn data_that_the_lock_does_not_order_would_be_seen() {
    let _broken = Fault::Unordered.inject();
    check(2, || blocking(2, 1, 0));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_look_that_a_count_does_not_order_would_be_seen() {
    let _broken = Fault::Unordered.inject();
    check(2, || lives(vec![vec![Take], vec![Up, Give]]));
}

#[test]
#[should_panic(expected = "freed")]
fn a_merge_beside_the_owner_would_be_seen() {
    let _broken = Fault::HastyMerge.inject();
    check(3, || lives(vec![vec![Up, Down], vec![Down]]));
}

#[test]
#[should_panic(expected = "came back first")]
fn coming_back_first_would_be_seen() {
    let _broken = Fault::NoWait.inject();
    check(2, || cpu_bound(2, 1, 1));
}

#[test]
fn a_queue_delivers_every_item_once_and_loses_no_wake_up() {
    check(1, || Scene::SMALLEST.run());
    check(2, || Scene { end: End::Share, ..Scene::SMALLEST }.run());
    check(1, || Scene { end: End::Share, items: 2, ..Scene::SMALLEST }.run());
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_producer_that_looks_too_early_who_sleeps_would_be_seen() {
    let _broken = Fault::AcquireLoad.inject();
    check(2, || Scene { end: End::Share, ..Scene::SMALLEST }.run());
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_queue_whose_words_order_nothing_would_be_seen() {
    let _broken = Fault::Unordered.inject();
    check(2, || Scene::SMALLEST.run());
}
