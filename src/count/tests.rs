//! Laws of the three schemes. What many threads do at once is checked with real threads here, and order by order by the
//! model checker of the locks.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::{Atomic, Biased, Count, Left, MergeQueues, Owner, Plain};
use crate::sys::Unguarded;

const fn thread(number: u8) -> Owner {
    Owner::number(number as u32 + 1)
}

/// What one thread does next.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Takes another reference, if it has one.
    Up(u8),
    /// Gives a reference to another thread, if it has one.
    Give(u8, u8),
    /// Gives up a reference, if it has one.
    Down(u8),
    /// Comes to a safepoint.
    Safepoint(u8),
}

fn deed() -> impl Strategy<Value = Deed> {
    let thread = 0..4_u8;
    prop_oneof![
        2 => thread.clone().prop_map(Deed::Up),
        2 => (thread.clone(), thread.clone()).prop_map(|(from, to)| Deed::Give(from, to)),
        4 => thread.clone().prop_map(Deed::Down),
        1 => thread.prop_map(Deed::Safepoint),
    ]
}

/// One object, the references each of four threads has to it, and whether its owner was told to merge it.
struct World {
    count: Biased,
    held: [u32; 4],
    queued: bool,
    freed: u32,
}

impl World {
    fn new() -> Self {
        Self { count: Biased::new(thread(0)), held: [1, 0, 0, 0], queued: false, freed: 0 }
    }

    fn act(&mut self, deed: Deed) {
        match deed {
            Deed::Up(who) if self.held[who as usize] > 0 => {
                self.count.up_by(thread(who));
                self.held[who as usize] += 1;
            }
            Deed::Give(from, to) if self.held[from as usize] > 0 => {
                self.held[from as usize] -= 1;
                self.held[to as usize] += 1;
            }
            Deed::Down(who) if self.held[who as usize] > 0 => {
                self.held[who as usize] -= 1;
                match self.count.down_by(thread(who)) {
                    Left::Alive => {}
                    Left::Dead => self.freed += 1,
                    Left::Queued => {
                        assert!(!self.queued, "queued twice");
                        self.queued = true;
                    }
                }
            }
            // Only the thread that made the object merges it.
            Deed::Safepoint(0) if self.queued => {
                self.queued = false;
                self.freed += u32::from(self.count.merge());
            }
            _ => {}
        }
    }

    fn alive(&self) -> bool {
        self.held.iter().any(|&held| held > 0)
    }
}

proptest! {
    /// The object is freed exactly once: when nobody has a reference any more, and its owner has looked.
    #[test]
    fn a_biased_count_frees_when_nothing_is_left(deeds in prop::collection::vec(deed(), 0..200)) {
        let mut world = World::new();
        for deed in deeds {
            world.act(deed);
            if world.alive() {
                prop_assert_eq!(world.freed, 0, "freed while {:?} hold references", world.held);
                let held: u32 = world.held.iter().sum();
                prop_assert_eq!(world.count.get(), i64::from(held) + i64::from(world.queued));
            } else {
                prop_assert!(world.freed == 1 || world.queued, "lost: no thread will ever free it");
            }
            if world.freed > 0 {
                break;
            }
        }
        // Everybody leaves, the owner last or not.
        for who in [2, 0, 3, 1] {
            while world.held[who as usize] > 0 {
                world.act(Deed::Down(who));
            }
        }
        world.act(Deed::Safepoint(0));
        prop_assert_eq!(world.freed, 1);
    }

    #[test]
    fn all_schemes_agree_on_one_thread(deeds in prop::collection::vec(any::<bool>(), 0..100)) {
        fn life<C: Count>(deeds: &[bool]) -> Vec<bool> {
            let (mut count, mut held, mut ends) = (C::one(), 1, vec![]);
            for &up in deeds {
                if held == 0 {
                    break;
                }
                if up {
                    count.up();
                    held += 1;
                } else {
                    ends.push(count.down_alone());
                    held -= 1;
                }
            }
            ends
        }
        let plain = life::<Plain>(&deeds);
        prop_assert_eq!(&plain, &life::<Atomic>(&deeds));
        prop_assert_eq!(&plain, &life::<Biased>(&deeds));
    }
}

/// Threads that each take and give up references they were handed; `down` says whether the last one is gone. Who has a
/// reference looks at the object, and whoever is told so ends it.
fn storm(object: &Unguarded, down: impl Fn() -> bool + Sync, up: impl Fn() + Sync) -> usize {
    const THREADS: usize = 4;
    let down = || {
        assert_eq!(object.get(), 0, "ended while there are references");
        let last = down();
        if last {
            object.add_one();
        }
        last
    };
    let ends = AtomicUsize::new(0);
    // One reference for each thread, made before any of them runs.
    (1..THREADS).for_each(|_| up());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    up();
                    ends.fetch_add(usize::from(down()), Ordering::Relaxed);
                }
                ends.fetch_add(usize::from(down()), Ordering::Relaxed);
            });
        }
    });
    ends.into_inner()
}

#[test]
fn an_atomic_count_ends_once() {
    let (count, object) = (Atomic::one(), Unguarded::default());
    assert_eq!(storm(&object, || count.down() == Left::Dead, || count.up()), 1);
    assert_eq!(count.get(), 0);
}

/// The owner counts beside the others, and goes on, or leaves first.
#[test]
fn a_biased_count_ends_once_whichever_thread_is_last() {
    for leaves_early in [false, true] {
        for _ in 0..20 {
            let (count, object, queues) = (Biased::one(), Unguarded::default(), MergeQueues::new());
            let ended = AtomicUsize::new(0);
            let end = |_: &Biased| {
                ended.fetch_add(1, Ordering::Relaxed);
                object.add_one();
            };
            let me = Owner::current();
            let mut owner = Some(queues.join(me));
            (0..3).for_each(|_| count.up_by(me));
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        let me = Owner::current();
                        for _ in 0..5_000 {
                            count.up_by(me);
                            assert_eq!(object.get(), 0, "ended while there are references");
                            assert!(!queues.down(&count, me));
                        }
                        if queues.down(&count, me) {
                            end(&count);
                        }
                    });
                }
                for _ in 0..if leaves_early { 10 } else { 20_000 } {
                    count.up_by(me);
                    assert_eq!(object.get(), 0, "ended while there are references");
                    if let Some(owner) = &owner {
                        owner.safepoint(end);
                    }
                    assert!(!queues.down(&count, me));
                }
                if queues.down(&count, me) {
                    end(&count);
                }
                if leaves_early && let Some(owner) = owner.take() {
                    owner.leave(end);
                }
            });
            if let Some(owner) = owner {
                owner.leave(end);
            }
            assert_eq!((ended.load(Ordering::Relaxed), count.get()), (1, 0), "{count:?}");
        }
    }
}
