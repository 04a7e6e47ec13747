//! The waist: everything that was measured, as plain data.
//!
//! Whatever can run writes a [`Run`]; whatever judges or draws reads one and nothing else. The document is versioned
//! ([`SCHEMA`]) and its JSON Schema is published in `crates/run/schema/run.schema.json`. Units stand in the names of the fields.

mod bound;
pub mod comparison;
mod crossover;
mod disturbance;
pub mod error;
mod file;
#[cfg(any(test, feature = "testing"))]
pub mod golden;
mod host;
mod key;
mod knobs;
pub mod origin;
mod paired;
mod revision;
mod sample;
pub mod scenes;
pub mod selftest;
pub mod stats;
pub mod synthetic;
#[cfg(test)]
mod tests;
pub mod timeline;
mod trace;
pub mod validation;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::bound::Bound;
pub use self::comparison::{ArmMetric, ArmSample, Comparison, PairedCase, PairedRound};
pub use self::crossover::{Crossover, CrossoverCell};
pub use self::disturbance::{Disturbance, DisturbanceLimits, ProbeRound, Repeats};
pub use self::file::{read, read_document, read_text, run_of, schema, stream_whole, write, write_whole};
pub use self::host::{Build, Conditions, Cpu, Machine, Memory, Note};
pub use self::key::MachineKey;
pub use self::knobs::Knobs;
pub use self::paired::Metric;
pub use self::revision::{later_revision, revised, revision_of, unrevised};
pub use self::sample::{LockSample, Parts, Sample, WorkerSample};
pub use self::trace::{Lane, Moment, Trace, TraceEvent};

/// Version of the document. A reader refuses newer ones and understands older ones.
pub const SCHEMA: u32 = 1;

/// Everything of one invocation: the machine, the plan, and every sample of every case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Version of this format: [`SCHEMA`].
    pub schema: u32,
    /// Program and version that wrote it.
    pub generator: String,
    /// When measuring began: RFC 3339, UTC.
    pub started_at: String,
    /// Wall time of the whole run in seconds, calibration included.
    pub elapsed_s: f64,
    /// Share of `elapsed_s` spent inside samples (0–1).
    pub in_samples: f64,
    /// Why the run is incomplete, in a sentence; `None` when everything planned was done.
    pub partial: Option<String>,
    /// Where it was measured.
    pub machine: Machine,
    /// What was to be measured, and how.
    pub plan: Plan,
    /// The kernels that took part.
    pub kernels: Vec<KernelInfo>,
    /// The models that took part.
    pub models: Vec<ModelInfo>,
    /// Results, case by case, in the order of the plan.
    pub cases: Vec<CaseResult>,
    /// What probes read.
    #[serde(default)]
    pub readings: Vec<Reading>,
    /// Every execution of a probe, in the order in which they ran.
    #[serde(default)]
    pub probe_rounds: Vec<ProbeRound>,
    /// What workers did to their locks in a few short scenes.
    #[serde(default)]
    pub traces: Vec<Trace>,
    /// Everything that failed, with its cause.
    pub failures: Vec<Failure>,
    /// The same cases as another instrument saw them, where it was there to ask.
    #[serde(default)]
    pub second_opinions: Vec<SecondOpinion>,
    /// Real interpreters beside the simulated lock, where this machine has been asked for them.
    #[serde(default)]
    pub validation: Option<validation::Validation>,
    /// How far the instrument can be trusted on this machine, where it has been tried on itself.
    #[serde(default)]
    pub selftest: Option<selftest::Selftest>,
}

/// How much time a run may take, as a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// A minute: the few cases that the verdicts need most.
    Quick,
    /// Five minutes: every kernel under every model.
    Standard,
    /// Twenty minutes: more worker counts and narrower intervals.
    Full,
}

impl Profile {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Standard => "standard",
            Self::Full => "full",
        }
    }
}

