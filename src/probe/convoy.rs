//! What a thread that talks to the outside pays for threads that compute beside it.

use std::time::Duration;

use super::scene::Scene;
use super::{Findings, Probe, Round, TIMED};
use crate::error::Result;
use crate::run::Profile;
use crate::stats::quantile;

pub(super) const PROBE: Probe = Probe {
    id: "convoy",
    question: "How long does a round trip to an echo take beside threads that compute under the same lock?",
    rounds: TIMED,
    run,
};

/// One cell of the grid: the echo's wait, threads that compute, switch interval (both in microseconds).
type Cell = (u64, usize, u64);

fn cells(profile: Profile) -> Vec<Cell> {
    let intervals: &[u64] = if profile == Profile::Quick { &[5000] } else { &[5000, 1000, 500] };
    let computing: &[usize] = match profile {
        Profile::Quick => &[1],
        Profile::Standard => &[1, 2],
        Profile::Full => &[1, 2, 4],
    };
    let mut cells = vec![];
    // An echo that answers at once falls into one of two modes; one that takes its time is what can be judged.
    for wait in if profile == Profile::Quick { vec![1000] } else { vec![0, 1000] } {
        // Alone nobody ever waits for the lock, and the interval means nothing.
        cells.push((wait, 0, 5000));
        for &threads in computing {
            cells.extend(intervals.iter().map(|&interval| (wait, threads, interval)));
        }
    }
    // Standard asks four threads at CPython's own interval only.
    if profile == Profile::Standard {
        cells.extend([(0, 4, 5000), (1000, 4, 5000)]);
    }
    cells
}

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    round.arms(&mut findings, cells(round.profile), |(wait, computing, interval_us), findings| {
        let interval = Duration::from_micros(interval_us);
        let scene = Scene {
            computing,
            reply_after: Some(Duration::from_micros(wait)),
            interval,
            length: if computing == 0 { SHORTEST } else { (interval * 20).max(SHORTEST * 2) },
        };
        let played = scene.play()?;
        let trips = &played.round_trips;
        let echo = if wait == 0 { "at-once".to_owned() } else { format!("{wait}us") };
        let name = |what: &str| format!("{echo}/{computing}-cpu/{interval_us}us/{what}");
        let total: f64 = trips.iter().sum();
        let count = trips.len() as f64;
        let slow = trips.iter().filter(|&&trip| trip > wait as f64 * 1e3 + interval.as_nanos() as f64 / 2.0).count();
        findings.add(name("p50"), "ns", quantile(trips, 0.5).unwrap_or(f64::NAN));
        findings.add(name("p99"), "ns", quantile(trips, 0.99).unwrap_or(f64::NAN));
        findings.add(name("mean"), "ns", total / count);
        findings.add(name("rate"), "/s", count / (total / 1e9));
        // Near 1 each call waits for an interval: the full convoy. Near 0 the thread is back before the one that was
        // woken for the lock gets to run, again and again: the missed wake-up.
        findings.add(name("slow"), "", slow as f64 / count);
        Ok(())
    })?;
    if round.traced {
        let interval = round.knobs.switch_interval();
        let scene =
            Scene { computing: 1, reply_after: Some(Duration::from_millis(1)), interval, length: interval * 10 };
        let summary = "A thread that asks an echo and computes nothing waits a switch interval for every answer, because a \
                       thread that computes holds the lock whenever it comes back.";
        findings.traces.push(scene.trace("convoy", summary)?);
    }
    Ok(findings)
}

/// Shortest scene.
const SHORTEST: Duration = Duration::from_millis(30);
