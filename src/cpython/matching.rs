//! Makes the stand-in's loops as long as the interpreter's, on one worker alone.
//!
//! This is all the calibration there is: no cell is fitted. Whole loops are compared, safepoint included, one process
//! at a time and in alternation, by medians of CPU time, which a neighbour on the same processor does not add to. What whole units of work cannot match is made up for by the number of
//! iterations ([`Pace`]), which each arm gets for itself in each round: loops differ from process to process by where
//! they come to lie in memory.
//!
//! An exchange with the echo server costs an interpreter instructions of its own around the system calls. They are
//! matched by the CPU time of one client alone, half of the difference before each of the two calls.

use std::time::Duration;

use super::cells::{Pace, TASK};
use super::protocol::{self, Answer, Ask, Body, Part, Units};
use crate::run::validation::Matched;
use crate::stats::median;
use crate::worker::{Player, Stop};

/// How often each side is asked.
const REPEATS: usize = 5;
/// Numbers of units between which the length is taken to be a line.
const FEW: u32 = 4;
const MANY: u32 = 36;

/// Which lengths there are to match.
const LOOPS: [(&str, Body); 4] = [
    ("counting", Body::Count),
    ("counting and looking", Body::Watch),
    // After the one before, whose units it has too.
    ("noting another", Body::Notice),
    ("counting references", Body::Private),
];

/// Length of one loop while it is matched: a small part of what time there is.
pub(super) fn loop_time(budget: Duration) -> Duration {
    (budget / 1000).clamp(Duration::from_millis(2), Duration::from_millis(20))
}

/// Has the stand-in play the part with units of the right length.
pub(super) fn matched(
    real: &mut Player,
    stand_in: &mut Player,
    part: &mut Part,
    server_port: u16,
    time: Duration,
) -> Result<Vec<Matched>, Stop> {
    let mut found = vec![];
    let mut unit_ns = 1.0;
    for (what, body) in LOOPS {
        let few = length_with(stand_in, part, body, FEW, time)?;
        let many = length_with(stand_in, part, body, MANY, time)?;
        unit_ns = ((many - few) / f64::from(MANY - FEW)).max(0.05);
        let target = length(real, body, time, REPEATS)?;
        let units = (f64::from(FEW) + (target - few) / unit_ns).round().clamp(0.0, 1e6) as u32;
        // Once more, now side by side.
        set(&mut part.units, body, units);
        play(stand_in, part)?;
        let (mut theirs, mut ours) = (vec![], vec![]);
        for _ in 0..REPEATS {
            theirs.push(length(real, body, time, 1)?);
            ours.push(length(stand_in, body, time, 1)?);
        }
        let (real_ns, simulated_ns) = (middle(&theirs), middle(&ours));
        found.push(Matched { what: what.into(), real_ns, simulated_ns, units });
    }
    let (real_ns, before) = calls(real, stand_in, server_port, time * 3)?;
    part.units.call = ((real_ns - before) / 2.0 / unit_ns).round().clamp(0.0, 1e6) as u32;
    play(stand_in, part)?;
    let (real_ns, simulated_ns) = calls(real, stand_in, server_port, time * 3)?;
    let what = "exchanging, CPU time".into();
    found.push(Matched { what, real_ns, simulated_ns, units: part.units.call });
    Ok(found)
}

/// How fast an arm's loops are in this round.
pub(super) fn pace(player: &mut Player, time: Duration) -> Result<Pace, Stop> {
    let count = length(player, Body::Count, time, 3)?;
    Ok(Pace {
        count,
        task: task(player, (TASK.as_nanos() as f64 / count).max(1.0) as u64, 3)?,
        watch: length(player, Body::Watch, time, 3)?,
        churn: length(player, Body::Private, time, 3)?,
    })
}

/// Length of one iteration in nanoseconds in tasks that one worker takes one after another.
///
/// The same loop may be half as long there as when it is asked for by itself, call after call (seen in CPython 3.11):
/// where an interpreter's frames and numbers come to lie depends on what was done before.
fn task(player: &mut Player, iterations: u64, repeats: usize) -> Result<f64, Stop> {
    const TASKS: usize = 3;
    let ask = Ask::Mixed { workers: 1, tasks: TASKS, iterations, sleep_us: 0, interval_us: None };
    let mut once = || Ok(need(protocol::ask(player, &ask, TASK)?.wall_ns)? / (TASKS as f64 * iterations as f64));
    let lengths: Vec<f64> = (0..repeats).map(|_| once()).collect::<Result<_, Stop>>()?;
    Ok(middle(&lengths))
}

/// Tells the stand-in its part.
pub(super) fn play(stand_in: &mut Player, part: &Part) -> Result<(), Stop> {
    protocol::ask(stand_in, &Ask::Play(part.clone()), Duration::ZERO).map(drop)
}

fn set(units: &mut Units, body: Body, number: u32) {
    match body {
        Body::Count => units.count = number,
        Body::Watch => units.watch = number,
        Body::Notice => units.notice = number,
        Body::Private | Body::Shared => units.churn = number,
    }
}

fn length_with(stand_in: &mut Player, part: &mut Part, body: Body, units: u32, time: Duration) -> Result<f64, Stop> {
    set(&mut part.units, body, units);
    play(stand_in, part)?;
    length(stand_in, body, time, REPEATS)
}

/// Length of one iteration in nanoseconds: the median of several loops.
fn length(player: &mut Player, body: Body, time: Duration, repeats: usize) -> Result<f64, Stop> {
    let mut once = |iterations: u64| {
        let answer = protocol::ask(player, &Ask::Alone { body, iterations }, time)?;
        Ok(need(answer.cpu_ns)? / iterations as f64)
    };
    let rough = once(20_000)?;
    let iterations = (time.as_nanos() as f64 / rough).clamp(1.0, 1e9) as u64;
    let lengths: Vec<f64> = (0..repeats).map(|_| once(iterations)).collect::<Result<_, Stop>>()?;
    Ok(middle(&lengths))
}

/// CPU time of an exchange that is answered at once, for both.
fn calls(real: &mut Player, stand_in: &mut Player, port: u16, time: Duration) -> Result<(f64, f64), Stop> {
    let duration_us = time.as_micros() as u64;
    let ask = Ask::Echo { workers: 1, beside: 0, duration_us, delay_us: 0, port, interval_us: None };
    let cost = |answer: Answer| Ok(need(answer.cpu_ns)? / need(answer.count)?);
    let (mut theirs, mut ours) = (vec![], vec![]);
    for _ in 0..REPEATS {
        theirs.push(cost(protocol::ask(real, &ask, time)?)?);
        ours.push(cost(protocol::ask(stand_in, &ask, time)?)?);
    }
    Ok((middle(&theirs), middle(&ours)))
}

/// A number that must be there, and be one that can be.
fn need(number: Option<f64>) -> Result<f64, Stop> {
    let sane = number.filter(|number| number.is_finite() && *number > 0.0);
    sane.ok_or_else(|| Stop::Lost("answered without the number that was asked for".into()))
}

fn middle(values: &[f64]) -> f64 {
    median(values).expect("every length is measured at least once")
}
