//! What becomes of reference counts without a lock, with one, with atomics, and with a bias; and what each costs.

mod biased;
#[cfg(test)]
mod tests;

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use super::{FEW, Findings, Probe, Round};
use crate::count::{Atomic, Biased, Count, Plain};
use crate::error::Result;
use crate::lock::{Gil, Worker};
use crate::run::Profile;

pub(super) const PROBE: Probe = Probe {
    id: "refcount",
    question: "Do reference counts of several threads come out right, and what does each way of counting cost?",
    rounds: FEW,
    run,
};

/// References that each thread takes by loads and stores: some milliseconds, so that threads surely meet.
const PLAIN: u32 = 40_000_000;
/// The same in a hurry.
const PLAIN_QUICK: u32 = 5_000_000;
/// The same by atomic operations, which take longer.
const ATOMIC: u32 = 1_000_000;

fn run(round: &Round) -> Result<Findings> {
    let threads = round.cores.clamp(2, 8);
    let each = if round.profile == Profile::Quick { PLAIN_QUICK } else { PLAIN };
    let mut findings = Findings::default();
    let plain = |count: &Plain| i64::from(count.get());
    let atomic = |count: &Atomic| i64::from(count.get());
    let places = [("shared", true), ("private", false)];
    let arms = places.into_iter().flat_map(|place| ["none", "lock", "atomic", "biased"].map(|scheme| (place, scheme)));
    round.arms(&mut findings, arms, |((place, shared), scheme), findings| {
        let (lost, ns) = match scheme {
            "none" => storm(threads, shared, each, None, plain),
            "lock" => {
                // A short interval, so that the lock changes hands in the middle of things.
                let gil = Gil::new(threads, Duration::from_micros(100));
                storm(threads, shared, each, Some(&gil), plain)
            }
            "atomic" => storm(threads, shared, ATOMIC, None, atomic),
            _ if shared => biased::storm(threads, ATOMIC, biased::queued),
            _ => storm(threads, shared, ATOMIC, None, Biased::get),
        };
        let each = if matches!(scheme, "none" | "lock") { each } else { ATOMIC };
        findings.count(format!("{scheme}/{place}/lost"), lost, u64::from(each) * threads as u64);
        findings.add(format!("{scheme}/{place}/ns"), "ns", ns);
        Ok(())
    })?;
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
