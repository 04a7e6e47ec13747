//! One way: time for each message of a stream.

use std::fs::File;
use std::hint::black_box;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use gilbench::queue::{ByteQueue, Patience};
use gilbench_os::{Forked, Shared, fork, leave};
use rustix::process::{WaitOptions, waitpid};

use super::{Peer, ROUNDS, table};

const CAPACITY: usize = 1024;

/// What a receiver does with a message: looks at every byte.
#[inline]
fn look(message: &[u8]) -> u64 {
    let (words, rest) = message.as_chunks::<8>();
    let sum = words.iter().fold(0_u64, |sum, word| sum.wrapping_add(u64::from_ne_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| sum.wrapping_add((*byte).into()))
}

/// Runs `child` in a forked process; both begin together.
fn beside(child: impl FnOnce(), parent: impl FnOnce()) -> f64 {
    let gate = Shared::new(1).expect("a page of memory");
    let pass = |own: &AtomicU32, other: &AtomicU32| {
        own.store(1, Ordering::Release);
        while other.load(Ordering::Acquire) == 0 {
            std::hint::spin_loop();
        }
    };
    let [one, other] = [&gate.head()[0], &gate.head()[1]];
    let Forked::Parent(pid) = fork().expect("forking") else {
        pass(one, other);
        child();
        leave(0)
    };
    pass(other, one);
    let began = Instant::now();
    parent();
    let taken = began.elapsed();
    waitpid(Some(pid), WaitOptions::empty()).expect("it is our child");
    taken.as_nanos() as f64
}

/// The queue of another process's handle.
pub(crate) fn again(queue: &ByteQueue) -> ByteQueue {
    ByteQueue::open(queue.as_fd().try_clone_to_owned().expect("a descriptor")).expect("it is a queue")
}

pub(crate) fn ours(size: usize, count: u64) -> f64 {
    let queue = ByteQueue::new(CAPACITY, size, false).expect("a small queue");
    let produce = || {
        let queue = again(&queue);
        // Whoever sends in earnest sends what the compiler does not know.
        let message = black_box(vec![1; size]);
        (0..count).for_each(|_| queue.put_bytes(&message, Patience::Forever).expect("the consumer lives"));
    };
    let consume = || {
        let mut message = vec![];
        let mut sum = 0;
        for _ in 0..count {
            queue.get_bytes(&mut message, Patience::Forever).expect("the producer lives");
            sum ^= look(&message);
        }
        black_box(sum);
    };
    beside(produce, consume) / count as f64
}

fn ours_in_batches(size: usize, count: u64) -> f64 {
    const BATCH: usize = 64;
    let queue = ByteQueue::new(CAPACITY, size, false).expect("a small queue");
    let produce = || {
        let queue = again(&queue);
        let message = black_box(vec![1; size]);
        for _ in 0..count / BATCH as u64 {
            let messages = std::iter::repeat_n(&message[..], BATCH);
            queue.put_many_bytes(messages, Patience::Forever).expect("the consumer lives");
        }
    };
    let consume = || {
        let (mut sum, mut got) = (0, 0);
        while got < count / BATCH as u64 * BATCH as u64 {
            let some = queue.get_many_bytes(BATCH, Patience::Forever, |message| sum ^= look(message));
            got += some.expect("the producer lives") as u64;
        }
        black_box(sum);
    };
    beside(produce, consume) / count as f64
}

fn pipe(size: usize, count: u64) -> f64 {
    let (reader, writer) = rustix::pipe::pipe().expect("a pipe");
    let (mut reader, mut writer) = (File::from(reader), File::from(writer));
    let produce = || {
        let message = vec![1; size];
        (0..count).for_each(|_| writer.write_all(&message).expect("the reader lives"));
    };
    let consume = || {
        let mut message = vec![0; size];
        let mut sum = 0;
        for _ in 0..count {
            reader.read_exact(&mut message).expect("the writer lives");
            sum ^= look(&message);
        }
        black_box(sum);
    };
    beside(produce, consume) / count as f64
}

fn ipc_channel(size: usize, count: u64) -> f64 {
    let (sender, receiver) = ipc_channel::ipc::bytes_channel().expect("a channel");
    let produce = || {
        let message = vec![1; size];
        (0..count).for_each(|_| sender.send(&message).expect("the receiver lives"));
    };
    let consume = || {
        let mut sum = 0;
        for _ in 0..count {
            sum ^= look(&receiver.recv().expect("the sender lives"));
        }
        black_box(sum);
    };
    beside(produce, consume) / count as f64
}

/// Threads that send and receive arrays of so many bytes.
fn threads<const SIZE: usize>(
    count: u64,
    pairs: u64,
    send: impl Fn([u8; SIZE]) + Sync,
    receive: impl Fn() -> [u8; SIZE] + Sync,
) -> f64 {
    let gate = std::sync::Barrier::new(2 * pairs as usize + 1);
    std::thread::scope(|scope| {
        for _ in 0..pairs {
            scope.spawn(|| {
                gate.wait();
                (0..count / pairs).for_each(|_| send([1; SIZE]));
            });
        }
        let receivers: Vec<_> = (0..pairs)
            .map(|_| {
                scope.spawn(|| {
                    gate.wait();
                    let sum = (0..count / pairs).fold(0, |sum, _| sum ^ look(&receive()));
                    black_box(sum);
                })
            })
            .collect();
        gate.wait();
        let began = Instant::now();
        for receiver in receivers {
            receiver.join().expect("it only receives");
        }
        began.elapsed().as_nanos() as f64 / count as f64
    })
}

fn crossbeam<const SIZE: usize>(count: u64, pairs: u64) -> f64 {
    let (sender, receiver) = crossbeam_channel::bounded(CAPACITY);
    threads::<SIZE>(count, pairs, |m| sender.send(m).expect("it lives"), || receiver.recv().expect("it lives"))
}

fn flume<const SIZE: usize>(count: u64) -> f64 {
    let (sender, receiver) = flume::bounded(CAPACITY);
    threads::<SIZE>(count, 1, |m| sender.send(m).expect("it lives"), || receiver.recv().expect("it lives"))
}

fn std_channel<const SIZE: usize>(count: u64) -> f64 {
    let (sender, receiver) = std::sync::mpsc::sync_channel(CAPACITY);
    let receiver = std::sync::Mutex::new(receiver);
    let (receiver, sender) = (&receiver, &sender);
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || (0..count).for_each(|_| sender.send([1_u8; SIZE]).expect("it lives")));
        let receiver = receiver.lock().expect("nobody panicked");
        let first = look(&receiver.recv().expect("it lives"));
        let began = Instant::now();
        let sum = (1..count).fold(first, |sum, _| sum ^ look(&receiver.recv().expect("it lives")));
        black_box(sum);
        let taken = began.elapsed();
        sending.join().expect("it only sends");
        taken.as_nanos() as f64 / count as f64
    })
}

