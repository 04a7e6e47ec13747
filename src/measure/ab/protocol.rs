//! What passes between `ab` and an executable: a hello, then one request and one answer at a time.
//!
//! The executable is told by the environment ([`ROLE`]) before it looks at its arguments, and speaks lines of JSON on its
//! standard input, which is a socket, behind the prefix that every player's answer has. Both may be of different
//! revisions: the hello says which protocol is spoken, and another one is refused rather than guessed at.

use serde::{Deserialize, Serialize};

use crate::run::{ArmSample, Bound, Build, Failure, Knobs, StartMethod};

/// What the environment says to an executable that is to answer.
pub const ROLE: &str = "ab";

/// Version of what is said here. A change that an older side would misunderstand raises it.
pub(super) const PROTOCOL: u32 = 1;

/// The first line of an executable, unasked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) protocol: u32,
    pub(super) generator: String,
    pub(super) build: Build,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub(super) enum Ask {
    /// Which cases there are.
    Plan { kernels: Vec<String>, models: Vec<String>, workers: Vec<usize> },
    /// How many steps a sample of the case should have.
    Calibrate { case: Case, settings: Settings },
    /// One sample, by a fresh team.
    Sample { case: Case, settings: Settings, steps: u64 },
}

/// What holds for every sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) knobs: Knobs,
    pub(super) start_method: StartMethod,
    /// A team that finishes no step for so long has stalled, in milliseconds.
    pub(super) stall_ms: u64,
}

/// A case, as both sides must understand it alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) kernel: String,
    pub(super) model: String,
    pub(super) bound: Bound,
    pub(super) processes: usize,
    pub(super) threads: usize,
    /// Whether the one process only hosts the threads.
    pub(super) hosted: bool,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub(super) enum Answer {
    /// The cases.
    Planned { cases: Vec<Case> },
    /// The steps.
    Calibrated { steps: u64 },
    /// The sample, and the checksum of its work.
    Sampled { sample: ArmSample, checksum: u64 },
    /// The case failed; others may not.
    Failed { failure: Failure },
    /// The request cannot be carried out.
    Refused { why: String },
}