/// How a worker process comes into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartMethod {
    /// A new process executes the program again.
    #[default]
    Spawn,
    /// A clean, single-threaded child forks on request.
    ForkServer,
}

impl StartMethod {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spawn => "spawn",
            Self::ForkServer => "fork-server",
        }
    }
}

/// What was to be measured, and by which rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Named amount of time.
    pub profile: Profile,
    /// Time allowed for measuring, in seconds.
    pub budget_s: f64,
    /// Seed of every random choice: order of cases, bootstrap.
    pub seed: u64,
    /// Rounds run, discarded ones included.
    pub rounds: u32,
    /// The first rounds that every estimate leaves out, decided beforehand.
    pub discarded_rounds: u32,
    /// Fewest kept rounds for a verdict.
    pub floor_rounds: u32,
    /// Measuring a group stops early once every ratio's 99 % interval is narrower than this (as `high/low − 1`), times 1 to
    /// 4 by how closely verdicts ask about its kernel and model.
    pub target_width: f64,
    /// Settings of every simulated lock.
    #[serde(flatten)]
    pub knobs: Knobs,
    /// How worker processes start, unless a case says otherwise.
    pub start_method: StartMethod,
    /// Worker counts asked for.
    pub workers: Vec<usize>,
}

/// A kernel, as a reader of results needs to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KernelInfo {
    /// Its id.
    pub id: String,
    /// Which version of the work was measured, counted from 1; from 2 on it stands in the ids of the cases as well. 1 in
    /// documents that are older than this field.
    #[serde(default = "first_revision")]
    pub revision: u32,
    /// What limits it.
    pub bound: Bound,
    /// One sentence.
    pub summary: String,
    /// The resource its threads compete for without any lock of ours.
    pub shares: Option<String>,
    /// Whether the other end of its connections, its peer, ran on the same machine beside the workers.
    #[serde(default)]
    pub peer: bool,
}

fn first_revision() -> u32 {
    1
}

/// A model, as a reader of results needs to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelInfo {
    /// Its id.
    pub id: String,
    /// One sentence.
    pub summary: String,
    /// Whether each of its processes has a simulated global lock.
    pub locked: bool,
}

/// Why a case is in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It is to be judged.
    Case,
    /// The A/A arm: the same as another case, under a second label; any difference is the instrument's.
    Twin,
    /// The neutral control: pure arithmetic on one thread; it shows drift of the machine.
    Control,
}

/// Kinds of arms, which an instrument may treat differently: each kind that a run has needs an A/A arm of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arm {
    /// One process, whose threads have no simulated lock.
    Threads,
    /// Several processes without a simulated lock.
    Processes,
    /// A simulated lock in each process.
    Locked,
}

impl Arm {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Threads, Self::Processes, Self::Locked];

    /// The kind of an arm with so many processes.
    pub fn of(locked: bool, processes: usize) -> Self {
        match (locked, processes) {
            (true, _) => Self::Locked,
            (false, 0 | 1) => Self::Threads,
            (false, _) => Self::Processes,
        }
    }
}

/// Kernel × model × workers, and its samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseResult {
    /// `kernel/model/workers`; hybrids write `processes`x`threads`; a start method other than the plan's and the A/A
    /// label follow after `@`: `crawl-50/gil-hybrid/2x4`, `control/processes/2@fork-server`, `primes/threads/2@twin`. From
    /// revision 2 of a kernel on, its part names the revision: `mmap.r2/threads/2`.
    pub id: String,
    /// Kernel id.
    pub kernel: String,
    /// Model id.
    pub model: String,
    /// All workers together: `processes` × `threads`.
    pub workers: usize,
    /// Worker processes (1 for a model of threads).
    pub processes: usize,
    /// Threads in each process.
    pub threads: usize,
    /// How the processes start.
    pub start_method: StartMethod,
    /// Why it is measured.
    pub role: Role,
    /// Steps per sample: the total work, the same for every model of the kernel.
    pub steps: u64,
    /// The samples in the order in which they were taken, discarded rounds included. In a round, only the last can be
    /// undisturbed.
    pub samples: Vec<Sample>,
    /// From which size on a disturbance counts; `None` for cases with more workers than processors, which wait for each
    /// other.
    #[serde(default)]
    pub limits: Option<DisturbanceLimits>,
    /// Whether the case failed; the cause is in [`Run::failures`].
    pub failed: bool,
}

