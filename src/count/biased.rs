//! Biased reference counts: cheap for the thread that made the object, right for all.
//!
//! After J. Choi, T. Shull and J. Torrellas, "Biased reference counting" (PACT 2018), in the form of PEP 703. Most
//! objects are only ever touched by the thread that made them, their *owner*. It counts its references in a word that
//! nobody else writes, by plain loads and stores; all others count theirs in a second word by atomic operations. An
//! object is dead when both together are 0, and two rules see to it that this is noticed by exactly one thread:
//!
//! - When the owner's count falls to 0, it **merges**: it gives the object up and marks the shared count as the only
//!   one. From then on whoever brings that to 0 frees the object.
//! - When another thread gives up a reference that the owner had counted, the shared count would fall below 0. The
//!   object is then **queued** instead, together with the reference being given up: its owner, at its next safepoint,
//!   adds both counts, takes that reference off and marks the object as merged. Only the owner may do so, since it
//!   writes its own word without atomic operations; if its thread has exited, the thread that would queue the object
//!   merges. [`MergeQueues`](super::MergeQueues) has both rules.

use super::owner::Owner;
use super::primitives::{AtomicU32, AtomicU64, Ordering};

/// What is left of an object after a reference has been given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a dead object is to be freed, and a queued one to be merged"]
pub enum Left {
    /// References.
    Alive,
    /// Nothing: the caller frees the object.
    Dead,
    /// The reference went to the owner, which is to [`Biased::merge`] the object. Returned once in an object's life.
    Queued,
}

/// A count in two words and an owner.
#[derive(Debug)]
pub struct Biased {
    owner: AtomicU32,
    /// Written by the owner alone.
    local: AtomicU32,
    /// Four times the number of references counted by others, which may be negative, plus the state.
    shared: AtomicU64,
}

/// Both counts are in use.
const SPLIT: u64 = 0;
/// The same, and the owner is to merge them.
const QUEUED: u64 = 2;
/// Only the shared count is in use.
const MERGED: u64 = 3;
const STATE: u64 = 3;
const ONE: u64 = 4;

impl Biased {
    /// The count of a new object, with its owner's one reference.
    #[inline]
    pub fn new(owner: Owner) -> Self {
        Self { owner: AtomicU32::new(owner.0), local: AtomicU32::new(1), shared: AtomicU64::new(SPLIT) }
    }

    /// One reference more, by a thread that has one.
    #[inline]
    pub fn up_by(&self, me: Owner) {
        if self.owner.load(Ordering::Relaxed) == me.0 {
            self.local.store(self.local.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        } else {
            self.shared.fetch_add(ONE, Ordering::Relaxed);
        }
    }

    /// One reference less.
    #[inline]
    pub fn down_by(&self, me: Owner) -> Left {
        if self.owner.load(Ordering::Relaxed) != me.0 {
            return self.down_shared();
        }
        let left = self.local.load(Ordering::Relaxed).wrapping_sub(1);
        self.local.store(left, Ordering::Relaxed);
        if left > 0 { Left::Alive } else { self.give_up() }
    }

    /// The thread that counts in the local word; none once the object is merged.
    pub fn owner(&self) -> Option<Owner> {
        let owner = Owner(self.owner.load(Ordering::Relaxed));
        (owner != Owner::NONE).then_some(owner)
    }

    /// Adds the two counts of a queued object, less the reference that came with the queueing, and marks it as merged;
    /// true if nothing is left.
    ///
    /// Only for the owner, at a safepoint, or for a thread that sees all that an owner did which has exited since.
    pub fn merge(&self) -> bool {
        let local = u64::from(self.local.load(Ordering::Relaxed));
        self.local.store(0, Ordering::Relaxed);
        self.owner.store(Owner::NONE.0, Ordering::Relaxed);
        let mut shared = self.shared.load(Ordering::Relaxed);
        loop {
            let total = (shared >> 2).wrapping_add(local).wrapping_sub(1) << 2;
            match self.replace(shared, total | MERGED) {
                Ok(_) => return total == 0,
                Err(now) => shared = now,
            }
        }
    }

    /// References counted in both words, that of a queue included. Exact only while no thread counts.
    pub fn get(&self) -> i64 {
        let shared = self.shared.load(Ordering::Relaxed).cast_signed() >> 2;
        shared + i64::from(self.local.load(Ordering::Relaxed))
    }

    /// One reference less, counted in the shared word.
    #[cold]
    pub(super) fn down_shared(&self) -> Left {
        let mut shared = self.shared.load(Ordering::Relaxed);
        loop {
            // A reference that the owner counted is being given up: it goes to the owner with the object.
            let queue = shared == SPLIT;
            let next = if queue { QUEUED } else { shared.wrapping_sub(ONE) };
            match self.replace(shared, next) {
                Ok(_) if queue => return Left::Queued,
                Ok(_) => return if next == MERGED { Left::Dead } else { Left::Alive },
                Err(now) => shared = now,
            }
        }
    }

    /// The owner has no reference left; others may. Also of a queued object: the queue still has its reference then,
    /// and gives it up like any other.
    #[cold]
    fn give_up(&self) -> Left {
        self.owner.store(Owner::NONE.0, Ordering::Relaxed);
        let mut shared = self.shared.load(Ordering::Relaxed);
        loop {
            let next = (shared & !STATE) | MERGED;
            match self.replace(shared, next) {
                Ok(_) => return if next == MERGED { Left::Dead } else { Left::Alive },
                Err(now) => shared = now,
            }
        }
    }

    #[inline]
    fn replace(&self, shared: u64, next: u64) -> Result<u64, u64> {
        self.shared.compare_exchange_weak(shared, next, Ordering::AcqRel, Ordering::Relaxed)
    }
}
