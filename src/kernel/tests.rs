//! Laws that every kernel of the catalogue keeps: adding one to [`ALL`] is enough to have it checked.

use std::cell::Cell;
use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;

use super::{ALL, Bound, Kernel, Seat, Thread};

/// A thread without a lock.
pub(super) struct NoLock;

impl Thread for NoLock {
    fn detach(&self) {}
    fn attach(&self) {}
}

/// A thread that counts how often it was detached, and insists on detaching and attaching in turn.
#[derive(Default)]
struct Counting {
    detached: Cell<bool>,
    times: Cell<u64>,
}

impl Thread for Counting {
    fn detach(&self) {
        assert!(!self.detached.replace(true), "detached twice");
        self.times.set(self.times.get() + 1);
    }

    fn attach(&self) {
        assert!(self.detached.replace(false), "attached twice");
    }
}

/// Runs the kernel's peer, if it has one, on a thread that lives as long as the test program.
pub(super) fn peer_of(kernel: &dyn Kernel) -> Option<SocketAddr> {
    let serve = kernel.peer()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || serve(listener));
    Some(address)
}

/// A row long enough to show something, short enough to be quick: of `crawl-75`, one cycle and a bit.
fn row(kernel: &dyn Kernel) -> u64 {
    match kernel.bound() {
        Bound::Cpu => 300,
        Bound::Io => 14,
        Bound::Mixed => 12_000,
    }
}

fn sum(kernel: &dyn Kernel, seats: impl IntoIterator<Item = Seat>, thread: &dyn Thread) -> u64 {
    seats.into_iter().fold(0, |sum, seat| {
        let mut task = kernel.prepare(&seat).unwrap();
        (0..seat.steps()).fold(sum, |sum, _| sum.wrapping_add(task.step(thread)))
    })
}

fn seats(workers: usize, total: u64, peer: Option<SocketAddr>) -> impl Iterator<Item = Seat> {
    (0..workers).map(move |worker| Seat::new(worker, workers, total).with_peer(peer))
}

#[test]
fn names_are_unique_and_kebab_case() {
    let mut names = HashSet::new();
    for kernel in ALL {
        let name = kernel.name();
        assert!(names.insert(name), "two kernels are called {name}");
        assert!(name.split('-').all(|word| !word.is_empty()), "{name}");
        assert!(name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{name}");
    }
}

#[test]
fn each_says_what_it_does_in_words_of_its_own() {
    let inherited = super::from_fn("", Bound::Cpu, |number| number).summary();
    for kernel in ALL {
        let summary = kernel.summary();
        assert!(!summary.is_empty() && summary != inherited, "{} has no summary", kernel.name());
        assert!(!summary.ends_with('.') && !summary.contains('\n'), "{summary}");
        assert_ne!(kernel.shares(), Some(""), "{}", kernel.name());
    }
}

#[test]
fn any_partition_has_the_same_checksum() {
    for kernel in ALL {
        let (peer, total) = (peer_of(*kernel), row(*kernel));
        let whole = sum(*kernel, seats(1, total, peer), &NoLock);
        for workers in [1, 2, 3, 7] {
            let parts = sum(*kernel, seats(workers, total, peer), &NoLock);
            assert_eq!(parts, whole, "{} in {workers} parts", kernel.name());
        }
        let stolen = sum(*kernel, seats(2, total, peer).flat_map(|seat| seat.split(3)), &NoLock);
        assert_eq!(stolen, whole, "{} in 2 times 3 parts", kernel.name());
    }
}

#[test]
fn every_step_counts() {
    for kernel in ALL {
        let (peer, total) = (peer_of(*kernel), row(*kernel));
        let [short, long] = [total - 1, total].map(|total| sum(*kernel, seats(1, total, peer), &NoLock));
        assert_ne!(short, long, "{}: the last step is not in the checksum", kernel.name());
    }
}

#[test]
fn only_what_waits_lets_go_of_the_lock() {
    for kernel in ALL {
        let (peer, total, thread) = (peer_of(*kernel), row(*kernel), Counting::default());
        sum(*kernel, seats(1, total, peer), &thread);
        assert!(!thread.detached.get(), "{} stays detached", kernel.name());
        let (times, name) = (thread.times.get(), kernel.name());
        match kernel.bound() {
            Bound::Cpu => assert_eq!(times, 0, "{name} computes only"),
            Bound::Io => assert!(times >= total, "{name} blocks in every step, but detached {times} times"),
            Bound::Mixed => assert!((1..total).contains(&times), "{name} blocks in some steps, not in {times}"),
        }
    }
}