/// One property as a probe read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// Id of the probe.
    pub probe: String,
    /// What was read, unique within the probe.
    pub name: String,
    /// Unit of `values`.
    pub unit: String,
    /// The kept rounds in which it could be read; empty in documents that are older than this field.
    #[serde(default)]
    pub rounds: Vec<u32>,
    /// Its value in each of these rounds.
    pub values: Vec<f64>,
    /// What is counted: how often it could have happened in each of these rounds. Empty for what is measured, and in
    /// documents that are older than this field.
    #[serde(default)]
    pub opportunities: Vec<u64>,
    /// Its values in executions that were disturbed, which count in nothing.
    #[serde(default)]
    pub disturbed: Vec<f64>,
}

/// What kind of misfortune.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Ended by a signal.
    Killed,
    /// Panicked.
    Panicked,
    /// Ended by itself before its work was done.
    Exited,
    /// Made no progress within the time limit.
    Stalled,
    /// Could not be started.
    NotStarted,
    /// Could not set up its work.
    NotPrepared,
    /// Returned another checksum than the other models.
    WrongAnswer,
}

/// Something that failed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The case that is lost, if one is.
    pub case: Option<String>,
    /// Round in which it happened.
    pub round: Option<u32>,
    /// What kind.
    pub kind: FailureKind,
    /// The cause in a sentence, with the remedy where there is one.
    pub message: String,
}

/// A case as another instrument measured it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecondOpinion {
    /// The instrument, such as `criterion`.
    pub instrument: String,
    /// Kernel id.
    pub kernel: String,
    /// Model id.
    pub model: String,
    /// Workers.
    pub workers: usize,
    /// Its time per step, in nanoseconds, with its own interval.
    pub ns_per_step: stats::Estimate,
}

impl Run {
    /// The case with this id.
    pub fn case(&self, id: &str) -> Option<&CaseResult> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// The kernel with this id.
    pub fn kernel(&self, id: &str) -> Option<&KernelInfo> {
        self.kernels.iter().find(|kernel| kernel.id == id)
    }

    /// The model with this id.
    pub fn model(&self, id: &str) -> Option<&ModelInfo> {
        self.models.iter().find(|model| model.id == id)
    }

    /// The kind of arm that a case is.
    pub fn arm(&self, case: &CaseResult) -> Arm {
        Arm::of(self.model(&case.model).is_some_and(|model| model.locked), case.processes)
    }

    /// What a probe read under this name.
    pub fn reading(&self, probe: &str, name: &str) -> Option<&Reading> {
        self.readings.iter().find(|reading| reading.probe == probe && reading.name == name)
    }

    /// What became of a probe that failed. It belongs to no case, and its message begins with the probe's name.
    pub fn failed_probe(&self, probe: &str) -> Option<&Failure> {
        let named = |message: &str| message.strip_prefix("probe ")?.strip_prefix(probe)?.strip_prefix(": ").map(drop);
        self.failures.iter().find(|failure| failure.case.is_none() && named(&failure.message).is_some())
    }

    /// Processors this run could really use: the least of the affinity mask, the quota and the machine.
    pub fn cores(&self) -> usize {
        self.machine.cpu.usable
    }

    /// Samples of a case that count: those after the discarded rounds that nothing disturbed, one a round at most.
    pub fn kept<'a>(&self, case: &'a CaseResult) -> impl Iterator<Item = &'a Sample> + use<'a> {
        let discarded = self.plan.discarded_rounds;
        case.samples.iter().filter(move |sample| sample.round >= discarded && !sample.disturbed)
    }
}
