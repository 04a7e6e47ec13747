//! The queue between processes, as it stands, on a checker's primitives: its processes are threads of the checker, of
//! which any may die before any of its steps.

#[path = "../../queue/peers.rs"]
mod peers;
mod primitives;
#[expect(clippy::absurd_extreme_comparisons, reason = "nobody spins here, where looking again changes nothing")]
#[path = "../../queue/process/mod.rs"]
mod process;
#[path = "../../queue/ring.rs"]
mod ring;
pub(super) mod scenarios;

use crate::queue::{Error, Patience, Queue, Refused};

pub(super) use self::primitives::mortal;
