//! What limits a kernel.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What limits a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// The processor: a step computes and never waits.
    Cpu,
    /// Input and output: a step waits for nearly all of its time.
    Io,
    /// Both in turn.
    Mixed,
}
