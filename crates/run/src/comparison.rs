//! Two executables beside each other, as plain data: what `gilbench ab` measured, before anybody has judged it.
//!
//! In each round every case is taken three times: by the **base**, by a byte **copy** of the base (the A/A arm, which shows
//! what the instrument makes of no change at all) and by the **head**. Times are compared inside a round only. Rounds
//! of the **pilot** come first, without the head: they fix each case's margin and are not judged. Rounds of the **confirmation** come last,
//! with cases that seemed to have changed, and are judged apart. The JSON Schema of the document is published in
//! `crates/run/schema/ab.schema.json`.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file::{read_document, run_of, unique};
use super::{Bound, Build, Failure, Knobs, Machine, Run, SCHEMA, StartMethod, later_revision};
use crate::error::{Error, Result};

/// Version of the document. A reader refuses newer ones.
pub const COMPARISON_SCHEMA: u32 = 1;

/// File of a comparison in the output folder.
pub const COMPARISON: &str = "ab.json";

/// Everything of one invocation of `gilbench ab`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// What this document is.
    pub kind: ComparisonKind,
    /// Version of this format: [`COMPARISON_SCHEMA`].
    pub schema: u32,
    /// Program and version that wrote it.
    pub generator: String,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
    /// Wall time in seconds, calibration included.
    pub elapsed_s: f64,
    /// Why it is incomplete, in a sentence; `None` when everything planned was done.
    pub partial: Option<String>,
    /// Where it was measured.
    pub machine: Machine,
    /// What was to be measured, and how.
    pub plan: ComparisonPlan,
    /// What is compared with.
    pub base: Executable,
    /// What is judged.
    pub head: Executable,
    /// Every case that both have, in the order of the base's plan.
    pub cases: Vec<PairedCase>,
    /// Cases that the base alone has.
    pub only_base: Vec<String>,
    /// Cases that the head alone has.
    pub only_head: Vec<String>,
    /// Everything that failed, with its cause.
    pub failures: Vec<Failure>,
}

/// Tells a comparison from other documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum ComparisonKind {
    /// Paired rounds of two executables.
    #[default]
    #[serde(rename = "ab")]
    Ab,
}

/// How a comparison was to be measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonPlan {
    /// Time allowed, in seconds.
    pub budget_s: f64,
    /// Seed of every random choice.
    pub seed: u64,
    /// Judged rounds begun, discarded ones included, those of the pilot and of the confirmation not. A round need not
    /// hold every case: those with the widest intervals are taken more often.
    pub rounds: u32,
    /// Judged rounds that there was time for when the pilot ended, if every round held every case: what margins were
    /// fixed by. 0 without a pilot.
    #[serde(default)]
    pub planned_rounds: u32,
    /// The first rounds that every estimate leaves out, decided beforehand.
    pub discarded_rounds: u32,
    /// Fewest kept rounds for a verdict.
    pub floor_rounds: u32,
    /// The margin asked for: a change up to this is none (0.01 is 1 %), however sure one is of it. Noise in the pilot
    /// rounds may raise it case by case, to 2 % at most.
    pub margin: f64,
    /// Settings of every simulated lock.
    pub knobs: Knobs,
    /// How worker processes start.
    pub start_method: StartMethod,
    /// Work that the head did beyond the base's, as a share of it (0.01 is 1 %): a change made on purpose, to try the
    /// instrument. If it is negative, the base did so much more. 0 in every real comparison.
    #[serde(default)]
    pub injected: f64,
}

/// One of the two executables.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Executable {
    /// The file, as it was named.
    pub path: String,
    /// SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Version of gilbench in it.
    pub generator: String,
    /// How it was built.
    pub build: Build,
}

