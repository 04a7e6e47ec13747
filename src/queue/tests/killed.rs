//! Processes at a queue that are killed at any instant, and an account of every item.
//!
//! `GILBENCH_KILLS=5000 cargo test --release queue::tests::killed` is the long form.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::super::{ByteQueue, Error, Patience, Queue};
use super::hand::{Deed, Ending, Hand, Part};

/// Bits of a message's number below the number of its producer.
const OWN: u32 = 32;

fn part(deed: Deed, first: u64) -> Part {
    Part { deed, count: 200_000, bytes: 24, first, batch: 1, noted: matches!(deed, Deed::Consume { .. }) }
}

fn kills() -> usize {
    std::env::var("GILBENCH_KILLS").map_or(120, |text| text.parse().expect("GILBENCH_KILLS is a number"))
}

#[test]
fn whoever_is_killed_and_whenever_no_other_item_is_lost_and_none_comes_twice() {
    let seed =
        std::env::var("GILBENCH_SEED").map_or_else(|_| fastrand::u64(..), |text| text.parse().expect("a number"));
    let mut random = fastrand::Rng::with_seed(seed);
    let mut left = kills();
    while left > 0 {
        let kills = left.min(60);
        left -= kills;
        torture(&mut random, kills);
    }
}

fn torture(random: &mut fastrand::Rng, kills: usize) {
    let joinable = random.bool();
    let batch = if random.bool() { 1 } else { 5 };
    let queue = ByteQueue::new(random.usize(1..40), 24, joinable).unwrap();
    let (mut producers, mut consumers) = (vec![], vec![]);
    let start = |deed, all: &mut Vec<Hand>| {
        let part = Part { batch, ..part(deed, (all.len() as u64) << OWN) };
        let hand = Hand::start(&part, &queue).unwrap();
        hand.begin();
        all.push(hand);
    };
    let consume = Deed::Consume { joinable };
    for _ in 0..2 {
        start(Deed::Produce, &mut producers);
        start(consume, &mut consumers);
    }
    assert!(producers.iter().chain(&consumers).all(Hand::ready));
    // Two of each are alive: whoever is killed is replaced.
    let mut killed = BTreeSet::new();
    for _ in 0..kills {
        std::thread::sleep(Duration::from_micros(random.u64(0..1500)));
        let (all, deed, side) =
            if random.bool() { (&mut producers, Deed::Produce, 0) } else { (&mut consumers, consume, 1) };
        let which = (0..all.len()).filter(|at| !killed.contains(&(side, *at))).nth(random.usize(0..2)).unwrap();
        all[which].kill();
        killed.insert((side, which));
        start(deed, all);
        assert!(all.last().unwrap().ready(), "a new user finds the queue usable");
    }
    // The producers end by themselves or are ended; then what is left is consumed.
    let since = Instant::now();
    for (at, hand) in producers.iter_mut().enumerate() {
        if !killed.contains(&(0, at)) {
            hand.kill();
            killed.insert((0, at));
        }
    }
    queue.close();
    for (at, hand) in consumers.iter().enumerate() {
        if !killed.contains(&(1, at)) {
            assert!(hand.ended_within(Duration::from_secs(20)), "a consumer waits for ever");
            assert!(matches!(hand.ending(), Ending::Closed | Ending::Finished), "{:?}", hand.ending());
        }
    }
    audit(&queue, &producers, &consumers, &killed, joinable, batch);
    assert!(since.elapsed() < Duration::from_secs(20));
}

