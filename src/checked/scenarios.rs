//! What threads do to a lock while a checker decides who runs, and what must hold whatever it decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64 as Counter, Ordering};
use std::time::Duration;

use super::engine::{Data, spawn, yield_now};
use super::gil::{Gil, Worker};
use super::legacy::Legacy;
use super::primitives::{forget_sleepers, tick};
use super::trace::{Moment, Trace};

/// What the workers of one lock have noted. Not the checker's atomics: noting is no step of its own.
#[derive(Debug)]
struct Notes {
    /// Drop requests made of each worker.
    requests: Vec<Counter>,
}

impl Trace for Notes {
    fn note(&self, moment: Moment, other: usize) {
        if moment == Moment::Request {
            self.requests[other].fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A lock, what it protects, and what is known about it.
struct World {
    gil: Gil,
    data: Data,
    notes: Notes,
}

/// A worker that asks after each of its steps whether the lock has kept its promises.
struct Witness<'a> {
    id: usize,
    world: &'a World,
    worker: Worker<'a, &'a Notes>,
    /// The number of the switch that made it the holder.
    switch: u64,
    /// Requests made of it before it last began to take the lock.
    requests: u64,
    /// Whether it was asked for the lock while it last held it.
    asked: bool,
}

impl World {
    fn new(workers: usize) -> Arc<Self> {
        forget_sleepers();
        let notes = Notes { requests: (0..workers).map(|_| Counter::new(0)).collect() };
        Arc::new(Self { gil: Gil::new(workers, Duration::ZERO), data: Data::new(), notes })
    }

    fn witness(&self, id: usize) -> Witness<'_> {
        let worker = self.gil.traced(id, &self.notes);
        Witness { id, world: self, worker, switch: 0, requests: 0, asked: false }
    }

    fn switch_number(&self) -> u64 {
        self.gil.switch_number.load(Ordering::Relaxed)
    }
}

impl Witness<'_> {
    fn requests(&self) -> u64 {
        self.world.notes.requests[self.id].load(Ordering::Relaxed)
    }

    fn attach(&mut self) {
        self.requests = self.requests();
        self.worker.attach();
        let switch = self.world.switch_number();
        // Away and back is two switches.
        assert!(!self.asked || switch >= self.switch + 2, "who was asked for the lock came back first");
        self.switch = switch;
        self.asked = false;
    }

    fn detach(&mut self) {
        self.worker.detach();
        self.asked = self.requests() > self.requests;
    }

    fn step(&self) {
        self.world.data.change();
    }

    fn safepoint(&mut self) {
        let drops = self.worker.account().forced_drops;
        self.worker.safepoint();
        let switch = self.world.switch_number();
        if self.worker.account().forced_drops > drops {
            assert!(switch >= self.switch + 2, "who dropped the lock came back first");
            self.requests = self.requests();
        } else {
            assert_eq!(switch, self.switch, "the lock changed hands under its holder");
        }
        self.switch = switch;
    }
}

/// Runs the workers on threads of the checker, one of them on this thread, and a clock with so many ticks.
fn run(workers: usize, ticks: usize, work: impl Fn(Witness<'_>) + Copy + Send + 'static) {
    let world = World::new(workers);
    let mut threads: Vec<_> = (1..workers)
        .map(|id| {
            let world = world.clone();
            spawn(move || work(world.witness(id)))
        })
        .collect();
    if ticks > 0 {
        threads.push(spawn(move || {
            for _ in 0..ticks {
                yield_now();
                tick();
            }
        }));
    }
    work(world.witness(0));
    for thread in threads {
        thread.join().unwrap();
    }
    // Nobody has the lock, nobody waits, and it can be taken.
    let mut last = world.witness(0);
    last.attach();
    last.step();
    last.detach();
}

/// Workers that take the lock and release it, as if to block, so many times.
pub(super) fn blocking(workers: usize, times: usize, ticks: usize) {
    run(workers, ticks, move |mut witness| {
        for _ in 0..times {
            witness.attach();
            witness.step();
            witness.detach();
        }
    });
}

/// Workers that never block, but come by so many safepoints.
pub(super) fn cpu_bound(workers: usize, steps: usize, ticks: usize) {
    run(workers, ticks, move |mut witness| {
        witness.attach();
        for _ in 0..steps {
            witness.step();
            witness.safepoint();
        }
        witness.detach();
    });
}

/// One worker that never blocks, beside others that do after each step.
pub(super) fn mixed(workers: usize, steps: usize, ticks: usize) {
    run(workers, ticks, move |mut witness| {
        witness.attach();
        for _ in 0..steps {
            witness.step();
            witness.safepoint();
            if witness.id > 0 {
                witness.detach();
                witness.attach();
            }
        }
        witness.detach();
    });
}

/// A holder that goes on until all others have run, which only a drop request brings about.
pub(super) fn endless(workers: usize) {
    let world = World::new(workers);
    let finished = Arc::new(Counter::new(0));
    let mut holder = world.witness(0);
    holder.attach();
    let mut threads = Vec::new();
    for id in 1..workers {
        let (world, finished) = (world.clone(), finished.clone());
        threads.push(spawn(move || {
            let mut waiter = world.witness(id);
            waiter.attach();
            waiter.step();
            waiter.detach();
            finished.fetch_add(1, Ordering::Relaxed);
        }));
    }
    let others = threads.len() as u64;
    let clock = {
        let finished = finished.clone();
        spawn(move || {
            while finished.load(Ordering::Relaxed) < others {
                yield_now();
                tick();
            }
        })
    };
    threads.push(clock);
    while finished.load(Ordering::Relaxed) < others {
        holder.step();
        holder.safepoint();
        yield_now();
    }
    assert!(holder.worker.account().forced_drops > 0, "nobody asked, and yet all have run");
    holder.detach();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Workers of the tick-based lock, which release it both ways.
pub(super) fn legacy(workers: usize, steps: usize) {
    forget_sleepers();
    let world = Arc::new((Legacy::new(2), Data::new()));
    let work = move |world: &(Legacy, Data), id| {
        let worker = world.0.worker(id);
        worker.attach();
        for step in 0..steps {
            world.1.change();
            worker.safepoint(1);
            if step % 3 == id {
                worker.detach();
                worker.attach();
            }
        }
        worker.detach();
    };
    let threads: Vec<_> = (1..workers)
        .map(|id| {
            let world = world.clone();
            spawn(move || work(&world, id))
        })
        .collect();
    work(&world, 0);
    for thread in threads {
        thread.join().unwrap();
    }
}
