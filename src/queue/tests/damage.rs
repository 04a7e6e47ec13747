//! Memory that somebody has written to who must not: whatever is in it, a queue gives an answer, and in time.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::{ByteQueue, Error, Patience, Queue};
use crate::sys::Shared;

/// Far more than any of it takes, on a busy machine.
const IN_TIME: Duration = Duration::from_secs(10);
const MOMENT: Patience = Patience::For(Duration::from_millis(2));

/// A word that is written over, anywhere, and with what.
#[derive(Debug, Clone, Copy)]
struct Blow {
    /// Whether it is one of those that change all the time: a slot, a hint, a bell, a user.
    at: usize,
    value: u64,
}

fn blow() -> impl Strategy<Value = Blow> {
    let value = prop_oneof![
        any::<u64>(),
        0_u64..64,
        Just(u64::MAX),
        Just(1 << 63),
        // Something that could be a state of a slot.
        (0_u64..20, 0_u64..1 << 22).prop_map(|(turn, aux)| turn << 22 | aux),
    ];
    (any::<usize>(), value).prop_map(|(at, value)| Blow { at, value })
}

/// The words that may be hit: of the head, and of the rest what is in use.
fn strike(memory: &Shared, blow: Blow) {
    let (head, words): (&[AtomicU32], &[AtomicU64]) = (memory.head(), memory.words());
    // The closing flag, the bells, who died last, both hints, the first four users, and all slots.
    let slots = words.len() - SLOTS..words.len();
    let mut targets: Vec<usize> = [16, 17, 32, 48].into_iter().chain(64..64 + 4 * 8).chain(slots).collect();
    targets.extend((0..4).map(|_| usize::MAX));
    let target = targets[blow.at % targets.len()];
    if target == usize::MAX {
        head[[0, 1, 16, 17][blow.at % 4]].store(blow.value as u32, Ordering::SeqCst);
    } else {
        words[target].store(blow.value, Ordering::SeqCst);
    }
}

const CAPACITY: usize = 3;
/// Words of all slots: a state and two of the message each.
const SLOTS: usize = CAPACITY * 3;

/// Everything that can be done to a queue, each within its time.
fn use_it(queue: &ByteQueue) {
    let mut message = vec![];
    for patience in [Patience::None, MOMENT] {
        let _ = queue.put_bytes(b"0123456789", patience);
        let _ = queue.get_bytes(&mut message, patience);
        let _ = queue.put_many_bytes([&b"01"[..]; 5], patience);
        let _ = queue.get_many_bytes(5, patience, |message| assert!(message.len() <= 16));
        let _ = queue.task_done();
        let _ = queue.join_within(patience);
    }
    assert!(queue.len() <= CAPACITY);
    let _ = (queue.users(), queue.is_full(), queue.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_over_a_queue_answers_in_time(blows in prop::collection::vec((blow(), 0_usize..4), 1..8)) {
        let since = Instant::now();
        let queue = ByteQueue::new(CAPACITY, 16, true).unwrap();
        let other = queue.try_clone().unwrap();
        let memory = Shared::open(queue.as_fd().try_clone_to_owned().unwrap()).unwrap();
        for (blow, between) in blows {
            for item in 0..between {
                let _ = queue.put_bytes(&[item as u8; 9], Patience::None);
                let _ = other.get_bytes(&mut vec![], Patience::None);
            }
            strike(&memory, blow);
            use_it(&queue);
        }
        use_it(&other);
        if let Ok(newcomer) = queue.try_clone() {
            use_it(&newcomer);
        }
        queue.close();
        prop_assert!(since.elapsed() < IN_TIME);
    }

    #[test]
    fn a_control_block_that_was_written_over_is_refused(at in 0_usize..6, value in any::<u64>()) {
        let queue = ByteQueue::new(CAPACITY, 16, true).unwrap();
        let memory = Shared::open(queue.as_fd().try_clone_to_owned().unwrap()).unwrap();
        let was = memory.words()[at].swap(value, Ordering::SeqCst);
        let opened = ByteQueue::open(queue.as_fd().try_clone_to_owned().unwrap());
        prop_assert_eq!(opened.is_ok(), value == was);
        if let Err(error) = opened {
            prop_assert!(matches!(error, Error::Corrupted(_)), "{}", error);
        }
    }
}

#[test]
fn a_slot_that_cannot_be_as_it_is_ends_a_wait_for_ever() {
    let queue = ByteQueue::new(2, 8, false).unwrap();
    let memory = Shared::open(queue.as_fd().try_clone_to_owned().unwrap()).unwrap();
    for item in 0..4_u64 {
        queue.put_bytes(&item.to_ne_bytes(), Patience::Forever).unwrap();
        queue.get_bytes(&mut vec![], Patience::Forever).unwrap();
    }
    let slot = &memory.words()[memory.words().len() - 4];
    // Back in the first lap, where nobody has been for long; and far ahead, where nobody was.
    for state in [0, 900 << 22, u64::MAX] {
        slot.store(state, Ordering::SeqCst);
        for error in [
            queue.put_bytes(&[0; 8], Patience::Forever).unwrap_err(),
            queue.get_bytes(&mut vec![], Patience::Forever).unwrap_err(),
        ] {
            assert!(matches!(error, Error::Corrupted(_)), "{error}");
        }
    }
}

#[test]
fn a_hint_that_leads_out_of_the_ring_is_not_followed() {
    let queue = ByteQueue::new(CAPACITY, 16, false).unwrap();
    let memory = Shared::open(queue.as_fd().try_clone_to_owned().unwrap()).unwrap();
    let stale = queue.try_clone().unwrap();
    (0..5_u8).for_each(|item| {
        queue.put_bytes(&[item], Patience::Forever).unwrap();
        queue.get_bytes(&mut vec![], Patience::Forever).unwrap();
    });
    for hint in [32, 48] {
        memory.words()[hint].store(1 << 24 | 0x4d, Ordering::SeqCst);
    }
    let newcomer = queue.try_clone().unwrap();
    for user in [stale, newcomer] {
        user.put_bytes(b"!", Patience::Forever).unwrap();
        user.get_bytes(&mut vec![], Patience::Forever).unwrap();
    }
}

#[test]
fn a_slot_in_the_hands_of_nobody_is_not_waited_for() {
    let queue = ByteQueue::new(2, 8, false).unwrap();
    let memory = Shared::open(queue.as_fd().try_clone_to_owned().unwrap()).unwrap();
    let slot = &memory.words()[memory.words().len() - 4];
    // Being written, by a user that there is not.
    slot.store(1 << 22 | 77 << 12, Ordering::SeqCst);
    queue.put_bytes(b"after it", Patience::Forever).unwrap();
    let mut message = vec![];
    queue.get_bytes(&mut message, Patience::Forever).unwrap();
    assert_eq!(message, b"after it");
}

#[test]
fn memory_that_could_be_cut_off_is_no_queue() {
    let folder = tempfile::tempfile().unwrap();
    folder.set_len(1 << 20).unwrap();
    let error = ByteQueue::open(folder.into()).unwrap_err();
    assert!(matches!(error, Error::Os { .. }), "{error}");
}
