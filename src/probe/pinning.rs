//! Two threads that compute under a lock, with two processors to use and with one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::place::{only, pin, usable};
use super::scene::compute_turns;
use super::{Findings, Probe, Round, TIMED};
use crate::error::Result;
use crate::lock::{Attach, DEFAULT_INTERVAL, Gil, Legacy};
use crate::run::Profile;

pub(super) const PROBE: Probe = Probe {
    id: "pinning",
    question: "Are two threads under a lock faster or slower with two processors than with one?",
    rounds: TIMED,
    run,
};

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    if round.cores < 2 {
        return Ok(findings);
    }
    let turns = if round.profile == Profile::Quick { 500_000 } else { 1_500_000 };
    let (all, numbers) = usable()?;
    let one = only(numbers[0]);
    let places = [("all-cores", &all), ("one-core", &one)];
    let arms = places.into_iter().flat_map(|place| ["gil-legacy", "gil"].map(|lock| (place, lock)));
    round.arms(&mut findings, arms, |((place, mask), lock), findings| {
        // Threads inherit the mask of the one that starts them.
        pin(mask)?;
        let speedup = if lock == "gil" {
            let gil = Gil::new(2, DEFAULT_INTERVAL);
            speedup(round, turns, &|id| gil.worker(id))?
        } else {
            let legacy = Legacy::new(round.knobs.check_interval_ticks);
            speedup(round, turns, &|id| Ticking(legacy.worker(id)))?
        };
        findings.add(format!("{lock}/{place}/speedup"), "", speedup);
        Ok(())
    })?;
    Ok(findings)
}

/// A worker of the tick-based lock for which a turn is what it is in CPython 2.7: a few instructions.
struct Ticking<'a>(crate::lock::LegacyWorker<'a>);

/// Ticks of a turn of about 20 ns: CPython 2.7 counts a hundred in 450 ns.
const TICKS: u32 = 5;

impl Attach for Ticking<'_> {
    fn attach(&self) {
        self.0.attach();
    }

    fn detach(&self) {
        self.0.detach();
    }

    #[inline]
    fn safepoint(&self) {
        self.0.safepoint(TICKS);
    }

    fn account(&self) -> crate::run::LockSample {
        self.0.account()
    }

    fn hand_overs(&self) -> u64 {
        self.0.hand_overs()
    }
}

/// How many times as fast two threads are as one, for the same work in all.
fn speedup<W: Attach>(round: &Round, turns: u64, worker: &(impl Fn(usize) -> W + Sync)) -> Result<f64> {
    let mut times = [Duration::ZERO; 2];
    round.arms(&mut Findings::default(), [1, 2], |threads, _| {
        times[threads - 1] = timed(threads, turns / threads as u64, worker);
        Ok(())
    })?;
    Ok(times[0].as_secs_f64() / times[1].as_secs_f64())
}

fn timed<W: Attach>(threads: usize, turns: u64, worker: &(impl Fn(usize) -> W + Sync)) -> Duration {
    let gate = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|id| {
                let gate = &gate;
                scope.spawn(move || {
                    while !gate.load(Ordering::Acquire) {
                        std::thread::yield_now();
                    }
                    compute_turns(&worker(id), turns);
                })
            })
            .collect();
        let began = Instant::now();
        gate.store(true, Ordering::Release);
        for thread in started {
            let _ = thread.join();
        }
        began.elapsed()
    })
}
