//! Tracing: who held the lock when, who waited, and what passed between them.
//!
//! A worker notes moments into a buffer of its own, of a fixed size, made before it begins: no allocation, no lock, and
//! one clock reading a moment. When the buffer is full, later moments are counted and not kept. A worker that is not
//! traced has a [`Silent`] in the place of the buffer, which compiles to nothing.
//!
//! A moment of taking is noted after the lock is held, one of letting go before it is released. So between the two the
//! worker surely held the lock, and no two workers' intervals may overlap.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::run::{Moment as Recorded, TraceEvent};
use crate::sys::clock_ns;

/// What can be noted.
pub use crate::run::Moment;

/// Where a worker's moments go.
pub trait Trace {
    /// Notes a moment now; `other` is the worker it concerns, if it concerns another.
    fn note(&self, moment: Moment, other: usize);
}

/// Keeps nothing and costs nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Trace for Silent {
    #[inline(always)]
    fn note(&self, _: Moment, _: usize) {}
}

/// Words that a recorder needs to keep so many moments.
pub const fn words(moments: usize) -> usize {
    moments + 1
}

/// A bounded record of one worker's moments, in memory that outlives the worker: a word of count, then a word a moment.
#[derive(Debug)]
pub struct Recorder<'a> {
    words: &'a [AtomicU64],
    noted: Cell<u64>,
}

/// Bits of a word that hold the time in nanoseconds: three days; above them the moment, then the other worker.
const TIME_BITS: u32 = 48;
const TIME: u64 = (1 << TIME_BITS) - 1;
const OTHER: u32 = TIME_BITS + 4;

impl<'a> Recorder<'a> {
    /// A recorder into these words, which are touched once, so that none is first touched while somebody measures.
    ///
    /// # Panics
    /// If there is not even room for the count.
    pub fn new(words: &'a [AtomicU64]) -> Self {
        assert!(!words.is_empty(), "a recorder needs a word for its count");
        for word in words {
            word.store(0, Ordering::Relaxed);
        }
        Self { words, noted: Cell::new(0) }
    }
}

impl Trace for Recorder<'_> {
    #[inline]
    fn note(&self, moment: Moment, other: usize) {
        let noted = self.noted.get() + 1;
        self.noted.set(noted);
        if let Some(word) = self.words.get(noted as usize) {
            let time = clock_ns() & TIME;
            word.store(time | (moment as u64) << TIME_BITS | (other as u64) << OTHER, Ordering::Relaxed);
        }
        self.words[0].store(noted, Ordering::Relaxed);
    }
}

impl<T: Trace> Trace for &T {
    #[inline]
    fn note(&self, moment: Moment, other: usize) {
        (**self).note(moment, other);
    }
}

/// What was recorded in these words, with times from `origin` (of the monotonic clock, in nanoseconds) on; and how many
/// moments found no room.
pub fn read(words: &[AtomicU64], origin: u64) -> (Vec<TraceEvent>, u64) {
    let noted = words.first().map_or(0, |count| count.load(Ordering::Relaxed));
    let kept = words.len().saturating_sub(1).min(noted as usize);
    let event = |word: &AtomicU64| {
        let word = word.load(Ordering::Relaxed);
        let moment = Recorded::from_number((word >> TIME_BITS & 0xf) as u8)?;
        let other = (word >> OTHER) as usize;
        // Only the low bits of the clock were kept; a trace is shorter than what they span.
        let at_ns = (word & TIME).wrapping_sub(origin) & TIME;
        Some(TraceEvent { at_ns, moment, other: moment.concerns_another().then_some(other) })
    };
    (words.iter().skip(1).take(kept).filter_map(event).collect(), noted - kept as u64)
}
