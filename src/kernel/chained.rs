//! The task most kernels use: a closure that is given the number of each step, every step waiting for the one before.
//!
//! Steps are independent of each other by contract, so a processor would overlap the end of one with the beginning of
//! the next, and more so the shorter they are: time per step would then depend on what stands between two steps, which
//! differs between models. Here the number of a step is computed from the outcome of the last step, in a way that
//! never changes it and that the compiler cannot see through.

use std::hint::black_box;

use super::{Seat, Task, Thread};

/// A task that does `step(number, thread)` for every number of the seat in order. Dropping it drops the closure.
pub(super) fn chained<F>(seat: &Seat, step: F) -> Box<dyn Task>
where
    F: FnMut(u64, &dyn Thread) -> u64 + Send + 'static,
{
    Box::new(Chained { next: seat.first(), last: 0, nothing: black_box(0), step })
}

struct Chained<F> {
    next: u64,
    last: u64,
    nothing: u64,
    step: F,
}

impl<F: FnMut(u64, &dyn Thread) -> u64 + Send> Task for Chained<F> {
    fn step(&mut self, thread: &dyn Thread) -> u64 {
        let number = self.next + (self.last & self.nothing);
        self.next += 1;
        self.last = (self.step)(number, thread);
        self.last
    }
}
