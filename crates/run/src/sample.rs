//! One measured execution of a case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Disturbance;

/// One execution of a case by a fresh team of workers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    /// Round it belongs to, counted from 0; comparisons are made inside a round.
    pub round: u32,
    /// Its place in the order of the round, counted from 0.
    pub position: u32,
    /// The consecutive parts of its time.
    pub parts: Parts,
    /// The whole, measured apart from its parts, in nanoseconds.
    pub wall_ns: u64,
    /// Time between the first and the last worker's start after the start signal, in nanoseconds.
    pub start_skew_ns: u64,
    /// CPU time of all workers in user mode during the work, in nanoseconds.
    pub user_ns: u64,
    /// CPU time of all workers in the kernel during the work, in nanoseconds.
    pub system_ns: u64,
    /// CPU time of all workers before their work: to come into being and to set up, in nanoseconds. For a process
    /// that includes executing the program; for a thread, what it did itself, not what its creator did.
    #[serde(default)]
    pub start_cpu_ns: Option<u64>,
    /// CPU time that the kernel's peer, a process outside of the team, used from the start signal to the end of the last
    /// worker's last step, in nanoseconds; `None` for kernels without a peer.
    #[serde(default)]
    pub peer_cpu_ns: Option<u64>,
    /// Context switches because a worker waited.
    pub voluntary_switches: u64,
    /// Context switches because the processor was taken away.
    pub involuntary_switches: u64,
    /// Page faults served from memory.
    pub minor_faults: u64,
    /// Page faults that needed the disk.
    pub major_faults: u64,
    /// Memory the team added, per worker, as proportional set size in bytes; `None` in rounds that do not look.
    ///
    /// Shared pages count by their share, which summed resident sizes would count once a process.
    pub pss_per_worker_bytes: Option<i64>,
    /// Sum of all steps' checksums, wrapping.
    pub checksum: u64,
    /// What the lock saw; `None` without a lock. Summed over the processes' locks.
    pub lock: Option<LockSample>,
    /// Each worker's own account.
    pub workers: Vec<WorkerSample>,
    /// What went on beside it.
    #[serde(default)]
    pub disturbance: Disturbance,
    /// Whether that was more than the case's [limits](super::CaseResult::limits) allow. A disturbed sample counts in no
    /// estimate; another one of the same round may follow it.
    #[serde(default)]
    pub disturbed: bool,
}

/// The parts of a sample's time; they follow one another without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Parts {
    /// Until every worker runs: creating processes, and threads in them.
    ///
    /// A model of threads lives in a host process that is there before; starting that host is not counted.
    pub spawn_ns: u64,
    /// Until every worker has its part of the work set up and waits at the start gate.
    pub hand_over_ns: u64,
    /// From the start signal to the end of the last worker's last step: the steady state.
    pub compute_ns: u64,
    /// Looking at memory while the workers stand still; 0 in rounds that do not look.
    pub observe_ns: u64,
    /// Until every worker is gone.
    pub join_ns: u64,
}

impl Parts {
    /// All parts together, in nanoseconds.
    pub fn total_ns(&self) -> u64 {
        self.spawn_ns + self.hand_over_ns + self.compute_ns + self.observe_ns + self.join_ns
    }
}

/// One worker's account of its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct WorkerSample {
    /// From the start signal to its first step, in nanoseconds.
    pub start_ns: u64,
    /// From the start signal to the end of its last step, in nanoseconds.
    pub end_ns: u64,
    /// Steps it did.
    pub steps: u64,
    /// CPU time it used, in nanoseconds.
    pub cpu_ns: u64,
    /// Time it was runnable without running, in nanoseconds; `None` where the system does not count it.
    #[serde(default)]
    pub run_delay_ns: Option<u64>,
}

/// What a simulated global lock saw during a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct LockSample {
    /// Times the lock went to another worker than its last holder.
    pub hand_overs: u64,
    /// Releases because another worker had asked for the lock.
    pub forced_drops: u64,
    /// Drop requests made by waiters.
    pub requests: u64,
    /// Times a worker found the lock held and had to wait.
    pub waits: u64,
    /// Time workers waited for the lock, summed over workers, in nanoseconds.
    pub wait_ns: u64,
    /// Time the lock was held, summed over workers (and so over processes), in nanoseconds.
    pub hold_ns: u64,
}
