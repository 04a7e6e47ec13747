//! The stand-in: this program, started again, playing an interpreter upon the simulated lock.
//!
//! It answers the same requests as `scripts/driver.py` by doing the same things in the same order: its main thread holds
//! the lock while it works and lets go of it to wait, each thread is let go at the same gate, each loop passes a
//! safepoint every iteration, each system call is made detached. What an interpreter's instructions would be is a chain
//! of arithmetic ([`work`]) as long as `matching` found the interpreter's own loop to be.
//!
//! **Under ticks** hand-overs are chance: a waiter gets the lock if it reaches a processor within the few hundred
//! nanoseconds between a release and the reacquisition, so whatever moves that instant moves the rate. Both sides were
//! traced on CPython 2.7. Alike are the ticks of an iteration (`sem_post` counted by a probe: one release in 101 ticks),
//! the futex calls per second, and how long threads stay off the processor (the scheduler's trace). Different was the
//! work between a hand-over and the next safepoint: noting it costs the interpreter some 200 ns and five more ticks,
//! which may hold the next release; the stand-in had neither, and handed over up to 44 % more often. Noting is now matched like
//! any other loop, on one worker. What remains of a difference is of the size that lines of memory make which an
//! interpreter's threads write in turn (counts of the small integers, the booleans, the list that is looked at; its free
//! lists): 24 of them written in each iteration lowered the rate by an eighth. They are not modelled, since how many
//! there are could only be fitted.
//!
//! **Beside two threads that compute**, at an interval of 5 ms, a client of the echo server gets 13 % fewer answers from
//! the stand-in than from CPython 3.8 (55 rounds; over all versions some 20 % in the mean), at shorter
//! intervals as many. Both were traced there, call by call. Alike to a few microseconds are how long threads run (5.09 ms), how
//! long their waits last (5.08 ms), how often the client has lost the lock when its send returns (93 and 95 %), and in
//! how many slices it mostly has it back. Different are the rare long stretches in which the two others hand it to and
//! fro: 12 % of the stand-in's waits are longer than eleven slices, and 7 % of the interpreter's. Such a stretch ends when
//! two clocks of 5 ms drift past each other, some 15 µs a slice, so what ends it is finer than what is matched.
//! A client that works longer between an answer and the next send (an interpreter's code is cold by then: 5 µs instead
//! of 2) was tried, and made no difference. Nothing was fitted.
//!
//! - `hold`: the locks, as a thread holds them;
//! - `bodies`: the loops;
//! - `together`: threads that begin together, and processes;
//! - `exchange`: the client of the echo server.

mod bodies;
mod exchange;
mod hold;
mod processes;
mod together;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use self::bodies::Loops;
use self::hold::{Hold, Lock, Unlocked};
use self::together::{Together, shares, together};
use super::protocol::{Answer, Ask, Body, LockKind, Part};
use crate::lock::{DEFAULT_CHECK_INTERVAL, DEFAULT_INTERVAL, Gil, Legacy};
use crate::stats::median;
use crate::sys::{clock_ns, process_cpu_ns};
use crate::worker::{PREFIX, Role};

pub(crate) const ROLE: Role = Role { name: "stand-in", play };

/// Answers requests until the line ends.
fn play(line: &UnixStream) {
    let mut part = None;
    for request in BufReader::new(line).lines() {
        let Ok(request) = request else { return };
        let answer = match serde_json::from_str(&request) {
            Ok(Ask::Play(new)) => {
                part = Some(new);
                Ok(Answer::default())
            }
            Ok(ask) => part.as_ref().map_or_else(|| Err("no part to play".into()), |part| under(part, &ask)),
            Err(error) => Err(error.to_string()),
        };
        let answer = answer.unwrap_or_else(|error| Answer { error: Some(error), ..Answer::default() });
        let text = serde_json::to_string(&answer).expect("an answer is plain data");
        let mut line = line;
        if line.write_all(format!("{PREFIX}{text}\n").as_bytes()).is_err() {
            return;
        }
    }
}

type Answered = Result<Answer, String>;

/// Does what is asked under a fresh lock of the part's kind.
pub(super) fn under(part: &Part, ask: &Ask) -> Answered {
    let (threads, interval_us) = match *ask {
        Ask::Threads { threads, interval_us, .. } | Ask::HandOvers { threads, interval_us, .. } => {
            (threads, interval_us)
        }
        Ask::Mixed { workers, interval_us, .. } => (workers, interval_us),
        Ask::Echo { workers, beside, interval_us, .. } => (workers + beside, interval_us),
        Ask::Alone { .. } => (1, None),
        Ask::Play(_) | Ask::Processes { .. } => (0, None),
    };
    let before = process_cpu_ns();
    let answer = match part.lock {
        LockKind::Gil => {
            let interval = interval_us.map_or(DEFAULT_INTERVAL, Duration::from_micros);
            answer(&Gil::new(threads + 1, interval), part, ask)
        }
        LockKind::Ticks => answer(&Legacy::new(part.check_interval.unwrap_or(DEFAULT_CHECK_INTERVAL)), part, ask),
        LockKind::FreeThreaded => answer(&Unlocked, part, ask),
    };
    answer.map(|answer| Answer { cpu_ns: Some((process_cpu_ns() - before) as f64), ..answer })
}

