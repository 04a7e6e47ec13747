//! What is compared: the catalogue of samples, and the cells that each gives.
//!
//! | sample | does | cells |
//! |---|---|---|
//! | `cpu/threads-N` | a loop on one thread, then the same iterations shared by N threads | speedup; context switches |
//! | `cpu/processes-N` | the same with forked processes: the control that says whether the cores were there | speedup |
//! | `mixed/io-P/workers-N` | tasks of 10 ms, of which P % sleep | tasks per second |
//! | `sleep/workers-N` | sleeps of 1 ms | sleeps per second |
//! | `echo/workers-N` | exchanges with a server that answers after 1 ms | exchanges per second |
//! | `convoy/D/beside-H/I` | one such client, answered after D, beside H threads that compute | rate, mean, p50, p99 |
//! | `hand-over/threads-N/I` | threads that note who ran last | hand-overs per second, median slice |
//! | `refcount/B/threads-N` | threads that count references to an object of their own, or to one they share | throughput |
//!
//! Sizes are a compromise: at least 20 switch intervals where a lock decides, and a round of all of them in about half
//! a minute, so that eight rounds and the discarded one take five minutes.

use std::time::Duration;

use super::protocol::{Answer, Ask, Body, LockKind};

/// Length of a mixed task.
pub(super) const TASK: Duration = Duration::from_millis(10);
/// Work of a loop that is shared.
const LOOP: Duration = Duration::from_millis(150);
/// The same where no lock decides.
const FREE_LOOP: Duration = Duration::from_millis(100);
/// Length of samples that wait.
const WAIT: Duration = Duration::from_millis(150);

/// How long one iteration of each loop takes in an arm, alone, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    pub(super) count: f64,
    /// That of counting, in tasks that one worker takes one after another.
    pub(super) task: f64,
    pub(super) watch: f64,
    pub(super) churn: f64,
}

/// What is done in a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Threads { body: Body, threads: usize },
    Processes { workers: usize },
    Mixed { workers: usize, io_percent: u64 },
    Sleep { workers: usize },
    Echo { workers: usize, beside: usize, delay_us: u32, time: Duration },
    HandOvers { threads: usize, time: Duration },
}

/// One sample and what is read from it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) id: String,
    pub(super) work: Work,
    /// Switch interval, where the lock has one.
    pub(super) interval_us: Option<u64>,
    pub(super) reads: Vec<Read>,
}

/// One number read from a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Read {
    pub(super) metric: Metric,
    /// Whether it counts for the goals.
    pub(super) judged: bool,
}

/// Numbers that a sample can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    /// Time of one worker over time of all.
    Speedup,
    /// Counted, per second.
    Rate,
    Mean,
    P50,
    P99,
    Slice,
    Voluntary,
    Involuntary,
}

impl Metric {
    /// The last part of the cell's id.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Speedup => "speedup",
            Self::Rate => "rate",
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::Slice => "slice",
            Self::Voluntary => "voluntary-switches",
            Self::Involuntary => "involuntary-switches",
        }
    }

    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Speedup => "×",
            Self::Rate | Self::Voluntary | Self::Involuntary => "/s",
            Self::Mean | Self::P50 | Self::P99 | Self::Slice => "ns",
        }
    }

    /// Its value; `None` if the answer does not have it, or has what cannot be.
    pub(super) fn value(self, work: &Work, answer: &Answer) -> Option<f64> {
        let per_second = |count: Option<f64>| Some(count? / (answer.wall_ns? / 1e9));
        let value = match self {
            Self::Speedup => Some(answer.base_ns? / answer.wall_ns?),
            Self::Rate => per_second(answer.count.or(work.tasks().map(|tasks| tasks as f64))),
            Self::Mean => answer.mean_ns,
            Self::P50 => answer.p50_ns,
            Self::P99 => answer.p99_ns,
            Self::Slice => answer.slice_ns,
            Self::Voluntary => per_second(answer.voluntary),
            Self::Involuntary => per_second(answer.involuntary),
        };
        value.filter(|value| value.is_finite() && *value > 0.0)
    }
}

