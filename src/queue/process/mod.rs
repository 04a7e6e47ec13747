//! The home between processes: a [ring](super::ring) in a memfd.

mod many;
mod pace;
mod transfer;
mod typed;
mod waiting;

use std::cell::Cell;
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use self::pace::Pace;
pub use self::typed::ProcessQueue;
use super::peers::{Peers, TABLE};
use super::primitives::{Arc, AtomicU32, AtomicU64, MOST, Ordering, Shared, available_bytes};
use super::ring::{LONGEST, MOST_SLOTS, Name, Position, Ring};
use super::{Error, Patience, Queue, Refused};

/// Says that memory is a queue, and which layout it has.
const MAGIC: u64 = 0x6769_6c62_7175_6575;
const VERSION: u64 = 2;

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
const SLOTS_AT: usize = PEERS_AT + TABLE;

/// Futex words: who sleeps until there is something to get, to put, or nothing left to do; and whether it is closed.
const GETTERS: usize = 0;
const CLOSED: usize = 1;
const PUTTERS: usize = 16;
const JOINERS: usize = 17;

/// Messages of up to so many bytes between processes; a handle of one user.
///
/// Every thread has its own handle ([`Self::try_clone`]), every process opens its own from the descriptor. A process
/// that was forked uses none of its parent's.
///
/// A message lives in exactly one place: in the queue, or in the hands of whoever has put or got it. If that process is
/// killed, at any instant, the others find out within about a tenth of a second and go on; only if nobody is left who
/// could do what somebody waits for, that one gets [`Error::Abandoned`].
pub struct ByteQueue {
    memory: Arc<Shared>,
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
    /// The last message of many, whose memory the next one takes.
    scratch: Cell<Vec<u8>>,
    /// A message among many claimed to be longer than its slot: told by the next call.
    misread: Cell<bool>,
}

impl ByteQueue {
    /// A queue for so many messages of at most so many bytes. With `joinable`, it counts what is taken and done, for
    /// [`Queue::join`].
    ///
    /// # Errors
    /// [`Error::Request`] if the capacity is 0 or above 16,777,215, a message longer than 4,194,302 bytes, or all of it
    /// more than the memory that is free; [`Error::Os`] if there is no descriptor left.
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
        Self::enter(Arc::new(memory))
    }

    /// The queue that another process has made, from the descriptor it has sent.
    ///
    /// # Errors
    /// [`Error::Corrupted`] if the memory is no queue, one of another version, or damaged; [`Error::Crowded`] if it has
    /// its 256 users.
    pub fn open(descriptor: OwnedFd) -> Result<Self, Error> {
        let memory =
            Shared::open(descriptor).map_err(|source| Error::Os { what: "opening a queue's memory", source })?;
        Self::enter(Arc::new(memory))
    }

    /// Another handle on the same queue, for another thread.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn try_clone(&self) -> Result<Self, Error> {
        Self::enter(self.memory())
    }

    pub(super) fn memory(&self) -> Arc<Shared> {
        self.memory.clone()
    }

    pub(super) fn enter(memory: Arc<Shared>) -> Result<Self, Error> {
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
        let mut queue = Self {
            name: Name::NOBODY,
            capacity,
            stride,
            joinable,
            putting: Cell::default(),
            getting: Cell::default(),
            used: Default::default(),
            paces: Default::default(),
            taken: Cell::new(0),
            done: Cell::new(0),
            scratch: Cell::default(),
            misread: Cell::new(false),
            memory,
        };
        let entered = queue.peers().enter().or_else(|| {
            // Perhaps some of them have died.
            queue.bury();
            queue.peers().enter()
        });
        let Some(name) = entered else { return Err(Error::Crowded(MOST)) };
        let (putting, getting) = queue.ring().begin();
        queue.putting.set(putting);
        queue.getting.set(getting);
        let (taken, done) = queue.peers().counts(name);
        queue.taken.set(taken);
        queue.done.set(done);
        queue.name = name;
        Ok(queue)
    }

    /// Longest message, in bytes; rounded up to whole words.
    #[inline]
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
}

impl fmt::Debug for ByteQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, capacity, stride, joinable, .. } = self;
        write!(f, "ByteQueue {{ {name:?}, capacity: {capacity}, stride: {stride}, joinable: {joinable} }}")
    }
}

impl AsFd for ByteQueue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.memory.as_fd()
    }
}

impl Drop for ByteQueue {
    fn drop(&mut self) {
        if self.name == Name::NOBODY {
            return;
        }
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

    fn join_within(&self, patience: Patience) -> Result<(), Error> {
        if self.joinable { self.wait_until_done(patience) } else { Err(Error::NotJoinable) }
    }

    fn put_many(&self, mut items: Vec<Vec<u8>>, patience: Patience) -> Result<(), Refused<Vec<Vec<u8>>>> {
        self.put_many_bytes(items.iter().map(Vec::as_slice), patience)
            .map(drop)
            .map_err(|(count, error)| Refused { error, item: items.split_off(count) })
    }

    fn get_many(&self, most: usize, patience: Patience) -> Result<Vec<Vec<u8>>, Error> {
        let mut messages = vec![];
        self.get_many_bytes(most, patience, |message| messages.push(message.to_vec())).map(|_| messages)
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
