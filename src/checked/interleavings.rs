//! A sample of interleavings, by shuttle.
// What is compiled here again was written for other rooms, and offers more.
#![allow(clippy::duplicate_mod, dead_code, unreachable_pub, unused_imports)]

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

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

use self::counting::{Deed, lives};
use self::queue::scenarios::{End, Scene};
use self::scenarios::{blocking, cpu_bound, endless, legacy, mixed};
use super::{Fault, effort};
use crate::lock::{Attach, DEFAULT_CHECK_INTERVAL, trace};

/// What the primitives are made of here.
mod engine {
    pub(super) use shuttle::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize};
    pub(super) use shuttle::sync::{Mutex, MutexGuard};
    pub(super) use shuttle::thread::{ThreadId, current, spawn, yield_now};

    use shuttle::future::batch_semaphore::{BatchSemaphore, Fairness};
    use shuttle::rand::{Rng, thread_rng};
    use shuttle::sync::atomic::Ordering;

    /// Wakes one sleeper, now or when it falls asleep. Not by parking, which may end without reason.
    #[derive(Debug)]
    pub(super) struct Bell(BatchSemaphore);

    impl Bell {
        pub(super) fn new() -> Self {
            Self(BatchSemaphore::new(0, Fairness::StrictlyFair))
        }

        pub(super) fn wait(&self) {
            self.0.acquire_blocking(1).expect("a bell is never closed");
        }

        pub(super) fn ring(&self) {
            self.0.release(1);
        }
    }

    /// One of so many.
    pub(super) fn choose(of: usize) -> usize {
        thread_rng().gen_range(0..of)
    }

    /// What only one thread may change at a time, and none beside looks at it.
    #[derive(Debug)]
    pub(super) struct Data {
        inside: AtomicUsize,
        changes: AtomicUsize,
    }

    impl Data {
        pub(super) fn new() -> Self {
            Self { inside: AtomicUsize::new(0), changes: AtomicUsize::new(0) }
        }

        pub(super) fn change(&self) {
            assert_eq!(self.inside.fetch_add(1, Ordering::Relaxed), 0, "two at once");
            let changes = self.changes.load(Ordering::Relaxed);
            self.changes.store(changes + 1, Ordering::Relaxed);
            assert_eq!(self.inside.fetch_sub(1, Ordering::Relaxed), 1, "two at once");
        }

        pub(super) fn look(&self) {
            let changes = self.changes.load(Ordering::Relaxed);
            assert_eq!(self.inside.load(Ordering::Relaxed), 0, "a change beside a look");
            assert_eq!(self.changes.load(Ordering::Relaxed), changes, "a change beside a look");
        }
    }
}

/// Tries so many interleavings of each kind, always the same ones.
fn check(usual: usize, scenario: impl Fn() + Copy + Send + Sync + 'static) {
    let iterations = effort("GILBENCH_CHECK_ITERATIONS", usual);
    run(RandomScheduler::new_from_seed(0x6712, iterations), scenario);
    run(PctScheduler::new_from_seed(0x6712, 3, iterations), scenario);
}

fn run(scheduler: impl Scheduler + 'static, scenario: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.silence_warnings = true;
    Runner::new(scheduler, config).run(scenario);
}

#[test]
fn blocking_workers_lose_no_wake_up() {
    check(1000, || blocking(2, 4, 0));
    check(1000, || blocking(3, 3, 0));
    check(1000, || blocking(4, 3, 0));
}

#[test]
fn nor_do_they_when_time_limits_run_out() {
    check(1000, || blocking(2, 4, 6));
    check(1000, || blocking(3, 3, 6));
    check(1000, || blocking(4, 3, 6));
}

#[test]
fn cpu_bound_workers_come_to_an_end_and_nobody_back_first() {
    check(1000, || cpu_bound(1, 4, 2));
    check(1000, || cpu_bound(2, 6, 6));
    check(1000, || cpu_bound(3, 5, 8));
    check(1000, || cpu_bound(4, 4, 8));
}

#[test]
fn so_do_cpu_bound_beside_blocking_ones() {
    check(1000, || mixed(2, 5, 8));
    check(1000, || mixed(3, 4, 8));
    check(1000, || mixed(4, 3, 8));
}

#[test]
fn a_holder_that_never_blocks_is_made_to_switch() {
    // Only fair orders: in an unfair one the clock may stand still for ever.
    let iterations = effort("GILBENCH_CHECK_ITERATIONS", 500);
    run(RandomScheduler::new_from_seed(0x6712, iterations), || endless(2));
    run(RandomScheduler::new_from_seed(0x6712, iterations), || endless(4));
}

#[test]
fn the_tick_based_lock_has_one_holder_and_loses_no_wake_up() {
    check(1000, || legacy(2, 6));
    check(1000, || legacy(4, 4));
}

