//! The home between processes: a [ring](super::ring) in a memfd.

mod pace;
mod typed;
mod waiting;

use std::cell::Cell;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use self::pace::Pace;
pub use self::typed::ProcessQueue;
use self::waiting::Waiting;
use super::peers::{ENTRY, MOST, Peers, Side};
use super::ring::{self, LONGEST, MOST_SLOTS, Name, Position, Ring, Taken};
use super::{Error, Patience, Queue, Refused};
use crate::sys::Shared;

/// Says that memory is a queue, and which layout it has.
const MAGIC: u64 = 0x6769_6c62_7175_6575;
const VERSION: u64 = 1;

/// Words that say what the queue is; the last of them is a sum over the others.
const MAGIC_AT: usize = 0;
const VERSION_AT: usize = 1;
const CAPACITY_AT: usize = 2;
const STRIDE_AT: usize = 3;
const JOINABLE_AT: usize = 4;
const SUM_AT: usize = 5;
/// Words that change, each on lines of its own.
const LAST_DEAD_AT: usize = 16;
const LOOKED_AT: usize = 17;
const TAIL_AT: usize = 32;
const HEAD_AT: usize = 48;
const PEERS_AT: usize = 64;
const SLOTS_AT: usize = PEERS_AT + MOST * ENTRY;

/// Futex words: who sleeps until there is something to get, to put, or nothing left to do; and whether it is closed.
const GETTERS: usize = 0;
const CLOSED: usize = 1;
const PUTTERS: usize = 16;
const JOINERS: usize = 17;

/// Messages of more bytes are copied as a block, shorter ones word by word.
const SHORT: usize = 32;
/// Messages of up to so many bytes between processes; a handle of one user.
///
/// Every thread has its own handle ([`Self::try_clone`]), every process opens its own from the descriptor. A process
/// that was forked uses none of its parent's.
///
/// A message lives in exactly one place: in the queue, or in the hands of whoever has put or got it. If that process is
/// killed, at any instant, the others find out within about a tenth of a second and go on; only if nobody is left who
/// could do what somebody waits for, that one gets [`Error::Abandoned`].
#[derive(Debug)]
pub struct ByteQueue {
    memory: Shared,
    name: Name,
    capacity: usize,
    stride: usize,
    joinable: bool,
    putting: Cell<Position>,
    getting: Cell<Position>,
    /// Which sides it has been seen to use.
    used: [Cell<bool>; 2],
    paces: [Pace; 2],
    taken: Cell<u64>,
    done: Cell<u64>,
}

impl ByteQueue {
    /// A queue for so many messages of at most so many bytes. With `joinable`, it counts what is taken and done, for
    /// [`Queue::join`].
    ///
    /// # Errors
    /// [`Error::Request`] if the capacity is 0 or above 16,777,215, or a message longer than 4,194,302 bytes;
    /// [`Error::Os`] if the system has not that much memory, or no descriptor left.
    pub fn new(capacity: usize, longest: usize, joinable: bool) -> Result<Self, Error> {
        if capacity == 0 {
            return Err(Error::Request("a queue for 0 items can pass none on; give it a capacity of 1 or more".into()));
        }
        if capacity >= MOST_SLOTS || longest > LONGEST {
            return Err(Error::Request(format!(
                "a queue for {capacity} messages of {longest} bytes is too large: at most {} messages, of {LONGEST} bytes",
                MOST_SLOTS - 1
            )));
        }
        let stride = 1 + longest.div_ceil(8);
        let words = SLOTS_AT + capacity * stride;
        let available = available_bytes().unwrap_or(u64::MAX);
        if words as u64 * 8 > available {
            return Err(Error::Request(format!(
                "a queue for {capacity} messages of {longest} bytes needs {} MiB, and {} MiB are free",
                (words * 8) >> 20,
                available >> 20
            )));
        }
        let memory = Shared::new(words).map_err(|source| Error::Os { what: "making a queue's memory", source })?;
        let header = memory.words();
        for (at, value) in [
            (MAGIC_AT, MAGIC),
            (VERSION_AT, VERSION),
            (CAPACITY_AT, capacity as u64),
            (STRIDE_AT, stride as u64),
            (JOINABLE_AT, joinable.into()),
        ] {
            header[at].store(value, Ordering::Relaxed);
        }
        header[SUM_AT].store(sum(header), Ordering::Release);
        Self::enter(memory)
    }

