//! Model checking: the lock, the biased count and the queue between processes, word for word as they stand, on primitives
//! of a model checker.
//!
//! `lock::gil`, `lock::legacy`, `count::biased`, `count::merging` and all of `queue::process`, its ring and its table of users name their
//! primitives as `super::primitives` and nothing else of the machine. So their files are compiled here again, twice, below other primitives of the same face, and what is checked
//! is what runs:
//!
//! | checker | tries | sees | for |
//! |---|---|---|---|
//! | [`memory_orders`] on loom | every order, within a bound of preemptions | also what weakly ordered processors show, but for the queue, whose words are read and written in one order | two or three threads, few steps |
//! | [`interleavings`] on shuttle | a sample: uniformly random, and with few random preemptions (PCT) | sequential consistency | two to four threads, many steps |
//!
//! Time is abstract. Nothing takes long or short; a *tick* lets the time limit of one waiter run out, at any moment, and
//! each scenario has a given number of ticks. When there are none left, or none were given, only wake-ups help: whoever
//! has missed one sleeps for ever, which both checkers report as a deadlock. There are no spurious wake-ups here, which
//! POSIX allows: with one, a requested holder may come back first, as in CPython.
//!
//! The processes of a queue are threads here. One of them may be killed before any of its steps on shared memory, as by
//! a signal: it leaves everything as it is, and only its number tells that it is dead. What the others then do rests on
//! time limits, so there the ticks go on until all is over.
//!
//! A check that cannot fail shows nothing. So the primitives can be [broken](Fault), and tests below ask that this is
//! noticed.
//!
//! The usual `cargo test` tries what takes seconds. More, for instance after a change of the protocol:
//!
//! ```sh
//! GILBENCH_CHECK_ITERATIONS=1000000 cargo test --release checked::interleavings
//! GILBENCH_CHECK_PREEMPTIONS=5 cargo test --release checked::memory_orders
//! ```

mod interleavings;
mod memory_orders;

use std::cell::Cell;
use std::str::FromStr;

/// A way in which the primitives may be broken, to see that a check sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// A signal, or the posting of a semaphore, wakes nobody.
    LostSignal,
    /// A wait without a time limit is over at once.
    NoWait,
    /// Comparing and exchanging are two operations.
    TornExchange,
    /// A sequentially consistent load may return what an acquiring one may.
    AcquireLoad,
    /// No operation on an atomic orders anything.
    Unordered,
    /// Whoever is dead seems to live.
    Immortal,
    /// A thread that is to queue an object to its owner merges it at once.
    HastyMerge,
}

// Both checkers run all threads of a model on the thread of the test.
thread_local!(static FAULT: Cell<Option<Fault>> = const { Cell::new(None) });

/// Primitives are broken as long as this lives.
struct Broken;

impl Fault {
    /// Breaks the primitives of this test.
    #[must_use]
    fn inject(self) -> Broken {
        FAULT.set(Some(self));
        Broken
    }

    fn injected(self) -> bool {
        FAULT.get() == Some(self)
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        FAULT.set(None);
    }
}

/// The number in this environment variable, or the usual one.
fn effort<T: FromStr>(variable: &str, usual: T) -> T {
    let Ok(value) = std::env::var(variable) else { return usual };
    value.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {value:?}"))
}
