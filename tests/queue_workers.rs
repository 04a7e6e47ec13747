//! Queues in the hands of worker processes, as somebody outside of the library hands them over.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use gilbench::Suite;
use gilbench::queue::{self, ByteQueue, Error, Patience, ProcessQueue, Queue};
use gilbench::worker::Role;

const PATIENCE: Patience = Patience::For(Duration::from_secs(30));

/// Adds what its order says to each number, on the way from its first queue to its second.
const ADDER: Role = Role { name: "adder", play: add };

fn add(line: &UnixStream) {
    let (order, queues) = queue::received(line).expect("started with two queues");
    let more: u64 = String::from_utf8(order).unwrap().parse().unwrap();
    let [from, to] = <[ByteQueue; 2]>::try_from(queues).unwrap().map(ProcessQueue::<u64>::over);
    while let Ok(number) = from.get() {
        to.put(number + more).unwrap();
        from.task_done().unwrap();
    }
    to.close();
}

#[test]
fn gilbench_worker_entry() {
    gilbench::worker_entry(&Suite::empty().role(ADDER));
}

fn queues() -> [ProcessQueue<u64>; 3] {
    [0; 3].map(|_| ProcessQueue::over(ByteQueue::new(4, 16, true).unwrap()))
}

#[test]
fn numbers_go_from_the_parent_through_two_children_and_back() {
    let [first, between, last] = queues();
    let one = queue::start("adder", b"1", &[first.bytes(), between.bytes()]).unwrap();
    // The children have one in common that the parent does not use.
    let ten = queue::start("adder", b"10", &[between.bytes(), last.bytes()]).unwrap();
    for some in 0..50_u64 {
        first.put_many(vec![3 * some, 3 * some + 1, 3 * some + 2], PATIENCE).unwrap();
        let mut got = vec![];
        while got.len() < 3 {
            got.extend(last.get_many(3 - got.len(), PATIENCE).unwrap());
        }
        assert_eq!(got, [3 * some + 11, 3 * some + 12, 3 * some + 13]);
    }
    first.join_within(PATIENCE).unwrap();
    first.close();
    assert!(matches!(last.get_within(PATIENCE), Err(Error::Closed)));
    for mut child in [one, ten] {
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_child_that_is_killed_is_named() {
    let [first, last, _] = queues();
    let mut child = queue::start("adder", b"1", &[first.bytes(), last.bytes()]).unwrap();
    first.put_within(1, PATIENCE).unwrap();
    assert_eq!(last.get_within(PATIENCE).unwrap(), 2);
    child.kill();
    child.wait().unwrap();
    let error = last.get_within(PATIENCE).unwrap_err();
    assert!(matches!(error, Error::Abandoned { pid, .. } if pid != std::process::id()), "{error}");
}

#[test]
fn what_cannot_be_handed_over_is_refused_and_an_unknown_role_ends() {
    let queue = ByteQueue::new(1, 8, false).unwrap();
    for (order, queues) in [(vec![0; 70_000], vec![&queue]), (vec![], vec![&queue; 17])] {
        let error = queue::start("adder", &order, &queues).unwrap_err();
        assert!(matches!(error, Error::Request(_)), "{error}");
    }
    let mut child = queue::start("nobody", b"", &[&queue]).unwrap();
    assert!(!child.wait().unwrap().success());
}
