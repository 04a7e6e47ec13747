//! Biased counts of objects that their owner and other threads count at once, up and down, from birth to death.
//!
//! The first thread makes the objects and hands each other thread references to all of them. Then all go through the
//! objects together, take references and give references up, and look at their merge queues after each. A third of the
//! objects are brought to the point of merging by the others while the owner counts; a third keep what was handed out
//! until the end; of a third the owner gets it back, so that it is the owner who gives the object up. Halfway all
//! threads stop, and the counts must be exact. At the end all references are given up, at once and again by all
//! threads, and the owner exits without waiting for the others: each object must die once, with its last reference.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Barrier, OnceLock};
use std::time::Instant;

use super::{Outcome, Span, meet, together};
use crate::count::{Biased, Counted, Member, MergeQueues, Owner};

/// Objects of a storm.
const OBJECTS: u32 = 501;
/// References that each thread is handed to each object.
const HANDED: u32 = 2;

/// An object, and what is known of its life without its count.
pub(super) struct Object {
    count: Biased,
    /// Threads that hold references.
    holders: AtomicU32,
    /// Times it was told dead, and those of them while threads held references.
    deaths: AtomicU32,
    early: AtomicU32,
}

impl Counted for &Object {
    fn count(&self) -> &Biased {
        &self.count
    }
}

type Queues<'a> = MergeQueues<&'a Object>;

/// How a thread gives up a reference; true if that was the last.
pub(super) type Down = for<'a> fn(&Queues<'a>, &'a Object, Owner) -> bool;

/// By the rule: what is to be merged is queued to the owner.
pub(super) fn queued<'a>(queues: &Queues<'a>, object: &'a Object, me: Owner) -> bool {
    queues.down(object, me)
}

impl Object {
    /// A new object with references for so many threads, all counted by its owner.
    fn new(owner: Owner, threads: u32) -> Self {
        let count = Biased::new(owner);
        (1..HANDED * threads).for_each(|_| count.up_by(owner));
        let (deaths, early) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { count, holders: AtomicU32::new(threads), deaths, early }
    }

    fn die(&self) {
        self.deaths.fetch_add(1, Ordering::Relaxed);
        self.early.fetch_add(u32::from(self.holders.load(Ordering::Relaxed) > 0), Ordering::Relaxed);
    }

    /// Updates that its count has lost when no reference is left, or 1 if its death was not told once and at its end.
    fn lost(&self) -> u64 {
        let wrong = self.deaths.load(Ordering::Relaxed) != 1 || self.early.load(Ordering::Relaxed) > 0;
        self.count.get().unsigned_abs().max(wrong.into())
    }
}

/// What becomes of an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Every thread gives up one reference more than it takes.
    GivenUp,
    /// Every thread gives up as many as it takes.
    Kept,
    /// The others take one more than they give up, and hand the owner back what it had handed them.
    Returned,
}

impl Fate {
    fn of(object: usize) -> Self {
        [Self::GivenUp, Self::Kept, Self::Returned][object % 3]
    }

    /// References that a thread takes and gives up in the first half.
    fn updates(self, is_owner: bool, half: u32) -> (u32, u32) {
        match self {
            Self::GivenUp => (half, half + 1),
            Self::Returned if !is_owner => (half + 1, half),
            Self::Kept | Self::Returned => (half, half),
        }
    }

    /// References that a thread has after it.
    fn held(self, is_owner: bool, threads: u32) -> u32 {
        match (self, is_owner) {
            (Self::GivenUp, _) | (Self::Returned, false) => 1,
            (Self::Kept, _) => HANDED,
            (Self::Returned, true) => HANDED * threads,
        }
    }

    /// References of all threads then.
    fn sum(self, threads: u32) -> i64 {
        i64::from(self.held(true, threads)) + i64::from(threads - 1) * i64::from(self.held(false, threads))
    }
}

/// About so many updates by each thread.
pub(super) fn storm(threads: usize, updates: u32, down: Down) -> Outcome {
    let crew = threads as u32;
    let half = updates / OBJECTS / 2;
    // Before the queues, which refer to them.
    let objects: OnceLock<Vec<Object>> = OnceLock::new();
    let (queues, here, barrier) = (Queues::new(), AtomicUsize::new(0), Barrier::new(threads));
    let body = |number: usize| {
        let (me, is_owner) = (Owner::current(), number == 0);
        let member = queues.join(me);
        if is_owner {
            objects.get_or_init(|| (0..OBJECTS).map(|_| Object::new(me, crew)).collect());
        }
        meet(&here, threads);
        let objects = objects.get().expect("the owner has made them before the others go on");
        let give_up = |object| {
            if down(&queues, object, me) {
                object.die();
            }
            member.safepoint(Object::die);
        };
        let began = Instant::now();
        let mut done = 0_u64;
        for (number, object) in objects.iter().enumerate() {
            let (up, down) = Fate::of(number).updates(is_owner, half);
            for _ in 0..up {
                object.count.up_by(me);
                member.safepoint(Object::die);
            }
            (0..down).for_each(|_| give_up(object));
            done += u64::from(up + down);
        }
        let span = (began, Instant::now());
        let ns = (span.1 - span.0).as_nanos() as f64 / done as f64;
        barrier.wait();
        let lost = if is_owner { lost_halfway(objects, &member, crew) } else { 0 };
        barrier.wait();
        for (number, object) in objects.iter().enumerate() {
            let held = Fate::of(number).held(is_owner, crew);
            (1..held).for_each(|_| give_up(object));
            object.holders.fetch_sub(1, Ordering::Relaxed);
            give_up(object);
        }
        member.leave(Object::die);
        (lost, ns, span)
    };
    let outcomes: Vec<(u64, f64, Span)> = std::thread::scope(|scope| {
        let body = &body;
        let started: Vec<_> = (0..threads).map(|number| scope.spawn(move || body(number))).collect();
        started.into_iter().map(|thread| thread.join().expect("counting does not panic")).collect()
    });
    let halfway: u64 = outcomes.iter().map(|outcome| outcome.0).sum();
    let at_the_end: u64 = objects.get().into_iter().flatten().map(Object::lost).sum();
    let ns = outcomes.iter().map(|outcome| outcome.1).sum::<f64>() / threads as f64;
    let spans: Vec<Span> = outcomes.iter().map(|outcome| outcome.2).collect();
    Outcome { lost: (halfway + at_the_end) as f64, ns, together: together(&spans) }
}

/// By how much the counts are wrong while no thread counts.
fn lost_halfway<'a>(objects: &'a [Object], owner: &Member<'_, &'a Object>, threads: u32) -> u64 {
    owner.safepoint(Object::die);
    let wrong = |(number, object): (usize, &Object)| object.count.get().abs_diff(Fate::of(number).sum(threads));
    objects.iter().enumerate().map(wrong).sum()
}