    /// The queue that another process has made, from the descriptor it has sent.
    ///
    /// # Errors
    /// [`Error::Corrupted`] if the memory is no queue, one of another version, or damaged; [`Error::Crowded`] if it has
    /// its 256 users.
    pub fn open(descriptor: OwnedFd) -> Result<Self, Error> {
        let memory =
            Shared::open(descriptor).map_err(|source| Error::Os { what: "opening a queue's memory", source })?;
        Self::enter(memory)
    }

    /// Another handle on the same queue, for another thread.
    ///
    /// # Errors
    /// As [`Self::open`]; [`Error::Os`] if there is no descriptor left.
    pub fn try_clone(&self) -> Result<Self, Error> {
        let os = |source| Error::Os { what: "copying a queue's descriptor", source };
        Self::open(self.as_fd().try_clone_to_owned().map_err(os)?)
    }

    fn enter(memory: Shared) -> Result<Self, Error> {
        let words = memory.words();
        let field = |at: usize| words.get(at).map_or(0, |word| word.load(Ordering::Acquire));
        if field(MAGIC_AT) != MAGIC || words.len() < SLOTS_AT {
            return Err(Error::Corrupted("this memory holds no queue".into()));
        }
        if field(VERSION_AT) != VERSION {
            return Err(Error::Corrupted(format!(
                "the queue was made by another version of gilbench (layout {}, here {VERSION}); use one executable",
                field(VERSION_AT)
            )));
        }
        let (capacity, stride) = (field(CAPACITY_AT) as usize, field(STRIDE_AT) as usize);
        let fits = capacity > 0 && stride > 0 && capacity.checked_mul(stride) == Some(words.len() - SLOTS_AT);
        if !fits || field(SUM_AT) != sum(words) {
            return Err(Error::Corrupted("the control block of the queue is damaged".into()));
        }
        let joinable = field(JOINABLE_AT) != 0;
        let name = Peers { words: &words[PEERS_AT..SLOTS_AT] }.enter().ok_or(Error::Crowded(MOST))?;
        let queue = Self {
            name,
            capacity,
            stride,
            joinable,
            putting: Cell::default(),
            getting: Cell::default(),
            used: Default::default(),
            paces: Default::default(),
            taken: Cell::new(0),
            done: Cell::new(0),
            memory,
        };
        let (putting, getting) = queue.ring().begin();
        queue.putting.set(putting);
        queue.getting.set(getting);
        let (taken, done) = queue.peers().counts(name);
        queue.taken.set(taken);
        queue.done.set(done);
        Ok(queue)
    }

    /// Longest message, in bytes; rounded up to whole words.
    pub fn longest(&self) -> usize {
        ((self.stride - 1) * 8).min(LONGEST)
    }

    /// Handles on the queue that were not given back. A dead process's counts until somebody has looked.
    pub fn users(&self) -> usize {
        self.peers().living()
    }

