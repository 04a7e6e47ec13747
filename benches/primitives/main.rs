//! What the building blocks cost, and how that compares with the least it could cost.
//!
//! Two parts. Criterion benches of each primitive; then the **ratios**: pairs of a primitive and a bare equivalent,
//! alternated in one run, so that what the machine does meanwhile hits both, with the limit each ratio must keep.
//! `cargo bench --bench primitives -- ratios` shows the second part alone.

mod bare;
mod ratios;
mod tracing;

use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode};
use gilbench::Suite;
use gilbench::kernel::{Bound, Kernel};
use gilbench::lock::{DEFAULT_INTERVAL, Gil};
use gilbench::model::{Arrangement, Order, run};
use gilbench::run::{Sample, StartMethod};

fn main() {
    bare::become_helper();
    let suite = suite();
    gilbench::worker_entry(&suite);
    let ratios_only = std::env::args().any(|argument| argument == "ratios");
    if !ratios_only {
        let mut criterion = Criterion::default()
            .without_plots()
            .sample_size(20)
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_secs(1))
            .configure_from_args();
        benches(&mut criterion, &suite);
        criterion.final_summary();
    }
    // A filter asks for some benches; what it leaves out should not run either.
    let filtered = std::env::args().skip(1).any(|argument| !argument.starts_with('-') && argument != "ratios");
    if ratios_only || !filtered {
        ratios::show(&suite);
    }
}

/// The standard kernels, and one that does nothing, so that only what is around it remains.
fn suite() -> Suite {
    Suite::standard().kernel_fn("null", Bound::Cpu, |step| step)
}

fn null(suite: &Suite) -> &'static dyn Kernel {
    suite.find_kernel("null").expect("it was added")
}

/// A team of processes with nothing to do.
fn null_team(suite: &Suite, workers: usize, start_method: StartMethod) -> Sample {
    let order = Order::new(null(suite), "processes", Arrangement::split(workers, 1), workers as u64);
    run(&Order { start_method, ..order }).unwrap_or_else(|error| panic!("{error}"))
}

/// What a team takes beside its work: start, hand-over of the job, end.
fn around(sample: &Sample) -> Duration {
    Duration::from_nanos(sample.parts.spawn_ns + sample.parts.hand_over_ns + sample.parts.join_ns)
}

fn benches(criterion: &mut Criterion, suite: &Suite) {
    criterion.bench_function("thread start and join", |b| {
        b.iter(|| std::thread::spawn(|| ()).join().expect("it does nothing"));
    });
    let mut group = criterion.benchmark_group("process start and end");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for (name, method) in [("spawn", StartMethod::Spawn), ("fork-server", StartMethod::ForkServer)] {
        group.bench_function(name, |b| {
            b.iter_custom(|iterations| (0..iterations).map(|_| around(&null_team(suite, 1, method))).sum());
        });
    }
    group.finish();
    criterion.bench_function("start gate, two processes", |b| {
        b.iter_custom(|iterations| {
            (0..iterations)
                .map(|_| Duration::from_nanos(null_team(suite, 2, StartMethod::Spawn).parts.compute_ns))
                .sum()
        });
    });
    locks(criterion);
}

fn locks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lock");
    let gil = Gil::new(2, DEFAULT_INTERVAL);
    let worker = gil.worker(0);
    group.bench_function("attach and detach, alone", |b| {
        b.iter(|| {
            worker.attach();
            worker.detach();
        });
    });
    group.bench_function("attach and detach, beside another", |b| b.iter_custom(|n| contended(n as usize)));
    group.bench_function("hand-over", |b| b.iter_custom(hand_overs));
    group.finish();
}

/// Two threads that take the lock and let it go as fast as they can; the time of one of them.
fn contended(iterations: usize) -> Duration {
    let gil = Gil::new(2, DEFAULT_INTERVAL);
    let turns = |id| {
        let worker = gil.worker(id);
        for _ in 0..iterations {
            worker.attach();
            worker.detach();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| turns(1));
        let began = Instant::now();
        turns(0);
        began.elapsed()
    })
}

/// Two threads that must give the lock to each other: each waits until the other has had it.
fn hand_overs(count: u64) -> Duration {
    let gil = Gil::new(2, Duration::from_micros(1));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for id in 0..2 {
            let gil = &gil;
            scope.spawn(move || {
                let worker = gil.worker(id);
                worker.attach();
                while gil.hand_overs() < count {
                    worker.safepoint();
                }
                worker.detach();
            });
        }
    });
    began.elapsed()
}
