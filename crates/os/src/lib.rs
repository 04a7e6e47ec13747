//! The platform: everything that needs `unsafe`, behind faces that are safe to use.
//!
//! Linux with a POSIX threads library. Each file wraps one facility and argues each of its `unsafe` blocks; no other
//! crate of gilbench contains any. What `rustix` offers safely is used directly where it is needed.
#![expect(unsafe_code, reason = "the one room for it: each use has its argument beside it")]

mod fork;
mod lifeline;
mod map;
mod prefetch;
mod pthread;
mod semaphore;
mod shared;
#[cfg(any(test, feature = "testing"))]
mod unguarded;
mod usage;

pub use self::fork::{Forked, fork, leave};
pub use self::fork::{SingleThreaded, adopt_descriptor, fork_beside_threads, fork_for_parent};
pub use self::lifeline::{die_with, readable};
pub use self::map::{Mapping, ZeroFile};
pub use self::prefetch::prefetch_for_write;
pub use self::pthread::{Condvar, Guard, Mutex};
pub use self::semaphore::Semaphore;
pub use self::shared::Shared;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub use self::unguarded::Unguarded;
pub use self::usage::{Usage, children_cpu_ns, clock_ns, cpu_ns_of, process_cpu_ns, process_switches, thread_usage};
