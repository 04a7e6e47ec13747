//! The ratios: a primitive and its bare equivalent, alternated.

use std::sync::atomic::{AtomicU64, Ordering};

use gilbench::Suite;
use gilbench::kernel::{Seat, Task};
use gilbench::lock::{DEFAULT_INTERVAL, Gil};
use gilbench::model::{Free, drive};
use gilbench::run::StartMethod;
use gilbench::stats::{Estimate, median_estimate};
use gilbench_os::Mutex;

use super::{around, bare, null, null_team, tracing};

/// Times each pair is measured.
const ROUNDS: usize = 41;

pub(crate) fn show(suite: &Suite) {
    println!("\nRatios: medians of {ROUNDS} alternated pairs with 95 % intervals\n");
    // It forks, which only a process with one thread can.
    line("start gate of two processes / bare futex round trip of two processes", 1.5, || {
        (null_team(suite, 2, StartMethod::Spawn).parts.compute_ns as f64, bare::futex_round_trip())
    });
    // glibc's mutexes skip their atomic instructions in a process with one thread, which needs no lock.
    std::thread::spawn(|| {
        loop {
            std::thread::park();
        }
    });
    let mutex = Mutex::new();
    let gil = Gil::new(1, DEFAULT_INTERVAL);
    let worker = gil.worker(0);
    line("fork-server start and end / bare fork and wait from an equally small process", 1.4, || {
        let team = || around(&null_team(suite, 1, StartMethod::ForkServer)).as_nanos() as f64;
        (bare::median((0..9).map(|_| team()).collect()), bare::fork_from_small_process())
    });
    line("spawn start and end / Command of the same executable doing nothing", 1.3, || {
        (around(&null_team(suite, 1, StartMethod::Spawn)).as_nanos() as f64, bare::command())
    });
    line("uncontended attach and detach / POSIX mutex pair", 2.0, || {
        let pair = bare::per_iteration(|| {
            std::hint::black_box(&worker).attach();
            std::hint::black_box(&worker).detach();
        });
        (pair, bare::mutex_pair(&mutex))
    });
    difference("a step through a model's loop with its safepoint, over the bare call", 3.0, || step_costs(suite));
    tracing::ratios(suite);
}

pub(crate) fn line(what: &str, limit: f64, pair: impl FnMut() -> (f64, f64)) {
    rounds(ROUNDS, what, limit, pair);
}

/// The same with another number of pairs.
pub(crate) fn rounds(count: usize, what: &str, limit: f64, mut pair: impl FnMut() -> (f64, f64)) {
    let pairs: Vec<_> = (0..count).map(|_| pair()).collect();
    let logs: Vec<_> = pairs.iter().map(|(ours, bare)| (ours / bare).ln()).collect();
    let ratio = median_estimate(&logs, 0.95).expect("there are rounds").map(f64::exp);
    let side = |value: fn(&(f64, f64)) -> f64| bare::median(pairs.iter().map(value).collect());
    let (ours, bare) = (time(side(|pair| pair.0)), time(side(|pair| pair.1)));
    println!("{:>5}  {what}: {} (limit {limit}); {ours} against {bare}", verdict(&ratio, limit), words(&ratio, "×"));
}

pub(crate) fn difference(what: &str, limit: f64, mut pair: impl FnMut() -> (f64, f64)) {
    let differences: Vec<_> = (0..ROUNDS).map(|_| pair()).map(|(ours, bare)| ours - bare).collect();
    let extra = median_estimate(&differences, 0.95).expect("there are rounds");
    println!("{:>5}  {what}: {} (limit {limit} ns)", verdict(&extra, limit), words(&extra, " ns"));
}

fn verdict(estimate: &Estimate, limit: f64) -> &'static str {
    if estimate.high <= limit {
        "ok"
    } else if estimate.low > limit {
        "MISS"
    } else {
        "?"
    }
}

fn words(estimate: &Estimate, unit: &str) -> String {
    format!("{:.2}{unit} [{:.2}, {:.2}]", estimate.value, estimate.low, estimate.high)
}

fn time(ns: f64) -> String {
    match ns {
        ..1e3 => format!("{ns:.1} ns"),
        ..1e6 => format!("{:.1} µs", ns / 1e3),
        _ => format!("{:.1} ms", ns / 1e6),
    }
}

/// One null step in the models' loop, and called bare, in nanoseconds.
fn step_costs(suite: &Suite) -> (f64, f64) {
    const STEPS: u64 = 400_000;
    let seat = Seat::new(0, 1, STEPS);
    let progress = AtomicU64::new(0);
    let task = || null(suite).prepare(&seat).expect("a null kernel needs nothing");
    let time = |body: &mut dyn FnMut(&mut dyn Task) -> u64| {
        let mut task = task();
        let began = std::time::Instant::now();
        std::hint::black_box(body(&mut *task));
        began.elapsed().as_nanos() as f64 / STEPS as f64
    };
    let gil = Gil::new(1, DEFAULT_INTERVAL);
    let worker = gil.worker(0);
    worker.attach();
    let locked = time(&mut |task| {
        let mut sum = 0_u64;
        for done in 1..=STEPS {
            sum = sum.wrapping_add(task.step(&Free));
            progress.store(done, Ordering::Relaxed);
            worker.safepoint();
        }
        sum
    });
    worker.detach();
    let free = time(&mut |task| drive(task, STEPS, &progress, &Free));
    let bare = time(&mut |task| (0..STEPS).fold(0, |sum, _| task.step(&Free).wrapping_add(sum)));
    (locked.max(free), bare)
}
