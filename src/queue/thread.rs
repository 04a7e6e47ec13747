//! The home between threads: crossbeam's channel for first in, first out; a vector behind a mutex for last in, first out.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, TryRecvError, TrySendError, bounded};

use super::primitives::available_bytes;
use super::{Error, Order, Patience, Queue, Refused};

/// How often who waits for room looks whether the queue has been closed.
const LOOK: Duration = Duration::from_millis(20);

/// Items of any type between the threads of a process. Its clones are handles on one queue.
#[derive(Debug)]
pub struct ThreadQueue<T> {
    shared: Arc<Shared<T>>,
    getter: Getter<T>,
}

#[derive(Debug)]
enum Getter<T> {
    Fifo(Receiver<T>),
    Lifo,
}

#[derive(Debug)]
struct Shared<T> {
    capacity: usize,
    joinable: bool,
    /// First in, first out: the one sender. It is gone when the queue is closed and the last put that had begun is
    /// over; then consumers find what is left, and after it the end.
    sender: ArcSwapOption<Sender<T>>,
    /// Last in, first out.
    stack: Mutex<Vec<T>>,
    not_empty: Condvar,
    not_full: Condvar,
    closed: AtomicBool,
    /// Items put and not yet done.
    unfinished: AtomicUsize,
    /// Items got and not yet done.
    held: AtomicUsize,
    finished: Condvar,
    /// Pairs with `finished`.
    finishing: Mutex<()>,
}

impl<T> Clone for ThreadQueue<T> {
    fn clone(&self) -> Self {
        let getter = match &self.getter {
            Getter::Fifo(receiver) => Getter::Fifo(receiver.clone()),
            Getter::Lifo => Getter::Lifo,
        };
        Self { shared: self.shared.clone(), getter }
    }
}

