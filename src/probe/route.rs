//! Routes: ways for messages of one length from one worker to another, with one face for all.
//!
//! | way | between threads | between processes |
//! |---|---|---|
//! | queue | `ThreadQueue`: short messages are items, long ones are moved | `ByteQueue`, the ring in shared memory |
//! | pipe, socket | the same in both homes | one message a write |
//! | shared memory | the same in both homes | the least there can be: one writer, one reader, no sleep, nobody may die |
//!
//! A match instead of a trait object: a call through a table would be a tenth of what some of these cost.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering;

use super::home::{Home, refused};
use crate::error::{Error, Result};
use crate::queue::{ByteQueue, Order, Patience, Queue, ThreadQueue};
use crate::sys::Shared;

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Queue,
    Pipe,
    Socket,
    SharedMemory,
}

impl Way {
    pub(super) const ALL: [Self; 4] = [Self::Queue, Self::Pipe, Self::Socket, Self::SharedMemory];

    /// As it stands in readings' names.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Pipe => "pipe",
            Self::Socket => "socket",
            Self::SharedMemory => "shared-memory",
        }
    }
}

/// A route, made before its workers are started; each takes one end of it.
#[derive(Debug)]
pub(super) struct Route {
    kind: Kind,
    /// Bytes of every message.
    length: usize,
}

/// Messages of at most so many bytes are items of a thread queue themselves: memory of its own for each would cost more
/// than passing it.
const FEW: usize = 64;
const SOME: usize = 1024;

#[derive(Debug)]
enum Kind {
    Few(ThreadQueue<[u8; FEW]>),
    Some(ThreadQueue<[u8; SOME]>),
    Many(ThreadQueue<Vec<u8>>),
    /// The memory of a queue between processes.
    Processes(OwnedFd),
    Pipe(PipeReader, PipeWriter),
    Socket(UnixStream, UnixStream),
    Ring(Shared, Layout),
}

impl Route {
    /// For messages of exactly so many bytes, with room for so many of them where that can be chosen.
    pub(super) fn new(way: Way, home: Home, length: usize, slots: usize) -> Result<Self> {
        let kind = match (way, home) {
            (Way::Queue, Home::Thread) if length <= FEW => Kind::Few(between_threads(slots)?),
            (Way::Queue, Home::Thread) if length <= SOME => Kind::Some(between_threads(slots)?),
            (Way::Queue, Home::Thread) => Kind::Many(between_threads(slots)?),
            (Way::Queue, Home::Process) => {
                let queue = ByteQueue::new(slots, length, false).map_err(refused)?;
                Kind::Processes(queue.as_fd().try_clone_to_owned().map_err(Error::os("copying a descriptor"))?)
            }
            (Way::Pipe, _) => {
                let (reader, writer) = std::io::pipe().map_err(Error::os("making a pipe"))?;
                Kind::Pipe(reader, writer)
            }
            (Way::Socket, _) => {
                let (one, other) = UnixStream::pair().map_err(Error::os("making a pair of sockets"))?;
                Kind::Socket(one, other)
            }
            (Way::SharedMemory, _) => {
                let layout = Layout { slots, stride: length.div_ceil(8) };
                let memory = Shared::new(layout.words()).map_err(Error::os("sharing memory"))?;
                Kind::Ring(memory, layout)
            }
        };
        Ok(Self { kind, length })
    }

    /// An end of it, for the worker that calls this: one sends, one receives.
    ///
    /// # Panics
    /// If there is none, as its other methods do: a worker has nobody to tell, and its end tells it.
    pub(super) fn end(&self) -> End<'_> {
        let way = match &self.kind {
            Kind::Few(queue) => Hold::Few(queue.clone()),
            Kind::Some(queue) => Hold::Some(queue.clone()),
            Kind::Many(queue) => Hold::Many(queue.clone()),
            Kind::Processes(memory) => {
                let descriptor = memory.try_clone().expect("a descriptor");
                Hold::Processes(Box::new(ByteQueue::open(descriptor).expect("room for another user")))
            }
            Kind::Pipe(reader, writer) => Hold::Pipe(reader, writer),
            Kind::Socket(one, other) => Hold::Socket(one, other),
            Kind::Ring(memory, layout) => Hold::Ring(Ring { memory, layout: *layout, at: 0, seen: 0 }),
        };
        End { way, length: self.length, copied: 0 }
    }
}

/// One worker's end of a route.
#[derive(Debug)]
pub(super) struct End<'a> {
    way: Hold<'a>,
    length: usize,
    copied: u64,
}

#[derive(Debug)]
enum Hold<'a> {
    Few(ThreadQueue<[u8; FEW]>),
    Some(ThreadQueue<[u8; SOME]>),
    Many(ThreadQueue<Vec<u8>>),
    Processes(Box<ByteQueue>),
    Pipe(&'a PipeReader, &'a PipeWriter),
    Socket(&'a UnixStream, &'a UnixStream),
    Ring(Ring<'a>),
}