impl Work {
    /// Tasks in all, for work that comes in tasks.
    fn tasks(&self) -> Option<usize> {
        match *self {
            Self::Mixed { workers, io_percent } => {
                let bound = 100.0 / (100.0 - io_percent as f64).max(1.0);
                let rate = bound.min(workers as f64) / TASK.as_secs_f64();
                Some((rate * WAIT.as_secs_f64()).round().max(2.0 * workers as f64) as usize)
            }
            Self::Sleep { workers } => Some(workers * WAIT.as_millis() as usize),
            _ => None,
        }
    }

    /// Workers that want to run at the same time.
    pub(super) fn workers(&self) -> usize {
        match *self {
            Self::Threads { threads, .. } | Self::HandOvers { threads, .. } => threads,
            Self::Processes { workers } | Self::Mixed { workers, .. } | Self::Sleep { workers } => workers,
            Self::Echo { workers, beside, .. } => workers + beside,
        }
    }
}

impl Sample {
    /// Its cells' ids, in the order of `reads`.
    pub(super) fn cells(&self) -> impl Iterator<Item = (String, Read)> {
        self.reads.iter().map(|read| (format!("{}/{}", self.id, read.metric.name()), *read))
    }

    /// How long it takes, about.
    pub(super) fn expected(&self) -> Duration {
        match self.work {
            Work::Threads { body: Body::Count, .. } => LOOP * 2,
            Work::Threads { .. } | Work::Processes { .. } => FREE_LOOP * 2,
            Work::Mixed { .. } | Work::Sleep { .. } => WAIT,
            Work::Echo { time, .. } | Work::HandOvers { time, .. } => time,
        }
    }

    /// The request to an arm that runs at this pace.
    pub(super) fn ask(&self, pace: &Pace, port: u16) -> Ask {
        let iterations = |time: Duration, ns: f64| (time.as_nanos() as f64 / ns).max(1.0) as u64;
        let interval_us = self.interval_us;
        match self.work {
            Work::Threads { body, threads } => {
                let (time, ns) = if body == Body::Count { (LOOP, pace.count) } else { (FREE_LOOP, pace.churn) };
                Ask::Threads { body, threads, iterations: iterations(time, ns), interval_us }
            }
            Work::Processes { workers } => Ask::Processes { workers, iterations: iterations(FREE_LOOP, pace.count) },
            Work::Mixed { workers, io_percent } => {
                let sleep = TASK * io_percent as u32 / 100;
                let iterations = iterations(TASK.saturating_sub(sleep), pace.task);
                let tasks = self.work.tasks().unwrap_or(0);
                Ask::Mixed { workers, tasks, iterations, sleep_us: sleep.as_micros() as u64, interval_us }
            }
            Work::Sleep { workers } => {
                let tasks = self.work.tasks().unwrap_or(0);
                Ask::Mixed { workers, tasks, iterations: 0, sleep_us: 1000, interval_us }
            }
            Work::Echo { workers, beside, delay_us, time } => {
                Ask::Echo { workers, beside, duration_us: time.as_micros() as u64, delay_us, port, interval_us }
            }
            Work::HandOvers { threads, time } => {
                Ask::HandOvers { threads, iterations: iterations(time, pace.watch), interval_us }
            }
        }
    }
}

const JUDGED: fn(Metric) -> Read = |metric| Read { metric, judged: true };
const SHOWN: fn(Metric) -> Read = |metric| Read { metric, judged: false };

