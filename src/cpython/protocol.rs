//! What passes between the program and a player: lines of JSON, one request and one answer at a time.
//!
//! A **player** is a process that does as it is asked: a real interpreter that runs `scripts/driver.py`, or the stand-in
//! that plays it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::worker::{Player, Stop};

/// Bytes of a message to the echo server and of its answer; the first four say after how many microseconds to answer.
pub(super) const MESSAGE: usize = 64;

/// The body of a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Body {
    /// Counts to a number.
    Count,
    /// The same, and looks who ran last.
    Watch,
    /// The same, and finds each time that it was somebody else.
    Notice,
    /// The same as counting, and takes and drops a reference to an object of the thread's own.
    Private,
    /// The same with one object that all threads share.
    Shared,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub(super) enum Ask {
    /// Which interpreter to play. For the stand-in alone, and first.
    Play(Part),
    /// The loop on one thread.
    Alone { body: Body, iterations: u64 },
    /// The loop on one thread, then the same iterations shared by several.
    Threads { body: Body, threads: usize, iterations: u64, interval_us: Option<u64> },
    /// Threads that note who ran last, until the first of them has finished.
    HandOvers { threads: usize, iterations: u64, interval_us: Option<u64> },
    /// The loop in this process, then the same iterations shared by forked ones.
    Processes { workers: usize, iterations: u64 },
    /// Tasks that wait and then compute; each worker takes the next one.
    Mixed { workers: usize, tasks: usize, iterations: u64, sleep_us: u64, interval_us: Option<u64> },
    /// Workers that talk to the echo server, beside threads that only compute.
    Echo { workers: usize, beside: usize, duration_us: u64, delay_us: u32, port: u16, interval_us: Option<u64> },
}

/// What the stand-in is to play.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Part {
    /// The lock it plays under.
    pub lock: LockKind,
    /// Ticks between two releases, where the lock has ticks.
    pub check_interval: Option<u32>,
    /// Length of an iteration of each loop.
    pub units: Units,
}

pub(super) use crate::run::validation::LockKind;

/// How many units of work one iteration of a loop is, and what surrounds a system call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Units {
    pub count: u32,
    pub watch: u32,
    /// More than `watch`, where another thread ran last.
    pub notice: u32,
    pub churn: u32,
    /// Before each system call of an exchange with the echo server.
    pub call: u32,
}

/// An answer: whatever of these the request is about. Times in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// From the start to the end of the last worker.
    pub wall_ns: Option<f64>,
    /// The same work by one thread, or by this process.
    pub base_ns: Option<f64>,
    /// What was counted: hand-overs, exchanges.
    pub count: Option<f64>,
    pub mean_ns: Option<f64>,
    pub p50_ns: Option<f64>,
    pub p99_ns: Option<f64>,
    /// Median time from one hand-over to the next.
    pub slice_ns: Option<f64>,
    /// CPU time of the process.
    pub cpu_ns: Option<f64>,
    /// Context switches.
    pub voluntary: Option<f64>,
    pub involuntary: Option<f64>,
}

/// Asks a player, whose answer should take about `expected`.
pub(super) fn ask(player: &mut Player, ask: &Ask, expected: Duration) -> Result<Answer, Stop> {
    let answer: Answer = player.ask(ask, expected)?;
    match answer.error {
        Some(error) => Err(Stop::Lost(format!("could not do what was asked ({error})"))),
        None => Ok(answer),
    }
}

/// The first line of an interpreter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Hello {
    pub implementation: String,
    pub version: String,
    pub build: String,
    pub executable: String,
    pub lock: LockKind,
    pub check_interval: Option<u32>,
    /// What is needed and not there.
    #[serde(default)]
    pub missing: Vec<String>,
}
