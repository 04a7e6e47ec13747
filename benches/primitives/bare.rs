//! The least that each thing could cost: system calls without gilbench around them.
//!
//! Some need a process of their own, started as a helper: this program again, told by a variable what to do.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use gilbench_os::{Forked, Mutex, Shared, fork, leave};
use rustix::process::{WaitOptions, waitpid};
use rustix::thread::{CpuSet, futex, sched_getaffinity, sched_setaffinity};

const ROLE: &str = "GILBENCH_BARE";

/// Does what a helper should, if this process is one.
pub(crate) fn become_helper() {
    match std::env::var(ROLE).as_deref() {
        Ok("nothing") => leave(0),
        Ok("forks") => {
            print!("{}", median((0..41).map(|_| fork_and_wait()).collect()));
            std::process::exit(0)
        }
        _ => {}
    }
}

fn helper(role: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.env(ROLE, role).stdin(Stdio::null());
    command
}

/// Start and end of this executable, doing nothing, in nanoseconds.
pub(crate) fn command() -> f64 {
    let began = Instant::now();
    assert!(helper("nothing").status().is_ok_and(|status| status.success()), "it does nothing");
    began.elapsed().as_nanos() as f64
}

/// Fork, exit and wait, from a process that is as small as a fork server, in nanoseconds.
pub(crate) fn fork_from_small_process() -> f64 {
    let mut child = helper("forks").stdout(Stdio::piped()).spawn().expect("this program can be started");
    let mut text = String::new();
    child.stdout.take().expect("it is piped").read_to_string(&mut text).expect("the helper writes text");
    child.wait().expect("it is our child");
    text.parse().expect("the helper prints a number")
}

fn fork_and_wait() -> f64 {
    let began = Instant::now();
    match fork().expect("forking a small process") {
        Forked::Child => leave(0),
        Forked::Parent(child) => waitpid(Some(child), WaitOptions::empty()).expect("it is our child"),
    };
    began.elapsed().as_nanos() as f64
}

/// There and back between two processes that sleep on futexes in shared memory, in nanoseconds.
///
/// On two different processors, as the workers of a team of two are: on one, the two take turns without any processor
/// being woken, which is another thing and a tenth of the time.
pub(crate) fn futex_round_trip() -> f64 {
    const TRIPS: u32 = 50;
    let shared = Shared::new(1).expect("a page of memory");
    let [there, back] = [&shared.head()[0], &shared.head()[1]];
    let anywhere = sched_getaffinity(None).expect("the mask can be read");
    let processors: Vec<_> = (0..CpuSet::MAX_CPU).filter(|cpu| anywhere.is_set(*cpu)).collect();
    let pin = |cpu: usize| {
        let mut mask = CpuSet::new();
        mask.set(cpu);
        sched_setaffinity(None, &mask).expect("a processor of the mask");
    };
    let (first, last) = (processors[0], processors[processors.len() - 1]);
    let Forked::Parent(child) = fork().expect("forking") else {
        pin(last);
        for trip in 1..=TRIPS {
            await_value(there, trip);
            send(back, trip);
        }
        leave(0)
    };
    pin(first);
    let mut times = vec![];
    for trip in 1..=TRIPS {
        let began = Instant::now();
        send(there, trip);
        await_value(back, trip);
        times.push(began.elapsed().as_nanos() as f64);
    }
    waitpid(Some(child), WaitOptions::empty()).expect("it is our child");
    sched_setaffinity(None, &anywhere).expect("the mask we had");
    median(times)
}

fn send(word: &AtomicU32, value: u32) {
    word.store(value, Ordering::Release);
    let _ = futex::wake(word, futex::Flags::empty(), 1);
}

fn await_value(word: &AtomicU32, value: u32) {
    loop {
        let seen = word.load(Ordering::Acquire);
        if seen == value {
            return;
        }
        let _ = futex::wait(word, futex::Flags::empty(), seen, None);
    }
}

/// One uncontended lock and unlock of a POSIX mutex, in nanoseconds.
pub(crate) fn mutex_pair(mutex: &Mutex) -> f64 {
    per_iteration(|| drop(std::hint::black_box(mutex).lock()))
}

/// Calls that are enough to tell the time of one.
pub(crate) const CALLS: u32 = 200_000;

/// Time of one call of `body`, in nanoseconds, over enough of them.
pub(crate) fn per_iteration(mut body: impl FnMut()) -> f64 {
    let began = Instant::now();
    for _ in 0..CALLS {
        body();
    }
    began.elapsed().as_nanos() as f64 / f64::from(CALLS)
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
