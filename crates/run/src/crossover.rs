//! The grid of the probe `crossover`, and the line on it behind which processes pay.
//!
//! Everything is compared inside rounds: a cell's ratios are medians of paired logarithms, and each round has a
//! break-even of its own (see [`crate::stats::break_even()`]) for each size of payload, where what processes spare of the
//! time of a job under a lock becomes more than nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Reading, Run};
use crate::stats::{self, BreakEven, Estimate};

const PROBE: &str = "crossover";
const LEVEL: f64 = 0.95;

/// What the probe found.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossover {
    /// Work per job, in microseconds, ascending.
    pub works_us: Vec<u64>,
    /// Bytes per job, ascending.
    pub bytes: Vec<u64>,
    /// Every cell that was read in some way, by bytes and then by work.
    pub cells: Vec<CrossoverCell>,
    /// For each size at which it can be told: the work per job, in microseconds, from which on processes are faster than
    /// threads under a lock.
    pub break_evens: Vec<(u64, BreakEven)>,
    /// Workers of each way.
    pub workers: Option<f64>,
}

/// A cell of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossoverCell {
    /// Work per job, in microseconds.
    pub work_us: u64,
    /// Bytes per job.
    pub bytes: u64,
    /// Time per job with threads under a lock, in nanoseconds.
    pub gil_ns: Option<Estimate>,
    /// The same with threads without a lock.
    pub threads_ns: Option<Estimate>,
    /// The same with processes.
    pub processes_ns: Option<Estimate>,
    /// How many times as fast as threads under a lock processes are.
    pub gain: Option<Estimate>,
    /// How many times the time of threads without a lock processes take.
    pub cost: Option<Estimate>,
}

