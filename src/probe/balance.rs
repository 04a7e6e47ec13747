//! Supply and demand: how full a queue is, and how much goes through it, when one side is faster than the other.

use std::time::Duration;

use super::home::Home;
use super::{Findings, Probe, Round};
use crate::error::Result;
use crate::queue::Patience;
use crate::run::Profile;
use crate::sys::clock_ns;

pub(super) const PROBE: Probe = Probe {
    id: "balance",
    question: "How full is a queue, and how much goes through it, when producers and consumers are not equally fast?",
    run,
};

/// Supply : demand, and the mean time between items of each, in nanoseconds.
const RATES: [(&str, u64, u64); 3] = [("1:2", 60_000, 30_000), ("1:1", 60_000, 60_000), ("2:1", 30_000, 60_000)];
const CAPACITY: usize = 16;
const ITEMS: u64 = 600;
/// Seeds of the two sides' work: the same in every round.
const PRODUCER: u64 = 1;
const CONSUMER: u64 = 2;
/// Moments at which the depth is looked at, evenly over the middle of the time.
const MOMENTS: usize = 12;

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    if round.profile == Profile::Quick {
        return Ok(findings);
    }
    for home in Home::BOTH {
        for (name, supply_ns, demand_ns) in RATES {
            let name = format!("{}/{name}", home.name());
            let (depths, taken_ns) = flow(home, supply_ns, demand_ns)?;
            // Over the slower side's own time: 1 is all that could go through.
            let alone_ns = Pace::new(PRODUCER, supply_ns).total_ns().max(Pace::new(CONSUMER, demand_ns).total_ns());
            findings.add(format!("{name}/throughput"), "", alone_ns / taken_ns as f64);
            let mean = depths.iter().sum::<usize>() as f64 / depths.len() as f64;
            findings.add(format!("{name}/depth"), "share", mean / CAPACITY as f64);
            for (moment, depth) in depths.iter().enumerate() {
                findings.add(format!("{name}/depth-at/{moment}"), "items", *depth as f64);
            }
        }
    }
    Ok(findings)
}

/// Depths over time, and how long it took until all items were used.
fn flow(home: Home, supply_ns: u64, demand_ns: u64) -> Result<(Vec<usize>, u64)> {
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
    let span = Duration::from_nanos(supply_ns.max(demand_ns) * ITEMS);
    let depths = home.together(&[&produce, &consume], || {
        let queue = hall.handle();
        // Not the beginning, where every queue is empty, nor the end, where producers are done.
        std::thread::sleep(span / 4);
        let look = |_| {
            std::thread::sleep(span / 2 / MOMENTS as u32);
            queue.len()
        };
        (0..MOMENTS).map(look).collect()
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
