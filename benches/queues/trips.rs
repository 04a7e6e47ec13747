//! There and back: what a message costs when the sender waits for an answer.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use gilbench::queue::{ByteQueue, Patience};
use gilbench_os::{Forked, Shared, fork, leave};
use rustix::process::{WaitOptions, waitpid};
use rustix::thread::futex;

use super::transfer::again;
use super::{Peer, ROUNDS, table};

/// Longer than anybody spins: whoever waits for an answer that takes so long is asleep.
const THOUGHT: Duration = Duration::from_micros(100);

fn think(time: Duration) {
    let since = Instant::now();
    while since.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Median time of a trip between two processes, without what both think.
fn trips(count: u32, thought: Duration, mut there: impl FnMut(u32), echo: impl FnOnce()) -> f64 {
    let Forked::Parent(pid) = fork().expect("forking") else {
        echo();
        leave(0)
    };
    let mut times = vec![];
    for trip in 1..=count {
        think(thought);
        let began = Instant::now();
        there(trip);
        times.push(began.elapsed().saturating_sub(thought).as_nanos() as f64);
    }
    waitpid(Some(pid), WaitOptions::empty()).expect("it is our child");
    super::median(&times[count as usize / 10..])
}

fn ours(count: u32, thought: Duration) -> f64 {
    let [questions, answers] = [0, 1].map(|_| ByteQueue::new(4, 8, false).expect("a small queue"));
    let mut message = vec![];
    let there = |trip: u32| {
        questions.put_bytes(&trip.to_ne_bytes(), Patience::Forever).expect("the echo lives");
        answers.get_bytes(&mut message, Patience::Forever).expect("the echo lives");
    };
    let echo = || {
        let (questions, answers) = (again(&questions), again(&answers));
        let mut message = vec![];
        for _ in 0..count {
            questions.get_bytes(&mut message, Patience::Forever).expect("its parent lives");
            think(thought);
            answers.put_bytes(&message, Patience::Forever).expect("its parent lives");
        }
    };
    trips(count, thought, there, echo)
}

fn bare(count: u32, thought: Duration, send: fn(&AtomicU32, u32), wait: fn(&AtomicU32, u32)) -> f64 {
    let shared = Shared::new(32).expect("a page of memory");
    // On lines of their own.
    let [there, back] = [&shared.head()[0], &shared.head()[31]];
    let ask = |trip| {
        send(there, trip);
        wait(back, trip);
    };
    let echo = || {
        for trip in 1..=count {
            wait(there, trip);
            think(thought);
            send(back, trip);
        }
    };
    trips(count, thought, ask, echo)
}

fn spin_until(word: &AtomicU32, value: u32) {
    while word.load(Ordering::Acquire) != value {
        std::hint::spin_loop();
    }
}

fn wake(word: &AtomicU32, value: u32) {
    word.store(value, Ordering::Release);
    let _ = futex::wake(word, futex::Flags::empty(), 1);
}

fn sleep_until(word: &AtomicU32, value: u32) {
    loop {
        let seen = word.load(Ordering::Acquire);
        if seen == value {
            return;
        }
        let _ = futex::wait(word, futex::Flags::empty(), seen, None);
    }
}

pub(crate) fn show() {
    let none = Duration::ZERO;
    let floor = Peer::new("bare words, spinning", 1.0 / 1.5, || {
        bare(20_000, none, |word, value| word.store(value, Ordering::Release), spin_until)
    });
    table("There and back, both running", ROUNDS, || ours(20_000, none), vec![floor]);
    let pair = Peer::new("bare futex pair", 1.0 / 1.1, || bare(200, THOUGHT, wake, sleep_until));
    table("There and back, both asleep until woken", ROUNDS, || ours(200, THOUGHT), vec![pair]);
}
