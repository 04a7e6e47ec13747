//! Queues of objects whose owners are to merge their counts, as CPython's free-threaded build has them.
//!
//! A thread that owns objects [joins](MergeQueues::join), looks at its queue at every [safepoint](Member::safepoint),
//! and [leaves](Member::leave) before it exits. An object whose owner has left is merged by the thread that would have
//! queued it. The safepoint costs one relaxed load while the queue is empty.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::biased::{Biased, Left};
use super::owner::Owner;
use super::primitives::{AtomicU32, DataMutex, Ordering};

/// A handle to an object with a biased count.
pub trait Counted {
    /// The object's count.
    fn count(&self) -> &Biased;
}

impl Counted for &Biased {
    fn count(&self) -> &Biased {
        self
    }
}

/// One queue for each thread that has joined.
#[derive(Debug)]
pub struct MergeQueues<T> {
    threads: DataMutex<BTreeMap<u32, Queue<T>>>,
}

#[derive(Debug)]
struct Queue<T> {
    objects: Vec<T>,
    pending: Arc<AtomicU32>,
}

/// A thread that owns objects. It counts as their owner from joining until it leaves.
#[derive(Debug)]
#[must_use = "objects that are queued to a thread that never leaves are never merged"]
pub struct Member<'a, T> {
    queues: &'a MergeQueues<T>,
    me: Owner,
    /// 1 while the queue is not empty.
    pending: Arc<AtomicU32>,
}

impl<T: Counted> MergeQueues<T> {
    /// No threads.
    pub fn new() -> Self {
        Self { threads: DataMutex::new(BTreeMap::new()) }
    }

    /// Gives the thread a queue.
    pub fn join(&self, me: Owner) -> Member<'_, T> {
        let pending = Arc::new(AtomicU32::new(0));
        let queue = Queue { objects: vec![], pending: pending.clone() };
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).insert(me.0, queue);
        Member { queues: self, me, pending }
    }

    /// Gives up a reference to the object; true if it was the last, so that the caller frees the object.
    #[inline]
    pub fn down(&self, object: T, me: Owner) -> bool {
        match object.count().down_by(me) {
            Left::Alive => false,
            Left::Dead => true,
            Left::Queued => self.request(object),
        }
    }

    /// Queues the object to its owner; if that has exited, merges it here. True if nothing is left.
    #[cold]
    fn request(&self, object: T) -> bool {
        let Some(owner) = object.count().owner() else {
            // The owner has given the object up meanwhile: this is a reference like any other.
            return object.count().down_shared() == Left::Dead;
        };
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = threads.get_mut(&owner.0) {
            queue.objects.push(object);
            queue.pending.store(1, Ordering::Relaxed);
            return false;
        }
        // The owner removed its queue under the lock after the last time it counted.
        drop(threads);
        object.count().merge()
    }
}

impl<T: Counted> Default for MergeQueues<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Counted> Member<'_, T> {
    /// Merges what is queued, and hands what is dead then to `free`.
    #[inline]
    pub fn safepoint(&self, free: impl FnMut(T)) {
        if self.pending.load(Ordering::Relaxed) != 0 {
            self.merge(free);
        }
    }

    /// The same for the last time: from here on other threads merge what this one owns, so it must not count as the
    /// owner any more.
    pub fn leave(self, free: impl FnMut(T)) {
        let mut threads = self.queues.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = threads.remove(&self.me.0);
        drop(threads);
        merge_all(queue.map(|queue| queue.objects).unwrap_or_default(), free);
    }

    #[cold]
    fn merge(&self, free: impl FnMut(T)) {
        let mut threads = self.queues.threads.lock().unwrap_or_else(PoisonError::into_inner);
        self.pending.store(0, Ordering::Relaxed);
        let objects = threads.get_mut(&self.me.0).map(|queue| std::mem::take(&mut queue.objects));
        drop(threads);
        merge_all(objects.unwrap_or_default(), free);
    }
}

fn merge_all<T: Counted>(objects: Vec<T>, free: impl FnMut(T)) {
    objects.into_iter().filter(|object| object.count().merge()).for_each(free);
}