/// All samples for an interpreter with this lock.
pub(super) fn all(lock: LockKind) -> Vec<Sample> {
    let mut samples = vec![];
    samples.extend([1, 2, 4, 8].map(|threads| cpu(threads, lock)));
    samples.extend([1, 2, 4, 8].map(processes));
    for io_percent in [0, 25, 50, 75, 90] {
        samples.extend([1, 2, 4, 8].map(|workers| mixed(io_percent, workers)));
    }
    samples
        .extend([1, 4, 16].map(|workers| {
            plain(format!("sleep/workers-{workers}"), Work::Sleep { workers }, &[JUDGED(Metric::Rate)])
        }));
    samples.extend([1, 4, 16].map(|workers| {
        let work = Work::Echo { workers, beside: 0, delay_us: 1000, time: WAIT };
        plain(format!("echo/workers-{workers}"), work, &[JUDGED(Metric::Rate)])
    }));
    for delay_us in [0, 1000] {
        // Beside nobody, nobody has an interval to wait for.
        samples.push(convoy(delay_us, 0, intervals(lock)[0]));
        for beside in [1, 2, 4] {
            samples.extend(intervals(lock).iter().map(|interval| convoy(delay_us, beside, *interval)));
        }
    }
    if lock != LockKind::FreeThreaded {
        for threads in [2, 4] {
            samples.extend(intervals(lock).iter().map(|interval| hand_over(threads, *interval)));
        }
    }
    for (body, name) in [(Body::Private, "private"), (Body::Shared, "shared")] {
        samples.extend([2, 4].map(|threads| {
            let work = Work::Threads { body, threads };
            plain(format!("refcount/{name}/threads-{threads}"), work, &[JUDGED(Metric::Speedup)])
        }));
    }
    samples
}

/// Switch intervals in microseconds, or the one way to run where there are none.
fn intervals(lock: LockKind) -> &'static [Option<u64>] {
    if lock == LockKind::Gil { &[Some(5000), Some(1000), Some(500)] } else { &[None] }
}

/// `/5ms`, or nothing without an interval.
fn suffix(interval_us: Option<u64>) -> String {
    interval_us.map_or(String::new(), |us| format!("/{}ms", us as f64 / 1e3))
}

fn plain(id: String, work: Work, reads: &[Read]) -> Sample {
    Sample { id, work, interval_us: None, reads: reads.to_vec() }
}

fn cpu(threads: usize, lock: LockKind) -> Sample {
    let mut reads = vec![JUDGED(Metric::Speedup)];
    if matches!(threads, 2 | 4) {
        // With ticks, how often threads are switched is what the lock is about; with a request, it follows from the
        // hand-overs and a few strays decide.
        let read = if lock == LockKind::Ticks { JUDGED } else { SHOWN };
        reads.extend([read(Metric::Voluntary), read(Metric::Involuntary)]);
    }
    plain(format!("cpu/threads-{threads}"), Work::Threads { body: Body::Count, threads }, &reads)
}

fn processes(workers: usize) -> Sample {
    plain(format!("cpu/processes-{workers}"), Work::Processes { workers }, &[JUDGED(Metric::Speedup)])
}

fn mixed(io_percent: u64, workers: usize) -> Sample {
    let id = format!("mixed/io-{io_percent}/workers-{workers}");
    plain(id, Work::Mixed { workers, io_percent }, &[JUDGED(Metric::Rate)])
}

fn convoy(delay_us: u32, beside: usize, interval_us: Option<u64>) -> Sample {
    let millis = match (beside, interval_us) {
        (0, _) => 100,
        (1, Some(5000)) => 200,
        (_, Some(5000)) => 400,
        (1, _) => 100,
        (2, _) => 150,
        (_, _) => 200,
    };
    let delay = if delay_us == 0 { "at-once" } else { "1ms" };
    let interval = if beside == 0 { String::new() } else { suffix(interval_us) };
    let work = Work::Echo { workers: 1, beside, delay_us, time: Duration::from_millis(millis) };
    let reads = vec![JUDGED(Metric::Rate), JUDGED(Metric::Mean), SHOWN(Metric::P50), SHOWN(Metric::P99)];
    Sample { id: format!("convoy/{delay}/beside-{beside}{interval}"), work, interval_us, reads }
}

fn hand_over(threads: usize, interval_us: Option<u64>) -> Sample {
    let millis = if interval_us == Some(5000) { 200 } else { 120 };
    let work = Work::HandOvers { threads, time: Duration::from_millis(millis) };
    let reads = vec![JUDGED(Metric::Rate), JUDGED(Metric::Slice)];
    Sample { id: format!("hand-over/threads-{threads}{}", suffix(interval_us)), work, interval_us, reads }
}
