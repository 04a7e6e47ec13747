//! From moments to spans: what each worker was doing when, and what passed between workers.
//!
//! A worker is in one state at any time, and its own moments tell which:
//!
//! | moment | state from then on |
//! |---|---|
//! | (before the first) | detached |
//! | wait | waiting |
//! | take, barge | holding |
//! | detach | detached |
//! | drop | switching: lets go at a safepoint, waits until another worker has had the lock if it must, is not in line yet |
//!
//! What passes between workers needs the moments of all that share a lock, in the order of time. The lock is noted as
//! let go before it is, and as taken after it is, so at equal times a release comes first. **Barging** is derived here
//! for every policy: taking the lock without having waited for it while somebody else waits.
//!
//! A record may end early, when its buffer was full. Its lane ends there; and as nobody knows what that worker did to
//! the lock later, hand-overs and barging under the same lock are told no further than there.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, binary_heap::PeekMut};
use std::convert::Infallible;

use super::{Lane, Moment, Trace, TraceEvent};

/// What a worker does between two of its moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Without the lock and without need of it: blocked in a call, or not begun, or finished.
    Detached,
    /// Holding the lock.
    Held,
    /// Letting go at a safepoint: releasing the lock, and if so agreed waiting until another worker has had it.
    Switching,
    /// Waiting for the lock.
    Waiting,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Detached, Self::Held, Self::Switching, Self::Waiting];

    /// Its name in pictures and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Detached => "detached",
            Self::Held => "held",
            Self::Switching => "switching",
            Self::Waiting => "waiting",
        }
    }
}

/// A stretch of time in which a worker did one thing. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The worker's lane.
    pub lane: usize,
    /// What it did.
    pub state: State,
    /// From when on, in nanoseconds since the trace began.
    pub from_ns: u64,
    /// Until when, in nanoseconds.
    pub to_ns: u64,
}

impl Span {
    /// How long it was, in nanoseconds.
    pub fn length_ns(&self) -> u64 {
        self.to_ns - self.from_ns
    }
}

/// The lock went to another worker than its last holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandOver {
    /// Lane of the last holder.
    pub from: usize,
    /// When it let go, in nanoseconds.
    pub released_ns: u64,
    /// Lane of the worker that took the lock.
    pub to: usize,
    /// When that one had it, in nanoseconds.
    pub taken_ns: u64,
    /// Whether the holder let go at a safepoint, and not of its own accord.
    pub forced: bool,
}

/// What happens at one moment and has no length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Asks the holder to let go.
    Request,
    /// Takes the lock ahead of somebody who waits for it.
    Barge,
    /// Was woken for the lock and found it held again.
    Overtaken,
}

impl Mark {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Request, Self::Barge, Self::Overtaken];

    /// Its name in pictures and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "drop request",
            Self::Barge => "barging",
            Self::Overtaken => "overtaken wake-up",
        }
    }
}

/// One thing that a trace shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A stretch of time; told when it ends.
    Span(Span),
    /// A change of holder; told when the lock is taken.
    HandOver(HandOver),
    /// A moment.
    Mark {
        /// Lane of the worker that it happened to.
        lane: usize,
        /// When, in nanoseconds.
        at_ns: u64,
        /// What.
        mark: Mark,
        /// Lane of the other worker that it concerns, if it is known.
        other: Option<usize>,
    },
}

/// Tells `see` all that a trace shows, without keeping any of it: for traces of millions of moments.
///
/// Of each lane the spans come in their order, leave no gap and end where its record ends.
///
/// # Errors
/// The first that `see` returns.
pub fn walk<E>(trace: &Trace, mut see: impl FnMut(Item) -> Result<(), E>) -> Result<(), E> {
    let mut walk = Walk::new(trace);
    let mut next: BinaryHeap<_> = trace
        .lanes
        .iter()
        .enumerate()
        .filter_map(|(at, lane)| key(lane, 0, 0).map(|(ns, class)| Reverse((ns, class, at, 0))))
        .collect();
    while let Some(mut first) = next.peek_mut() {
        let Reverse((now, _, lane, place)) = *first;
        walk.step(lane, now, trace.lanes[lane].events[place], &mut see)?;
        match key(&trace.lanes[lane], place + 1, now) {
            Some((at_ns, class)) => *first = Reverse((at_ns, class, lane, place + 1)),
            None => drop(PeekMut::pop(first)),
        }
    }
    for (lane, of) in trace.lanes.iter().enumerate() {
        walk.close(lane, of.end_ns(trace.length_ns), &mut see)?;
    }
    Ok(())
}

/// When a lane's moment number `place` comes, never before `least_ns`, and whether it comes after others of that time.
fn key(lane: &Lane, place: usize, least_ns: u64) -> Option<(u64, bool)> {
    let event = lane.events.get(place)?;
    Some((event.at_ns.max(least_ns), !matches!(event.moment, Moment::Detach | Moment::Drop)))
}

/// Where the walk stands.
struct Walk {
    lanes: Vec<Stand>,
    locks: Vec<Lock>,
}

/// Where one lane stands.
struct Stand {
    lock: usize,
    state: State,
    since_ns: u64,
}

/// What is known of one lock.
struct Lock {
    /// Beyond this, a lane of it has no record.
    known_until_ns: u64,
    /// Who had it last; when it let go, if it did; whether it had to.
    last: Option<(usize, Option<(u64, bool)>)>,
    /// Lanes that wait for it.
    waiting: usize,
}