fn answer<L: Lock>(lock: &L, part: &Part, ask: &Ask) -> Answered {
    let main = lock.hold(0);
    main.attach();
    let scene = Scene { lock, main: &main, loops: Loops::new(part, L::FREE) };
    let answer = match *ask {
        Ask::Play(_) => unreachable!("taken note of before"),
        Ask::Alone { body, iterations } => Ok(wall(scene.alone(body, iterations))),
        Ask::Threads { body, threads, iterations, .. } => Ok(scene.threads(body, threads, iterations)),
        Ask::HandOvers { threads, iterations, .. } => Ok(scene.hand_overs(threads, iterations)),
        Ask::Processes { workers, iterations } => scene.processes(workers, iterations),
        Ask::Mixed { workers, tasks, iterations, sleep_us, .. } => {
            Ok(scene.mixed(workers, tasks, iterations, Duration::from_micros(sleep_us)))
        }
        Ask::Echo { workers, beside, duration_us, delay_us, port, .. } => {
            scene.echo(workers, beside, duration_us * 1000, delay_us, port)
        }
    };
    main.detach();
    answer
}

fn wall(ns: u64) -> Answer {
    Answer { wall_ns: Some(ns as f64), ..Answer::default() }
}

/// Where a request is answered: the main thread, attached to a lock, and the loops as long as they should be.
struct Scene<'a, 'm, L: Lock> {
    lock: &'a L,
    main: &'m L::Hold<'a>,
    loops: Loops,
}

impl<'a, L: Lock> Scene<'a, '_, L> {
    fn together<W>(&self, threads: usize, work: W) -> Result<Together, String>
    where
        W: Fn(usize, &L::Hold<'a>, u64) -> std::io::Result<()> + Sync,
    {
        together(self.lock, self.main, threads, &work).map_err(|error| error.to_string())
    }

    /// Time of the loop on one thread.
    fn alone(&self, body: Body, iterations: u64) -> u64 {
        let loops = &self.loops;
        let done = self.together(1, |_, hold, _| {
            loops.run(hold, body, iterations);
            Ok(())
        });
        done.expect("loops do not fail").wall_ns()
    }

    fn threads(&self, body: Body, threads: usize, iterations: u64) -> Answer {
        let base = self.alone(if body == Body::Count { body } else { Body::Private }, iterations);
        let (loops, shares) = (&self.loops, shares(iterations, threads));
        let done = self.together(threads, |id, hold, _| {
            loops.run(hold, body, shares[id]);
            Ok(())
        });
        let done = done.expect("loops do not fail");
        Answer {
            base_ns: Some(base as f64),
            voluntary: Some(done.voluntary as f64),
            involuntary: Some(done.involuntary as f64),
            ..wall(done.wall_ns())
        }
    }

    fn hand_overs(&self, threads: usize, iterations: u64) -> Answer {
        let last = AtomicUsize::new(usize::MAX);
        let stamps = std::sync::Mutex::new(vec![]);
        let (loops, shares) = (&self.loops, shares(iterations, threads));
        let done = self.together(threads, |id, hold, _| {
            let seen = loops.watch(hold, shares[id], &last, id);
            stamps.lock().expect("no thread panics").extend(seen);
            Ok(())
        });
        let done = done.expect("loops do not fail");
        let end = done.ends.iter().min().copied().unwrap_or(done.start);
        let mut stamps = stamps.into_inner().expect("no thread panics");
        stamps.retain(|&stamp| stamp <= end);
        stamps.sort_unstable();
        let slices: Vec<f64> = stamps.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
        Answer { count: Some(slices.len() as f64), slice_ns: median(&slices), ..wall(end - done.start) }
    }

    fn processes(&self, workers: usize, iterations: u64) -> Answered {
        let start = clock_ns();
        self.loops.run(self.main, Body::Count, iterations);
        let base = clock_ns() - start;
        let work = |share| self.loops.run(self.main, Body::Count, share);
        let ns = processes::run(&shares(iterations, workers), work).map_err(|error| error.to_string())?;
        Ok(Answer { base_ns: Some(base as f64), ..wall(ns) })
    }

    fn mixed(&self, workers: usize, tasks: usize, iterations: u64, pause: Duration) -> Answer {
        let (loops, left) = (&self.loops, AtomicUsize::new(tasks));
        let take = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        let done = self.together(workers, |_, hold, _| {
            while take() {
                if !pause.is_zero() {
                    hold.detached(|| thread::sleep(pause));
                }
                loops.run(hold, Body::Count, iterations);
            }
            Ok(())
        });
        wall(done.expect("loops do not fail").wall_ns())
    }
}
