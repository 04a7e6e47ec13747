//! The trade-off of the switch interval: a short one answers sooner, a long one computes more.

use std::time::{Duration, Instant};

use super::scene::{Scene, compute_turns};
use super::{FEW, Findings, Probe, Round};
use crate::error::Result;
use crate::lock::Gil;
use crate::run::Profile;

pub(super) const PROBE: Probe = Probe {
    id: "interval-sweep",
    question: "What does the switch interval trade: throughput of threads that compute, latency of one that talks?",
    rounds: FEW,
    run,
};

/// Intervals in microseconds.
const SWEEP: &[u64] = &[50, 100, 200, 500, 1000, 2000, 5000, 10_000];

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    if round.profile == Profile::Quick {
        return Ok(findings);
    }
    let alone = alone();
    round.arms(&mut findings, SWEEP, |interval_us, findings| {
        let interval = Duration::from_micros(*interval_us);
        let length = (interval * 12).max(Duration::from_millis(40));
        let played = Scene { computing: 2, reply_after: Some(Duration::ZERO), interval, length }.play()?;
        let throughput = played.turns as f64 / played.seconds / alone;
        let latency = played.round_trips.iter().sum::<f64>() / played.round_trips.len() as f64;
        findings.add(format!("{interval_us}us/throughput"), "", throughput);
        findings.add(format!("{interval_us}us/latency"), "ns", latency);
        Ok(())
    })?;
    Ok(findings)
}

/// Turns per second of one thread that has the lock to itself.
fn alone() -> f64 {
    const TURNS: u64 = 500_000;
    let gil = Gil::new(1, Duration::from_millis(5));
    let worker = gil.worker(0);
    let began = Instant::now();
    compute_turns(&worker, TURNS);
    TURNS as f64 / began.elapsed().as_secs_f64()
}