impl Walk {
    fn new(trace: &Trace) -> Self {
        let mut places = BTreeMap::new();
        let mut locks: Vec<Lock> = vec![];
        let mut stand = |lane: &Lane| {
            let lock = *places.entry(lane.lock).or_insert_with(|| {
                locks.push(Lock { known_until_ns: u64::MAX, last: None, waiting: 0 });
                locks.len() - 1
            });
            if lane.lost > 0 {
                let known = &mut locks[lock].known_until_ns;
                *known = (*known).min(lane.end_ns(trace.length_ns));
            }
            Stand { lock, state: State::Detached, since_ns: 0 }
        };
        let lanes = trace.lanes.iter().map(&mut stand).collect();
        Self { lanes, locks }
    }

    fn step<E>(
        &mut self,
        lane: usize,
        at_ns: u64,
        event: TraceEvent,
        see: &mut impl FnMut(Item) -> Result<(), E>,
    ) -> Result<(), E> {
        let state = match event.moment {
            Moment::Wait => State::Waiting,
            Moment::Take | Moment::Barge => return self.take(lane, at_ns, event.moment == Moment::Barge, see),
            Moment::Detach => State::Detached,
            Moment::Drop => State::Switching,
            Moment::Request | Moment::Overtaken => {
                let mark = if event.moment == Moment::Request { Mark::Request } else { Mark::Overtaken };
                let other = event.other.filter(|other| *other < self.lanes.len());
                return see(Item::Mark { lane, at_ns, mark, other });
            }
        };
        let lock = &mut self.locks[self.lanes[lane].lock];
        if state == State::Waiting {
            lock.waiting += usize::from(self.lanes[lane].state != State::Waiting);
        } else {
            lock.last = Some((lane, Some((at_ns, state == State::Switching))));
        }
        self.enter(lane, state, at_ns, see)
    }

    fn take<E>(
        &mut self,
        lane: usize,
        at_ns: u64,
        noted_as_barging: bool,
        see: &mut impl FnMut(Item) -> Result<(), E>,
    ) -> Result<(), E> {
        let Stand { lock, state, .. } = self.lanes[lane];
        let lock = &mut self.locks[lock];
        lock.waiting -= usize::from(state == State::Waiting);
        let known = at_ns <= lock.known_until_ns;
        let barged = noted_as_barging || (known && state != State::Waiting && lock.waiting > 0);
        let last = lock.last.replace((lane, None)).filter(|(from, _)| known && *from != lane);
        self.enter(lane, State::Held, at_ns, see)?;
        if let Some((from, Some((released_ns, forced)))) = last {
            see(Item::HandOver(HandOver { from, released_ns, to: lane, taken_ns: at_ns, forced }))?;
        }
        if barged {
            see(Item::Mark { lane, at_ns, mark: Mark::Barge, other: None })?;
        }
        Ok(())
    }

    fn enter<E>(
        &mut self,
        lane: usize,
        state: State,
        at_ns: u64,
        see: &mut impl FnMut(Item) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.lanes[lane].state == state {
            return Ok(());
        }
        self.close(lane, at_ns, see)?;
        self.lanes[lane].state = state;
        Ok(())
    }

    /// Tells the span that ends now.
    fn close<E>(&mut self, lane: usize, to_ns: u64, see: &mut impl FnMut(Item) -> Result<(), E>) -> Result<(), E> {
        let Stand { state, since_ns: from_ns, .. } = self.lanes[lane];
        self.lanes[lane].since_ns = to_ns;
        if from_ns < to_ns { see(Item::Span(Span { lane, state, from_ns, to_ns })) } else { Ok(()) }
    }
}

/// All that a trace shows, kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    /// Each lane's spans, in their order.
    pub spans: Vec<Vec<Span>>,
    /// Changes of holder, in the order of taking.
    pub hand_overs: Vec<HandOver>,
    /// Moments: lane, time in nanoseconds, what.
    pub marks: Vec<(usize, u64, Mark)>,
}

impl Timeline {
    /// What this trace shows.
    pub fn of(trace: &Trace) -> Self {
        let mut kept = Self { spans: vec![vec![]; trace.lanes.len()], ..Self::default() };
        let Ok(()) = walk(trace, |item| {
            match item {
                Item::Span(span) => kept.spans[span.lane].push(span),
                Item::HandOver(hand_over) => kept.hand_overs.push(hand_over),
                Item::Mark { lane, at_ns, mark, .. } => kept.marks.push((lane, at_ns, mark)),
            }
            Ok::<_, Infallible>(())
        });
        kept
    }

    /// How long a lane was in a state, in nanoseconds.
    pub fn time_ns(&self, lane: usize, state: State) -> u64 {
        self.spans[lane].iter().filter(|span| span.state == state).map(Span::length_ns).sum()
    }

    /// How many marks of a kind a lane has.
    pub fn count(&self, lane: usize, mark: Mark) -> usize {
        self.marks.iter().filter(|(of, _, what)| (*of, *what) == (lane, mark)).count()
    }

    /// The longest time that a lane wanted the lock and did not have it, in nanoseconds: waiting, and being made to
    /// switch before that.
    pub fn longest_wait_ns(&self, lane: usize) -> u64 {
        let wants = |state| matches!(state, State::Waiting | State::Switching);
        let runs = self.spans[lane].chunk_by(|a, b| wants(a.state) && wants(b.state));
        runs.filter(|run| wants(run[0].state)).map(|run| run.iter().map(Span::length_ns).sum()).max().unwrap_or(0)
    }
}