    #[inline]
    fn ring(&self) -> Ring<'_> {
        let words = self.memory.words();
        Ring {
            tail: &words[TAIL_AT],
            head: &words[HEAD_AT],
            slots: &words[SLOTS_AT..],
            capacity: self.capacity,
            stride: self.stride,
        }
    }

    fn peers(&self) -> Peers<'_> {
        Peers { words: &self.memory.words()[PEERS_AT..SLOTS_AT] }
    }

    #[inline]
    fn bell(&self, which: usize) -> &AtomicU32 {
        &self.memory.head()[which]
    }

    #[inline]
    fn note_use(&self, side: Side) {
        let used = &self.used[side as usize];
        if !used.get() {
            used.set(true);
            self.peers().has_used(self.name, side);
        }
    }

    /// Puts a message, without waking anybody for it.
    #[inline]
    fn put_quietly(&self, message: &[u8], patience: Patience) -> Result<bool, Error> {
        if message.len() > self.longest() {
            return Err(Error::TooLong { bytes: message.len(), longest: self.longest() });
        }
        if self.closed() {
            return Err(Error::Closed);
        }
        let ring = self.ring();
        let mut at = self.putting.get();
        let mut waiting = Waiting::new(patience);
        let taken = loop {
            match ring.take_empty(&mut at, self.name) {
                Ok(taken) => break taken,
                Err(unready) => {
                    self.putting.set(at);
                    self.wait(Side::Put, at, unready, &mut waiting)?;
                }
            }
        };
        // Once more, after the slot is taken: a consumer that finds a closed queue empty has seen either this slot being
        // written or nothing that will come.
        let closed = self.closed();
        if !closed {
            self.write(ring.start(&taken), message);
        }
        self.putting.set(ring.publish(taken, (!closed).then_some(message.len())));
        if closed {
            self.ring_for_more(Side::Put);
            return Err(Error::Closed);
        }
        self.note_use(Side::Put);
        self.paces[Side::Put as usize].passed();
        Ok(waiting.slept)
    }

    #[inline]
    fn get_quietly(&self, message: &mut Vec<u8>, patience: Patience) -> Result<bool, Error> {
        let ring = self.ring();
        let mut at = self.getting.get();
        let mut waiting = Waiting::new(patience);
        loop {
            match ring.take_full(&mut at, self.name) {
                Ok(taken) => {
                    let arrived = self.read(&ring, taken, message);
                    at = self.getting.get();
                    if arrived? {
                        self.note_use(Side::Get);
                        self.paces[Side::Get as usize].passed();
                        return Ok(waiting.slept);
                    }
                    self.ring_for_more(Side::Get);
                }
                Err(unready) => {
                    self.getting.set(at);
                    self.wait(Side::Get, at, unready, &mut waiting)?;
                }
            }
        }
    }

    /// Copies a message out of a slot and frees it; whether there was one.
    #[inline]
    fn read(&self, ring: &Ring<'_>, taken: Taken, message: &mut Vec<u8>) -> Result<bool, Error> {
        let damaged = taken.length.is_some_and(|length| length > self.longest());
        if let Some(length) = taken.length.filter(|_| !damaged) {
            self.read_from(ring.start(&taken), length, message);
        }
        if self.joinable {
            // Before the slot is free: who finds the queue empty finds everything counted.
            self.taken.set(self.taken.get() + 1);
            self.peers().set_taken(self.name, self.taken.get());
        }
        self.getting.set(ring.free(taken));
        if damaged {
            return Err(Error::Corrupted("a message claims to be longer than its slot".into()));
        }
        if taken.length.is_none() && self.joinable {
            self.count_done();
        }
        Ok(taken.length.is_some())
    }

    #[inline]
    fn write(&self, start: usize, message: &[u8]) {
        if message.len() > SHORT {
            self.memory.copy_in(SLOTS_AT + start, message);
            return;
        }
        let (whole, rest) = message.as_chunks::<8>();
        let words = &self.memory.words()[SLOTS_AT + start..][..message.len().div_ceil(8)];
        for (word, bytes) in words.iter().zip(whole) {
            word.store(u64::from_ne_bytes(*bytes), Ordering::Relaxed);
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            words[whole.len()].store(u64::from_ne_bytes(last), Ordering::Relaxed);
        }
    }

    #[inline]
    fn read_from(&self, start: usize, length: usize, message: &mut Vec<u8>) {
        // A buffer that is used again and again is not cleared each time.
        message.resize(length, 0);
        if length > SHORT {
            self.memory.copy_out(SLOTS_AT + start, message);
            return;
        }
        let words = &self.memory.words()[SLOTS_AT + start..][..length.div_ceil(8)];
        let (whole, rest) = message.as_chunks_mut::<8>();
        for (bytes, word) in whole.iter_mut().zip(words) {
            *bytes = word.load(Ordering::Relaxed).to_ne_bytes();
        }
        if let (Some(word), length @ 1..) = (words.last(), rest.len()) {
            rest.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes()[..length]);
        }
    }

    fn count_done(&self) {
        self.done.set(self.done.get() + 1);
        self.peers().set_done(self.name, self.done.get());
        if self.bell(JOINERS).load(Ordering::SeqCst) != 0 {
            ring::ring_all(self.bell(JOINERS));
        }
    }

    /// Puts a message.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Closed`], [`Error::Abandoned`]; [`Error::Full`] if the patience has an end.
    #[inline]
    pub fn put_bytes(&self, message: &[u8], patience: Patience) -> Result<(), Error> {
        let slept = self.put_quietly(message, patience)?;
        self.ring_for_more(Side::Put);
        if slept {
            self.pass_on(Side::Put);
        }
        Ok(())
    }

    /// Gets a message into `message`, whose former content is lost.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Abandoned`], [`Error::Corrupted`]; [`Error::Empty`] if the patience has an end.
    #[inline]
    pub fn get_bytes(&self, message: &mut Vec<u8>, patience: Patience) -> Result<(), Error> {
        let slept = self.get_quietly(message, patience)?;
        self.ring_for_more(Side::Get);
        if slept {
            self.pass_on(Side::Get);
        }
        Ok(())
    }

    /// Puts messages one after another, waking others once for all that go in without waiting; how many went in before
    /// an error, beside it.
    ///
    /// # Errors
    /// As [`Self::put_bytes`].
    pub fn put_many_bytes<'a>(
        &self,
        messages: impl IntoIterator<Item = &'a [u8]>,
        patience: Patience,
    ) -> Result<usize, (usize, Error)> {
        let mut count = 0;
        let mut outcome = Ok(());
        for message in messages {
            match self.put_quietly(message, Patience::None) {
                Err(Error::Full) => {
                    self.ring_for_more(Side::Put);
                    outcome = self.put_bytes(message, patience);
                }
                put => outcome = put.map(drop),
            }
            if outcome.is_err() {
                break;
            }
            count += 1;
        }
        self.ring_for_more(Side::Put);
        outcome.map(|()| count).map_err(|error| (count, error))
    }

    /// Gets at least one message, waiting for it, and then as many as are there, up to `most`; gives each to `each`.
    ///
    /// # Errors
    /// As [`Self::get_bytes`], if there is not even one.
    pub fn get_many_bytes(&self, most: usize, patience: Patience, mut each: impl FnMut(&[u8])) -> Result<usize, Error> {
        let mut message = vec![];
        let slept = self.get_quietly(&mut message, patience)?;
        each(&message);
        let mut count = 1;
        while count < most && self.get_quietly(&mut message, Patience::None).is_ok() {
            each(&message);
            count += 1;
        }
        self.ring_for_more(Side::Get);
        if slept {
            self.pass_on(Side::Get);
        }
        Ok(count)
    }
}

