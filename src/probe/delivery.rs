//! What becomes of the items that are put into a queue: their order, their number, and who has to wait.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::home::{Hall, Home, Slate, refused};
use super::{Findings, Probe, Round, count};
use crate::error::Result;
use crate::queue::{Error, Order, Patience, Queue, ThreadQueue};
use crate::run::Profile;
use crate::sys::clock_ns;

pub(super) const PROBE: Probe = Probe {
    id: "delivery",
    question: "Does a queue deliver each item once and in order, make workers wait, and know when all is done?",
    run,
};

/// Items of each producer.
const ITEMS: u64 = 5_000;
/// Times that what takes a wait is tried in a round.
const TRIES: usize = 3;
/// A wait that is long for a queue.
const LONG: Duration = Duration::from_millis(10);
/// A wait after which nothing will come any more.
const HOPELESS: Duration = Duration::from_millis(60);
/// An end marker.
const END: u64 = u64::MAX;

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    if round.profile == Profile::Quick {
        return Ok(findings);
    }
    round.arms(&mut findings, Home::BOTH, |home, findings| {
        let mut add = |name: &str, value: f64| findings.add(format!("{}/{name}", home.name()), "", value);
        add("out-of-order", out_of_order(home)? as f64);
        let (lost, twice) = many_to_many(home)?;
        add("lost", lost as f64);
        add("twice", twice as f64);
        add("put-did-not-wait", count(TRIES, || put_did_not_wait(home))?);
        add("get-did-not-wait", count(TRIES, || get_did_not_wait(home))?);
        add("nowait-succeeded", count(TRIES, || nowait_succeeded(home))?);
        add("joined-early", count(TRIES, || joined_early(home))?);
        add("not-ended-with-all-markers", wrongly_ended(home, 3, 3)? as f64);
        add("not-one-left-without-a-marker", wrongly_ended(home, 3, 2)? as f64);
        Ok(())
    })?;
    findings.add("stack/not-reversed", "", stack_not_reversed()? as f64);
    findings.add("process/not-carried-to-child", "", count(TRIES, || not_carried(true))?);
    findings.add("process/not-carried-between-children", "", count(TRIES, || not_carried(false))?);
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

/// Whether the sixth item went into a queue for five before one was taken.
fn put_did_not_wait(home: Home) -> Result<bool> {
    let (hall, slate) = (hall(home, 5)?, Slate::new(2)?);
    let sixth = || {
        let queue = handle(&hall);
        (0..6).for_each(|item| put(&*queue, item));
        slate.word(0).store(clock_ns(), Ordering::SeqCst);
    };
    home.together(&[&sixth], || {
        let queue = handle(&hall);
        std::thread::sleep(LONG);
        slate.word(1).store(clock_ns(), Ordering::SeqCst);
        get(&*queue);
    })?;
    Ok(slate.get(0) < slate.get(1))
}

/// Whether something came out of an empty queue before anything was put.
fn get_did_not_wait(home: Home) -> Result<bool> {
    let (hall, slate) = (hall(home, 5)?, Slate::new(2)?);
    let early = || {
        get(&*handle(&hall));
        slate.word(0).store(clock_ns(), Ordering::SeqCst);
    };
    home.together(&[&early], || {
        let queue = handle(&hall);
        std::thread::sleep(LONG);
        slate.word(1).store(clock_ns(), Ordering::SeqCst);
        put(&*queue, 1);
    })?;
    Ok(slate.get(0) < slate.get(1))
}

/// Whether taking from an empty queue or putting into a full one without waiting was anything but refused.
fn nowait_succeeded(home: Home) -> Result<bool> {
    let hall = hall(home, 5)?;
    let queue = handle(&hall);
    let empty = matches!(queue.try_get(), Err(Error::Empty));
    (0..5).for_each(|item| put(&*queue, item));
    let full = queue.try_put(5).is_err_and(|refused| matches!(refused.error, Error::Full));
    Ok(!empty || !full)
}

/// Whether who joined a queue went on before the last of its items was done: two cooks, two eaters.
fn joined_early(home: Home) -> Result<bool> {
    const EACH: u64 = 5;
    let (hall, slate) = (home.queue(4, true)?, Slate::new(3)?);
    let cook = || {
        let queue = handle(&hall);
        (0..EACH).for_each(|item| put(&*queue, item));
        slate.add(2, 1);
    };
    let eat = || {
        let queue = handle(&hall);
        while queue.get().is_ok() {
            std::thread::sleep(Duration::from_micros(300));
            slate.word(0).fetch_max(clock_ns(), Ordering::SeqCst);
            slate.add(1, 1);
            queue.task_done().expect("it was taken");
        }
    };
    let joined = home.together(&[&cook, &cook, &eat, &eat], || {
        let queue = handle(&hall);
        // As in the notes: only when the cooks are done is what was put all there is.
        while slate.get(2) < 2 {
            std::thread::sleep(Duration::from_micros(100));
        }
        let joined = queue.join().map(|()| (clock_ns(), slate.get(1)));
        // The eaters are daemons: they end with the program, here with their queue.
        queue.close();
        joined
    })?;
    let (at, done) = joined.map_err(refused)?;
    Ok(at < slate.get(0) || done < 2 * EACH)
}

/// By how many the consumers that ended differ from the end markers put for them.
fn wrongly_ended(home: Home, consumers: u64, markers: u64) -> Result<u64> {
    let (hall, slate) = (hall(home, 8)?, Slate::new(2)?);
    let consume = || {
        let queue = handle(&hall);
        loop {
            let all_there = slate.get(1) > 0;
            match queue.get_within(Patience::For(HOPELESS)) {
                Ok(END) => return slate.add(0, 1),
                // It would wait for ever.
                Err(_) if all_there => return,
                _ => {}
            }
        }
    };
    let workers: Vec<&(dyn Fn() + Sync)> = vec![&consume; consumers as usize];
    home.together(&workers, || {
        let queue = handle(&hall);
        (0..20).for_each(|item| put(&*queue, item));
        (0..markers).for_each(|_| put(&*queue, END));
        slate.add(1, 1);
    })?;
    Ok(slate.get(0).abs_diff(markers))
}

/// Items that came out of a stack otherwise than in the reverse of the order in which they went in.
fn stack_not_reversed() -> Result<u64> {
    let stack = ThreadQueue::new(100, Order::Lifo, false).map_err(refused)?;
    (0..100).for_each(|item| put(&stack, item));
    Ok((0..100).rev().filter(|item| get(&stack) != *item).count() as u64)
}

/// Whether a number did not arrive that was put for a child by its parent, or else by its sibling, and sent back.
fn not_carried(from_parent: bool) -> Result<bool> {
    let (there, back) = (hall(Home::Process, 1)?, hall(Home::Process, 1)?);
    let sibling = || put(&*handle(&there), 42);
    let child = || {
        let number = get(&*handle(&there));
        put(&*handle(&back), number + 1);
    };
    let both: [&(dyn Fn() + Sync); 2] = [&child, &sibling];
    let carried = Home::Process.together(if from_parent { &both[..1] } else { &both }, || {
        if from_parent {
            sibling();
        }
        get(&*handle(&back))
    })?;
    Ok(carried != 43)
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
