//! What the smallest things cost when nobody else wants them: a call, and what locks are made of.
//!
//! The floor under everything that the other probes time. Each figure has the loop around it in it, which is a third of
//! a nanosecond. A second thread sleeps beside it all: the C library leaves atomic operations out of its mutex while a
//! process has one thread, and nobody locks anything in those.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::timed::typical_ns;
use super::{Findings, Probe, Round, TIMED};
use crate::error::{Error, Result};
use crate::lock::{Attach, DEFAULT_INTERVAL, Gil, Legacy};
use crate::sys::Mutex;

pub(super) const PROBE: Probe = Probe {
    id: "uncontended",
    question: "What do a call, an atomic operation, a mutex and the locks cost while nobody else wants them?",
    rounds: TIMED,
    run,
};

/// For each of them.
const LENGTH: Duration = Duration::from_micros(500);
/// Turns between two looks at the clock.
const BATCH: u32 = 1000;
/// The one that is timed while the lock is held.
const SAFEPOINT: &str = "gil/safepoint";

fn run(round: &Round) -> Result<Findings> {
    let met = Barrier::new(2);
    std::thread::scope(|scope| {
        let sleep = || {
            met.wait();
        };
        std::thread::Builder::new().spawn_scoped(scope, sleep).map_err(Error::os("starting a thread"))?;
        let findings = read(round);
        met.wait();
        findings
    })
}

fn read(round: &Round) -> Result<Findings> {
    let count = AtomicU64::new(0);
    let mutex = Mutex::new();
    let (gil, legacy) = (Gil::new(1, DEFAULT_INTERVAL), Legacy::new(round.knobs.check_interval_ticks));
    let (gil, legacy) = (gil.worker(0), legacy.worker(0));
    let arms: [(&str, &dyn Fn(u32)); 6] = [
        ("call", &|times| {
            black_box((0..times).fold(0, |sum, _| called(black_box(sum))));
        }),
        ("atomic", &|times| {
            (0..times).for_each(|_| {
                black_box(&count).fetch_add(1, Ordering::SeqCst);
            });
        }),
        ("mutex", &|times| (0..times).for_each(|_| drop(black_box(&mutex).lock()))),
        ("gil/attach-detach", &|times| (0..times).for_each(|_| in_and_out(black_box(&gil)))),
        ("gil-legacy/attach-detach", &|times| (0..times).for_each(|_| in_and_out(black_box(&legacy)))),
        (SAFEPOINT, &|times| (0..times).for_each(|_| black_box(&gil).safepoint())),
    ];
    let mut findings = Findings::default();
    round.arms(&mut findings, arms, |(name, turn), findings| {
        if name == SAFEPOINT {
            gil.attach();
        }
        let ns = typical_ns(LENGTH, 1, || turn(BATCH)) / f64::from(BATCH);
        if name == SAFEPOINT {
            gil.detach();
        }
        findings.add(name, "ns", ns);
        Ok(())
    })?;
    Ok(findings)
}

/// Something to call that is not in the caller.
#[inline(never)]
fn called(number: u64) -> u64 {
    number.wrapping_add(1)
}

#[inline]
fn in_and_out(lock: &impl Attach) {
    lock.attach();
    lock.detach();
}
