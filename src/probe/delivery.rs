//! What becomes of the items that are put into a queue: their order, their number, and who has to wait.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::home::{Hall, Home, Slate, refused};
use super::{Findings, Probe, Round, TIMED};
use crate::error::Result;
use crate::queue::{Error, Order, Patience, Queue, ThreadQueue};
use crate::sys::clock_ns;

pub(super) const PROBE: Probe = Probe {
    id: "delivery",
    question: "Does a queue deliver each item once and in order, make workers wait, and know when all is done?",
    rounds: TIMED,
    run,
};

/// Items of each producer.
const ITEMS: u64 = 5_000;
/// Items of the stack.
const STACKED: u64 = 1_000;
/// Times that what takes a wait or a join is tried in a round: a thousand in twelve rounds.
const TRIES: u64 = 90;
/// A wait that is long for a queue: one that does not wait is over before.
const LONG: Duration = Duration::from_micros(100);
/// Consumers that wait for end markers, and how often in a round: a thousand in twelve rounds.
const CONSUMERS: u64 = 3;
const SHIFTS: u64 = 30;
/// How long a consumer waits once everything is there.
const HOPELESS: Duration = Duration::from_millis(1);
/// An end marker.
const END: u64 = u64::MAX;

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    round.arms(&mut findings, Home::BOTH, |home, findings| {
        let mut add = |name: &str, happened: u64, of: u64| {
            findings.count(format!("{}/{name}", home.name()), happened as f64, of);
        };
        add("out-of-order", out_of_order(home)?, ITEMS);
        let (lost, twice) = many_to_many(home)?;
        add("lost", lost, 2 * ITEMS);
        add("twice", twice, 2 * ITEMS);
        add("put-did-not-wait", puts_that_did_not_wait(home)?, TRIES);
        add("get-did-not-wait", gets_that_did_not_wait(home)?, TRIES);
        add("nowait-succeeded", nowait_succeeded(home)?, 2 * TRIES);
        add("joined-early", joined_early(home)?, TRIES);
        add("not-ended-with-all-markers", wrongly_ended(home, CONSUMERS)?, CONSUMERS * SHIFTS);
        add("not-one-left-without-a-marker", wrongly_ended(home, CONSUMERS - 1)?, CONSUMERS * SHIFTS);
        Ok(())
    })?;
    findings.count("stack/not-reversed", stack_not_reversed()? as f64, STACKED);
    findings.count("process/not-carried-to-child", not_carried(true)? as f64, TRIES);
    findings.count("process/not-carried-between-children", not_carried(false)? as f64, TRIES);
    Ok(findings)
}

/// Items that one consumer of one producer did not get in the order in which they were put.
fn out_of_order(home: Home) -> Result<u64> {
    let (hall, slate) = (hall(home, 64)?, Slate::new(1)?);
    let produce = || {
        let queue = handle(&hall);
        (0..ITEMS).for_each(|item| put(&*queue, item));
    };
    let consume = || {
        let queue = handle(&hall);
        slate.add(0, (0..ITEMS).filter(|item| get(&*queue) != *item).count() as u64);
    };
    home.together(&[&produce, &consume], || ())?;
    Ok(slate.get(0))
}

/// Items of two producers that neither of two consumers got, and that they got more than once.
fn many_to_many(home: Home) -> Result<(u64, u64)> {
    let (hall, slate) = (hall(home, 64)?, Slate::new(2 * ITEMS as usize)?);
    let produce = |from: u64| {
        let queue = handle(&hall);
        (0..ITEMS).for_each(|item| put(&*queue, from * ITEMS + item));
        put(&*queue, END);
    };
    let consume = || {
        let queue = handle(&hall);
        loop {
            match get(&*queue) {
                END => return,
                item => slate.add(item as usize, 1),
            }
        }
    };
    home.together(&[&|| produce(0), &|| produce(1), &consume, &consume], || ())?;
    // What is behind the last marker nobody got. It is in the queue, and so not lost.
    let queue = handle(&hall);
    while let Ok(item) = queue.try_get() {
        if item != END {
            slate.add(item as usize, 1);
        }
    }
    let times = |item: &usize| slate.get(*item);
    let items = 0..2 * ITEMS as usize;
    Ok((
        items.clone().filter(|item| times(item) == 0).count() as u64,
        items.filter(|item| times(item) > 1).count() as u64,
    ))
}