/// A case that both executables have, and its times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PairedCase {
    /// Its id, as [`super::CaseResult::id`].
    pub id: String,
    /// Kernel id.
    pub kernel: String,
    /// Model id.
    pub model: String,
    /// What limits the kernel.
    pub bound: Bound,
    /// All workers together.
    pub workers: usize,
    /// Worker processes.
    pub processes: usize,
    /// Threads in each.
    pub threads: usize,
    /// Steps per sample, found once and then the same for both executables in all rounds.
    pub steps: u64,
    /// Rounds measured before the judged ones, the first of which is a warm-up. They fix the margin and nothing else. All
    /// three samples are of the base's program: in the place of the head's is a second one of the base.
    #[serde(default)]
    pub pilot: Vec<PairedRound>,
    /// The judged rounds, discarded ones included.
    pub rounds: Vec<PairedRound>,
    /// Rounds measured after the case seemed to have changed.
    #[serde(default)]
    pub confirmation: Vec<PairedRound>,
    /// Whether it failed; the cause is in [`Comparison::failures`].
    pub failed: bool,
}

/// One round of a case: three samples, one right after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PairedRound {
    /// Its number, counted from 0.
    pub round: u32,
    /// The base.
    pub base: ArmSample,
    /// Its copy.
    pub copy: ArmSample,
    /// The head.
    pub head: ArmSample,
}

/// What is kept of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ArmSample {
    /// Its place among the three, counted from 0.
    pub position: u8,
    /// From the start signal to the end of the last worker's last step, in nanoseconds.
    pub compute_ns: u64,
    /// From nothing to all workers at the start gate, in nanoseconds.
    pub start_ns: u64,
    /// CPU time of all workers during the work, user and system, in nanoseconds.
    pub cpu_ns: u64,
    /// Longest time that a worker was runnable without running and others ran, in nanoseconds; see
    /// [`super::Disturbance::delay_by_others_ns`]. `None` where that is not known.
    #[serde(default)]
    pub delay_ns: Option<u64>,
    /// Whether something else on the machine took CPU time that its workers needed, by a threshold fixed beforehand. A
    /// round with such a sample is kept here and left out of every estimate.
    #[serde(default)]
    pub disturbed: bool,
    /// How many disturbed samples were taken in its place before it.
    #[serde(default)]
    pub repeats: u8,
}

/// What of a sample is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArmMetric {
    /// Time of the work.
    #[default]
    Compute,
    /// Time until all workers are at the gate.
    Start,
    /// CPU time of the work.
    Cpu,
}

impl ArmMetric {
    /// Its name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Start => "start",
            Self::Cpu => "cpu",
        }
    }

    /// Its value in a sample, in nanoseconds.
    pub fn of(self, sample: &ArmSample) -> f64 {
        (match self {
            Self::Compute => sample.compute_ns,
            Self::Start => sample.start_ns,
            Self::Cpu => sample.cpu_ns,
        }) as f64
    }
}

impl PairedRound {
    /// ln(head / base) and ln(head / copy), of which neither is preferred. Not ln(head / their mean): the mean of two has
    /// another distribution than one, and of skewed noise another median. `None` where a time is 0 or a sample
    /// disturbed.
    pub fn changes(&self, metric: ArmMetric) -> Option<[f64; 2]> {
        let [base, copy, head] = self.logarithms(metric)?;
        Some([head - base, head - copy])
    }

    /// ln(copy / base): what the instrument makes of no change. `None` where [`Self::changes`] is.
    pub fn a_a(&self, metric: ArmMetric) -> Option<f64> {
        let [base, copy, _] = self.logarithms(metric)?;
        Some(copy - base)
    }

    fn logarithms(&self, metric: ArmMetric) -> Option<[f64; 3]> {
        let samples = [self.base, self.copy, self.head];
        let values = samples.map(|sample| metric.of(&sample));
        let counts = samples.iter().all(|sample| !sample.disturbed) && values.iter().all(|value| *value > 0.0);
        counts.then(|| values.map(f64::ln))
    }
}

