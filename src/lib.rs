//! When does work belong on threads, when on processes, when on both, and what does a global lock cost? Measured on
//! the reader's own machine, with evidence.
//!
//! # The idea: an hourglass
//!
//! Catalogues of things that can run ([`kernel`]s under [`model`]s) are [`measure`]d into one plain data type, a
//! [`run::Run`]. Catalogues of things that can read ([`claim`]s, [`report`] panels) look only at that, and so do [`predict`]ions.
//! Two executables are measured beside each other into a [`run::Comparison`], which [`track`] judges.
//!
//! # A kernel of your own
//!
//! ```no_run
//! use gilbench::{Suite, kernel::Bound};
//!
//! fn collatz(mut n: u64) -> u64 {
//!     let mut length = 0;
//!     while n > 1 {
//!         n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
//!         length += 1;
//!     }
//!     length
//! }
//!
//! fn main() {
//!     gilbench::main(Suite::standard().kernel_fn("collatz", Bound::Cpu, |step| collatz(step % 10_000 + 1)))
//! }
//! ```
//!
//! # Words
//!
//! - **kernel**: a workload. **bound**: CPU, IO or mixed. **step**: its smallest unit; returns a checksum.
//! - **worker**: one thread or one process that steps. **model**: how workers are arranged. **seat**: the steps that are
//!   one worker's own. **peer**: the other end of a kernel's connections, outside the measured workers.
//! - **safepoint**: where a worker may be asked for the lock: between steps. **attach**, **detach**: take and release
//!   the lock.
//! - **case**: kernel × model × workers. **sample**: one measured execution of a case by a fresh **team** of workers.
//!   **round**: all cases of a group once. **run**: everything of one invocation. **estimate**: a number with its
//!   interval.
//! - **parts** of a sample's time: spawn, hand-over of the work, compute, observe, join.
//! - **A/A arm**: a case measured twice under two labels, which qualifies the instrument. **control**: a kernel that only
//!   computes, which shows drift of the machine.
//! - **constant**: a number of the machine that a **prediction** rests on, with where it comes from. **check** of the
//!   predictions: what was measured, predicted at the machine's own number of cores. **extrapolated**: for another one.
//! - **claim**: a sentence with a check on a run. **verdict**: supported, refuted, inconclusive, or not measured.
//!   **panel**: one picture of the report.
//! - Of a change: **base** is what is compared with, **head** what is judged; the A/A arm is then the base beside its own
//!   **copy**. A case is a **regression** or an **improvement** if it got slower or faster beyond the **margin** and
//!   beyond doubt, **equivalent** if it certainly changed by less than that, **too noisy** if its interval is too wide to
//!   show either, and otherwise inconclusive. Rounds of the **pilot** fix the margin beforehand. The **family** is
//!   what is judged together, the **confirmation** what is measured again. A **gate** turns verdicts into an exit code by a
//!   **policy**. The **machine key** is what two times must have in common to be compared.
//! - Of a validation: the **stand-in** plays a real interpreter upon the simulated lock. **cell**: a number that both
//!   have. **spread**: how far the interpreter is from itself.
//! - Of a server: a **way of serving** is how its connections are shared out. **unserved**: clients that had no answer
//!   when the first left. A request is **due** when the schedule says so, whether or not it could be sent.
//! - Of the lock: **holder**, **waiter**, **switch interval**, **drop request**, **forced switching**, **hand-over**,
//!   **barging**, **convoy**; see [`lock`]. **trace**: what workers did to it, **moment** by moment, one **lane** a worker;
//!   **span**: a stretch in which a worker held it, waited, switched or was detached; see [`run::timeline`].

#[cfg(test)]
mod checked;
mod cli;
pub mod count;
pub mod cpython;
pub mod kernel;
pub mod lock;
pub mod machine;
pub mod measure;
pub mod model;
mod order;
pub mod probe;
pub mod queue;
pub mod server;
mod suite;
pub mod worker;

use gilbench_os as sys;
pub use gilbench_report::{claim, predict, report, track};
pub use gilbench_run::error::{self, Error, Result};
pub use gilbench_run::{self as run, stats};

pub use crate::suite::Suite;

/// The whole program for a suite: the command line, or a worker of it if the process was started as one.
///
/// It returns to nobody: the process ends with the exit code that fits. Call it first thing in `main`.
#[expect(clippy::needless_pass_by_value, reason = "a program hands its suite over and never sees it again")]
pub fn main(suite: Suite) -> ! {
    cli::main(&suite)
}

/// Becomes a worker if this process was started as one, and then never returns; otherwise returns at once.
///
/// For programs with a `main` of their own, as their first line, and for test binaries that measure, as the one line
/// of a test named `gilbench_worker_entry`:
///
/// ```text
/// #[test]
/// fn gilbench_worker_entry() {
///     gilbench::worker_entry(&gilbench::Suite::standard());
/// }
/// ```
pub fn worker_entry(suite: &Suite) {
    cli::worker_entry(suite);
}
