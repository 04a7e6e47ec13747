//! What every home of the queue promises, tried on both; and what only the one between processes can break.

mod damage;
pub(crate) mod hand;
mod killed;
mod model;

use std::os::fd::AsFd;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{ByteQueue, Error, Order, Patience, ProcessQueue, Queue, ThreadQueue};
use crate::sys::Shared;

const SHORT: Duration = Duration::from_millis(20);

fn between_processes(capacity: usize) -> ProcessQueue<u64> {
    ProcessQueue::over(ByteQueue::new(capacity, 16, true).unwrap())
}

fn between_threads(capacity: usize, order: Order) -> ThreadQueue<u64> {
    ThreadQueue::new(capacity, order, true).unwrap()
}

/// Every home, as one user sees it.
fn homes(capacity: usize) -> Vec<(Order, Box<dyn Queue<u64>>)> {
    vec![
        (Order::Fifo, Box::new(between_processes(capacity))),
        (Order::Fifo, Box::new(between_threads(capacity, Order::Fifo))),
        (Order::Lifo, Box::new(between_threads(capacity, Order::Lifo))),
    ]
}

proptest! {
    #[test]
    fn messages_of_any_length_arrive_whole(messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 1..20)) {
        let queue = ByteQueue::new(4, 64, false).unwrap();
        let mut got = vec![];
        for message in &messages {
            match queue.put_bytes(message, Patience::None) {
                Ok(()) => {
                    queue.get_bytes(&mut got, Patience::None).unwrap();
                    prop_assert_eq!(&got, message);
                }
                Err(Error::TooLong { bytes, longest: 64 }) => prop_assert!(bytes == message.len() && bytes > 64),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }
}

#[test]
fn who_finds_it_full_or_empty_waits_as_long_as_asked() {
    for (_, queue) in homes(1) {
        assert!(matches!(queue.get_within(Patience::For(SHORT)), Err(Error::Empty)));
        queue.put(1).unwrap();
        let since = Instant::now();
        assert!(matches!(queue.put_within(2, Patience::For(SHORT)).unwrap_err().error, Error::Full));
        assert!(since.elapsed() >= SHORT);
        assert_eq!(queue.get().unwrap(), 1);
    }
}

/// Producers and consumers with handles of their own, all through a queue that is much too small for them.
fn every_item_once<Q: Queue<u64> + Send>(handle: impl Fn() -> Q) {
    const EACH: u64 = 5_000;
    let all = Mutex::new(vec![]);
    let closer = handle();
    thread::scope(|scope| {
        let producers: Vec<_> = (0..3)
            .map(|producer| {
                let queue = handle();
                scope.spawn(move || (0..EACH).for_each(|at| queue.put(producer * EACH + at).unwrap()))
            })
            .collect();
        for _ in 0..3 {
            let queue = handle();
            let all = &all;
            scope.spawn(move || {
                let mut mine = vec![];
                while let Ok(item) = queue.get() {
                    mine.push(item);
                    queue.task_done().unwrap();
                }
                // One consumer gets the items of one producer in the order in which they were put.
                for producer in 0..3 {
                    assert!(mine.iter().filter(|item| *item / EACH == producer).is_sorted());
                }
                all.lock().unwrap().extend(mine);
            });
        }
        for producer in producers {
            producer.join().unwrap();
        }
        closer.join().unwrap();
        assert!(closer.is_empty());
        closer.close();
    });
    let mut all = all.into_inner().unwrap();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..3 * EACH));
}

#[test]
fn every_item_is_delivered_once_between_threads() {
    let queue = between_threads(7, Order::Fifo);
    every_item_once(|| queue.clone());
}

#[test]
fn every_item_is_delivered_once_through_the_ring() {
    for capacity in [1, 2, 7] {
        let queue = between_processes(capacity);
        every_item_once(|| ProcessQueue::over(queue.bytes().try_clone().unwrap()));
        assert_eq!(queue.bytes().users(), 1);
    }
}

#[test]
fn many_at_a_time_are_in_order_and_none_is_lost() {
    let queue = ByteQueue::new(8, 8, false).unwrap();
    let producer = queue.try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            let messages: Vec<_> = (0..20_000_u64).map(u64::to_ne_bytes).collect();
            for some in messages.chunks(50) {
                assert_eq!(
                    producer.put_many_bytes(some.iter().map(<[u8; 8]>::as_slice), Patience::Forever).unwrap(),
                    50
                );
            }
            producer.close();
        });
        let mut next = 0_u64;
        let mut check = |message: &[u8]| {
            assert_eq!(message, next.to_ne_bytes());
            next += 1;
        };
        while queue.get_many_bytes(32, Patience::Forever, &mut check).is_ok() {}
        assert_eq!(next, 20_000);
    });
}

#[test]
fn closing_wakes_those_who_wait() {
    let queue = between_processes(1);
    queue.put(1).unwrap();
    thread::scope(|scope| {
        let putter = ProcessQueue::<u64>::over(queue.bytes().try_clone().unwrap());
        let waiting = scope.spawn(move || putter.put(2).unwrap_err().error);
        thread::sleep(SHORT);
        queue.close();
        assert!(matches!(waiting.join().unwrap(), Error::Closed));
    });
    assert_eq!(queue.get().unwrap(), 1);
    assert!(matches!(queue.get(), Err(Error::Closed)));
}

