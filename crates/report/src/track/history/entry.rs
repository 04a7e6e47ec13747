//! What the log keeps of a run: who, when, where, and the levels of every case.
//!
//! Whole nanoseconds and bytes: a level is never known as exactly as that. Samples are not kept; they are in the run's own
//! document, and ten thousand of those would fill a disk.

use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::claim;
use crate::error::{Error, Result};
use crate::run::{CaseResult, MachineKey, Metric, Profile, Role, Run};
use crate::stats::Estimate;

/// Version of a line. A reader skips newer ones and says so.
pub const HISTORY_SCHEMA: u32 = 1;

/// Longest name of a revision.
const LONGEST_COMMIT: usize = 64;

/// One line of the log: a run, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What the line is; comes first, so that the first bytes of a file tell.
    kind: EntryKind,
    /// Version of this format: [`HISTORY_SCHEMA`].
    pub schema: u32,
    /// Fingerprint of what was measured: the same run is not kept twice.
    pub id: String,
    /// When measuring began: RFC 3339, UTC.
    pub at: String,
    /// Revision that was measured, if it is known.
    pub commit: Option<String>,
    /// Program and version that measured.
    pub generator: String,
    /// Where it was measured, as far as times depend on it.
    pub machine: MachineKey,
    /// How much was measured.
    pub profile: Profile,
    /// Whether the A/A arm was within its margin; `None` if there was none, or too few rounds to say.
    pub qualified: Option<bool>,
    /// Whether the run was cut short.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The cases, in the order of the run.
    #[serde(with = "as_object")]
    pub cases: Vec<(Box<str>, Kept)>,
}

/// Tells a line from other documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum EntryKind {
    #[default]
    #[serde(rename = "history")]
    History,
}

/// What is kept of a case.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Rounds that the levels rest on.
    pub n: u32,
    /// Time of the work in nanoseconds.
    pub time_ns: Level,
    /// CPU time of the work in nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_ns: Option<Level>,
    /// Memory per worker in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pss_bytes: Option<Level>,
}

/// A median over rounds with its 95 % interval, written as `[value, low, high]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, Option<u64>, Option<u64>)", into = "(u64, Option<u64>, Option<u64>)")]
pub struct Level {
    /// The median.
    pub value: u64,
    /// Lower end; `None` if there were too few rounds for one.
    pub low: Option<u64>,
    /// Upper end; `None` if there were too few rounds for one.
    pub high: Option<u64>,
}

impl From<(u64, Option<u64>, Option<u64>)> for Level {
    fn from((value, low, high): (u64, Option<u64>, Option<u64>)) -> Self {
        Self { value, low, high }
    }
}

impl From<Level> for (u64, Option<u64>, Option<u64>) {
    fn from(level: Level) -> Self {
        (level.value, level.low, level.high)
    }
}

impl Level {
    fn of(estimate: &Estimate) -> Self {
        let whole = |value: f64| value.is_finite().then_some(value.max(0.0).round() as u64);
        Self { value: whole(estimate.value).unwrap_or(0), low: whole(estimate.low), high: whole(estimate.high) }
    }

    fn is_possible(self) -> bool {
        self.low.is_none_or(|low| low <= self.value) && self.high.is_none_or(|high| high >= self.value)
    }
}

impl Entry {
    /// What is kept of a run. `commit` is the revision that was measured, if it is another than the program's own.
    ///
    /// # Errors
    /// If the run has nothing to keep, says what cannot be, or the revision is no name.
    pub fn of(run: &Run, commit: Option<&str>) -> Result<Self> {
        run.check().map_err(|reason| Error::request(format!("this run cannot be kept: {reason}")))?;
        let commit = commit.or(run.machine.build.commit.as_deref());
        if let Some(commit) = commit {
            check_commit(commit)?;
        }
        let judged = |case: &&CaseResult| case.role != Role::Twin && !case.failed;
        let cases: Vec<_> = run.cases.iter().filter(judged).filter_map(|case| keep(run, case)).collect();
        if cases.is_empty() {
            return Err(Error::request(
                "this run has no case with a sample that counts, so there is nothing to keep; measure for longer",
            ));
        }
        let entry = Self {
            kind: EntryKind::History,
            schema: HISTORY_SCHEMA,
            id: fingerprint(run),
            at: run.started_at.clone(),
            commit: commit.map(Into::into),
            generator: run.generator.clone(),
            machine: run.machine.key(),
            profile: run.plan.profile,
            qualified: qualified(run),
            partial: run.partial.is_some(),
            cases,
        };
        entry.check().map_err(|reason| Error::request(format!("this run cannot be kept: {reason}")))?;
        Ok(entry)
    }