#[test]
fn a_biased_count_frees_once_whatever_threads_do() {
    for threads in [2, 3] {
        check(2000, move || {
            lives((0..threads).map(|_| (0..6).map(|_| any_deed()).collect()).collect());
        });
    }
}

fn any_deed() -> Deed {
    use Deed::{Down, Give, Look, Safepoint, Take, Up};
    [Look, Up, Up, Down, Down, Give, Take, Safepoint][engine::choose(8)]
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_lost_signal_would_be_seen() {
    let _broken = Fault::LostSignal.inject();
    check(1000, || blocking(2, 4, 0));
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_lost_post_would_be_seen() {
    let _broken = Fault::LostSignal.inject();
    check(1000, || legacy(2, 6));
}

#[test]
#[should_panic(expected = "came back first")]
fn coming_back_first_would_be_seen() {
    let _broken = Fault::NoWait.inject();
    check(1000, || cpu_bound(2, 6, 6));
}

#[test]
#[should_panic(expected = "two at once")]
fn two_holders_would_be_seen() {
    let _broken = Fault::TornExchange.inject();
    check(1000, || blocking(2, 4, 0));
}

#[test]
#[should_panic(expected = "freed")]
fn a_torn_count_would_be_seen() {
    let _broken = Fault::TornExchange.inject();
    check(2000, || lives((0..3).map(|_| (0..6).map(|_| any_deed()).collect()).collect()));
}

#[test]
#[should_panic(expected = "freed")]
fn a_merge_beside_the_owner_would_be_seen() {
    let _broken = Fault::HastyMerge.inject();
    check(2000, || lives((0..3).map(|_| (0..6).map(|_| any_deed()).collect()).collect()));
}

const SCENE: Scene = Scene { capacity: 2, producers: 2, consumers: 2, items: 3, ..Scene::SMALLEST };

#[test]
fn a_queue_that_is_closed_beside_its_producers_can_be_joined() {
    for capacity in [1, 2] {
        check(250, move || Scene { capacity, joinable: true, end: End::Early, ..SCENE }.run());
        check(125, move || Scene { capacity, joinable: true, end: End::Early, many: true, ..SCENE }.run());
    }
}

#[test]
fn a_queue_delivers_every_item_once_and_loses_no_wake_up() {
    for capacity in [1, 2, 3] {
        check(250, move || Scene { capacity, ..SCENE }.run());
        check(250, move || Scene { capacity, end: End::Share, ..SCENE }.run());
        check(125, move || Scene { capacity, end: End::Share, many: true, ..SCENE }.run());
        check(125, move || Scene { capacity, many: true, bytes: 40, ..SCENE }.run());
        check(125, move || Scene { capacity, joinable: true, ..SCENE }.run());
    }
}

#[test]
fn nor_does_it_when_time_limits_run_out() {
    fair(500, || Scene { clock: true, ..SCENE }.run());
}

/// Orders in which everybody has a turn again and again: in others the clock may stand still for ever.
fn fair(usual: usize, scenario: impl Fn() + Send + Sync + 'static) {
    run(RandomScheduler::new_from_seed(0x6712, effort("GILBENCH_CHECK_ITERATIONS", usual)), scenario);
}

/// Mostly somewhere in its work, and sometimes not at all.
fn any_death(who: usize) -> Option<u32> {
    let most = if who < 4 { 150 } else { 30 };
    let steps = engine::choose(most + 50);
    (steps < most).then_some(steps as u32)
}

#[test]
fn whoever_is_killed_between_any_two_steps_the_others_come_to_their_end() {
    for joinable in [false, true] {
        for many in [false, true] {
            fair(500, move || Scene { visitors: 1, clock: true, joinable, many, killed: any_death, ..SCENE }.run());
        }
    }
}

#[test]
fn who_waits_for_the_dead_alone_is_told() {
    let first = |me| (me < 2).then(|| engine::choose(60) as u32);
    fair(500, move || Scene { clock: true, end: End::Deaths, items: 50, killed: first, ..SCENE }.run());
    let last = |me| (me >= 2).then(|| engine::choose(60) as u32);
    fair(500, move || Scene { clock: true, items: 5, killed: last, ..SCENE }.run());
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_lost_wake_up_of_a_queue_would_be_seen() {
    let _broken = Fault::LostSignal.inject();
    check(1000, || SCENE.run());
}

#[test]
#[should_panic(expected = "twice")]
fn a_torn_exchange_in_a_queue_would_be_seen() {
    let _broken = Fault::TornExchange.inject();
    check(1000, || SCENE.run());
}

#[test]
#[should_panic(expected = "waits for ever")]
fn waiting_for_the_dead_would_be_seen() {
    let _broken = Fault::Immortal.inject();
    let first = |me| (me < 2).then(|| engine::choose(60) as u32);
    fair(500, move || Scene { clock: true, end: End::Deaths, items: 50, killed: first, ..SCENE }.run());
}
