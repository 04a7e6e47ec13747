//! What tracing costs: cases traced and not, the worst case of all, and the file of a million hand-overs.
//!
//! The limit of 5 % is on cases, a kernel under a lock, as the command line traces them. The worst case that can be
//! made, taking and letting go of a free lock with nothing in between, is two clock readings dearer, and is shown beside
//! them. A worker that is not traced has a [`Silent`] in the place of its record, a type without content whose notes are
//! empty; what that costs is the ratio of an uncontended attach and detach to a POSIX mutex pair, above.

use std::io::Write;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use gilbench::Suite;
use gilbench::lock::trace::{Recorder, Silent, words};
use gilbench::lock::{DEFAULT_INTERVAL, Gil};
use gilbench::model::{Arrangement, Order, run, run_traced};
use gilbench::report::trace_events;
use gilbench::run::scenes;

use super::{bare, ratios};

/// Length of a sample, and the moments that each of its workers has room for.
const SAMPLE: (Duration, usize) = (Duration::from_millis(100), 100_000);

pub(crate) fn ratios(suite: &Suite) {
    const { assert!(size_of::<Silent>() == 0, "who is not traced carries nothing") };
    for (kernel, workers) in [("bytecode", 2), ("crawl-50", 8), ("pipe", 8)] {
        let mut pair = traced_and_not(suite, kernel, workers);
        ratios::line(&format!("traced sample of {kernel}/gil/{workers} / the same untraced"), 1.05, &mut pair);
    }
    ratios::difference("what tracing adds to an uncontended attach and detach", 100.0, attach_and_detach);
    // A second is what is promised; a tenth of the pairs is enough, each takes seconds.
    let trace = scenes::turns(2, 1_000_000, 5000);
    let written = |to: &mut dyn Write| {
        let began = Instant::now();
        trace_events(std::slice::from_ref(&trace), to).expect("there is room");
        began.elapsed().as_nanos() as f64
    };
    ratios::rounds(7, "a million traced hand-overs written to a file / one second", 1.0, || {
        (written(&mut tempfile::tempfile().expect("a temporary file")), 1e9)
    });
}

/// Times of one case with tracing and without, in nanoseconds, each of them first in every other pair.
fn traced_and_not(suite: &Suite, kernel: &str, workers: usize) -> impl FnMut() -> (f64, f64) {
    let kernel = suite.find_kernel(kernel).expect("a standard kernel");
    let order = move |steps| Order::new(kernel, "gil", Arrangement::threads(workers), steps);
    let silent = move |steps| run(&order(steps)).expect("it runs").parts.compute_ns as f64;
    let traced = move |steps| run_traced(&order(steps), SAMPLE.1).expect("it runs").0.parts.compute_ns as f64;
    let mut steps = workers as u64;
    while silent(steps) < SAMPLE.0.as_nanos() as f64 {
        steps *= 2;
    }
    let mut odd = false;
    move || {
        odd = !odd;
        if odd {
            let first = traced(steps);
            (first, silent(steps))
        } else {
            let first = silent(steps);
            (traced(steps), first)
        }
    }
}

/// Attach and detach with a record that has room for all of them, and without, in nanoseconds.
fn attach_and_detach() -> (f64, f64) {
    let record: Vec<AtomicU64> = (0..words(2 * bare::CALLS as usize)).map(|_| AtomicU64::new(0)).collect();
    let gil = Gil::new(1, DEFAULT_INTERVAL);
    let (traced, silent) = (gil.traced(0, Recorder::new(&record)), gil.worker(0));
    let noted = bare::per_iteration(|| {
        std::hint::black_box(&traced).attach();
        std::hint::black_box(&traced).detach();
    });
    let silent = bare::per_iteration(|| {
        std::hint::black_box(&silent).attach();
        std::hint::black_box(&silent).detach();
    });
    (noted, silent)
}
