//! The face of `queue::primitives`: futexes, shared memory, processes and a clock, for a checker.

use std::cell::{Cell, RefCell};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::panic::{UnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

pub(super) use std::sync::Arc;

use super::super::engine::{self, Bell, ThreadId, current};
pub(super) use super::super::engine::{yield_now, yield_now as spin_loop};
pub(super) use super::super::primitives::{AtomicU32, AtomicU64, Ordering};
use crate::checked::Fault;

/// As few as a scenario needs.
pub(super) const MOST: usize = 6;
pub(super) const SPINS: u32 = 0;
pub(super) const YIELDS: u32 = 1;
/// Nothing takes long here.
pub(super) fn hold_back(_: u32) {}

/// Time that passes with a tick: longer than any limit.
const TICK: Duration = Duration::from_secs(1);

/// A process: a thread of the checker.
#[derive(Debug, Clone, Copy)]
struct Process {
    thread: ThreadId,
    /// Steps until it dies, if it is to.
    left: Option<u32>,
    dead: bool,
}

/// Who sleeps on a futex word, until somebody wakes it.
#[derive(Debug)]
struct Sleeper {
    bell: Bell,
    word: usize,
}

/// Who sleeps, in the order of their coming.
type Asleep = Arc<engine::Mutex<Vec<Arc<Sleeper>>>>;

// The machine of this execution. The sleepers are behind a mutex of the checker, so that it knows what depends on what.
thread_local! {
    static PROCESSES: RefCell<Vec<Process>> = const { RefCell::new(vec![]) };
    static SLEEPERS: RefCell<Option<Asleep>> = const { RefCell::new(None) };
    static CLOCK: Cell<u64> = const { Cell::new(0) };
}

/// What a process that is killed leaves its thread with.
struct Killed;

/// A new machine; the execution before may not have come to its end.
pub(super) fn boot() {
    PROCESSES.with_borrow_mut(Vec::clear);
    SLEEPERS.set(Some(Arc::new(engine::Mutex::new(vec![]))));
    CLOCK.set(TICK.as_nanos() as u64);
}

fn with_me<T>(change: impl FnOnce(usize, &mut Process) -> T) -> T {
    let thread = current().id();
    PROCESSES.with_borrow_mut(|all| {
        let at = all.iter().position(|process| process.thread == thread).unwrap_or_else(|| {
            all.push(Process { thread, left: None, dead: false });
            all.len() - 1
        });
        change(at, &mut all[at])
    })
}

/// A step of a process, before which it may be killed.
pub(in super::super) fn mortal() {
    let killed = PROCESSES.with_borrow(|all| all.iter().any(|process| process.left.is_some()))
        && with_me(|_, process| {
            process.dead = process.left == Some(0);
            process.left = process.left.map(|left| left.saturating_sub(1));
            process.dead
        });
    if killed {
        resume_unwind(Box::new(Killed));
    }
}

/// This process is to be killed after so many steps.
pub(super) fn doom(steps: Option<u32>) {
    with_me(|_, process| process.left = steps);
}

/// Lives as a process, to its end or until it is killed; whether it was.
pub(super) fn live(life: impl FnOnce() + UnwindSafe) -> bool {
    match catch_unwind(life) {
        Ok(()) => {
            doom(None);
            false
        }
        Err(end) if end.is::<Killed>() => true,
        Err(panic) => resume_unwind(panic),
    }
}

pub(super) fn process_id() -> u32 {
    with_me(|at, _| at as u32 + 1)
}

#[expect(clippy::unnecessary_wraps, reason = "as of the primitives that this stands for")]
pub(super) fn began(pid: u32) -> Option<u64> {
    Some(pid.into())
}

pub(super) fn lives(pid: u32, _: u64) -> bool {
    Fault::Immortal.injected()
        || PROCESSES.with_borrow(|all| all.get(pid as usize - 1).is_some_and(|process| !process.dead))
}

pub(super) fn clock_ns() -> u64 {
    CLOCK.get()
}

pub(super) fn available_bytes() -> Option<u64> {
    None
}

pub(super) fn prefetch_for_write(_: &AtomicU64) {}

fn sleepers() -> Arc<engine::Mutex<Vec<Arc<Sleeper>>>> {
    SLEEPERS.with_borrow(Clone::clone).expect("the machine was booted")
}

fn address(word: &AtomicU32) -> usize {
    std::ptr::from_ref(word).addr()
}

/// Looking and falling asleep are one step.
pub(super) fn futex_wait(word: &AtomicU32, expected: u32, _: Duration) {
    mortal();
    let table = sleepers();
    let mut sleeping = table.lock().unwrap();
    if word.peek() == expected {
        let sleeper = Arc::new(Sleeper { bell: Bell::new(), word: address(word) });
        sleeping.push(sleeper.clone());
        drop(sleeping);
        sleeper.bell.wait();
    }
}

/// Wakes any, in whatever order.
pub(super) fn futex_wake(word: &AtomicU32, most: u32) {
    mortal();
    if Fault::LostSignal.injected() {
        return;
    }
    let table = sleepers();
    let mut sleeping = table.lock().unwrap();
    let mut woken = vec![];
    for _ in 0..most {
        let here: Vec<_> = (0..sleeping.len()).filter(|&at| sleeping[at].word == address(word)).collect();
        if here.is_empty() {
            break;
        }
        woken.push(sleeping.remove(here[engine::choose(here.len())]));
    }
    drop(sleeping);
    for sleeper in woken {
        sleeper.bell.ring();
    }
}

/// Time passes: whoever sleeps has slept long enough, one of them at a time.
pub(super) fn tick() {
    CLOCK.set(CLOCK.get() + TICK.as_nanos() as u64);
    let table = sleepers();
    let mut sleeping = table.lock().unwrap();
    if !sleeping.is_empty() {
        let at = engine::choose(sleeping.len());
        let sleeper = sleeping.remove(at);
        drop(sleeping);
        sleeper.bell.ring();
    }
}

/// Memory of all processes: words of the checker.
#[derive(Debug)]
pub(super) struct Shared {
    head: Vec<AtomicU32>,
    words: Vec<AtomicU64>,
}

impl Shared {
    #[expect(clippy::unnecessary_wraps, reason = "as of the memory that this stands for")]
    pub(super) fn new(words: usize) -> io::Result<Self> {
        let head = (0..32).map(|_| AtomicU32::in_order(0)).collect();
        Ok(Self { head, words: (0..words).map(|_| AtomicU64::in_order(0)).collect() })
    }

    pub(super) fn open(_: OwnedFd) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn head(&self) -> &[AtomicU32] {
        &self.head
    }

    pub(super) fn words(&self) -> &[AtomicU64] {
        &self.words
    }

    pub(super) fn copy_in(&self, at: usize, bytes: &[u8]) {
        for (word, bytes) in self.words[at..].iter().zip(bytes.chunks(8)) {
            let mut whole = [0; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            word.store(u64::from_ne_bytes(whole), Ordering::Relaxed);
        }
    }

    pub(super) fn copy_out(&self, at: usize, bytes: &mut [u8]) {
        for (word, bytes) in self.words[at..].iter().zip(bytes.chunks_mut(8)) {
            let whole = word.load(Ordering::Relaxed).to_ne_bytes();
            bytes.copy_from_slice(&whole[..bytes.len()]);
        }
    }
}

impl AsFd for Shared {
    fn as_fd(&self) -> BorrowedFd<'_> {
        unreachable!("nothing is sent to anybody here")
    }
}
