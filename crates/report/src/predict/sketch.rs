//! The same question answered at once, without a simulation: bounds that hold in the long run, from the same constants.
//!
//! Jobs of c computing and d waiting, done by W workers on P cores, cannot be finished faster than the workers come round
//! (W / (c + d)), than the cores compute (P / c), or, under a lock, than it is held and handed over. The least of these is
//! the answer (asymptotic bounds: Denning and Buzen, *The operational analysis of queueing network models*, 1978). Near
//! the knee, where two of them meet, the simulation says less; what it knows of wake-ups that overlap, a bound does not.
//! The report embeds it, so that its sliders answer while they are moved; its script computes the same as this file, and
//! a test in a browser holds the two together.

use serde::Serialize;

use super::constants::Constants;
use super::scheme::Scheme;
use crate::run::{Bound, CaseResult, Metric, Role, Run};
use crate::stats;

/// Models that can be told without a simulation, in the order in which they are shown.
pub const SKETCHED: [&str; 5] = ["threads", "processes", "free-threaded", "gil", "gil-hybrid"];

/// Waiting of less than this share of a job is no IO.
const NO_IO: f64 = 0.05;

/// What the bounds are made of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sketch {
    /// Cores of the machine that was measured.
    pub measured_cores: usize,
    /// From a lock's holder to the next, in nanoseconds.
    pub gap_ns: f64,
    /// Switch interval of the lock, in nanoseconds.
    pub interval_ns: f64,
    /// Speed of a core when all compute on threads, over its speed when it computes alone (0–1).
    pub threads_efficiency: f64,
    /// The same with processes.
    pub processes_efficiency: f64,
    /// CPU time with biased reference counts over that without.
    pub free_threading_factor: f64,
    /// To start a thread, in nanoseconds.
    pub thread_ns: Option<f64>,
    /// To start a process, in nanoseconds.
    pub process_ns: Option<f64>,
    /// What passing a job to a process takes, in nanoseconds: for a job, and for each of its bytes. `None` if the run
    /// did not measure it.
    pub passing_ns: Option<(f64, f64)>,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Job {
    /// Computing, in nanoseconds.
    pub cpu_ns: f64,
    /// Waiting, in nanoseconds.
    pub io_ns: f64,
    /// What has to be passed to the worker.
    pub bytes: f64,
}

/// How far it is from what was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trust {
    /// Median of the errors, as a share.
    pub median_error: f64,
    /// The greatest error.
    pub worst_error: f64,
    /// Measured cases that it was held against.
    pub cases: usize,
}

impl Sketch {
    /// The constants of the machine that a run was made on; `None` if the run does not hold them.
    pub fn of(run: &Run) -> Option<Self> {
        let constants = Constants::of(run).ok()?;
        Some(Self {
            measured_cores: run.cores(),
            gap_ns: constants.hand_over_gap_ns.value,
            interval_ns: run.plan.knobs.switch_interval_us as f64 * 1e3,
            threads_efficiency: constants.threads_efficiency.value,
            processes_efficiency: constants.processes_efficiency.value,
            free_threading_factor: constants.free_threading_factor.value,
            thread_ns: constants.spawn_thread_ns.map(|constant| constant.value),
            process_ns: constants.spawn_process_ns.map(|constant| constant.value),
            passing_ns: passing(run),
        })
    }

    /// Jobs a second of a model; `None` for one that is not sketched.
    pub fn rate(&self, model: &str, job: &Job, workers: usize, cores: usize) -> Option<f64> {
        let scheme = Scheme::find(model).filter(|_| SKETCHED.contains(&model))?;
        let (locks, threads) = scheme.locks(scheme.arrange(workers, cores));
        let lanes = if model.starts_with("gil") { locks } else { workers };
        let efficiency = match (lanes.min(cores) > 1, scheme.has_processes()) {
            (false, _) => 1.0,
            (true, true) => self.processes_efficiency,
            (true, false) => self.threads_efficiency,
        };
        let counting = if model == "free-threaded" { self.free_threading_factor } else { 1.0 };
        let cpu = job.cpu_ns * counting / efficiency;
        let mut least = (workers as f64 / (cpu + job.io_ns)).min(cores as f64 / cpu.max(1e-9));
        if model.starts_with("gil") && threads > 1 {
            let blocks = if job.io_ns > 0.0 { 1.0 } else { 0.0 };
            let held = cpu + self.gap_ns * (blocks + cpu / self.interval_ns);
            least = least.min(locks as f64 / held);
        }
        if let Some((each, byte)) = self.passing_ns.filter(|_| scheme.has_processes() && job.bytes > 0.0) {
            least = least.min(1.0 / (each + byte * job.bytes));
        }
        Some(least * 1e9)
    }

    /// How far it is from the measured cases that it can tell.
    pub fn trust(&self, run: &Run) -> Option<Trust> {
        let mut errors: Vec<f64> = run.cases.iter().filter_map(|case| self.error(run, case)).collect();
        errors.sort_by(f64::total_cmp);
        Some(Trust { median_error: stats::median(&errors)?, worst_error: *errors.last()?, cases: errors.len() })
    }

