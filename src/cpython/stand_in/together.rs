//! Threads that begin together.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use super::hold::{Hold, Lock};
use crate::sys::{clock_ns, process_switches};

/// What came of threads that began together.
#[derive(Debug)]
pub(super) struct Together {
    /// When the gate was opened.
    pub(super) start: u64,
    /// When each had ended.
    pub(super) ends: Vec<u64>,
    pub(super) voluntary: u64,
    pub(super) involuntary: u64,
}

impl Together {
    pub(super) fn wall_ns(&self) -> u64 {
        self.ends.iter().max().map_or(0, |end| end - self.start)
    }
}

/// Runs `work` in so many threads, all let go at once; it is given the thread's number, its hold, and the start.
///
/// As in the driver, each thread waits at a gate of its own, detached, and the main thread opens all of them while it
/// is attached: the others can run when it begins to wait for them.
pub(super) fn together<'a, L, W>(lock: &'a L, main: &L::Hold<'a>, threads: usize, work: &W) -> io::Result<Together>
where
    L: Lock,
    W: Fn(usize, &L::Hold<'a>, u64) -> io::Result<()> + Sync,
{
    let arrived = Barrier::new(threads + 1);
    let gate = AtomicU64::new(0);
    let ends = Mutex::new(Ok(vec![]));
    let before = process_switches();
    thread::scope(|scope| -> io::Result<()> {
        let mut started = vec![];
        for id in 0..threads {
            let (arrived, gate, ends) = (&arrived, &gate, &ends);
            let body = move || {
                arrived.wait();
                while gate.load(Ordering::Acquire) == 0 {
                    thread::park();
                }
                let hold = lock.hold(id + 1);
                hold.attach();
                let outcome = work(id, &hold, gate.load(Ordering::Relaxed));
                let end = clock_ns();
                hold.detach();
                let mut ends = ends.lock().expect("no thread panics while it notes its end");
                match (&mut *ends, outcome) {
                    (Ok(ends), Ok(())) => ends.push(end),
                    (Err(_), _) => {}
                    (slot, Err(error)) => *slot = Err(error),
                }
            };
            started.push(thread::Builder::new().spawn_scoped(scope, body)?);
        }
        arrived.wait();
        gate.store(clock_ns(), Ordering::Release);
        for thread in &started {
            thread.thread().unpark();
        }
        main.detach();
        Ok(())
    })?;
    main.attach();
    let after = process_switches();
    Ok(Together {
        start: gate.into_inner(),
        ends: ends.into_inner().expect("no thread panics while it notes its end")?,
        voluntary: after.0 - before.0,
        involuntary: after.1 - before.1,
    })
}

/// How many of `total` each of so many workers does.
pub(super) fn shares(total: u64, workers: usize) -> Vec<u64> {
    let edge = |worker: usize| total * worker as u64 / workers as u64;
    (0..workers).map(|worker| edge(worker + 1) - edge(worker)).collect()
}
