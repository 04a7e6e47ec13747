//! What processes do to a queue while a checker decides who runs and who dies, and what must hold whatever it decides.

use std::mem::ManuallyDrop;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool as Flag, Ordering};
use std::sync::{Arc, Mutex};

use super::super::engine::{spawn, yield_now};
use super::primitives::{Shared, boot, doom, live, tick};
use super::process::ByteQueue;
use super::{Error, Patience, Queue};

/// What ends those who consume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum End {
    /// The queue is closed when the producers have ended.
    Closed,
    /// The queue is closed while the producers are at work, some of them perhaps waiting for room.
    Early,
    /// The producers are killed.
    Deaths,
    /// Each has its share. Nobody leaves before, nor closes the queue: both would wake whoever was forgotten.
    Share,
}

/// How many do what, and how long they live.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Scene {
    pub(in super::super) capacity: usize,
    pub(in super::super) producers: usize,
    pub(in super::super) consumers: usize,
    /// Processes that come and go beside them.
    pub(in super::super) visitors: usize,
    /// Items of each producer.
    pub(in super::super) items: u64,
    /// Bytes of an item, 8 at least.
    pub(in super::super) bytes: usize,
    /// Whether they go in and come out many at a time.
    pub(in super::super) many: bool,
    /// Whether what is taken is said to be done, and waited for.
    pub(in super::super) joinable: bool,
    /// What ends the consumers.
    pub(in super::super) end: End,
    /// Time passes until all is over. Without, only a wake-up ends a sleep, and a lost one is a deadlock.
    pub(in super::super) clock: bool,
    /// Steps after which the n-th of them is killed: producers, then consumers, then visitors.
    pub(in super::super) killed: fn(usize) -> Option<u32>,
}

/// What somebody has done, as known to those who live on.
#[derive(Debug, Default, Clone)]
struct Journal {
    /// Items put or got, in their order.
    items: Vec<u64>,
    killed: bool,
}

/// Most that a consumer takes at once, if it takes many.
const MANY: usize = 3;

/// Ticks that nobody needs who comes to an end at all.
const FOR_EVER: u32 = 5_000;

type Journals = Arc<Mutex<Vec<Journal>>>;

const PRODUCER: u64 = 1 << 32;

fn message(item: u64, bytes: usize) -> Vec<u8> {
    let mut message = item.to_ne_bytes().to_vec();
    message.resize(bytes, item as u8);
    message
}

impl Scene {
    /// One producer, one consumer and one item; nobody is killed, and no time passes.
    pub(in super::super) const SMALLEST: Self = Self {
        capacity: 1,
        producers: 1,
        consumers: 1,
        visitors: 0,
        items: 1,
        bytes: 8,
        many: false,
        joinable: false,
        end: End::Closed,
        clock: false,
        killed: |_| None,
    };