impl AsFd for ByteQueue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.memory.as_fd()
    }
}

impl Drop for ByteQueue {
    fn drop(&mut self) {
        self.peers().leave(self.name);
        // Who waits may have waited for this one.
        self.ring_all();
    }
}

impl Queue<Vec<u8>> for ByteQueue {
    fn put_within(&self, item: Vec<u8>, patience: Patience) -> Result<(), Refused<Vec<u8>>> {
        self.put_bytes(&item, patience).map_err(|error| Refused { error, item })
    }

    fn get_within(&self, patience: Patience) -> Result<Vec<u8>, Error> {
        let mut message = vec![];
        self.get_bytes(&mut message, patience).map(|()| message)
    }

    fn len(&self) -> usize {
        self.ring().length()
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn task_done(&self) -> Result<(), Error> {
        if !self.joinable {
            return Err(Error::NotJoinable);
        }
        if self.done.get() == self.taken.get() {
            return Err(Error::NotTaken);
        }
        self.count_done();
        Ok(())
    }

    fn join(&self) -> Result<(), Error> {
        if self.joinable { self.wait_until_done() } else { Err(Error::NotJoinable) }
    }

    fn close(&self) {
        self.bell(CLOSED).store(1, Ordering::SeqCst);
        self.ring_all();
    }
}

fn sum(words: &[AtomicU64]) -> u64 {
    (MAGIC_AT..SUM_AT).fold(0, |sum: u64, at| {
        (sum.rotate_left(13) ^ words[at].load(Ordering::Relaxed)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    })
}

/// Memory that can be had, in bytes, as the kernel estimates it.
fn available_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
