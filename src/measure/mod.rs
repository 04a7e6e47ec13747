//! From a request to a [`crate::run::Run`]: plan, calibrate, measure in rounds, stop in time.
//!
//! 1. A request becomes **groups**: a kernel's cases, which are compared with each other ([`plan`]).
//! 2. Each kernel's steps a sample are **calibrated** once on the serial model, then frozen (`calibrate`).
//! 3. In each **round** every case of a group is run once by a fresh team, in a random, balanced, seeded order
//!    (`order`). The first round is discarded by rule.
//! 4. A group **stops** when its intervals are narrow enough, never because a difference became significant; all stop
//!    when the budget is spent (`session`).
//!
//! After its groups, a round runs each **probe** once (`probing`). Outside of all rounds, one short sample is **traced**
//! (`trace`), so that the report can show the lock at work.
//!
//! How two executables are measured beside each other is told in [`ab`].
//!
//! One team runs at a time. Between samples, and only then, an [`Event`] tells how far things are.

pub mod ab;
mod calibrate;
mod order;
mod plan;
mod probing;
pub mod selftest;
mod session;
mod trace;

pub(crate) use self::plan::glob_set;
pub use self::plan::{Group, Planned, Request, adds_baseline, plan, probes};
pub use self::session::{Event, measure};
pub use self::trace::{TraceRequest, trace};
