//! What threads do to the references of one object while a checker decides which of them runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32 as Counter, Ordering as Plainly};

use super::biased::{Biased, Left};
use super::engine::{self, Data, spawn};
use super::merging::{Counted, Member, MergeQueues};
use super::owner::Owner;
use crate::checked::Fault;

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
    /// Merges what is queued to it, if it is the owner.
    Safepoint,
}

/// One object and its count.
struct Object {
    count: Biased,
    data: Data,
    /// References laid down for any thread to take.
    given: engine::Mutex<u32>,
    freed: Counter,
}

type Handle = Arc<Object>;
type Queues = MergeQueues<Handle>;

impl Counted for Handle {
    fn count(&self) -> &Biased {
        &self.count
    }
}

const OWNER: Owner = Owner::number(1);
/// A thread that gives up what the others left.
const LAST: Owner = Owner::number(100);

fn free(object: &Object) {
    assert_eq!(object.freed.fetch_add(1, Plainly::Relaxed), 0, "freed twice");
    // A checker sees this beside any look that does not come before it.
    object.data.change();
}

fn look(object: &Object) {
    object.data.look();
    assert_eq!(object.freed.load(Plainly::Relaxed), 0, "freed while there are references");
}

fn down(queues: &Queues, object: &Handle, me: Owner) {
    let dead = if Fault::HastyMerge.injected() {
        match object.count.down_by(me) {
            Left::Queued => object.count.merge(),
            left => left == Left::Dead,
        }
    } else {
        queues.down(object.clone(), me)
    };
    if dead {
        free(object);
    }
}

/// Does these deeds, as far as there are references for them, and gives up what is left.
fn live(queues: &Queues, object: &Handle, me: Owner, owner: Option<&Member<'_, Handle>>, deeds: &[Deed]) {
    let mut held = 1_u32;
    for deed in deeds {
        match deed {
            Deed::Look if held > 0 => look(object),
            Deed::Up if held > 0 => {
                object.count.up_by(me);
                held += 1;
            }
            Deed::Down if held > 0 => {
                down(queues, object, me);
                held -= 1;
            }
            Deed::Give if held > 0 => {
                *object.given.lock().unwrap() += 1;
                held -= 1;
            }
            Deed::Take => {
                let mut given = object.given.lock().unwrap();
                let taken = (*given).min(1);
                *given -= taken;
                held += taken;
            }
            Deed::Safepoint => owner.iter().for_each(|owner| owner.safepoint(|object| free(&object))),
            _ => {}
        }
    }
    for _ in 0..held {
        look(object);
        down(queues, object, me);
    }
}

/// Threads with one reference each, all counted by the first, which made the object. It leaves when it has done its
/// deeds, before the others or after them.
pub(super) fn lives(deeds: Vec<Vec<Deed>>) {
    let object = Arc::new(Object {
        count: Biased::new(OWNER),
        data: Data::new(),
        given: engine::Mutex::new(0),
        freed: Counter::new(0),
    });
    let queues = Arc::new(Queues::new());
    let owner = queues.join(OWNER);
    let mut lives = deeds.into_iter();
    let mine = lives.next().expect("there is an owner");
    let threads: Vec<_> = (2..)
        .zip(lives)
        .map(|(number, deeds)| {
            object.count.up_by(OWNER);
            let (queues, object) = (queues.clone(), object.clone());
            spawn(move || live(&queues, &object, Owner::number(number), None, &deeds))
        })
        .collect();
    live(&queues, &object, OWNER, Some(&owner), &mine);
    owner.leave(|object| free(&object));
    for thread in threads {
        thread.join().unwrap();
    }
    // What no thread has taken.
    let given = *object.given.lock().unwrap();
    for _ in 0..given {
        down(&queues, &object, LAST);
    }
    assert_eq!(object.freed.load(Plainly::Relaxed), 1, "never freed: {:?}", object.count);
}
