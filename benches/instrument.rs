//! How long until one knows a ratio to ±1 %? gilbench's paired rounds beside criterion, on the same cases.
//!
//! Nothing differs between base and head, so the true ratio is 1, and a tool is right when its 95 % interval contains it.
//! What counts is the time until the interval is no wider than ±1 % **and** such intervals are right at least 94 times
//! in a hundred: a narrow interval that is wrong is worth nothing.
//!
//! - gilbench: one comparison of this program with itself. Its rounds are taken one by one until the interval is narrow
//!   (never fewer than twelve), which makes a trial; then the next trial begins. Starting up is charged to each.
//! - criterion: the same case by `iter_custom`, base and head one after the other in processes of their own, as
//!   `cargo bench -- --save-baseline` and `--baseline` do it; its own interval of the change of the mean. With several
//!   lengths of measurement, the last of which is its default.
//!
//! `cargo bench --bench instrument` takes four minutes; `-- serial 20` only that case, 20 seconds for each row.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, SamplingMode};
use gilbench::Suite;
use gilbench::measure::ab;
use gilbench::run::comparison::{ArmMetric, Comparison};
use gilbench::stats::{median, proportion, trio_estimate};

/// The kernel that stands for interpreted code.
const KERNEL: &str = "bytecode";
/// Half the width that an interval should have.
const HALF_WIDTH: f64 = 0.01;
/// How often an interval should be right.
const COVERAGE: f64 = 0.94;
/// Fewest rounds of a trial: the floor of every verdict.
const FLOOR: usize = 12;
/// Criterion's warm-up and measuring time, in seconds; the last is its default.
const LENGTHS: [(f64, f64); 3] = [(0.15, 0.5), (0.5, 1.5), (3.0, 5.0)];

fn main() {
    let suite = Suite::standard();
    gilbench::worker_entry(&suite);
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [flag, folder, model, warm_up, measuring, part] = arguments.as_slice()
        && flag == "--criterion"
    {
        let seconds = |text: &str| Duration::from_secs_f64(text.parse().expect("a number of seconds"));
        return by_criterion(&suite, Path::new(folder), model, (seconds(warm_up), seconds(measuring)), part == "base");
    }
    let number = |text: &String| text.parse::<u64>().ok();
    let seconds = arguments.iter().find_map(number).unwrap_or(25);
    let named = |model: &&str| arguments.iter().all(|argument| number(argument).is_some() || argument == model);
    for model in ["serial", "threads"].into_iter().filter(named) {
        println!("\n{KERNEL}/{model}: time to an interval of ±1 % that is right\n");
        let ours = gilbench_row(model, Duration::from_secs(seconds));
        let best = LENGTHS.map(|length| criterion_row(model, length, Duration::from_secs(seconds)));
        let theirs = best.iter().flatten().copied().reduce(f64::min);
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => println!("\nratio: {:.2} of criterion's time (goal: 0.25)", ours / theirs),
            (Some(_), None) => println!("\nratio: criterion reached no such interval at any of these lengths"),
            (None, _) => println!("\nratio: gilbench reached no such interval"),
        }
    }
}

/// What one tool did with one setting.
struct Trials {
    name: String,
    /// Time of each trial, half the width of its interval, and whether that contained the truth.
    trials: Vec<(Duration, f64, bool)>,
}

impl Trials {
    /// Prints the row, and gives the time if the intervals are narrow and right.
    fn row(&self) -> Option<f64> {
        let of = |value: fn(&(Duration, f64, bool)) -> f64| median(&self.trials.iter().map(value).collect::<Vec<_>>());
        let (Some(time), Some(half)) = (of(|trial| trial.0.as_secs_f64()), of(|trial| trial.1)) else {
            println!("{:<42} not one trial was finished", self.name);
            return None;
        };
        let right = self.trials.iter().filter(|trial| trial.2).count();
        let share = proportion(right, self.trials.len(), 0.95).expect("there are trials");
        let good = half <= HALF_WIDTH && share.value >= COVERAGE;
        println!(
            "{:<42} {time:>6.2} s, ±{:.2} %, right {right} of {} ({:.0} % [{:.0}, {:.0}]){}",
            self.name,
            half * 100.0,
            self.trials.len(),
            share.value * 100.0,
            share.low * 100.0,
            share.high * 100.0,
            if good { "" } else { "  not ±1 % and right" }
        );
        good.then_some(time)
    }
}