#[test]
fn join_returns_after_the_last_task_is_done() {
    for home in 0..2 {
        let (queue, other): (Box<dyn Queue<u64> + Send>, Box<dyn Queue<u64> + Send>) = if home == 0 {
            let queue = between_threads(5, Order::Fifo);
            (Box::new(queue.clone()), Box::new(queue))
        } else {
            let queue = between_processes(5);
            let other = ProcessQueue::over(queue.bytes().try_clone().unwrap());
            (Box::new(queue), Box::new(other))
        };
        queue.put(1).unwrap();
        let done = Mutex::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let other = other;
                other.get().unwrap();
                thread::sleep(SHORT);
                *done.lock().unwrap() = true;
                other.task_done().unwrap();
                assert!(matches!(other.task_done(), Err(Error::NotTaken)));
            });
            queue.join().unwrap();
            assert!(*done.lock().unwrap());
        });
    }
}

#[test]
fn a_handle_that_is_dropped_with_items_in_hand_is_told_to_who_joins() {
    let queue = between_processes(5);
    let other = ProcessQueue::<u64>::over(queue.bytes().try_clone().unwrap());
    (0..3).for_each(|item| queue.put(item).unwrap());
    assert!((0..3).all(|item| other.get().unwrap() == item));
    other.task_done().unwrap();
    drop(other);
    assert!(matches!(queue.join(), Err(Error::Abandoned { items: 2, .. })));
    // Its place is given to others, and what it took with it is not forgotten.
    for _ in 0..600 {
        let other = ProcessQueue::<u64>::over(queue.bytes().try_clone().unwrap());
        queue.put(1).unwrap();
        assert_eq!(other.get().unwrap(), 1);
    }
    assert!(matches!(queue.join(), Err(Error::Abandoned { items: 602, pid }) if pid == std::process::id()));
}

#[test]
fn what_is_in_hand_is_waited_for_as_long_as_asked() {
    for (_, queue) in homes(2) {
        queue.put(1).unwrap();
        queue.get().unwrap();
        let since = Instant::now();
        assert!(matches!(queue.join_within(Patience::For(SHORT)), Err(Error::Unfinished)));
        assert!(since.elapsed() >= SHORT);
        queue.task_done().unwrap();
        queue.join_within(Patience::None).unwrap();
    }
}

#[test]
fn of_many_a_bad_one_stops_those_behind_it_alone() {
    let queue = ProcessQueue::<String>::over(ByteQueue::new(8, 16, false).unwrap());
    let long = "much longer than a slot of the queue";
    let refused = queue.put_many(["a", "b", long, "c"].map(String::from).to_vec(), Patience::None).unwrap_err();
    assert!(matches!(refused.error, Error::TooLong { .. }), "{}", refused.error);
    assert_eq!(refused.item, [long, "c"]);
    // Bytes that are no string: told after the strings that came with them.
    queue.bytes().put_bytes(&[2, 0xFF, 0xFF], Patience::None).unwrap();
    queue.put("d".into()).unwrap();
    assert_eq!(queue.get_many(9, Patience::None).unwrap(), ["a", "b", "d"]);
    assert!(matches!(queue.get(), Err(Error::Corrupted(_))));
    assert!(matches!(queue.try_get(), Err(Error::Empty)));
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence() {
    for (capacity, longest) in [(0, 8), (usize::MAX, 8), (8, usize::MAX), ((1 << 24) - 1, 1 << 22)] {
        let refused = ByteQueue::new(capacity, longest, false).unwrap_err();
        assert!(matches!(refused, Error::Request(_)), "{refused}");
    }
    for capacity in [0, usize::MAX] {
        assert!(matches!(ThreadQueue::<u64>::new(capacity, Order::Lifo, false), Err(Error::Request(_))));
        assert!(matches!(ThreadQueue::<u64>::new(capacity, Order::Fifo, false), Err(Error::Request(_))));
    }
    let queue = ByteQueue::new(1, 8, false).unwrap();
    assert!(matches!(queue.join(), Err(Error::NotJoinable)));
    assert!(matches!(queue.put_bytes(&[0; 9], Patience::None), Err(Error::TooLong { bytes: 9, longest: 8 })));
    assert!(queue.is_empty(), "nothing of it was put");
}

#[test]
fn memory_that_is_no_queue_or_another_one_is_refused() {
    let open = |shared: &Shared| ByteQueue::open(shared.as_fd().try_clone_to_owned().unwrap()).unwrap_err();
    assert!(matches!(open(&Shared::new(4000).unwrap()), Error::Corrupted(_)));
    let queue = ByteQueue::new(3, 8, false).unwrap();
    let view = Shared::open(queue.as_fd().try_clone_to_owned().unwrap()).unwrap();
    for word in 0..6 {
        let was = view.words()[word].fetch_xor(1 << 7, std::sync::atomic::Ordering::Relaxed);
        let error = open(&view);
        assert!(matches!(&error, Error::Corrupted(text) if text.contains("version") == (word == 1)), "{word}: {error}");
        view.words()[word].store(was, std::sync::atomic::Ordering::Relaxed);
    }
    ByteQueue::open(queue.as_fd().try_clone_to_owned().unwrap()).unwrap();
}

#[test]
fn a_queue_has_room_for_so_many_users() {
    let queue = ByteQueue::new(1, 8, false).unwrap();
    // Not a descriptor each.
    let mut others = vec![];
    let refused = loop {
        match queue.try_clone() {
            Ok(other) => others.push(other),
            Err(refused) => break refused,
        }
    };
    assert!(matches!(refused, Error::Crowded(256)), "{refused}");
    assert_eq!(others.len(), 255);
    others.pop();
    queue.try_clone().unwrap();
}
