//! The loops, each the counterpart of one in `scripts/driver.py`.
//!
//! An iteration is a chain of units, each of which needs the one before, then what the loop is about, then a safepoint:
//! CPython ≥ 3.11 looks at its eval breaker at the backward jump of a loop, older ones at least once an iteration.
//!
//! How many **ticks** an iteration is cannot be asked of an interpreter; it follows from how 2.7 executes the loop. Its
//! instructions that go straight to the next one (`LOAD_FAST`, `LOAD_CONST`, `STORE_FAST`, `POP_JUMP_IF_…` on a true
//! boolean) skip the counter. In `while i < n: i += 1` that leaves `COMPARE_OP`, `INPLACE_ADD` and `JUMP_ABSOLUTE`: a
//! build with computed gotos (any by GCC or Clang) counts the comparison too, since it predicts nothing. A reference
//! taken and dropped by loads and stores of locals adds none; looking at `last[0]` adds `BINARY_SUBSCR` and the second
//! `COMPARE_OP`; noting that it was another thread adds `STORE_SUBSCR`, `LOAD_ATTR`, `LOAD_GLOBAL` and two
//! `CALL_FUNCTION`.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::hold::Hold;
use crate::count::{Biased, Count, Plain};
use crate::cpython::protocol::{Body, Part, Units};
use crate::sys::clock_ns;

const TICKS: u32 = 3;
const WATCH_TICKS: u32 = 5;
const NOTICE_TICKS: u32 = 5;

/// The loops of a part.
#[derive(Debug)]
pub(super) struct Loops {
    units: Units,
    /// What a unit multiplies by: not known to the compiler, which would otherwise fold several units into one.
    factor: u64,
    shared: Thing,
}

/// An object, counted as the part's lock allows.
#[derive(Debug)]
enum Thing {
    Plain(Plain),
    Biased(Biased),
}

impl Loops {
    pub(super) fn new(part: &Part, free: bool) -> Self {
        let shared = if free { Thing::Biased(Biased::one()) } else { Thing::Plain(Plain::one()) };
        Self { units: part.units, factor: black_box(0xbf58_476d_1ce4_e5b9), shared }
    }

    /// Runs a loop on the calling thread.
    pub(super) fn run(&self, hold: &impl Hold, body: Body, iterations: u64) {
        match body {
            Body::Count => self.count(hold, iterations),
            Body::Watch => {
                let last = AtomicUsize::new(0);
                black_box(self.watch(hold, iterations, &last, 0));
            }
            Body::Notice => {
                let last = AtomicUsize::new(0);
                black_box(self.watch_as(hold, iterations, &last, 1, 0));
            }
            Body::Private => match self.shared {
                Thing::Plain(_) => self.churn(hold, iterations, &Plain::one()),
                Thing::Biased(_) => self.churn(hold, iterations, &Biased::one()),
            },
            Body::Shared => match &self.shared {
                Thing::Plain(count) => self.churn(hold, iterations, count),
                Thing::Biased(count) => self.churn(hold, iterations, count),
            },
        }
    }

    /// `while i < n: i += 1`.
    pub(super) fn count(&self, hold: &impl Hold, iterations: u64) {
        let mut state = 1;
        for _ in 0..iterations {
            state = self.work(state, self.units.count);
            hold.safepoint(TICKS);
        }
        black_box(state);
    }

    /// The same, and looks whether this thread ran last; the times at which it did not.
    pub(super) fn watch(&self, hold: &impl Hold, iterations: u64, last: &AtomicUsize, me: usize) -> Vec<u64> {
        self.watch_as(hold, iterations, last, me, me)
    }

    /// The same, leaving word that `left` ran last, which is somebody else where each iteration is to find that.
    #[inline]
    fn watch_as(&self, hold: &impl Hold, iterations: u64, last: &AtomicUsize, me: usize, left: usize) -> Vec<u64> {
        let (mut state, mut stamps) = (1, vec![]);
        for _ in 0..iterations {
            let mut ticks = WATCH_TICKS;
            if last.load(Ordering::Relaxed) != me {
                last.store(left, Ordering::Relaxed);
                stamps.push(clock_ns());
                state = self.work(state, self.units.notice);
                ticks += NOTICE_TICKS;
            }
            state = self.work(state, self.units.watch);
            hold.safepoint(ticks);
        }
        black_box(state);
        stamps
    }

    /// The same, and takes and drops a reference.
    fn churn(&self, hold: &impl Hold, iterations: u64, thing: &impl Count) {
        let mut state = 1;
        for _ in 0..iterations {
            thing.up();
            state = self.work(state, self.units.churn);
            let _ = black_box(thing.down());
            hold.safepoint(TICKS);
        }
        black_box(state);
    }

    /// The units of one call into the system.
    pub(super) fn call(&self) {
        black_box(self.work(1, self.units.call));
    }

    /// So many units, each waiting for the one before; about a nanosecond each.
    #[inline]
    fn work(&self, mut state: u64, units: u32) -> u64 {
        for _ in 0..units {
            state = (state ^ 0x55).wrapping_mul(self.factor);
        }
        state
    }
}
