//! Supply and demand: how full a queue is, and how much goes through it, when one side is faster than the other.

use std::time::Duration;

use super::home::Home;
use super::{Findings, Probe, Round, TIMED};
use crate::error::Result;
use crate::queue::Patience;
use crate::run::Profile;
use crate::sys::clock_ns;

pub(super) const PROBE: Probe = Probe {
    id: "balance",
    question: "How full is a queue, and how much goes through it, when producers and consumers are not equally fast?",
    rounds: TIMED,
    run,
};

/// Supply : demand, and the mean time between items of each, in nanoseconds.
const RATES: [(&str, u64, u64); 3] = [("1:2", 60_000, 30_000), ("1:1", 60_000, 60_000), ("2:1", 30_000, 60_000)];
const CAPACITY: usize = 16;
const ITEMS: u64 = 600;
/// Seeds of the two sides' work: the same in every round.
const PRODUCER: u64 = 1;
const CONSUMER: u64 = 2;
/// When the depth is looked at: in per cent of the time that the slower side takes alone, from one look to the next.
const STEP: u64 = 6;
const LOOKS: u64 = 16;
/// The middle of the time, in the same per cent: not the beginning, where every queue is empty, nor the end, where
/// producers are done.
const MIDDLE: std::ops::RangeInclusive<u64> = 25..=75;

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    let quick = round.profile == Profile::Quick;
    // Balanced rates are shown and not judged.
    let rates = RATES.into_iter().filter(|(name, ..)| !quick || *name != "1:1");
    findings.add("capacity", "items", CAPACITY as f64);
    let arms = Home::BOTH.into_iter().flat_map(|home| rates.clone().map(move |rates| (home, rates)));
    round.arms(&mut findings, arms, |(home, (name, supply_ns, demand_ns)), findings| {
        let name = format!("{}/{name}", home.name());
        // The slower side's own time: less is not possible.
        let alone_ns = Pace::new(PRODUCER, supply_ns).total_ns().max(Pace::new(CONSUMER, demand_ns).total_ns());
        let (depths, taken_ns) = flow(home, supply_ns, demand_ns, Duration::from_nanos(alone_ns as u64))?;
        findings.add(format!("{name}/throughput"), "", alone_ns / taken_ns as f64);
        let middle = depths.iter().filter(|(moment, _)| MIDDLE.contains(moment)).map(|(_, depth)| *depth as f64);
        let (sum, count) = middle.fold((0.0, 0.0), |(sum, count), depth| (sum + depth, count + 1.0));
        findings.add(format!("{name}/depth"), "share", sum / count / CAPACITY as f64);
        for (moment, depth) in depths {
            findings.add(format!("{name}/depth-at/{moment}%"), "items", depth as f64);
        }
        Ok(())
    })?;
    Ok(findings)
}

/// Depths at their moments, in per cent of the time `alone`, and how long it took until all items were used.
fn flow(home: Home, supply_ns: u64, demand_ns: u64, alone: Duration) -> Result<(Vec<(u64, usize)>, u64)> {
    let hall = home.queue(CAPACITY, false)?;
    let produce = || {
        let queue = hall.handle();
        let mut pace = Pace::new(PRODUCER, supply_ns);
        for item in 0..ITEMS {
            pace.work();
            queue.put(item).unwrap_or_else(|refused| panic!("{}", refused.error));
        }
    };
    let consume = || {
        let queue = hall.handle();
        let mut pace = Pace::new(CONSUMER, demand_ns);
        for _ in 0..ITEMS {
            queue.get_within(Patience::Forever).unwrap_or_else(|error| panic!("{error}"));
            pace.work();
        }
    };
    let began = clock_ns();
    let depths = home.together(&[&produce, &consume], || {
        let queue = hall.handle();
        let look = |moment: u64| {
            let due = began + alone.as_nanos() as u64 * moment / 100;
            std::thread::sleep(Duration::from_nanos(due.saturating_sub(clock_ns())));
            (moment, queue.len())
        };
        (1..=LOOKS).map(|number| look(number * STEP)).collect()
    })?;
    Ok((depths, clock_ns() - began))
}

/// Work of irregular length: times between items as of customers who know nothing of each other (exponential).
struct Pace {
    random: fastrand::Rng,
    mean_ns: f64,
}

impl Pace {
    fn new(seed: u64, mean_ns: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), mean_ns: mean_ns as f64 }
    }

    fn next_ns(&mut self) -> f64 {
        -(1.0 - self.random.f64()).ln() * self.mean_ns
    }

    /// What all items take.
    fn total_ns(mut self) -> f64 {
        (0..ITEMS).map(|_| self.next_ns()).sum()
    }

    /// Computes for as long as the next item takes.
    fn work(&mut self) {
        let length = self.next_ns();
        let began = clock_ns();
        while ((clock_ns() - began) as f64) < length {
            std::hint::spin_loop();
        }
    }
}