/// Puts into a full queue that were over before an item was taken from it.
fn puts_that_did_not_wait(home: Home) -> Result<u64> {
    let fill = |queue: &dyn Queue<u64>| (0..5).for_each(|item| put(queue, item));
    waited(home, fill, |queue| put(queue, 5), |queue| _ = get(queue))
}

/// Gets from an empty queue that were over before an item was put.
fn gets_that_did_not_wait(home: Home) -> Result<u64> {
    waited(home, |_| (), |queue| _ = get(queue), |queue| put(queue, 1))
}

/// Tries at a queue for five in which a worker that has to wait did not: its `act` was over before `release` began.
fn waited(
    home: Home,
    prepare: impl Fn(&dyn Queue<u64>) + Sync,
    act: impl Fn(&dyn Queue<u64>) + Sync,
    release: impl Fn(&dyn Queue<u64>),
) -> Result<u64> {
    const ASKS: usize = 0;
    const OVER_AT: usize = 1;
    const OVER: usize = 2;
    const NEXT: usize = 3;
    let (hall, slate) = (hall(home, 5)?, Slate::new(4)?);
    let waits = || {
        let queue = handle(&hall);
        prepare(&*queue);
        for turn in 1..=TRIES {
            slate.word(ASKS).store(turn, Ordering::SeqCst);
            act(&*queue);
            slate.word(OVER_AT).store(clock_ns(), Ordering::SeqCst);
            slate.word(OVER).store(turn, Ordering::SeqCst);
            slate.wait_for(NEXT, turn);
        }
    };
    home.together(&[&waits], || {
        let queue = handle(&hall);
        let did_not_wait = |turn: &u64| {
            slate.wait_for(ASKS, *turn);
            std::thread::sleep(LONG);
            let released = clock_ns();
            release(&*queue);
            slate.wait_for(OVER, *turn);
            let early = slate.get(OVER_AT) < released;
            slate.word(NEXT).store(*turn, Ordering::SeqCst);
            early
        };
        (1..=TRIES).filter(did_not_wait).count() as u64
    })
}

/// Gets from an empty queue and puts into a full one, without waiting, that were not refused: of two in each try.
fn nowait_succeeded(home: Home) -> Result<u64> {
    let hall = hall(home, 5)?;
    let queue = handle(&hall);
    let mut succeeded = 0;
    for _ in 0..TRIES {
        succeeded += u64::from(!matches!(queue.try_get(), Err(Error::Empty)));
        (0..5).for_each(|item| put(&*queue, item));
        let full = queue.try_put(5).is_err_and(|refused| matches!(refused.error, Error::Full));
        succeeded += u64::from(!full);
        while queue.try_get().is_ok() {}
    }
    Ok(succeeded)
}

/// Joins of a queue that returned before the last of its items was done: two cooks, two eaters, meal after meal.
fn joined_early(home: Home) -> Result<u64> {
    const EACH: u64 = 2;
    const DONE_AT: usize = 0;
    const DONE: usize = 1;
    const COOKED: usize = 2;
    const MEAL: usize = 3;
    let (hall, slate) = (home.queue(4, true)?, Slate::new(4)?);
    let cook = || {
        let queue = handle(&hall);
        for meal in 1..=TRIES {
            slate.wait_for(MEAL, meal);
            (0..EACH).for_each(|item| put(&*queue, item));
            slate.add(COOKED, 1);
        }
    };
    let eat = || {
        let queue = handle(&hall);
        while queue.get().is_ok() {
            std::thread::sleep(Duration::from_micros(20));
            slate.word(DONE_AT).fetch_max(clock_ns(), Ordering::SeqCst);
            slate.add(DONE, 1);
            queue.task_done().expect("it was taken");
        }
    };
    let early = home.together(&[&cook, &cook, &eat, &eat], || {
        let queue = handle(&hall);
        let meal = |early: u64, meal: u64| {
            slate.word(MEAL).store(meal, Ordering::SeqCst);
            // As in the notes: only when the cooks are done is what was put all there is.
            slate.wait_for(COOKED, 2 * meal);
            queue.join()?;
            let (at, done) = (clock_ns(), slate.get(DONE));
            Ok(early + u64::from(at < slate.get(DONE_AT) || done < 2 * EACH * meal))
        };
        let early = (1..=TRIES).try_fold(0, meal);
        // The eaters are daemons: they end with the program, here with their queue.
        queue.close();
        early
    })?;
    early.map_err(refused)
}

