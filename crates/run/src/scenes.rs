//! Traces from laws instead of clocks, for tests and benches: the two scenes that a global lock is known for.

use super::{Lane, Moment, Trace, TraceEvent};

/// From letting go to the other's taking, in nanoseconds.
const WAKE_NS: u64 = 40_000;

/// An empty trace of so many workers under one lock.
fn empty(name: &str, summary: &str, interval_us: u64, lanes: usize) -> Trace {
    let lane = |number| Lane { name: format!("worker {number}"), process: 0, lock: 0, events: vec![], lost: 0 };
    Trace {
        name: name.into(),
        summary: summary.into(),
        length_ns: 0,
        switch_interval_us: interval_us,
        lanes: (0..lanes).map(lane).collect(),
    }
}

impl Trace {
    fn note(&mut self, lane: usize, at_ns: u64, moment: Moment, other: Option<usize>) {
        self.lanes[lane].events.push(TraceEvent { at_ns, moment, other });
    }
}

/// CPU-bound workers that take turns: each keeps the lock for an interval, until the next one asks for it.
///
/// # Panics
/// With fewer than two workers, who have nobody to take turns with.
pub fn turns(workers: usize, hand_overs: usize, interval_us: u64) -> Trace {
    assert!(workers > 1, "turns need two");
    let mut trace = empty("bytecode/gil", "Threads that only compute take turns.", interval_us, workers);
    let interval = interval_us * 1000;
    let mut now = 1000;
    trace.note(0, now, Moment::Take, None);
    for waiter in 1..workers {
        trace.note(waiter, now + 500 * waiter as u64, Moment::Wait, None);
    }
    for turn in 0..hand_overs {
        let (holder, taker) = (turn % workers, (turn + 1) % workers);
        now += interval;
        trace.note(taker, now, Moment::Request, Some(holder));
        trace.note(holder, now + 100, Moment::Drop, None);
        trace.note(taker, now + WAKE_NS, Moment::Take, None);
        trace.note(holder, now + WAKE_NS + 300, Moment::Wait, None);
        now += WAKE_NS;
    }
    // The last holder finishes, then all others in turn, each at once.
    for worker in 0..workers {
        let lane = (hand_overs + worker) % workers;
        if worker > 0 {
            trace.note(lane, now, Moment::Take, None);
        }
        now += 20_000;
        trace.note(lane, now, Moment::Detach, None);
        now += WAKE_NS;
    }
    trace.length_ns = now;
    trace
}

/// The convoy: a worker that blocks for `call_us` and then needs the lock for a moment, beside one that only computes
/// and has it whenever it can. Every third time it is woken too late, and overtaken.
pub fn convoy(calls: usize, call_us: u64, interval_us: u64) -> Trace {
    let mut trace = empty("convoy", "A thread that blocks, beside one that computes.", interval_us, 2);
    (trace.lanes[0].name, trace.lanes[1].name) = ("computes".into(), "blocks".into());
    let (interval, call) = (interval_us * 1000, call_us * 1000);
    let mut now = 1000;
    trace.note(1, now, Moment::Take, None);
    trace.note(0, now + 500, Moment::Wait, None);
    for number in 0..calls {
        now += 15_000;
        trace.note(1, now, Moment::Detach, None);
        if number % 3 == 2 {
            // Back before the other has a processor.
            now += 10_000;
            trace.note(1, now, Moment::Barge, None);
            trace.note(0, now + 20_000, Moment::Overtaken, Some(1));
            now += 30_000;
            trace.note(1, now, Moment::Detach, None);
        }
        trace.note(0, now + WAKE_NS, Moment::Take, None);
        now += WAKE_NS + call;
        trace.note(1, now, Moment::Wait, None);
        now += interval;
        trace.note(1, now, Moment::Request, Some(0));
        trace.note(0, now + 100, Moment::Drop, None);
        now += WAKE_NS;
        trace.note(1, now, Moment::Take, None);
        trace.note(0, now + 300, Moment::Wait, None);
    }
    now += 15_000;
    trace.note(1, now, Moment::Detach, None);
    trace.note(0, now + WAKE_NS, Moment::Take, None);
    now += WAKE_NS + interval;
    trace.note(0, now, Moment::Detach, None);
    trace.length_ns = now + 1000;
    trace
}

/// The same trace as if each worker had had room for so many moments.
#[must_use]
pub fn cut(mut trace: Trace, moments: usize) -> Trace {
    for lane in &mut trace.lanes {
        lane.lost = lane.events.len().saturating_sub(moments) as u64;
        lane.events.truncate(moments);
    }
    trace
}
