//! What one user does to a queue of either home and either order, beside a bounded deque that must answer the same.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;

use super::super::{Error, Order, Patience, Queue};
use super::homes;

#[derive(Debug, Clone, Copy)]
enum Step {
    Put(u64, Patience),
    PutMany(usize, Patience),
    Get(Patience),
    GetMany(usize),
    Done,
    Join,
    Close,
}

/// One user does not wait for ever for itself.
fn patience() -> impl Strategy<Value = Patience> {
    prop_oneof![
        8 => Just(Patience::None),
        1 => (0_u64..200).prop_map(|micros| Patience::For(Duration::from_micros(micros))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (any::<u64>(), patience()).prop_map(|(item, patience)| Step::Put(item, patience)),
        2 => (0_usize..12, patience()).prop_map(|(count, patience)| Step::PutMany(count, patience)),
        8 => patience().prop_map(Step::Get),
        2 => (0_usize..12).prop_map(Step::GetMany),
        4 => Just(Step::Done),
        1 => Just(Step::Join),
        1 => Just(Step::Close),
    ]
}

/// What a queue is to its one user.
struct Model {
    order: Order,
    capacity: usize,
    items: VecDeque<u64>,
    closed: bool,
    held: usize,
    /// Items made up so far.
    made: u64,
}

impl Model {
    fn next(&mut self) -> Option<u64> {
        if self.order == Order::Fifo { self.items.pop_front() } else { self.items.pop_back() }
    }

    fn full(&self) -> bool {
        self.items.len() == self.capacity
    }

    /// Whether this is why nothing more can be put.
    fn refuses(&self, error: &Error) -> bool {
        match error {
            Error::Full => !self.closed && self.full(),
            Error::Closed => self.closed,
            _ => false,
        }
    }

    /// Whether this is why nothing can be got.
    fn is_bare(&self, error: &Error) -> bool {
        match error {
            Error::Empty => !self.closed,
            Error::Closed => self.closed,
            _ => false,
        }
    }

    /// Does the same to the model and to the queue, which is to answer as the model does.
    fn step(&mut self, step: Step, queue: &dyn Queue<u64>) {
        match step {
            Step::Put(item, patience) => match queue.put_within(item, patience) {
                Ok(()) => {
                    assert!(!self.closed && !self.full());
                    self.items.push_back(item);
                }
                Err(refused) => assert!(refused.item == item && self.refuses(&refused.error), "{}", refused.error),
            },
            Step::PutMany(count, patience) => {
                let items: Vec<_> = (self.made..).take(count).collect();
                self.made += count as u64;
                let back = match queue.put_many(items.clone(), patience) {
                    Ok(()) => vec![],
                    Err(refused) => {
                        assert!(self.closed || refused.item.len() == count - (self.capacity - self.items.len()));
                        assert!(self.closed || matches!(refused.error, Error::Full), "{}", refused.error);
                        refused.item
                    }
                };
                let (put, not) = items.split_at(count - back.len());
                assert!(not == back && (put.is_empty() || !self.closed));
                self.items.extend(put);
                assert!(self.items.len() <= self.capacity);
            }
            Step::Get(patience) => match (queue.get_within(patience), self.next()) {
                (Ok(item), Some(expected)) => {
                    self.held += 1;
                    assert_eq!(item, expected);
                }
                (Err(error), None) => assert!(self.is_bare(&error), "{error}"),
                (got, expected) => panic!("{got:?}, not {expected:?}"),
            },
            Step::GetMany(most) => match queue.get_many(most, Patience::None) {
                Ok(items) => {
                    assert_eq!(items.len(), most.min(self.items.len()));
                    self.held += items.len();
                    for item in items {
                        assert_eq!(Some(item), self.next());
                    }
                }
                Err(error) => assert!(self.items.is_empty() && self.is_bare(&error), "{error}"),
            },
            Step::Done => {
                assert_eq!(queue.task_done().is_ok(), self.held > 0);
                self.held = self.held.saturating_sub(1);
            }
            Step::Join => {
                let done = self.items.is_empty() && self.held == 0;
                match queue.join_within(Patience::None) {
                    Ok(()) => assert!(done),
                    Err(error) => assert!(!done && matches!(error, Error::Unfinished), "{error}"),
                }
            }
            Step::Close => {
                queue.close();
                self.closed = true;
            }
        }
        // Alone, the hints are right.
        assert_eq!(queue.len(), self.items.len());
        assert_eq!(queue.is_full(), self.full());
        assert_eq!(queue.is_empty(), self.items.is_empty());
    }
}

proptest! {
    #[test]
    fn one_user_sees_a_bounded_deque(capacity in 1_usize..9, steps in prop::collection::vec(step(), 0..200)) {
        for (order, queue) in homes(capacity) {
            let mut model = Model { order, capacity, items: VecDeque::new(), closed: false, held: 0, made: 0 };
            for step in &steps {
                model.step(*step, &*queue);
            }
            if model.items.is_empty() && model.held == 0 {
                assert!(queue.join().is_ok());
            }
        }
    }
}
