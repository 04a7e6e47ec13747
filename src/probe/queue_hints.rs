//! Whether what a queue says of itself can be acted on: "not empty, so take" and "not full, so put".

use super::home::{Home, Slate};
use super::{Findings, Probe, Round, TIMED};
use crate::error::Result;

pub(super) const PROBE: Probe = Probe {
    id: "queue-hints",
    question: "How often is a queue's word that it is not empty, or not full, out of date when it is acted on?",
    rounds: TIMED,
    run,
};

/// Decisions to put, and to take, of each worker: several milliseconds, so that workers which are started one after the
/// other surely meet.
const DECISIONS: u64 = 100_000;

/// Words of the slate.
const MADE: usize = 0;
const WRONG: usize = 1;

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    let arms = Home::BOTH.into_iter().flat_map(|home| [("alone", 1), ("together", 3)].map(|size| (home, size)));
    round.arms(&mut findings, arms, |(home, (name, workers)), findings| {
        let (made, wrong) = decide(home, workers)?;
        findings.count(format!("{}/{name}/wrong", home.name()), wrong as f64, made);
        findings.add(format!("{}/{name}/made", home.name()), "", made as f64);
        Ok(())
    })?;
    Ok(findings)
}

/// Decisions made on the word of a queue by so many workers, and those that were wrong by the time of the deed.
fn decide(home: Home, workers: usize) -> Result<(u64, u64)> {
    let (hall, slate) = (home.queue(2, false)?, Slate::new(2)?);
    let worker = || {
        let queue = hall.handle();
        let (mut made, mut wrong) = (0, 0);
        for turn in 0..DECISIONS {
            if turn % 2 == 0 && !queue.is_full() {
                made += 1;
                wrong += u64::from(queue.try_put(turn).is_err());
            }
            if turn % 2 == 1 && !queue.is_empty() {
                made += 1;
                wrong += u64::from(queue.try_get().is_err());
            }
        }
        slate.add(MADE, made);
        slate.add(WRONG, wrong);
    };
    let all: Vec<&(dyn Fn() + Sync)> = vec![&worker; workers];
    home.together(&all, || ())?;
    Ok((slate.get(MADE), slate.get(WRONG)))
}