    fn produce(&self, queue: &ByteQueue, me: usize, note: &dyn Fn(u64)) {
        let items: Vec<_> = (0..self.items).map(|at| me as u64 * PRODUCER + at).collect();
        let messages: Vec<_> = items.iter().map(|item| message(*item, self.bytes)).collect();
        if self.many {
            let put = queue.put_many_bytes(messages.iter().map(Vec::as_slice), Patience::Forever);
            let count = match put {
                Ok(count) | Err((count, Error::Abandoned { .. } | Error::Closed)) => count,
                Err((_, error)) => panic!("{error}"),
            };
            items[..count].iter().for_each(|item| note(*item));
            return;
        }
        for (item, message) in items.iter().zip(&messages) {
            match queue.put_bytes(message, Patience::Forever) {
                Ok(()) => note(*item),
                Err(Error::Abandoned { .. } | Error::Closed) => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn consume(&self, queue: &ByteQueue, note: &dyn Fn(u64)) {
        let look = |bytes: &[u8]| {
            let item = u64::from_ne_bytes(*bytes.first_chunk().expect("a whole item"));
            assert_eq!(bytes, message(item, self.bytes), "an item that was torn");
            note(item);
        };
        let mut bytes = vec![];
        let share = self.producers * self.items as usize / self.consumers;
        let mut left = if self.end == End::Share { share } else { usize::MAX };
        while left > 0 {
            let most = left.min(if self.many { MANY } else { 1 });
            let got = if self.many {
                queue.get_many_bytes(most, Patience::Forever, look)
            } else {
                queue.get_bytes(&mut bytes, Patience::Forever).map(|()| {
                    look(&bytes);
                    1
                })
            };
            left -= *got.as_ref().unwrap_or(&0);
            match got {
                Ok(count) if self.joinable => (0..count).for_each(|_| queue.task_done().expect("it was taken")),
                Ok(_) => {}
                Err(Error::Closed | Error::Abandoned { .. }) => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Lives as the n-th of them.
    fn play(&self, me: usize, memory: Arc<Shared>, journals: &Journals, kept: &Mutex<Vec<ByteQueue>>) {
        let note = |item| journals.lock().unwrap()[me].items.push(item);
        let life = || {
            // Whoever is killed gives nothing back.
            let queue = ManuallyDrop::new(ByteQueue::enter(memory).expect("room for all of them"));
            // Not before: nobody can be told of the death of one who has not come.
            doom((self.killed)(me));
            if me < self.producers {
                self.produce(&queue, me, &note);
            } else {
                self.consume(&queue, &note);
            }
            let queue = ManuallyDrop::into_inner(queue);
            if self.end == End::Share {
                kept.lock().unwrap().push(queue);
            }
        };
        let killed = live(AssertUnwindSafe(life));
        journals.lock().unwrap()[me].killed = killed;
    }

    /// Comes and goes, or is killed at that.
    fn visit(memory: Arc<Shared>, steps: Option<u32>) {
        live(AssertUnwindSafe(|| {
            doom(steps);
            drop(ByteQueue::enter(memory).expect("room for all of them"));
        }));
    }

    /// Lets all of them live, and looks at what they have done.
    pub(in super::super) fn run(self) {
        boot();
        let queue = ByteQueue::new(self.capacity, self.bytes, self.joinable).expect("a small queue");
        let memory = queue.memory();
        drop(queue);
        let all = self.producers + self.consumers;
        let journals = Arc::new(Mutex::new(vec![Journal::default(); all]));
        let kept = Arc::new(Mutex::new(vec![]));
        let over = Arc::new(Flag::new(false));
        let mut threads: Vec<_> = (0..all)
            .map(|me| {
                let (memory, journals, kept) = (memory.clone(), journals.clone(), kept.clone());
                spawn(move || self.play(me, memory, &journals, &kept))
            })
            .collect();
        let clock = self.clock.then(|| {
            let over = over.clone();
            spawn(move || {
                for time in 0.. {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    assert!(time < FOR_EVER, "somebody waits for ever");
                    yield_now();
                    tick();
                }
            })
        });
        let visitors: Vec<_> = (0..self.visitors)
            .map(|at| {
                let memory = memory.clone();
                spawn(move || Self::visit(memory, (self.killed)(all + at)))
            })
            .collect();
        let close = || ByteQueue::enter(memory.clone()).expect("room for one more").close();
        if self.end == End::Early {
            close();
        }
        let consumers = threads.split_off(self.producers);
        for thread in threads {
            thread.join().unwrap();
        }
        if self.end == End::Closed {
            close();
        }
        for thread in consumers {
            thread.join().unwrap();
        }
        if self.end == End::Early && self.joinable {
            // Nobody gets any more, and nothing is left but what was not put.
            ByteQueue::enter(memory.clone()).expect("room for one more").join().expect("everything is done");
        }
        for thread in visitors {
            thread.join().unwrap();
        }
        self.audit(&ByteQueue::enter(memory).expect("room for one more"), &journals.lock().unwrap());
        over.store(true, Ordering::Relaxed);
        if let Some(clock) = clock {
            clock.join().unwrap();
        }
    }

    /// No item is lost that was not in a dead process's hands, and none is delivered twice.
    fn audit(&self, queue: &ByteQueue, journals: &[Journal]) {
        let (producers, consumers) = journals.split_at(self.producers);
        let mut rest = Journal::default();
        let mut bytes = vec![];
        queue.close();
        loop {
            match queue.get_bytes(&mut bytes, Patience::Forever) {
                Ok(()) => rest.items.push(u64::from_ne_bytes(*bytes.first_chunk().expect("a whole item"))),
                Err(Error::Closed) => break,
                Err(error) => panic!("{error}"),
            }
            if self.joinable {
                queue.task_done().expect("it was taken");
            }
        }
        let mut missing = 0;
        for (number, producer) in producers.iter().enumerate() {
            let number = number as u64;
            let mut got = vec![];
            for consumer in consumers.iter().chain([&rest]) {
                let of_it: Vec<_> = consumer.items.iter().copied().filter(|item| item / PRODUCER == number).collect();
                assert!(of_it.is_sorted_by(|one, next| one < next), "out of order: {of_it:?}");
                got.extend(of_it);
            }
            got.sort_unstable();
            let count = got.len();
            got.dedup();
            assert_eq!(count, got.len(), "delivered twice");
            // Who was killed may have put one more than it has noted; in a batch, all.
            let most = if !producer.killed {
                producer.items.len() as u64
            } else if self.many {
                self.items
            } else {
                producer.items.len() as u64 + 1
            };
            assert!(got.iter().all(|item| item % PRODUCER < most), "an item that was never put");
            missing += producer.items.iter().filter(|item| got.binary_search(item).is_err()).count();
        }
        let dead = consumers.iter().filter(|consumer| consumer.killed).count();
        assert!(missing <= dead, "{missing} items are lost, and {dead} consumers died");
        if self.joinable {
            match queue.join() {
                Ok(()) => assert_eq!(missing, 0, "lost, and not told"),
                Err(Error::Abandoned { items, .. }) => {
                    assert!(dead > 0 && items >= missing as u64, "{items} were told");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}
