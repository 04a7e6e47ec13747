use std::time::{Duration, Instant};

use super::biased::{Object, queued, storm};
use super::together;
use crate::count::{Counted, Left, MergeQueues, Owner};

/// What a broken count does: a thread that is not the owner merges at once.
fn hasty(_: &MergeQueues<&Object>, object: &Object, me: Owner) -> bool {
    match object.count().down_by(me) {
        Left::Queued => object.count().merge(),
        left => left == Left::Dead,
    }
}

/// What another does: it frees the object, because its own word says that there is nothing left.
fn forgetful(_: &MergeQueues<&Object>, object: &Object, me: Owner) -> bool {
    object.count().down_by(me) != Left::Alive
}

#[test]
fn biased_counts_of_owner_and_others_are_exact() {
    for threads in [2, 3, 8] {
        assert_eq!(storm(threads, 100_000, queued).lost.to_bits(), 0.0_f64.to_bits(), "{threads} threads");
    }
}

#[test]
fn a_merge_by_another_thread_than_the_owner_is_seen() {
    // Two threads must meet in an instant; on a busy machine they seldom run at once.
    assert!((0..5_000).any(|_| storm(2, 100_000, hasty).lost > 0.0));
}

#[test]
fn a_queued_object_that_is_freed_is_seen() {
    assert!(storm(2, 10_000, forgetful).lost > 0.0);
}

#[test]
fn only_the_time_that_all_threads_share_counts() {
    let began = Instant::now();
    let at = |ms| began + Duration::from_millis(ms);
    assert!((together(&[(at(0), at(10)), (at(0), at(10))]) - 1.0).abs() < 1e-9);
    assert!((together(&[(at(0), at(10)), (at(5), at(15))]) - 0.5).abs() < 1e-9);
    assert!(together(&[(at(0), at(10)), (at(11), at(20))]).abs() < 1e-9, "one after the other");
}