/// By how many the consumers that ended differ from the end markers put for them, over all shifts.
fn wrongly_ended(home: Home, markers: u64) -> Result<u64> {
    const ENDED: usize = 0;
    const ALL_THERE: usize = 1;
    const OVER: usize = 2;
    const SHIFT: usize = 3;
    let (hall, slate) = (hall(home, 8)?, Slate::new(4)?);
    let consume = || {
        let queue = handle(&hall);
        for shift in 1..=SHIFTS {
            slate.wait_for(SHIFT, shift);
            let ended = loop {
                let all_there = slate.get(ALL_THERE) >= shift;
                match queue.get_within(Patience::For(HOPELESS)) {
                    Ok(END) => break true,
                    // Everything was there before it began to wait, so it would wait for ever.
                    Err(_) if all_there => break false,
                    _ => {}
                }
            };
            slate.add(ENDED, u64::from(ended));
            slate.add(OVER, 1);
        }
    };
    let workers: Vec<&(dyn Fn() + Sync)> = vec![&consume; CONSUMERS as usize];
    home.together(&workers, || {
        let queue = handle(&hall);
        let shift = |shift: u64| {
            let before = slate.get(ENDED);
            slate.word(SHIFT).store(shift, Ordering::SeqCst);
            (0..6).for_each(|item| put(&*queue, item));
            (0..markers).for_each(|_| put(&*queue, END));
            slate.word(ALL_THERE).store(shift, Ordering::SeqCst);
            slate.wait_for(OVER, shift * CONSUMERS);
            (slate.get(ENDED) - before).abs_diff(markers)
        };
        (1..=SHIFTS).map(shift).sum()
    })
}

/// Items that came out of a stack otherwise than in the reverse of the order in which they went in.
fn stack_not_reversed() -> Result<u64> {
    let stack = ThreadQueue::new(STACKED as usize, Order::Lifo, false).map_err(refused)?;
    (0..STACKED).for_each(|item| put(&stack, item));
    Ok((0..STACKED).rev().filter(|item| get(&stack) != *item).count() as u64)
}

/// Numbers that did not come back one larger from a child for which its parent, or else its sibling, put them.
fn not_carried(from_parent: bool) -> Result<u64> {
    let (there, back) = (hall(Home::Process, 1)?, hall(Home::Process, 1)?);
    let child = || {
        let (there, back) = (handle(&there), handle(&back));
        (0..TRIES).for_each(|_| put(&*back, get(&*there) + 1));
    };
    let sibling = || {
        let there = handle(&there);
        (0..TRIES).for_each(|number| put(&*there, number));
    };
    let both: [&(dyn Fn() + Sync); 2] = [&child, &sibling];
    Home::Process.together(if from_parent { &both[..1] } else { &both }, || {
        let (there, back) = (handle(&there), handle(&back));
        let lost = |number: &u64| {
            if from_parent {
                put(&*there, *number);
            }
            get(&*back) != number + 1
        };
        (0..TRIES).filter(lost).count() as u64
    })
}

fn hall(home: Home, capacity: usize) -> Result<Hall> {
    home.queue(capacity, false)
}

fn handle(hall: &Hall) -> Box<dyn Queue<u64>> {
    hall.handle()
}

fn put(queue: &dyn Queue<u64>, item: u64) {
    queue.put(item).unwrap_or_else(|refused| panic!("{}", refused.error));
}

fn get(queue: &dyn Queue<u64>) -> u64 {
    queue.get().unwrap_or_else(|error| panic!("{error}"))
}
