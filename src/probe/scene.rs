//! What probes of the lock put on stage: threads that compute under it, and one that talks to an echo outside it.

use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::lock::trace::{Recorder, Silent, Trace, read, words};
use crate::lock::{Attach, Gil};
use crate::run::{self, Lane};
use crate::sys::clock_ns;

/// Moments kept of each worker when a scene is recorded.
const MOMENTS: usize = 2000;

/// Bytes of a message to the echo and back.
const MESSAGE: usize = 16;

/// A few operations, each waiting for the one before: about 20 ns, as long as one turn of a loop takes in CPython. It
/// is what lies between two safepoints.
#[inline]
pub(super) fn turn(mut value: u64) -> u64 {
    for _ in 0..16 {
        value = (value ^ (value >> 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    value
}

/// Computes under the lock until told to stop; returns how many turns.
pub(super) fn compute(worker: &impl Attach, stop: &AtomicBool) -> u64 {
    let (mut turns, mut value) = (0, black_box(1));
    worker.attach();
    while !stop.load(Ordering::Relaxed) {
        value = turn(value);
        turns += 1;
        worker.safepoint();
    }
    worker.detach();
    black_box(value);
    turns
}

/// Computes so many turns under the lock.
pub(super) fn compute_turns(worker: &impl Attach, turns: u64) {
    let mut value = black_box(1);
    worker.attach();
    for _ in 0..turns {
        value = turn(value);
        worker.safepoint();
    }
    worker.detach();
    black_box(value);
}

/// A scene under the lock of CPython ≥ 3.2.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene {
    /// Threads that only compute.
    pub(super) computing: usize,
    /// How long the echo waits before it answers, if one thread talks to it.
    pub(super) reply_after: Option<Duration>,
    /// The switch interval.
    pub(super) interval: Duration,
    /// How long it lasts, at least.
    pub(super) length: Duration,
}

/// What happened in a scene.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// How long it took, in seconds.
    pub(super) seconds: f64,
    /// Turns computed by all threads.
    pub(super) turns: u64,
    /// Each round trip to the echo, in nanoseconds.
    pub(super) round_trips: Vec<f64>,
    /// What every worker did to the lock, if that was recorded.
    pub(super) lanes: Vec<Lane>,
}

impl Scene {
    /// Plays it without recording.
    pub(super) fn play(self) -> Result<Played> {
        self.with(|_| Silent)
    }

    /// Plays it and records each worker's first moments.
    pub(super) fn record(self, moments: usize) -> Result<Played> {
        let buffers: Vec<Vec<AtomicU64>> =
            (0..self.workers()).map(|_| (0..words(moments)).map(|_| AtomicU64::new(0)).collect()).collect();
        let began = clock_ns();
        let mut played = self.with(|number| Recorder::new(&buffers[number]))?;
        played.lanes = buffers
            .iter()
            .enumerate()
            .map(|(number, buffer)| {
                let (events, lost) = read(buffer, began);
                Lane { name: self.name(number), process: 0, lock: 0, events, lost }
            })
            .collect();
        Ok(played)
    }

    /// A recording of it for the report.
    pub(super) fn trace(self, name: &str, summary: &str) -> Result<run::Trace> {
        let played = self.record(MOMENTS)?;
        Ok(run::Trace {
            name: name.into(),
            summary: summary.into(),
            length_ns: (played.seconds * 1e9) as u64,
            switch_interval_us: self.interval.as_micros() as u64,
            lanes: played.lanes,
        })
    }

    fn workers(self) -> usize {
        self.computing + usize::from(self.reply_after.is_some())
    }

    fn name(self, number: usize) -> String {
        if number < self.computing { format!("computing {number}") } else { "talking".into() }
    }

    fn with<T: Trace>(self, trace: impl Fn(usize) -> T + Sync) -> Result<Played> {
        let echo = self.reply_after.map(echo).transpose().map_err(Error::os("starting an echo"))?;
        let gil = Gil::new(self.workers().max(1), self.interval);
        let (stop, turns) = (AtomicBool::new(false), AtomicU64::new(0));
        let mut played = Played::default();
        let began = Instant::now();
        std::thread::scope(|scope| {
            for number in 0..self.computing {
                let (gil, trace, stop, turns) = (&gil, &trace, &stop, &turns);
                scope.spawn(move || {
                    let done = compute(&gil.traced(number, trace(number)), stop);
                    turns.fetch_add(done, Ordering::Relaxed);
                });
            }
            let outcome = if let Some(echo) = echo {
                let worker = gil.traced(self.computing, trace(self.computing));
                talk(&worker, &echo, began + self.length, &mut played.round_trips)
            } else {
                std::thread::sleep(self.length);
                Ok(())
            };
            played.seconds = began.elapsed().as_secs_f64();
            stop.store(true, Ordering::Relaxed);
            outcome
        })
        .map_err(Error::os("talking to the echo"))?;
        played.turns = turns.into_inner();
        Ok(played)
    }
}

/// Round trips until the time is up, each of two calls that let go of the lock: send, receive.
fn talk(worker: &impl Attach, mut echo: &TcpStream, until: Instant, round_trips: &mut Vec<f64>) -> io::Result<()> {
    /// Room for every round trip that loopback can do in a scene.
    const MOST: usize = 1 << 16;
    round_trips.reserve_exact(MOST);
    let mut message = [0x2e; MESSAGE];
    worker.attach();
    let mut outcome = Ok(());
    let mut began = clock_ns();
    while outcome.is_ok() && Instant::now() < until && round_trips.len() < MOST {
        worker.detach();
        let sent = echo.write_all(&message);
        worker.attach();
        worker.detach();
        outcome = sent.and_then(|()| echo.read_exact(&mut message));
        worker.attach();
        let now = clock_ns();
        round_trips.push((now - began) as f64);
        began = now;
        worker.safepoint();
    }
    worker.detach();
    outcome
}

/// A connection to an echo on a thread that never touches the lock: it waits so long before each answer, and ends with
/// the connection.
fn echo(wait: Duration) -> io::Result<TcpStream> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let ours = TcpStream::connect(listener.local_addr()?)?;
    let (theirs, _) = listener.accept()?;
    ours.set_nodelay(true)?;
    theirs.set_nodelay(true)?;
    std::thread::Builder::new().name("echo".into()).spawn(move || answer(&theirs, wait))?;
    Ok(ours)
}

fn answer(mut line: &TcpStream, wait: Duration) -> io::Result<()> {
    let mut message = [0; MESSAGE];
    loop {
        line.read_exact(&mut message)?;
        if !wait.is_zero() {
            std::thread::sleep(wait);
        }
        line.write_all(&message)?;
    }
}