    /// The entry as a line, with its end.
    pub(super) fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("an entry has only string keys and whole numbers");
        line.push(b'\n');
        line
    }

    /// What in it cannot have been measured; the first such thing, in words.
    pub(super) fn check(&self) -> std::result::Result<(), String> {
        if !is_time(&self.at) {
            return Err(format!("`{}` is no time such as 2026-01-31T12:00:00Z", self.at));
        }
        for (id, kept) in &self.cases {
            let levels = [Some(kept.time_ns), kept.cpu_ns, kept.pss_bytes];
            if kept.time_ns.value == 0 || !levels.into_iter().flatten().all(Level::is_possible) {
                return Err(format!("case `{id}` has a time of 0, or an interval that its own level lies outside of"));
            }
        }
        Ok(())
    }
}

fn keep(run: &Run, case: &CaseResult) -> Option<(Box<str>, Kept)> {
    let level = |metric| run.level(case, metric);
    let time = level(Metric::Compute)?;
    let kept = Kept {
        n: time.n as u32,
        time_ns: Level::of(&time),
        cpu_ns: level(Metric::CpuTime).as_ref().map(Level::of),
        pss_bytes: level(Metric::PssPerWorker).filter(|level| level.value > 0.0).as_ref().map(Level::of),
    };
    Some((case.id.as_str().into(), kept))
}

/// Whether the A/A arms agree with the cases that they repeat, as far as they can tell.
fn qualified(run: &Run) -> Option<bool> {
    if claim::differs(run).is_some() {
        return Some(false);
    }
    let ratio = |(case, twin)| run.ratio(twin, case, Metric::Compute, 0.95);
    run.twins().filter_map(ratio).any(|ratio| ratio.is_bounded()).then_some(true)
}

/// Tells runs apart: when it began, the seed, and every sample.
fn fingerprint(run: &Run) -> String {
    let measured = serde_json::to_vec(&(&run.started_at, run.plan.seed, &run.cases));
    let hash = Sha256::digest(measured.expect("a run has only string keys and finite numbers or null"));
    hash.iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// `2026-01-31T12:00:00Z`: in this form times sort as their text does.
fn is_time(text: &str) -> bool {
    let form = b"0000-00-00T00:00:00Z";
    let fits = |(found, form): (u8, &u8)| if *form == b'0' { found.is_ascii_digit() } else { found == *form };
    text.len() == form.len() && text.bytes().zip(form).all(fits)
}

fn check_commit(commit: &str) -> Result<()> {
    let fits = |c: char| !c.is_whitespace() && !c.is_control();
    if commit.is_empty() || commit.chars().count() > LONGEST_COMMIT || !commit.chars().all(fits) {
        return Err(Error::request(format!(
            "{commit:?} names no revision; give 1 to {LONGEST_COMMIT} characters without spaces, such as a commit's hash"
        )));
    }
    Ok(())
}

/// A list of named things as a JSON object, in its order; a name that comes twice is an error.
mod as_object {
    use super::*;

    pub(super) fn serialize<S: Serializer>(cases: &[(Box<str>, Kept)], to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(cases.len()))?;
        for (id, kept) in cases {
            map.serialize_entry(id, kept)?;
        }
        map.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(Box<str>, Kept)>, D::Error> {
        from.deserialize_map(Cases)
    }

    struct Cases;

    impl<'de> Visitor<'de> for Cases {
        type Value = Vec<(Box<str>, Kept)>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("cases by their names")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut cases = Vec::new();
            let mut names = std::collections::HashSet::new();
            while let Some((id, kept)) = map.next_entry::<Box<str>, Kept>()? {
                if !names.insert(id.clone()) {
                    return Err(A::Error::custom(format!("case `{id}` is there twice")));
                }
                cases.push((id, kept));
            }
            Ok(cases)
        }
    }
}