impl Comparison {
    /// The case with this id.
    pub fn case(&self, id: &str) -> Option<&PairedCase> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// The cases that only one of the two has, and why they are not compared, in words that follow a comma.
    pub fn left_out(&self) -> Vec<(&str, String)> {
        let of = |these: &'_ [String], others: &[String], alone: &str| -> Vec<String> {
            let why = |id: &String| match others.iter().find_map(|other| later_revision(id, other)) {
                Some(revision) => format!("since the kernel measures something else from revision {revision} on"),
                None => alone.to_owned(),
            };
            these.iter().map(why).collect()
        };
        let base = of(&self.only_base, &self.only_head, "in the base alone");
        let head = of(&self.only_head, &self.only_base, "in the head alone");
        let ids = self.only_base.iter().chain(&self.only_head).map(String::as_str);
        ids.zip(base.into_iter().chain(head)).collect()
    }

    /// The judged rounds of a case that count, those with a disturbed sample among them.
    pub fn kept<'a>(&self, case: &'a PairedCase) -> impl Iterator<Item = &'a PairedRound> + use<'a> {
        let discarded = self.plan.discarded_rounds;
        case.rounds.iter().filter(move |round| round.round >= discarded)
    }

    /// What in it cannot have been measured.
    ///
    /// # Errors
    /// The first such thing, in words.
    pub fn check(&self) -> std::result::Result<(), String> {
        unique("case", self.cases.iter().map(|case| case.id.as_str()))?;
        if !(self.elapsed_s >= 0.0 && self.plan.budget_s >= 0.0) {
            return Err("a time is negative".into());
        }
        if !(self.plan.margin >= 0.0 && self.plan.margin < 10.0) {
            return Err(format!("a margin of {} makes no sense", self.plan.margin));
        }
        Ok(())
    }
}

/// The JSON Schema of [`Comparison`], as published in `crates/run/schema/ab.schema.json`.
pub fn comparison_schema() -> serde_json::Value {
    schemars::schema_for!(Comparison).to_value()
}

/// A document that can be gated.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// A run.
    Run(Box<Run>),
    /// A comparison of two executables.
    Comparison(Box<Comparison>),
}

/// Reads a run or a comparison, whichever the file holds.
///
/// # Errors
/// If it is neither, has a newer version than this program reads, or says what cannot be.
pub fn read_either(path: &Path) -> Result<Document> {
    let value =
        read_document(path, SCHEMA.max(COMPARISON_SCHEMA), "a file written by `gilbench run` or `gilbench ab`")?;
    if value.get("kind").is_some_and(|kind| kind == "ab") {
        return Ok(Document::Comparison(Box::new(comparison_of(path, value)?)));
    }
    Ok(Document::Run(Box::new(run_of(path, value)?)))
}

/// Reads a comparison.
///
/// # Errors
/// If the file cannot be read, is no comparison, has a newer version than [`COMPARISON_SCHEMA`], or says what cannot be.
pub fn read_comparison(path: &Path) -> Result<Comparison> {
    comparison_of(path, read_document(path, COMPARISON_SCHEMA, "a comparison written by `gilbench ab`")?)
}

/// The comparison in a document that was read already: as it is in the output folder, or as `ab --json` prints it.
///
/// # Errors
/// If it is none, or says what cannot be.
pub fn comparison_of(path: &Path, mut value: serde_json::Value) -> Result<Comparison> {
    let bad = |reason: String| Error::File { path: path.display().to_string(), reason };
    let inner = value.get_mut("comparison").map(serde_json::Value::take);
    let comparison: Comparison = serde_json::from_value(inner.unwrap_or(value))
        .map_err(|error| bad(format!("no comparison: {error}; expected a file written by `gilbench ab`")))?;
    if comparison.schema > COMPARISON_SCHEMA {
        let version = comparison.schema;
        return Err(bad(format!(
            "format version {version}, but this program reads up to {COMPARISON_SCHEMA}; use a newer gilbench"
        )));
    }
    comparison.check().map_err(|reason| bad(format!("no comparison that gilbench wrote: {reason}")))?;
    Ok(comparison)
}
