//! Criterion's view of the kernels of the quick profile under the models that matter most, as a second instrument beside
//! gilbench's own.
//!
//! `cargo bench --bench models -- sort/gil` measures one, of whatever kernel. An iteration is a step; a sample is a fresh
//! team that does so many of them, and takes the time itself, from the start signal to the last step. Criterion does the
//! statistics. Its samples do not alternate between models as rounds do, so a machine that drifts shows here and cancels there.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode};
use gilbench::Suite;
use gilbench::kernel::Kernel;

fn main() {
    let suite = Suite::standard();
    gilbench::worker_entry(&suite);
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(150))
        .measurement_time(Duration::from_millis(1500))
        .configure_from_args();
    let cores = gilbench::machine::usable_cores();
    // All kernels would take a minute and a half more. A name given may be that of any.
    let named = std::env::args().skip(1).any(|argument| !argument.starts_with('-'));
    let chosen = suite.kernels().iter().filter(|kernel| named || gilbench::measure::QUICK.contains(&kernel.name()));
    for kernel in chosen {
        bench_kernel(&mut criterion, &suite, *kernel, cores);
    }
    criterion.final_summary();
}

fn bench_kernel(criterion: &mut Criterion, suite: &Suite, kernel: &dyn Kernel, cores: usize) {
    // With its revision: criterion compares what it measures with what it finds under the same name.
    let mut group = criterion.benchmark_group(gilbench::run::revised(kernel.name(), kernel.revision()));
    // All samples alike: a tenth of the time each, so that one under the lock has its twenty switch intervals.
    group.sampling_mode(SamplingMode::Flat);
    for (name, workers) in [("serial", 1), ("threads", cores), ("processes", cores), ("gil", cores)] {
        let model = suite.find_model(name).expect("a model of the standard suite");
        group.bench_function(BenchmarkId::new(name, workers), |bencher| {
            bencher.iter_custom(|steps| {
                let sample = model.run(kernel, workers, steps).unwrap_or_else(|error| panic!("{error}"));
                Duration::from_nanos(sample.parts.compute_ns)
            });
        });
    }
    group.finish();
}
