//! Criterion's view of every kernel under the models that matter most, as a second instrument beside gilbench's own.
//!
//! `cargo bench --bench models -- primes/gil` measures one. Each iteration is a fixed number of steps, whose time is
//! taken by the team itself from the start signal to the last step; criterion does the statistics. Its samples do not
//! alternate between models as rounds do, so a machine that drifts shows here and cancels there.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use gilbench::Suite;
use gilbench::kernel::{Bound, Kernel};

/// A team is never given less than this to do, in steps' time on one worker: a lock needs its switch intervals.
const LEAST: Duration = Duration::from_millis(2);

fn main() {
    let suite = Suite::standard();
    gilbench::worker_entry(&suite);
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(150))
        .measurement_time(Duration::from_millis(1200))
        .configure_from_args();
    let cores = gilbench::machine::usable_cores();
    for kernel in suite.kernels() {
        bench_kernel(&mut criterion, &suite, *kernel, cores);
    }
    criterion.final_summary();
}

fn bench_kernel(criterion: &mut Criterion, suite: &Suite, kernel: &dyn Kernel, cores: usize) {
    let mut group = criterion.benchmark_group(kernel.name());
    let mut steps = None;
    for (name, workers) in [("serial", 1), ("threads", cores), ("processes", cores), ("gil", cores)] {
        let model = suite.find_model(name).expect("a model of the standard suite");
        let id = BenchmarkId::new(name, workers);
        group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(1));
        group.bench_function(id, |bencher| {
            // Found only when a benchmark of this kernel really runs, not when a filter leaves it out.
            let steps = *steps.get_or_insert_with(|| steps_per_iteration(suite, kernel));
            bencher.iter_custom(|iterations| {
                let sample = model.run(kernel, workers, iterations * steps).unwrap_or_else(|error| panic!("{error}"));
                // Criterion divides by iterations; dividing by steps too gives time per step.
                Duration::from_nanos(sample.parts.compute_ns)
            });
        });
    }
    group.finish();
}

/// Enough steps that one iteration takes [`LEAST`] on one worker.
fn steps_per_iteration(suite: &Suite, kernel: &dyn Kernel) -> u64 {
    let serial = suite.find_model("serial").expect("a model of the standard suite");
    let probe = if kernel.bound() == Bound::Cpu { 2000 } else { 4 };
    let sample = serial.run(kernel, 1, probe).unwrap_or_else(|error| panic!("{error}"));
    let step_ns = (sample.parts.compute_ns / probe).max(1);
    (LEAST.as_nanos() as u64).div_ceil(step_ns).next_multiple_of(2 * kernel.cycle())
}