    fn error(&self, run: &Run, case: &CaseResult) -> Option<f64> {
        let kernel = run.kernel(&case.kernel).filter(|kernel| kernel.shares.is_none())?;
        if case.role != Role::Case || case.failed {
            return None;
        }
        let serial = run.cases.iter().find(|other| {
            other.kernel == case.kernel && other.model == "serial" && other.role == Role::Case && !other.failed
        })?;
        let wall = run.level(serial, Metric::Compute)?.value;
        let cpu = run.level(serial, Metric::CpuTime)?.value.min(wall);
        let switches: Vec<f64> = run.kept(serial).map(|sample| sample.voluntary_switches as f64).collect();
        let waits = kernel.bound != Bound::Cpu && wall - cpu > NO_IO * wall;
        let jobs = if waits { stats::median(&switches)?.max(1.0) } else { 1.0 };
        let job = if waits {
            Job { cpu_ns: cpu / jobs, io_ns: (wall - cpu) / jobs, bytes: 0.0 }
        } else {
            Job { cpu_ns: wall, io_ns: 0.0, bytes: 0.0 }
        };
        let told = self.rate(&case.model, &job, case.workers, run.cores())? * (job.cpu_ns + job.io_ns) / 1e9;
        let measured = run.speedup(case, serial)?.value;
        Some((told / measured - 1.0).abs())
    }
}

/// From the crossover's jobs that compute least: what is left of their time is passing them.
fn passing(run: &Run) -> Option<(f64, f64)> {
    let read = |name: &str| {
        let [way, work, bytes] = name.split('/').collect::<Vec<_>>().try_into().ok()?;
        let number = |text: &str, unit| text.strip_suffix(unit)?.parse::<f64>().ok();
        (way == "processes").then_some((number(work, "us")?, number(bytes, "B")?))
    };
    let all = run.readings.iter().filter(|reading| reading.probe == "crossover");
    let all: Vec<_> = all.filter_map(|reading| Some((read(&reading.name)?, stats::median(&reading.values)?))).collect();
    let least = all.iter().map(|((work, _), _)| *work).min_by(f64::total_cmp)?;
    let mut column: Vec<_> =
        all.iter().filter(|((work, _), _)| *work <= least).map(|((_, bytes), ns)| (*bytes, *ns)).collect();
    column.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (none, most) = (column.first()?, column.last()?);
    (most.0 > none.0).then(|| (none.1, ((most.1 - none.1) / (most.0 - none.0)).max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::{Request, predict};
    use crate::report::fixture;
    use crate::run::synthetic::Synthetic;

    #[test]
    fn it_agrees_with_the_simulation() {
        let run = fixture::suite(2);
        let sketch = Sketch::of(&run).unwrap();
        let mut errors = vec![];
        for (cpu_us, io_us) in [(1000.0, 0.0), (300.0, 2000.0), (50.0, 5000.0), (2000.0, 500.0)] {
            for (workers, cores) in [(2, 2), (8, 2), (8, 16), (32, 8)] {
                let mut request = Request::new(cpu_us, io_us, workers, cores);
                request.models = SKETCHED.map(Into::into).to_vec();
                for told in predict(&run, &request).unwrap().prediction {
                    let job = Job { cpu_ns: cpu_us * 1e3, io_ns: io_us * 1e3, bytes: 0.0 };
                    let rate = sketch.rate(&told.model, &job, workers, cores).unwrap();
                    errors.push((
                        (rate / told.jobs_per_s.value - 1.0).abs(),
                        told.model,
                        cpu_us,
                        io_us,
                        workers,
                        cores,
                    ));
                }
            }
        }
        errors.sort_by(|a, b| b.0.total_cmp(&a.0));
        let middle = errors[errors.len() / 2].0;
        assert!(middle <= 0.1 && errors[0].0 <= 0.35, "median {middle}, worst {:?}", &errors[..8]);
    }

    #[test]
    fn passing_costs_what_the_crossover_says_and_only_processes_pay() {
        let mut made = Synthetic::new(2).noise(0.0).reading("handover", "wake-up", "ns", 4e4);
        for (bytes, ns) in [(0, 1e3), (1 << 20, 1.05e6)] {
            made = made.reading("crossover", &format!("processes/1us/{bytes}B"), "ns", ns);
            made = made.reading("crossover", &format!("processes/1000us/{bytes}B"), "ns", 2e6);
        }
        let sketch = Sketch::of(&made.build()).unwrap();
        let (each, byte) = sketch.passing_ns.unwrap();
        assert!((each - 1e3).abs() < 1.0 && (byte - 1.0).abs() < 0.01, "{each} {byte}");
        let rate = |model: &str, bytes| sketch.rate(model, &Job { cpu_ns: 1e4, io_ns: 0.0, bytes }, 2, 2).unwrap();
        assert!((rate("threads", 1e6) - rate("threads", 0.0)).abs() < 1e-9);
        assert!(rate("processes", 1e6) < 0.02 * rate("processes", 0.0));
        assert!(sketch.rate("rayon", &Job { cpu_ns: 1.0, io_ns: 1.0, bytes: 0.0 }, 2, 2).is_none());
    }

    #[test]
    fn it_says_how_far_it_is_from_what_was_measured() {
        let made = Synthetic::new(2).noise(0.0).reading("handover", "wake-up", "ns", 4e4);
        let made = made.kernel("primes", Bound::Cpu, None).case("primes", "serial", (1, 1), 200.0, 200.0);
        let made = made.case("primes", "threads", (1, 2), 100.0, 200.0).case("primes", "gil", (1, 2), 200.0, 200.0);
        // Half as fast as any bound would have it.
        let run = made.case("primes", "processes", (2, 1), 200.0, 200.0).build();
        let trust = Sketch::of(&run).unwrap().trust(&run).unwrap();
        assert_eq!(trust.cases, 3);
        assert!(trust.median_error < 0.02 && (trust.worst_error - 1.0).abs() < 0.02, "{trust:?}");
    }
}
