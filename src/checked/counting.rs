//! What threads do to the references of one object while a checker decides who runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32 as Counter, Ordering as Plainly};

use super::biased::{Biased, Left};
use super::engine::{self, Data, spawn};
use super::owner::Owner;
use super::primitives::{AtomicU32, Ordering};

/// What a thread does next with a reference that it has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    /// Looks at the object.
    Look,
    /// Takes another reference.
    Up,
    /// Gives one up, and goes on if it has another.
    Down,
    /// Lays one where any thread may take it.
    Give,
    /// Takes one that was laid there, if there is one.
    Take,
    /// Merges the counts, if it is the owner and was told to.
    Safepoint,
}

/// One object and its count.
struct Object {
    count: Biased,
    data: Data,
    /// References laid down for whoever wants one.
    given: engine::Mutex<u32>,
    /// How often its owner was told to merge it: the queue of an owner with one object.
    queued: AtomicU32,
    freed: Counter,
}

const OWNER: Owner = Owner::number(1);

impl Object {
    fn free(&self) {
        assert_eq!(self.freed.fetch_add(1, Plainly::Relaxed), 0, "freed twice");
        // A checker sees this beside any look that does not come before it.
        self.data.change();
    }

    fn look(&self) {
        self.data.look();
        assert_eq!(self.freed.load(Plainly::Relaxed), 0, "freed while there are references");
    }

    fn down(&self, me: Owner) {
        match self.count.down_by(me) {
            Left::Some => {}
            Left::Nothing => self.free(),
            Left::Queued => {
                assert_eq!(self.queued.swap(1, Ordering::AcqRel), 0, "to be freed twice: queued again");
            }
        }
    }

    fn safepoint(&self) {
        if self.queued.load(Ordering::Acquire) == 1 {
            // Not 0 again: an object is queued once in its life.
            self.queued.store(2, Ordering::Release);
            if self.count.merge() {
                self.free();
            }
        }
    }

    /// Does these deeds, as far as there are references for them, and gives up what is left.
    fn live(&self, me: Owner, deeds: &[Deed]) {
        let mut held = 1_u32;
        for deed in deeds {
            match deed {
                Deed::Look if held > 0 => self.look(),
                Deed::Up if held > 0 => {
                    self.count.up_by(me);
                    held += 1;
                }
                Deed::Down if held > 0 => {
                    self.down(me);
                    held -= 1;
                }
                Deed::Give if held > 0 => {
                    *self.given.lock().unwrap() += 1;
                    held -= 1;
                }
                Deed::Take => {
                    let mut given = self.given.lock().unwrap();
                    let taken = (*given).min(1);
                    *given -= taken;
                    held += taken;
                }
                Deed::Safepoint if me == OWNER => self.safepoint(),
                _ => {}
            }
        }
        for _ in 0..held {
            self.look();
            self.down(me);
        }
    }
}

/// Threads with one reference each, all counted by the first, which made the object.
pub(super) fn lives(deeds: Vec<Vec<Deed>>) {
    let object = Arc::new(Object {
        count: Biased::new(OWNER),
        data: Data::new(),
        given: engine::Mutex::new(0),
        queued: AtomicU32::new(0),
        freed: Counter::new(0),
    });
    let mut lives = deeds.into_iter();
    let mine = lives.next().expect("there is an owner");
    let threads: Vec<_> = (2..)
        .zip(lives)
        .map(|(number, deeds)| {
            object.count.up_by(OWNER);
            let object = object.clone();
            spawn(move || object.live(Owner::number(number), &deeds))
        })
        .collect();
    object.live(OWNER, &mine);
    for thread in threads {
        thread.join().unwrap();
    }
    // What nobody has taken, and what came after the owner's last safepoint.
    let given = *object.given.lock().unwrap();
    for _ in 0..given {
        object.down(OWNER);
    }
    object.safepoint();
    assert_eq!(object.freed.load(Plainly::Relaxed), 1, "never freed: {:?}", object.count);
}