fn gilbench_row(model: &str, time: Duration) -> Option<f64> {
    let this = std::env::current_exe().expect("this program has a path");
    let request = ab::Request {
        budget: time,
        kernels: vec![KERNEL.into()],
        models: vec![model.into()],
        ..ab::Request::new(&this, &this)
    };
    let began = Instant::now();
    let mut first_sample = None;
    let comparison = ab::measure(&request, None, &mut |event| {
        if matches!(event, gilbench::measure::Event::Sampling { .. }) {
            first_sample.get_or_insert_with(|| began.elapsed());
        }
    })
    .unwrap_or_else(|error| panic!("{error}"));
    let start_up = first_sample.unwrap_or_default();
    Trials { name: "gilbench ab".into(), trials: trials(&comparison, start_up, began.elapsed()) }.row()
}

/// Cuts the rounds into trials, each of which ends when its interval is narrow.
fn trials(comparison: &Comparison, start_up: Duration, all: Duration) -> Vec<(Duration, f64, bool)> {
    let case = comparison.cases.first().expect("one case was asked for");
    let one = all.saturating_sub(start_up) / comparison.plan.rounds.max(1);
    let changes: Vec<_> = comparison.kept(case).filter_map(|round| round.changes(ArmMetric::Compute)).collect();
    let (mut trials, mut from) = (vec![], 0);
    for to in 1..=changes.len() {
        let Some(interval) = trio_estimate(&changes[from..to], 0.95) else { continue };
        let half = (interval.high - interval.low) / 2.0;
        if to - from >= FLOOR && half <= HALF_WIDTH {
            // The discarded round belongs to every trial.
            let time = start_up + one * (to - from + comparison.plan.discarded_rounds as usize) as u32;
            trials.push((time, half, interval.low <= 0.0 && 0.0 <= interval.high));
            from = to;
        }
    }
    trials
}

fn criterion_row(model: &str, (warm_up, measuring): (f64, f64), time: Duration) -> Option<f64> {
    let mut trials = vec![];
    let began = Instant::now();
    // One at least, however long it takes.
    while trials.is_empty() || began.elapsed() < time {
        let folder = tempfile::tempdir().expect("a folder for criterion");
        let one = Instant::now();
        for part in ["base", "head"] {
            let status = Command::new("/proc/self/exe")
                .arg("--criterion")
                .arg(folder.path())
                .args([model, &warm_up.to_string(), &measuring.to_string(), part])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            assert!(status.is_ok_and(|status| status.success()), "criterion failed");
        }
        let elapsed = one.elapsed();
        let (low, high) = change(folder.path()).expect("criterion leaves its estimate of the change");
        trials.push((elapsed, (high - low) / 2.0, low <= 0.0 && 0.0 <= high));
    }
    Trials { name: format!("criterion, {warm_up} s + {measuring} s, base and head"), trials }.row()
}

/// Criterion's 95 % interval of the change of the mean, as a share.
fn change(folder: &Path) -> Option<(f64, f64)> {
    let file = std::fs::read_dir(folder.join(KERNEL)).ok()?.flatten().find_map(|model| {
        let case = std::fs::read_dir(model.path()).ok()?.flatten().next()?;
        std::fs::read_to_string(case.path().join("change/estimates.json")).ok()
    })?;
    let estimates: serde_json::Value = serde_json::from_str(&file).ok()?;
    let interval = &estimates["mean"]["confidence_interval"];
    interval["lower_bound"].as_f64().zip(interval["upper_bound"].as_f64())
}

/// The case under criterion: the base is saved, the head compared with it.
fn by_criterion(suite: &Suite, folder: &Path, model: &str, (warm_up, measuring): (Duration, Duration), base: bool) {
    let plain = Criterion::default().without_plots().output_directory(folder);
    let timed = plain.warm_up_time(warm_up).measurement_time(measuring);
    let mut criterion =
        if base { timed.save_baseline("base".into()) } else { timed.retain_baseline("base".into(), true) };
    let kernel = suite.find_kernel(KERNEL).expect("a kernel of the standard suite");
    let model = suite.find_model(model).expect("a model of the standard suite");
    let workers = if model.name() == "serial" { 1 } else { gilbench::machine::usable_cores() };
    let mut group = criterion.benchmark_group(KERNEL);
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function(BenchmarkId::new(model.name(), workers), |bencher| {
        bencher.iter_custom(|steps| {
            let sample = model.run(kernel, workers, steps).unwrap_or_else(|error| panic!("{error}"));
            Duration::from_nanos(sample.parts.compute_ns)
        });
    });
    group.finish();
}
