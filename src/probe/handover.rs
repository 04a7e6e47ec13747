//! How often the lock changes hands between threads that compute, how long each keeps it, and what a hand-over costs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::scene::Scene;
use super::{FEW, Findings, Probe, Round};
use crate::error::Result;
use crate::run::{Lane, Moment};
use crate::stats::median;
use crate::sys::{Condvar, Mutex, clock_ns};

pub(super) const PROBE: Probe = Probe {
    id: "handover",
    question: "How often does a lock change hands between threads that compute, and what does that cost?",
    rounds: FEW,
    run,
};

/// Moments recorded of each worker: far more than any scene here has.
const MOMENTS: usize = 20_000;

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    let mut gaps = vec![];
    let mut held = vec![];
    round.arms(&mut findings, [5000, 1000, 500], |interval_us, findings| {
        let interval = Duration::from_micros(interval_us);
        let scene = Scene { computing: 2, reply_after: None, interval, length: (interval * 20).max(MINIMUM) };
        let lanes = scene.record(MOMENTS)?.lanes;
        let holds = holds(&lanes);
        let slices: Vec<f64> = slices(&holds).into_iter().map(|slice| slice as f64).collect();
        let lasted = holds.last().map_or(0, |last| last.end) as f64 / 1e9;
        findings.add(format!("{interval_us}us/rate"), "/s", slices.len() as f64 / lasted);
        findings.add(format!("{interval_us}us/slice"), "ns", median(&slices).unwrap_or(f64::NAN));
        gaps.extend(hand_overs(&holds));
        held.push(holds);
        Ok(())
    })?;
    findings.add("gap", "ns", median(&gaps).unwrap_or(f64::NAN));
    findings.add("wake-up", "ns", wake_up());
    // A thread that blocks all the time and three that compute: the busiest that a lock can be.
    let reply_after = Some(Duration::ZERO);
    let interval = Duration::from_micros(100);
    let crowd = Scene { computing: 3, reply_after, interval, length: MINIMUM };
    // Once is enough, unless the machine has so much else to do that the lock hardly changed hands.
    let mut looked_at = held.iter().map(Vec::len).sum::<usize>();
    for _ in 0..MOST_CROWDS {
        held.push(holds(&crowd.record(MOMENTS)?.lanes));
        looked_at += held.last().map_or(0, Vec::len);
        if looked_at >= ENOUGH_HOLDS {
            break;
        }
    }
    findings.add("holds", "", looked_at as f64);
    findings.count("overlaps", held.iter().map(|holds| overlaps(holds)).sum::<usize>() as f64, looked_at as u64);
    if round.traced {
        let interval = round.knobs.switch_interval();
        let scene = Scene { computing: 2, reply_after: None, interval, length: interval * 12 };
        let summary = "Two threads that compute take turns: one slice each, a switch interval long.";
        findings.traces.push(scene.trace("two threads that compute", summary)?);
    }
    Ok(findings)
}

/// Times of holding the lock that are looked at in a round, at least: more than a thousand in its rounds.
const ENOUGH_HOLDS: usize = 1200 / FEW as usize;
/// Scenes of a crowd in a round, at most.
const MOST_CROWDS: usize = 10;
/// Shortest scene.
const MINIMUM: Duration = Duration::from_millis(30);

/// A time during which a worker surely held the lock, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hold {
    worker: usize,
    begin: u64,
    end: u64,
}

/// All times of holding, in the order in which they began. One that was not over when the record ended is left out.
fn holds(lanes: &[Lane]) -> Vec<Hold> {
    let mut holds = vec![];
    for (worker, lane) in lanes.iter().enumerate() {
        let mut since = None;
        for event in &lane.events {
            match event.moment {
                Moment::Take | Moment::Barge => since = Some(event.at_ns),
                Moment::Detach | Moment::Drop => {
                    holds.extend(since.take().map(|begin| Hold { worker, begin, end: event.at_ns }));
                }
                Moment::Wait | Moment::Request | Moment::Overtaken => {}
            }
        }
    }
    holds.sort_unstable_by_key(|hold| hold.begin);
    holds
}

/// How many begin before another has ended.
fn overlaps(holds: &[Hold]) -> usize {
    let mut latest = 0;
    let mut overlaps = 0;
    for hold in holds {
        overlaps += usize::from(hold.begin < latest);
        latest = latest.max(hold.end);
    }
    overlaps
}

/// How long each worker kept the lock before another had it. The last slice has no such end.
fn slices(holds: &[Hold]) -> Vec<u64> {
    let mut slices = vec![];
    let mut begin = holds.first().map_or(0, |first| first.begin);
    for (hold, next) in holds.iter().zip(holds.iter().skip(1)) {
        if hold.worker != next.worker {
            slices.push(next.begin - begin);
            begin = next.begin;
        }
    }
    slices
}

/// From each release to the taking by another worker, in nanoseconds.
fn hand_overs(holds: &[Hold]) -> Vec<f64> {
    let pairs = holds.iter().zip(holds.iter().skip(1)).filter(|(hold, next)| hold.worker != next.worker);
    pairs.map(|(hold, next)| next.begin.saturating_sub(hold.end) as f64).collect()
}

/// From a signal to the moment at which the thread that slept for it runs: the median of a few, in nanoseconds.
fn wake_up() -> f64 {
    const TIMES: usize = 31;
    let (mutex, condvar) = (Mutex::new(), Condvar::new());
    let (asked, woken) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut delays = vec![];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for time in 1..=TIMES as u64 {
                let mut guard = mutex.lock();
                while asked.load(Ordering::Relaxed) < time {
                    condvar.wait(&mut guard);
                }
                woken.store(clock_ns(), Ordering::Release);
            }
        });
        for time in 1..=TIMES as u64 {
            // Long enough for the other to be asleep.
            std::thread::sleep(Duration::from_micros(300));
            woken.store(0, Ordering::Relaxed);
            let guard = mutex.lock();
            asked.store(time, Ordering::Relaxed);
            let signalled = clock_ns();
            condvar.signal();
            drop(guard);
            while woken.load(Ordering::Acquire) == 0 {
                std::hint::spin_loop();
            }
            delays.push(woken.load(Ordering::Acquire).saturating_sub(signalled) as f64);
        }
    });
    median(&delays).expect("there are some")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::TraceEvent;

    fn lane(events: &[(u64, Moment)]) -> Lane {
        let events = events.iter().map(|&(at_ns, moment)| TraceEvent { at_ns, moment, other: None }).collect();
        Lane { name: String::new(), process: 0, lock: 0, events, lost: 0 }
    }

    #[test]
    fn two_holders_at_once_are_seen() {
        use Moment::{Barge, Detach, Drop, Take, Wait};
        let first = [(10, Take), (20, Drop), (21, Wait), (40, Take), (50, Detach)];
        let apart = [lane(&first), lane(&[(15, Wait), (22, Take), (39, Detach), (60, Barge)])];
        assert_eq!(overlaps(&holds(&apart)), 0);
        assert_eq!(slices(&holds(&apart)), [12, 18]);
        assert_eq!(hand_overs(&holds(&apart)), [2.0, 1.0]);
        let together = [lane(&first), lane(&[(19, Take), (39, Detach)])];
        assert_eq!(overlaps(&holds(&together)), 1);
    }
}