pub(crate) fn one_to_one() {
    sized::<8>([0.9, 10.0, 40.0]);
    sized::<64>([0.9, 10.0, 40.0]);
    sized::<1024>([Some(0.9), None, None]);
}

fn sized<const SIZE: usize>(least: [impl Into<Option<f64>>; 3]) {
    let count = if SIZE > 64 { 400_000 } else { 2_000_000 };
    let [threads, piped, ipc] = least.map(Into::into);
    let peers = vec![
        Peer::new("crossbeam-channel, threads", threads, || crossbeam::<SIZE>(count, 1)),
        Peer::new("flume, threads", None, || flume::<SIZE>(count)),
        Peer::new("std mpsc, threads", None, || std_channel::<SIZE>(count)),
        Peer::new("pipe, processes", piped, || pipe(SIZE, count / 40)),
        Peer::new("ipc-channel, processes", ipc, || ipc_channel(SIZE, count / 200)),
    ];
    table(&format!("One to one, {SIZE} bytes, {CAPACITY} places"), ROUNDS, || ours(SIZE, count), peers);
}

/// Two producers and two consumers, a process each.
fn ours_two_to_two(count: u64) -> f64 {
    let queue = ByteQueue::new(CAPACITY, 8, false).expect("a small queue");
    let report = Shared::new(1).expect("a page of memory");
    let ready = &report.head()[0];
    let ends: &AtomicU64 = &report.words()[0];
    let children: Vec<_> = (0..4)
        .map(|child| {
            let Forked::Parent(pid) = fork().expect("forking") else {
                let queue = again(&queue);
                ready.fetch_add(1, Ordering::SeqCst);
                while ready.load(Ordering::Acquire) < 5 {
                    std::hint::spin_loop();
                }
                let mut message = vec![1; 8];
                for _ in 0..count / 2 {
                    if child % 2 == 0 {
                        queue.put_bytes(&message, Patience::Forever).expect("a consumer lives");
                    } else {
                        queue.get_bytes(&mut message, Patience::Forever).expect("a producer lives");
                        ends.fetch_xor(look(&message) & 1 << 40, Ordering::Relaxed);
                    }
                }
                drop(queue);
                leave(0)
            };
            pid
        })
        .collect();
    while ready.load(Ordering::Acquire) < 4 {
        std::thread::yield_now();
    }
    ready.store(5, Ordering::Release);
    let began = Instant::now();
    for pid in children {
        waitpid(Some(pid), WaitOptions::empty()).expect("it is our child");
    }
    began.elapsed().as_nanos() as f64 / count as f64
}

pub(crate) fn two_to_two() {
    let count = 400_000;
    let peers = vec![Peer::new("crossbeam-channel, threads", 0.7, || crossbeam::<8>(count, 2))];
    table("Two to two, 8 bytes", ROUNDS, || ours_two_to_two(count), peers);
}

pub(crate) fn batches() {
    let count = 2_000_000;
    let peers = vec![Peer::new("ours, one by one", 1.0, || ours(8, count))];
    table("Batches of 64, 8 bytes", ROUNDS, || ours_in_batches(8, count), peers);
}
