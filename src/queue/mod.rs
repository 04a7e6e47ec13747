//! Queues: one bounded, joinable queue with one face and two homes.
//!
//! | home | type | items | made of |
//! |---|---|---|---|
//! | between the threads of a process | [`ThreadQueue`] | any type | crossbeam's channel |
//! | between processes | [`ByteQueue`], [`ProcessQueue`] | bytes, or any type serde knows | a ring in shared memory, whose users may be killed at any instant |
//!
//! A process gets its queues when it is [started](start), up to 16, whoever else has them: so parents and children
//! have one in common, and children among themselves.
//!
//! The face is [`Queue`], with the words of Python's queues. Differences to them, all on purpose: a queue always has a
//! bound; it can be [closed](Queue::close), after which consumers get what is left and then an end, so that nobody has
//! to count end markers; and a user that dies is [told](Error::Abandoned) to whoever would wait for it for ever.
//!
//! ```
//! use gilbench::queue::{Order, Queue, ThreadQueue};
//!
//! let queue = ThreadQueue::new(5, Order::Fifo, true)?;
//! std::thread::scope(|scope| {
//!     let eater = queue.clone();
//!     scope.spawn(move || {
//!         while let Ok(dish) = eater.get() {
//!             assert!(dish < 100);
//!             eater.task_done().expect("it was taken");
//!         }
//!     });
//!     for dish in 0..100 {
//!         queue.put(dish).expect("it is not closed");
//!     }
//!     queue.join().expect("the eater lives");
//!     queue.close();
//! });
//! # Ok::<(), gilbench::queue::Error>(())
//! ```

mod peers;
mod primitives;
mod process;
mod ring;
mod start;
#[cfg(test)]
pub(crate) mod tests;
mod thread;

use std::io;
use std::time::{Duration, Instant};

pub use self::process::{ByteQueue, ProcessQueue};
pub use self::start::{received, start};
pub use self::thread::ThreadQueue;

/// Which item comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// First in, first out: a queue.
    Fifo,
    /// Last in, first out: a stack. Between threads only, as in Python's `queue` and `multiprocessing`.
    Lifo,
}

/// How long to wait if there is nothing to get, or no room to put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Not at all.
    None,
    /// At most so long.
    For(Duration),
    /// Until it is there, or it is certain that it never will be.
    Forever,
}

/// Why a queue did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No room, and no patience left.
    #[error("the queue is full")]
    Full,
    /// No item, and no patience left.
    #[error("the queue is empty")]
    Empty,
    /// Nothing can be put any more, and everything has been got.
    #[error("the queue is closed")]
    Closed,
    /// A user has died, and what is waited for will not come: nobody is left to do it, or (for a join) items that it
    /// had taken were never done.
    #[error("process {pid} died while it used the queue{}", if *.items == 0 { ", and nobody is left to wait for".into() } else { format!("; {} of the items taken were never done", .items) })]
    Abandoned {
        /// One of the dead.
        pid: u32,
        /// Items that were taken and will never be done.
        items: u64,
    },
    /// The message does not fit into a slot, and is never cut.
    #[error("a message of {bytes} bytes does not fit: the queue was made for at most {longest} bytes")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The longest that fits.
        longest: usize,
    },
    /// Not everything is done, and no patience left.
    #[error("items of the queue are still to be done")]
    Unfinished,
    /// Done more often than taken.
    #[error("task_done was called more often than items were taken")]
    NotTaken,
    /// The queue does not count what is done.
    #[error("the queue was not made to be joined; make it joinable")]
    NotJoinable,
    /// So many users and no more.
    #[error("the queue has its {0} users; give handles back before taking more")]
    Crowded(usize),
    /// The memory is not, or no longer, what it should be.
    #[error("{0}")]
    Corrupted(String),
    /// It cannot be done as asked.
    #[error("{0}")]
    Request(String),
    /// The operating system refused something.
    #[error("{what}: {source}")]
    Os {
        /// What was being attempted.
        what: &'static str,
        /// The system's answer.
        source: io::Error,
    },
}

/// An item that was not put, and why.
#[derive(Debug)]
pub struct Refused<T> {
    /// Why.
    pub error: Error,
    /// The item, given back.
    pub item: T,
}

