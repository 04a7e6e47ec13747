//! The machine a run was measured on, and the conditions while it ran.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fingerprint of the machine.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// Processors.
    pub cpu: Cpu,
    /// Memory.
    pub memory: Memory,
    /// Operating system and its version.
    pub os: String,
    /// Kernel release.
    pub kernel: String,
    /// Hypervisor, where one can be told.
    pub hypervisor: Option<String>,
    /// `kernel.randomize_va_space`: 2 means full address space randomisation.
    pub aslr: Option<u32>,
    /// How the program was built.
    pub build: Build,
    /// What went on beside the measurement.
    pub conditions: Conditions,
    /// What a reader must know before believing any number, most important first.
    pub notes: Vec<Note>,
}

/// Processors, by every way of counting them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Cpu {
    /// Model name.
    pub model: String,
    /// Logical processors of the machine that are online.
    pub logical: usize,
    /// Physical cores, as far as they can be told.
    pub physical: usize,
    /// Processors in this process's affinity mask.
    pub affinity: usize,
    /// CPU time per wall time that the control group allows; `None` without a quota.
    pub quota: Option<f64>,
    /// Processors this run can really use: the least of the above, at least 1.
    pub usable: usize,
    /// Frequency governor, where there is one.
    pub governor: Option<String>,
    /// Size of the last-level cache in bytes, where it can be told.
    pub last_level_cache_bytes: Option<u64>,
}

/// Memory of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Memory {
    /// All of it, in bytes.
    pub total_bytes: u64,
    /// What was free to use at the start, in bytes.
    pub available_bytes: u64,
}

/// How the program was built.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Build {
    /// Compiler and version.
    pub compiler: String,
    /// Optimisation level and other flags that matter.
    pub flags: String,
    /// Target triple.
    pub target: String,
    /// Revision of this program's source, if it was built from a checkout.
    pub commit: Option<String>,
}

/// What the operating system counted during the run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Conditions {
    /// Load average over one minute when the run began.
    pub load_before: f64,
    /// Load average over one minute when it ended.
    pub load_after: f64,
    /// Share of CPU time that the hypervisor gave to others (0–1).
    pub steal: Option<f64>,
    /// Time the control group was throttled, in microseconds.
    pub throttled_us: Option<u64>,
    /// Share of the run in which some task waited for a processor (pressure stall information, 0–1).
    pub cpu_pressure: Option<f64>,
    /// Share of the run in which some task waited for memory (0–1).
    pub memory_pressure: Option<f64>,
    /// Share of the run in which some task waited for the disk (0–1).
    pub io_pressure: Option<f64>,
    /// Share of the machine's CPU time used by processes that are not ours (0–1), measured before the run began.
    pub neighbours_before: Option<f64>,
}

impl Conditions {
    /// Share of the machine's CPU time taken by others (0–1) beyond which no time that was measured is believed.
    ///
    /// A third. What comes in bursts below that leaves moments in which a repeated sample is left alone; above it there
    /// are hardly any, and speedups come out too small however often they are repeated.
    pub const MOST_TAKEN: f64 = 1.0 / 3.0;

    /// The share that others took, if that is too much for any time to be believed: other programs before the run, and
    /// the hypervisor during it.
    pub fn too_busy(&self) -> Option<f64> {
        let taken = self.neighbours_before.unwrap_or(0.0) + self.steal.unwrap_or(0.0);
        (taken > Self::MOST_TAKEN).then_some(taken.min(1.0))
    }
}

/// A circumstance that qualifies the results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// Short stable id, such as `quota`.
    pub id: String,
    /// Whether it may change verdicts (and not only deserve mention).
    pub serious: bool,
    /// What it is and what it does to the numbers, in a sentence or two.
    pub text: String,
}