impl Run {
    /// What the probe `crossover` found; `None` if it has not read anything or has failed.
    pub fn crossover(&self) -> Option<Crossover> {
        if self.failed_probe(PROBE).is_some() {
            return None;
        }
        let mut grid: BTreeMap<(u64, u64), BTreeMap<&str, &Reading>> = BTreeMap::new();
        for reading in self.readings.iter().filter(|reading| reading.probe == PROBE && !reading.values.is_empty()) {
            if let Some((way, work_us, bytes)) = parse(&reading.name) {
                grid.entry((bytes, work_us)).or_default().insert(way, reading);
            }
        }
        let sorted = |of: fn(&(u64, u64)) -> u64| -> Vec<u64> {
            grid.keys().map(of).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let (bytes, works_us) = (sorted(|key| key.0), sorted(|key| key.1));
        let line = |&bytes: &u64| Some((bytes, break_even(&grid, bytes)?));
        let found = Crossover {
            cells: grid.iter().map(|(&(bytes, work_us), ways)| cell(work_us, bytes, ways)).collect(),
            break_evens: bytes.iter().filter_map(line).collect(),
            workers: self.reading(PROBE, "workers").and_then(|reading| stats::median(&reading.values)),
            works_us,
            bytes,
        };
        (!found.cells.is_empty()).then_some(found)
    }
}

/// `gil/100us/1024B`: the way, the work in microseconds, the bytes.
fn parse(name: &str) -> Option<(&str, u64, u64)> {
    let [way, work, bytes] = name.split('/').collect::<Vec<_>>().try_into().ok()?;
    let work_us = work.strip_suffix("us")?.parse().ok().filter(|work_us| *work_us > 0)?;
    Some((way, work_us, bytes.strip_suffix('B')?.parse().ok()?))
}

fn cell(work_us: u64, bytes: u64, ways: &BTreeMap<&str, &Reading>) -> CrossoverCell {
    let level = |way: &str| stats::median_estimate(&ways.get(way)?.values, LEVEL);
    let ratio = |over: &str, under: &str| {
        let pairs = ways.get(over)?.pairs(ways.get(under)?);
        let logs: Vec<f64> =
            pairs.iter().map(|(over, under)| (over / under).ln()).filter(|log| log.is_finite()).collect();
        Some(stats::median_estimate(&logs, LEVEL)?.map(f64::exp))
    };
    CrossoverCell {
        work_us,
        bytes,
        gil_ns: level("gil"),
        threads_ns: level("threads"),
        processes_ns: level("processes"),
        gain: ratio("gil", "processes"),
        cost: ratio("processes", "threads"),
    }
}

/// What processes spare of the time of a job under a lock, in nanoseconds, for each round that has both.
fn leads(ways: &BTreeMap<&str, &Reading>) -> Option<BTreeMap<u32, f64>> {
    let by_round = |way: &str| -> Option<BTreeMap<u32, f64>> {
        let reading = ways.get(way)?;
        Some(reading.rounds.iter().copied().zip(reading.values.iter().copied()).collect())
    };
    let (gil, processes) = (by_round("gil")?, by_round("processes")?);
    Some(gil.iter().filter_map(|(round, time)| Some((*round, time - processes.get(round)?))).collect())
}

/// The break-even of one size, from the rounds that have the whole of its row.
fn break_even(grid: &BTreeMap<(u64, u64), BTreeMap<&str, &Reading>>, bytes: u64) -> Option<BreakEven> {
    let row = grid.range((bytes, 0)..=(bytes, u64::MAX));
    let known = row.filter_map(|((_, work_us), ways)| Some((*work_us as f64, leads(ways)?)));
    let (works, leads): (Vec<f64>, Vec<BTreeMap<u32, f64>>) = known.unzip();
    let whole = |round: &u32| leads.iter().map(|of_work| of_work.get(round).copied()).collect::<Option<Vec<f64>>>();
    let rounds: Vec<Vec<f64>> = leads.first()?.keys().filter_map(whole).collect();
    stats::break_even(&works, &rounds, LEVEL)
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::Synthetic;
    use super::*;
    use crate::stats::Place;
    use crate::{Failure, FailureKind};

    const WORKS: [u64; 4] = [1, 10, 100, 1000];

    /// Two processors; handing over costs threads nothing and processes so much; 1 % of noise.
    fn run(hand_over_us: f64) -> Run {
        let mut made = Synthetic::new(2).reading(PROBE, "workers", "", 2.0);
        for work_us in WORKS {
            let work = work_us as f64;
            for (way, time_us) in [("gil", work), ("threads", work / 2.0), ("processes", hand_over_us + work / 2.0)] {
                made = made.reading(PROBE, &format!("{way}/{work_us}us/64B"), "ns", time_us * 1e3);
            }
        }
        made.build()
    }

    fn line(run: &Run) -> BreakEven {
        let found = run.crossover().expect("it was read");
        assert_eq!(found.break_evens.len(), 1);
        found.break_evens[0].1
    }

    #[test]
    fn the_line_lies_where_both_take_the_same_time() {
        let found = line(&run(30.0));
        let (Place::At(point), Some((Place::At(low), Place::At(high)))) = (found.place, found.ends) else {
            panic!("{found:?}")
        };
        assert!(low < point && point < high && (59.0..61.0).contains(&point), "{found:?}");
        assert_eq!(found.n, 12);
    }

    #[test]
    fn it_may_lie_outside_of_the_grid() {
        assert_eq!(line(&run(0.0)).place, Place::Below);
        assert_eq!(line(&run(2000.0)).place, Place::Beyond);
    }

    #[test]
    fn gain_and_cost_are_ratios_of_paired_times() {
        let found = run(30.0).crossover().expect("it was read");
        let cell = found.cells.iter().find(|cell| cell.work_us == 100).expect("it is there");
        let (gain, cost) = (cell.gain.expect("a ratio").value, cell.cost.expect("a ratio").value);
        assert!((gain - 1.25).abs() < 0.03 && (cost - 1.6).abs() < 0.03, "{cell:?}");
        assert_eq!((found.works_us, found.bytes, found.cells.len()), (WORKS.to_vec(), vec![64], 4));
    }

    #[test]
    fn rounds_without_the_whole_row_are_left_out_of_the_line() {
        let mut run = run(30.0);
        let one = run.readings.iter_mut().find(|reading| reading.name == "gil/10us/64B").expect("it is read");
        one.rounds.pop();
        one.values.pop();
        assert_eq!(line(&run).n, 11);
        run.readings.retain(|reading| !reading.name.starts_with("processes/10us"));
        let found = run.crossover().expect("the rest was read");
        assert_eq!((found.cells.len(), found.break_evens.len()), (4, 1), "a point less is no reason to say nothing");
        assert_eq!(found.cells[1].gain, None);
    }

    #[test]
    fn what_cannot_be_a_reading_is_passed_over_and_failures_count() {
        let mut run = run(30.0);
        for name in ["gil", "gil/us/B", "gil/0us/1B", "gil/1us/-1B", "gil/1us/1B/more", "gil/99999999999999999999us/1B"]
        {
            run.readings[1].name = name.into();
            assert_eq!(run.crossover().expect("the rest was read").bytes, [64], "{name}");
        }
        let message = "probe crossover: killed by signal 9".into();
        run.failures.push(Failure { case: None, round: Some(2), kind: FailureKind::Killed, message });
        assert_eq!(run.crossover(), None);
        assert_eq!(Synthetic::new(2).build().crossover(), None);
    }
}