/// A panic beside the queue has nothing to do with what is in it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> ThreadQueue<T> {
    /// A queue for so many items.
    ///
    /// # Errors
    /// [`Error::Request`] if the capacity is 0 or more than there is memory for.
    pub fn new(capacity: usize, order: Order, joinable: bool) -> Result<Self, Error> {
        if capacity == 0 {
            return Err(Error::Request("a queue for 0 items can pass none on; give it a capacity of 1 or more".into()));
        }
        let mut stack = vec![];
        // The channel keeps a stamp with each item, and writes all of them at once.
        let bytes = (size_of::<T>().next_multiple_of(8) + 8).checked_mul(capacity);
        let fits = bytes.is_some_and(|bytes| bytes as u64 <= available_bytes().unwrap_or(u64::MAX));
        if !fits || order == Order::Lifo && stack.try_reserve_exact(capacity).is_err() {
            return Err(Error::Request(format!("there is no memory for {capacity} items; give it a smaller capacity")));
        }
        let (sender, getter) = match order {
            Order::Fifo => {
                let (sender, receiver) = bounded(capacity);
                (Some(Arc::new(sender)), Getter::Fifo(receiver))
            }
            Order::Lifo => (None, Getter::Lifo),
        };
        let shared = Shared {
            capacity,
            joinable,
            sender: ArcSwapOption::new(sender),
            stack: Mutex::new(stack),
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
            closed: AtomicBool::new(false),
            unfinished: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
            finished: Condvar::new(),
            finishing: Mutex::new(()),
        };
        Ok(Self { shared: Arc::new(shared), getter })
    }

    fn send(&self, item: T, patience: Patience) -> Result<(), Refused<T>> {
        let first = {
            let sender = self.shared.sender.load();
            let Some(sender) = sender.as_ref() else { return Err(Refused { error: Error::Closed, item }) };
            sender.try_send(item)
        };
        let mut item = match first {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(item)) => item,
            Err(TrySendError::Disconnected(item)) => return Err(Refused { error: Error::Closed, item }),
        };
        let end = patience.end();
        loop {
            let Some(left) = patience.left(end) else { return Err(Refused { error: Error::Full, item }) };
            let Some(sender) = self.shared.sender.load_full() else {
                return Err(Refused { error: Error::Closed, item });
            };
            item = match sender.send_timeout(item, left.min(LOOK)) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Timeout(item) | SendTimeoutError::Disconnected(item)) => item,
            };
        }
    }

    fn push(&self, item: T, patience: Patience) -> Result<(), Refused<T>> {
        let end = patience.end();
        let mut stack = lock(&self.shared.stack);
        loop {
            if self.shared.closed.load(Ordering::SeqCst) {
                return Err(Refused { error: Error::Closed, item });
            }
            if stack.len() < self.shared.capacity {
                stack.push(item);
                self.shared.not_empty.notify_one();
                return Ok(());
            }
            let Some(left) = patience.left(end) else { return Err(Refused { error: Error::Full, item }) };
            stack = self.shared.not_full.wait_timeout(stack, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn receive(receiver: &Receiver<T>, patience: Patience) -> Result<T, Error> {
        match patience {
            Patience::None => receiver.try_recv().map_err(|error| match error {
                TryRecvError::Empty => Error::Empty,
                TryRecvError::Disconnected => Error::Closed,
            }),
            Patience::For(limit) => receiver.recv_timeout(limit).map_err(|error| match error {
                RecvTimeoutError::Timeout => Error::Empty,
                RecvTimeoutError::Disconnected => Error::Closed,
            }),
            Patience::Forever => receiver.recv().map_err(|_| Error::Closed),
        }
    }

    fn pop(&self, patience: Patience) -> Result<T, Error> {
        let end = patience.end();
        let mut stack = lock(&self.shared.stack);
        loop {
            if let Some(item) = stack.pop() {
                self.shared.not_full.notify_one();
                return Ok(item);
            }
            if self.shared.closed.load(Ordering::SeqCst) {
                return Err(Error::Closed);
            }
            let left = patience.left(end).ok_or(Error::Empty)?;
            stack = self.shared.not_empty.wait_timeout(stack, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn finish(&self, count: usize) {
        if self.shared.unfinished.fetch_sub(count, Ordering::SeqCst) == count {
            let _guard = lock(&self.shared.finishing);
            self.shared.finished.notify_all();
        }
    }
}

impl<T> Queue<T> for ThreadQueue<T> {
    fn put_within(&self, item: T, patience: Patience) -> Result<(), Refused<T>> {
        if self.shared.joinable {
            // Before it can be taken and done.
            self.shared.unfinished.fetch_add(1, Ordering::SeqCst);
        }
        let put = match self.getter {
            Getter::Fifo(_) => self.send(item, patience),
            Getter::Lifo => self.push(item, patience),
        };
        if put.is_err() && self.shared.joinable {
            self.finish(1);
        }
        put
    }

    fn get_within(&self, patience: Patience) -> Result<T, Error> {
        let got = match &self.getter {
            Getter::Fifo(receiver) => Self::receive(receiver, patience),
            Getter::Lifo => self.pop(patience),
        };
        if got.is_ok() && self.shared.joinable {
            self.shared.held.fetch_add(1, Ordering::SeqCst);
        }
        got
    }

    fn len(&self) -> usize {
        match &self.getter {
            Getter::Fifo(receiver) => receiver.len(),
            Getter::Lifo => lock(&self.shared.stack).len(),
        }
    }

    fn capacity(&self) -> usize {
        self.shared.capacity
    }

    fn task_done(&self) -> Result<(), Error> {
        if !self.shared.joinable {
            return Err(Error::NotJoinable);
        }
        let less = |held: usize| held.checked_sub(1);
        self.shared.held.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).map_err(|_| Error::NotTaken)?;
        self.finish(1);
        Ok(())
    }

    fn join_within(&self, patience: Patience) -> Result<(), Error> {
        if !self.shared.joinable {
            return Err(Error::NotJoinable);
        }
        let end = patience.end();
        let mut guard = lock(&self.shared.finishing);
        while self.shared.unfinished.load(Ordering::SeqCst) != 0 {
            let left = patience.left(end).ok_or(Error::Unfinished)?;
            guard = self.shared.finished.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    fn close(&self) {
        self.shared.sender.store(None);
        // Under the mutex: who has looked and is about to sleep is asleep by now, and hears it.
        let _stack = lock(&self.shared.stack);
        self.shared.closed.store(true, Ordering::SeqCst);
        self.shared.not_empty.notify_all();
        self.shared.not_full.notify_all();
    }
}

impl Patience {
    /// How long it may go on, if at all.
    fn left(self, end: Option<Instant>) -> Option<Duration> {
        match (self, end) {
            (Self::None, _) => None,
            (_, None) => Some(Duration::from_secs(3600)),
            (_, Some(end)) => end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()),
        }
    }
}
