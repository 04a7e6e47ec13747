//! Laws of the lock, with real threads. None asserts on how long anything took.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::{Attach, Gil, Legacy};
use crate::sys::Unguarded;

/// Runs `body` on so many threads, each with its handle.
fn with_workers(gil: &Gil, workers: usize, body: impl Fn(&super::Worker<'_>) + Sync) {
    on_threads(workers, |id| body(&gil.worker(id)));
}

/// Runs `body` on so many threads, each with its number.
fn on_threads(threads: usize, body: impl Fn(usize) + Sync) {
    std::thread::scope(|scope| {
        for id in 0..threads {
            let body = &body;
            scope.spawn(move || body(id));
        }
    });
}

/// What a lock is to see to: one worker at a time.
#[derive(Default)]
struct Alone {
    inside: AtomicUsize,
    /// Only mutual exclusion makes the sum come out right, and only an order between holders makes it no data race.
    total: Unguarded,
}

impl Alone {
    fn step(&self) {
        assert_eq!(self.inside.fetch_add(1, Ordering::Relaxed), 0, "two workers hold the lock");
        self.total.add_one();
        self.inside.fetch_sub(1, Ordering::Relaxed);
    }

    /// So many steps of a worker that blocks now and then.
    fn work(&self, worker: &impl Attach, steps: u64) {
        worker.attach();
        for step in 0..steps {
            self.step();
            if step % 64 == 0 {
                worker.detach();
                worker.attach();
            }
            worker.safepoint();
        }
        worker.detach();
    }
}

#[test]
fn never_two_holders() {
    let gil = Gil::new(4, Duration::from_micros(20));
    let alone = Alone::default();
    with_workers(&gil, 4, |worker| alone.work(worker, 20_000));
    assert_eq!(alone.total.get(), 80_000);
}

#[test]
fn never_two_holders_of_the_tick_based_lock() {
    let (lock, alone) = (Legacy::new(100), Alone::default());
    on_threads(4, |id| alone.work(&lock.worker(id), 5_000));
    assert_eq!(alone.total.get(), 20_000);
}

#[test]
fn a_holder_that_never_blocks_is_made_to_switch() {
    let gil = Gil::new(2, Duration::from_millis(1));
    let other_ran = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let holder = gil.worker(0);
        holder.attach();
        scope.spawn(|| {
            let waiter = gil.worker(1);
            waiter.attach();
            other_ran.store(true, Ordering::Relaxed);
            assert!(waiter.account().waits == 1 && waiter.account().requests >= 1, "{:?}", waiter.account());
            waiter.detach();
        });
        while !other_ran.load(Ordering::Relaxed) {
            holder.safepoint();
        }
        assert!(holder.account().forced_drops >= 1);
        holder.detach();
    });
    assert!(gil.hand_overs() >= 1);
}

#[test]
fn a_holder_without_safepoints_keeps_the_lock() {
    let gil = Gil::new(2, Duration::from_micros(100));
    let taken = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let holder = gil.worker(0);
        holder.attach();
        scope.spawn(|| {
            let waiter = gil.worker(1);
            waiter.attach();
            taken.store(true, Ordering::Relaxed);
            waiter.detach();
        });
        // A hundred intervals of one long step: the lock cannot be taken from a native call.
        std::thread::sleep(Duration::from_millis(10));
        assert!(!taken.load(Ordering::Relaxed));
        holder.detach();
    });
    assert!(taken.load(Ordering::Relaxed));
}

#[test]
fn who_was_asked_cannot_come_back_first() {
    // After each forced drop the lock must have had another holder before the dropper has it again.
    let gil = Gil::new(2, Duration::from_micros(50));
    let holders = std::sync::Mutex::new(Vec::new());
    let finished = AtomicUsize::new(0);
    with_workers(&gil, 2, |worker| {
        worker.attach();
        let mut drops = 0;
        for _ in 0..200_000 {
            let before = gil.switch_number.load(Ordering::Relaxed);
            worker.safepoint();
            if worker.account().forced_drops > drops {
                drops = worker.account().forced_drops;
                let after = gil.switch_number.load(Ordering::Relaxed);
                holders.lock().unwrap().push(after - before);
            }
            if finished.load(Ordering::Relaxed) > 0 {
                break;
            }
            std::hint::black_box(before);
        }
        finished.fetch_add(1, Ordering::Relaxed);
        worker.detach();
    });
    // Away and back is two switches. A spurious wake-up may cost one promise; the system gives none in practice.
    let holders = holders.into_inner().unwrap();
    let broken = holders.iter().filter(|&&switches| switches < 2).count();
    assert!(broken * 100 <= holders.len(), "{broken} of {} forced drops came back first", holders.len());
}

#[test]
fn blocking_workers_lose_no_wake_up() {
    let gil = Gil::new(8, Duration::from_millis(5));
    let done = AtomicUsize::new(0);
    with_workers(&gil, 8, |worker| {
        worker.attach();
        for _ in 0..500 {
            worker.detach();
            std::thread::yield_now();
            worker.attach();
        }
        worker.detach();
        done.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(done.load(Ordering::Relaxed), 8);
}

#[test]
fn alone_nobody_waits_and_nothing_changes_hands() {
    let gil = Gil::new(1, Duration::ZERO);
    let worker = gil.worker(0);
    for _ in 0..1000 {
        worker.attach();
        worker.safepoint();
        worker.detach();
    }
    assert_eq!((gil.hand_overs(), worker.account()), (0, super::LockSample::default()));
}