fn audit(
    queue: &ByteQueue,
    producers: &[Hand],
    consumers: &[Hand],
    killed: &BTreeSet<(i32, usize)>,
    joinable: bool,
    batch: u64,
) {
    // Consumers may have reached their count: then some is left.
    let mut rest = vec![];
    let mut message = vec![];
    loop {
        match queue.get_bytes(&mut message, Patience::Forever) {
            Ok(()) => rest.push(u64::from_ne_bytes(*message.first_chunk().unwrap())),
            Err(Error::Closed) => break,
            Err(error) => panic!("{error}"),
        }
        if joinable {
            queue.task_done().unwrap();
        }
    }
    let dead_consumers = killed.iter().filter(|(side, _)| *side == 1).count();
    let mut seen: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut delivered = 0;
    for numbers in consumers.iter().map(Hand::numbers).chain([rest]) {
        let mut last = BTreeMap::new();
        for number in numbers {
            delivered += 1;
            let (producer, at) = (number >> OWN, number & ((1 << OWN) - 1));
            assert!(
                last.insert(producer, at).is_none_or(|before| before < at),
                "one consumer saw {producer}: {at} late"
            );
            seen.entry(producer).or_default().push(at);
        }
    }
    let mut missing = 0;
    for (producer, hand) in producers.iter().enumerate() {
        let mut got = seen.remove(&(producer as u64)).unwrap_or_default();
        got.sort_unstable();
        let count = got.len();
        got.dedup();
        assert_eq!(got.len(), count, "an item of producer {producer} was delivered twice");
        // It may have been killed between its last put and its note of it.
        let put = hand.progress();
        assert!(got.iter().all(|at| *at < put + batch), "an item that was never put: {:?} of {put}", got.last());
        missing += (0..put).filter(|at| got.binary_search(at).is_err()).count();
    }
    assert!(seen.is_empty(), "items of nobody");
    let in_hand = dead_consumers * batch as usize;
    assert!(missing <= in_hand, "{missing} of {delivered} items are missing, {dead_consumers} consumers died");
    if joinable {
        // What dead consumers had in hand is told, and not waited for.
        match queue.join() {
            Ok(()) => assert_eq!(missing, 0),
            Err(Error::Abandoned { items, .. }) => {
                assert!((missing as u64..=2 * in_hand as u64).contains(&items), "{items} abandoned, {missing} missing");
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn who_waits_for_the_dead_is_told_their_number() {
    let queue = ByteQueue::new(1, 24, false).unwrap();
    let endless = Part { count: u64::MAX, ..part(Deed::Produce, 0) };
    let mut hand = Hand::start(&endless, &queue).unwrap();
    hand.begin();
    let mut message = vec![];
    queue.get_bytes(&mut message, Patience::Forever).unwrap();
    hand.kill();
    let end = loop {
        if let Err(error) = queue.get_bytes(&mut message, Patience::Forever) {
            break error;
        }
    };
    assert!(matches!(end, Error::Abandoned { pid, items: 0 } if pid > 1), "{end}");
    // Somebody new can do it: whoever waits goes on.
    let hand = Hand::start(&part(Deed::Produce, 0), &queue).unwrap();
    hand.begin();
    assert!(hand.ready());
    queue.get_bytes(&mut message, Patience::Forever).unwrap();
}

#[test]
fn two_who_wait_for_the_same_dead_do_not_wait_for_each_other() {
    let queue = ByteQueue::new(4, 24, false).unwrap();
    let endless = Part { count: u64::MAX, ..part(Deed::Produce, 0) };
    let mut producer = Hand::start(&endless, &queue).unwrap();
    let consumers: Vec<_> =
        (0..2).map(|_| Hand::start(&part(Deed::Consume { joinable: false }, 0), &queue).unwrap()).collect();
    assert!(consumers.iter().all(Hand::ready) && producer.ready());
    drop(queue);
    consumers.iter().for_each(Hand::begin);
    producer.begin();
    while consumers.iter().any(|hand| hand.progress() == 0) {
        std::thread::sleep(Duration::from_millis(1));
    }
    producer.kill();
    for hand in &consumers {
        assert!(hand.ended_within(Duration::from_secs(10)), "it waits for ever");
        assert!(matches!(hand.ending(), Ending::Abandoned | Ending::Finished), "{:?}", hand.ending());
    }
}