impl End<'_> {
    /// Sends a message; waits for room.
    #[inline]
    pub(super) fn send(&mut self, message: &[u8]) {
        assert_eq!(message.len(), self.length, "messages of a route have one length");
        self.copied += message.len() as u64;
        match &mut self.way {
            Hold::Few(queue) => put(queue, padded(message)),
            Hold::Some(queue) => put(queue, padded(message)),
            Hold::Many(queue) => put(queue, message.to_vec()),
            Hold::Processes(queue) => {
                queue.put_bytes(message, Patience::Forever).unwrap_or_else(|error| panic!("{error}"));
            }
            Hold::Pipe(_, writer) => writer.write_all(message).expect("a pipe takes bytes"),
            Hold::Socket(one, _) => one.write_all(message).expect("a socket takes bytes"),
            Hold::Ring(ring) => ring.send(message),
        }
    }

    /// Receives the next message; waits for it.
    #[inline]
    pub(super) fn receive(&mut self, message: &mut Vec<u8>) {
        if let Hold::Many(queue) = &self.way {
            // It is moved, not copied.
            *message = get(queue);
            return;
        }
        self.copied += self.length as u64;
        message.resize(self.length, 0);
        match &mut self.way {
            Hold::Few(queue) => message.copy_from_slice(&get(queue)[..self.length]),
            Hold::Some(queue) => message.copy_from_slice(&get(queue)[..self.length]),
            Hold::Many(_) => {}
            Hold::Processes(queue) => {
                queue.get_bytes(message, Patience::Forever).unwrap_or_else(|error| panic!("{error}"));
            }
            Hold::Pipe(reader, _) => reader.read_exact(message).expect("a pipe has bytes"),
            Hold::Socket(_, other) => other.read_exact(message).expect("a socket has bytes"),
            Hold::Ring(ring) => ring.receive(message),
        }
    }

    /// Bytes that this end has copied so far.
    pub(super) fn copied(&self) -> u64 {
        self.copied
    }
}

fn between_threads<T>(slots: usize) -> Result<ThreadQueue<T>> {
    ThreadQueue::new(slots, Order::Fifo, false).map_err(refused)
}

#[inline]
fn padded<const LENGTH: usize>(message: &[u8]) -> [u8; LENGTH] {
    let mut item = [0; LENGTH];
    item[..message.len()].copy_from_slice(message);
    item
}

#[inline]
fn put<T>(queue: &ThreadQueue<T>, item: T) {
    queue.put(item).unwrap_or_else(|refused| panic!("{}", refused.error));
}

#[inline]
fn get<T>(queue: &ThreadQueue<T>) -> T {
    queue.get().unwrap_or_else(|error| panic!("{error}"))
}

/// Where things are in the memory of a ring: messages put and got so far, each on lines of its own, and the slots.
#[derive(Debug, Clone, Copy)]
struct Layout {
    slots: usize,
    /// Words of a slot.
    stride: usize,
}

const PUT: usize = 0;
const GOT: usize = 16;
const SLOTS: usize = 32;
/// Looks before others may have the processor.
const LOOKS: u32 = 256;
/// Messages of more bytes are copied as a block.
const SHORT: usize = 64;

impl Layout {
    fn words(self) -> usize {
        SLOTS + self.slots * self.stride
    }
}

/// An end of a ring: as many messages as it has put or got itself, and as the other had when it last looked.
#[derive(Debug)]
struct Ring<'a> {
    memory: &'a Shared,
    layout: Layout,
    at: u64,
    seen: u64,
}

impl Ring<'_> {
    #[inline]
    fn send(&mut self, message: &[u8]) {
        if self.at - self.seen == self.layout.slots as u64 {
            self.seen = self.wait(GOT, self.seen);
        }
        let slot = self.slot();
        if message.len() > SHORT || !message.len().is_multiple_of(8) {
            self.memory.copy_in(slot, message);
        } else {
            let words = &self.memory.words()[slot..];
            for (word, bytes) in words.iter().zip(message.as_chunks::<8>().0) {
                word.store(u64::from_ne_bytes(*bytes), Ordering::Relaxed);
            }
        }
        self.at += 1;
        self.memory.words()[PUT].store(self.at, Ordering::Release);
    }

    #[inline]
    fn receive(&mut self, message: &mut [u8]) {
        if self.at == self.seen {
            self.seen = self.wait(PUT, self.seen);
        }
        let slot = self.slot();
        if message.len() > SHORT || !message.len().is_multiple_of(8) {
            self.memory.copy_out(slot, message);
        } else {
            let words = &self.memory.words()[slot..];
            for (word, bytes) in words.iter().zip(message.as_chunks_mut::<8>().0) {
                *bytes = word.load(Ordering::Relaxed).to_ne_bytes();
            }
        }
        self.at += 1;
        self.memory.words()[GOT].store(self.at, Ordering::Release);
    }

    fn slot(&self) -> usize {
        SLOTS + (self.at % self.layout.slots as u64) as usize * self.layout.stride
    }

    /// Waits until the other has done more than that; how much.
    #[inline]
    fn wait(&self, count: usize, than: u64) -> u64 {
        let mut looks = 0_u32;
        loop {
            let seen = self.memory.words()[count].load(Ordering::Acquire);
            if seen > than {
                return seen;
            }
            looks += 1;
            if looks.is_multiple_of(LOOKS) { std::thread::yield_now() } else { std::hint::spin_loop() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More messages than there is room for, of every kind of length, on every route.
    #[test]
    fn every_route_carries_every_message_whole_and_in_order() {
        for (way, home) in Way::ALL.into_iter().flat_map(|way| Home::BOTH.map(|home| (way, home))) {
            for length in [1, 8, 64, 65, 1000, 65_536] {
                let route = Route::new(way, home, length, 3).unwrap();
                std::thread::scope(|scope| {
                    scope.spawn(|| {
                        let mut end = route.end();
                        (0..20).for_each(|number| end.send(&vec![number; length]));
                        assert_eq!(end.copied(), 20 * length as u64);
                    });
                    let (mut end, mut message) = (route.end(), vec![]);
                    for number in 0..20 {
                        end.receive(&mut message);
                        assert_eq!(message, vec![number; length], "{way:?} {home:?}");
                    }
                    let moved = way == Way::Queue && home == Home::Thread && length > SOME;
                    assert_eq!(end.copied(), if moved { 0 } else { 20 * length as u64 });
                });
            }
        }
    }
}
