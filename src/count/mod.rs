//! Reference counts: how an interpreter knows that nothing refers to an object any more.
//!
//! | scheme | one reference more costs | several threads at once |
//! |---|---|---|
//! | [`Plain`] | a load, an addition, a store | only under a lock; without one, updates are lost |
//! | [`Atomic`] | an atomic addition | right, and the cache line travels between processors |
//! | [`Biased`] | for the owner what a plain one costs and a comparison; for others an atomic addition | right |
//!
//! CPython counts plainly, which is what its global lock is for; its free-threaded build counts with a bias.

mod biased;
mod merging;
mod owner;
mod primitives;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU32, Ordering};

pub use self::biased::{Biased, Left};
pub use self::merging::{Counted, Member, MergeQueues};
pub use self::owner::Owner;

/// A count of references to one object.
pub trait Count {
    /// The count of a new object: its maker's reference.
    fn one() -> Self;

    /// One reference more.
    fn up(&self);

    /// One reference less.
    fn down(&self) -> Left;

    /// One reference less, of an object that no other thread can reach meanwhile; true if that was the last.
    fn down_alone(&mut self) -> bool {
        self.down() == Left::Dead
    }
}

/// What is left of an object with so many references.
#[inline]
const fn left(references: u32) -> Left {
    if references == 0 { Left::Dead } else { Left::Alive }
}

/// Loaded, changed and stored, as CPython does under its lock. What another thread stores in between is lost.
#[derive(Debug)]
pub struct Plain(AtomicU32);

impl Plain {
    /// References counted now.
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Count for Plain {
    #[inline]
    fn one() -> Self {
        Self(AtomicU32::new(1))
    }

    #[inline]
    fn up(&self) {
        // A load and a store, not one operation: that no update comes in between is the lock's business.
        self.0.store(self.get().wrapping_add(1), Ordering::Relaxed);
    }

    #[inline]
    fn down(&self) -> Left {
        let references = self.get().wrapping_sub(1);
        self.0.store(references, Ordering::Relaxed);
        left(references)
    }
}

/// Changed by one atomic operation, whichever thread does it.
#[derive(Debug)]
pub struct Atomic(AtomicU32);

impl Atomic {
    /// References counted now.
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Count for Atomic {
    #[inline]
    fn one() -> Self {
        Self(AtomicU32::new(1))
    }

    #[inline]
    fn up(&self) {
        // A thread that adds a reference has one already, so nothing needs to be ordered by it.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    #[inline]
    fn down(&self) -> Left {
        // All that was done with the object comes before its end.
        left(self.0.fetch_sub(1, Ordering::AcqRel).wrapping_sub(1))
    }
}

impl Count for Biased {
    #[inline]
    fn one() -> Self {
        Self::new(Owner::current())
    }

    #[inline]
    fn up(&self) {
        self.up_by(Owner::current());
    }

    #[inline]
    fn down(&self) -> Left {
        self.down_by(Owner::current())
    }

    #[inline]
    fn down_alone(&mut self) -> bool {
        match self.down() {
            Left::Alive => false,
            Left::Dead => true,
            // The owner cannot reach the object either, and what it did with it comes before this exclusive access.
            Left::Queued => self.merge(),
        }
    }
}
