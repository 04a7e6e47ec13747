//! Worker processes: this very executable, started again.
//!
//! A worker is never stale and can hold anyone's kernels, because it is the same file as its parent
//! (`/proc/self/exe`). What passes between the two:
//!
//! | what | over |
//! |---|---|
//! | "become a worker" | the environment variable [`ENV`] |
//! | the job, and the page's descriptor | a socket pair, whose one end is the worker's standard input |
//! | hello, ready, done, joined, failed | the same socket, back |
//! | start gate, release gate, progress, time stamps, results | a page of shared memory ([`Page`]) |
//! | last words | the worker's standard error, kept in memory and read if it fails |
//!
//! While the work is timed nothing passes but the gate's futex wake. A worker ends when its parent does, however that
//! came about. Kernels travel by name; what a job says is the business of [`crate::model`], this room only carries it.

mod child;
mod fork_server;
mod launch;
mod page;
mod peer;
mod player;
mod team;
mod wire;

use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use self::child::OWN;
pub use self::child::{Link, Role, Work, play_if_asked, requested, serve};
pub(crate) use self::fork_server::server as fork_server;
pub use self::launch::Process;
pub(crate) use self::launch::{again, last_words, read_last_words};
pub use self::page::{Field, Page, Slot};
pub use self::peer::{address as peer_address, process as peer_process};
pub(crate) use self::player::{Child, Output, PREFIX, Player, Stop};
pub use self::team::{Limits, Order, Outcome, run};
pub(crate) use self::wire::{MOST_DESCRIPTORS, receive_with_descriptors, send_with_descriptors};

/// The environment variable that makes the program a worker; its value says which kind.
pub const ENV: &str = "GILBENCH_WORKER";

/// The environment variable by which a program is asked to play a part that has workers of its own, which a worker may
/// not have; its value says which part.
pub const ASKED: &str = "GILBENCH_ASKED";

/// First argument of every worker: the name of the one test by which a test binary becomes a worker.
pub const ENTRY: &str = "gilbench_worker_entry";

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Asks every measurement in progress to end its workers and return [`crate::error::Error::Interrupted`].
///
/// Only stores a flag, so a signal handler's thread may call it.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// Whether [`interrupt`] was called.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
