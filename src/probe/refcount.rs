//! What becomes of reference counts without a lock, with one, with atomics, and with a bias; and what each costs.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use super::{Findings, Probe, Round};
use crate::count::{Atomic, Biased, Count, Plain};
use crate::error::Result;
use crate::lock::{Gil, Worker};
use crate::run::Profile;

pub(super) const PROBE: Probe = Probe {
    id: "refcount",
    question: "Do reference counts of several threads come out right, and what does each way of counting cost?",
    run,
};

/// References that each thread takes by loads and stores: some milliseconds, so that threads surely meet.
const PLAIN: u32 = 40_000_000;
/// The same in a hurry.
const PLAIN_QUICK: u32 = 15_000_000;
/// The same by atomic operations, which take longer.
const ATOMIC: u32 = 1_000_000;

#[expect(clippy::unnecessary_wraps, reason = "one shape for the catalogue")]
fn run(round: &Round) -> Result<Findings> {
    let threads = round.cores.clamp(2, 8);
    let each = if round.profile == Profile::Quick { PLAIN_QUICK } else { PLAIN };
    let mut findings = Findings::default();
    let plain = |count: &Plain| i64::from(count.get());
    let atomic = |count: &Atomic| i64::from(count.get());
    for (place, shared) in [("shared", true), ("private", false)] {
        let mut add = |scheme: &str, each: u32, (lost, ns): (f64, f64)| {
            findings.count(format!("{scheme}/{place}/lost"), lost, u64::from(each) * threads as u64);
            findings.add(format!("{scheme}/{place}/ns"), "ns", ns);
        };
        add("none", each, storm(threads, shared, each, None, plain));
        // A short interval, so that the lock changes hands in the middle of things.
        let gil = Gil::new(threads, Duration::from_micros(100));
        add("lock", each, storm(threads, shared, each, Some(&gil), plain));
        add("atomic", ATOMIC, storm(threads, shared, ATOMIC, None, atomic));
        add("biased", ATOMIC, storm(threads, shared, ATOMIC, None, Biased::get));
    }
    Ok(findings)
}

/// Every thread takes its references, of one object or of one each; returns how many were lost, and the nanoseconds of
/// one thread's operation.
fn storm<C: Count + Sync>(
    threads: usize,
    shared: bool,
    each: u32,
    gil: Option<&Gil>,
    get: impl Fn(&C) -> i64 + Sync,
) -> (f64, f64) {
    let barrier = Barrier::new(threads);
    let one = C::one();
    let body = |id: usize| {
        let own = C::one();
        let count = if shared { &one } else { &own };
        let worker = gil.map(|gil| gil.worker(id));
        barrier.wait();
        let began = Instant::now();
        take(count, each, worker.as_ref());
        let ns = began.elapsed().as_nanos() as f64 / f64::from(each);
        (i64::from(each) + 1 - get(&own), ns)
    };
    let outcomes: Vec<(i64, f64)> = std::thread::scope(|scope| {
        let body = &body;
        let started: Vec<_> = (0..threads).map(|id| scope.spawn(move || body(id))).collect();
        started.into_iter().map(|thread| thread.join().expect("counting does not panic")).collect()
    });
    let taken = i64::from(each) * threads.cast_signed() as i64;
    let lost = if shared { taken + 1 - get(&one) } else { outcomes.iter().map(|outcome| outcome.0).sum() };
    (lost as f64, outcomes.iter().map(|outcome| outcome.1).sum::<f64>() / threads as f64)
}

fn take<C: Count>(count: &C, each: u32, worker: Option<&Worker<'_>>) {
    if let Some(worker) = worker {
        worker.attach();
        for _ in 0..each {
            black_box(count).up();
            worker.safepoint();
        }
        worker.detach();
    } else {
        for _ in 0..each {
            black_box(count).up();
        }
    }
}