/// The face of a queue. A handle is used by one thread at a time.
pub trait Queue<T> {
    /// Puts an item; waits so long for room.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Abandoned`], [`Error::TooLong`], or [`Error::Full`] after the wait; the item comes
    /// back with it.
    fn put_within(&self, item: T, patience: Patience) -> Result<(), Refused<T>>;

    /// Gets the next item; waits so long for one.
    ///
    /// # Errors
    /// [`Error::Closed`] if there will be none, [`Error::Abandoned`], or [`Error::Empty`] after the wait. An item whose
    /// put is not complete is not there yet, nor is one behind it.
    fn get_within(&self, patience: Patience) -> Result<T, Error>;

    /// Items in it: a hint. By the time that it is returned, another user may have changed it.
    fn len(&self) -> usize;

    /// Most items in it.
    fn capacity(&self) -> usize;

    /// Says that an item this handle got is done. In a queue that is to be joined, once for each.
    ///
    /// # Errors
    /// [`Error::NotTaken`] if there is none, [`Error::NotJoinable`].
    fn task_done(&self) -> Result<(), Error>;

    /// Waits until everything that was put is done, so long.
    ///
    /// # Errors
    /// [`Error::Abandoned`] if that is so but for items which somebody took and died with; [`Error::NotJoinable`], or
    /// [`Error::Unfinished`] after the wait.
    fn join_within(&self, patience: Patience) -> Result<(), Error>;

    /// Lets nobody put any more. What is in it can still be got; then there is [`Error::Closed`].
    fn close(&self);

    /// Whether there is nothing in it: a hint, as [`Self::len`].
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room in it: a hint, as [`Self::len`].
    fn is_full(&self) -> bool {
        self.len() >= self.capacity()
    }

    /// Puts an item; waits until there is room.
    ///
    /// # Errors
    /// As [`Self::put_within`].
    fn put(&self, item: T) -> Result<(), Refused<T>> {
        self.put_within(item, Patience::Forever)
    }

    /// Puts an item if there is room now.
    ///
    /// # Errors
    /// As [`Self::put_within`].
    fn try_put(&self, item: T) -> Result<(), Refused<T>> {
        self.put_within(item, Patience::None)
    }

    /// Gets the next item; waits until there is one.
    ///
    /// # Errors
    /// As [`Self::get_within`].
    fn get(&self) -> Result<T, Error> {
        self.get_within(Patience::Forever)
    }

    /// Waits until everything that was put is done.
    ///
    /// # Errors
    /// As [`Self::join_within`].
    fn join(&self) -> Result<(), Error> {
        self.join_within(Patience::Forever)
    }

    /// Puts items in their order; waits so long in all. Between processes others are woken once for many.
    ///
    /// # Errors
    /// As [`Self::put_within`], of the first item that was not put; it comes back with those behind it.
    fn put_many(&self, items: Vec<T>, patience: Patience) -> Result<(), Refused<Vec<T>>> {
        let end = patience.end();
        let mut items = items.into_iter();
        while let Some(item) = items.next() {
            if let Err(Refused { error, item }) = self.put_within(item, patience.rest(end)) {
                return Err(Refused { error, item: std::iter::once(item).chain(items).collect() });
            }
        }
        Ok(())
    }

    /// Gets at least one item, waiting so long for it, and then as many as are there, up to `most`; none if that is 0.
    ///
    /// # Errors
    /// As [`Self::get_within`], if there is not even one.
    fn get_many(&self, most: usize, patience: Patience) -> Result<Vec<T>, Error> {
        let mut items = vec![];
        while items.len() < most {
            match self.get_within(if items.is_empty() { patience } else { Patience::None }) {
                Ok(item) => items.push(item),
                Err(error) if items.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(items)
    }

    /// Gets the next item if there is one now.
    ///
    /// # Errors
    /// As [`Self::get_within`].
    fn try_get(&self) -> Result<T, Error> {
        self.get_within(Patience::None)
    }
}

impl Patience {
    /// When it ends, if it does and that is a time that a clock can say.
    pub(crate) fn end(self) -> Option<Instant> {
        if let Self::For(limit) = self { Instant::now().checked_add(limit) } else { None }
    }

    /// What is left of it.
    pub(crate) fn rest(self, end: Option<Instant>) -> Self {
        end.map_or(self, |end| Self::For(end.saturating_duration_since(Instant::now())))
    }
}
