//! What becomes of reference counts without a lock, with one, with atomics, and with a bias; and what each costs.

mod biased;
#[cfg(test)]
mod tests;

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
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
        let Outcome { lost, ns, together } = match scheme {
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
        // An update can only be lost while another thread counts as well.
        let chances = (f64::from(each) * threads as f64 * together) as u64;
        findings.count(format!("{scheme}/{place}/lost"), lost, chances);
        findings.add(format!("{scheme}/{place}/ns"), "ns", ns);
        Ok(())
    })?;
    Ok(findings)
}

/// What became of a storm.
struct Outcome {
    /// References that were lost.
    lost: f64,
    /// One thread's operation, in nanoseconds.
    ns: f64,
    /// Share of the threads' time in which all of them were at it (0–1).
    together: f64,
}

/// Waits until so many threads are here, without sleeping: a thread that has to be woken comes when the others are done.
fn meet(here: &AtomicUsize, threads: usize) {
    here.fetch_add(1, Ordering::AcqRel);
    let mut turns = 0_u32;
    while here.load(Ordering::Acquire) < threads {
        turns += 1;
        // With fewer processors than threads, the others need this one.
        if turns.is_multiple_of(1000) { std::thread::yield_now() } else { std::hint::spin_loop() }
    }
}

/// Every thread takes its references, of one object or of one each.
fn storm<C: Count + Sync>(
    threads: usize,
    shared: bool,
    each: u32,
    gil: Option<&Gil>,
    get: impl Fn(&C) -> i64 + Sync,
) -> Outcome {
    let here = AtomicUsize::new(0);
    let one = C::one();
    let body = |id: usize| {
        let own = C::one();
        let count = if shared { &one } else { &own };
        let worker = gil.map(|gil| gil.worker(id));
        meet(&here, threads);
        let began = Instant::now();
        take(count, each, worker.as_ref());
        (i64::from(each) + 1 - get(&own), began, Instant::now())
    };
    let outcomes: Vec<(i64, Instant, Instant)> = std::thread::scope(|scope| {
        let body = &body;
        let started: Vec<_> = (0..threads).map(|id| scope.spawn(move || body(id))).collect();
        started.into_iter().map(|thread| thread.join().expect("counting does not panic")).collect()
    });
    let taken = i64::from(each) * threads.cast_signed() as i64;
    let lost = if shared { taken + 1 - get(&one) } else { outcomes.iter().map(|outcome| outcome.0).sum() };
    let spans: Vec<Span> = outcomes.iter().map(|outcome| (outcome.1, outcome.2)).collect();
    let ns = spans.iter().map(|span| (span.1 - span.0).as_nanos() as f64).sum::<f64>() / threads as f64;
    Outcome { lost: lost as f64, ns: ns / f64::from(each), together: together(&spans) }
}

/// When a thread began to count, and when it ended.
type Span = (Instant, Instant);

/// Share of the threads' time in which all of them counted (0–1).
fn together(spans: &[Span]) -> f64 {
    let all: f64 = spans.iter().map(|span| (span.1 - span.0).as_nanos() as f64).sum();
    let (last_began, first_ended) = (spans.iter().map(|span| span.0).max(), spans.iter().map(|span| span.1).min());
    let common =
        first_ended.zip(last_began).map_or(Duration::ZERO, |(end, began)| end.saturating_duration_since(began));
    (common.as_nanos() as f64 * spans.len() as f64 / all.max(1.0)).min(1.0)
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
