//! Whether the instrument was fit to decide anything that was timed.
//!
//! Each kind of arm that a run has (threads, processes, simulated locks) needs an **A/A arm**: a case of that kind that
//! is measured twice under two labels. An instrument that tells the two apart tells others apart that are alike. An A/A arm
//! that failed or is missing vouches for nothing, and a kind of arm is not vouched for by another kind: processes start
//! and end in other ways than threads, and a lock brings waits of its own. A run of probes alone has the A/A arms of the
//! control. And a machine of which others took more than repeating can mend is unfit whatever its A/A arms say: a load that
//! lasts all the time is the same for both twins.
//!
//! What is counted does not need any of this: that two threads held one lock at once is no matter of how long anything took.

use std::fmt;

use super::cell::{Claimed, LEVEL};
use super::number;
use crate::run::{Arm, Metric, Role, Run};
use crate::stats::Estimate;

/// The instrument is unqualified if the 95 % interval of a case against its twin lies wholly beyond this of 1.
///
/// Three per cent: well inside the narrowest margin that a claim uses (5 %), and wider than what the order of cases
/// inside a round leaves on a quiet machine.
pub const AA_MARGIN: f64 = 0.03;

/// Why a run may decide nothing that was timed.
#[derive(Debug, Clone, PartialEq)]
pub enum Unfit {
    /// Others took this share of the machine's CPU time (0–1).
    Busy(f64),
    /// No case was measured twice.
    NoTwin,
    /// No case of this kind was measured twice.
    NoTwinOf(Arm),
    /// The case with this id, which was to be measured twice, failed or was not measured in enough rounds.
    Lost(String),
    /// The case with this id, measured twice, differs from itself by so much.
    Differs(String, Estimate),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(share) => write!(
                f,
                "The machine was too busy: others took {:.0} % of its CPU time, which no repetition mends.",
                share * 100.0
            ),
            Self::NoTwin => f.write_str("The instrument is unqualified: this run has no A/A arm."),
            Self::NoTwinOf(arm) => {
                let kind = match arm {
                    Arm::Threads => "threads without a lock",
                    Arm::Processes => "processes without a lock",
                    Arm::Locked => "workers under a lock",
                };
                write!(f, "The instrument is unqualified: this run has no A/A arm of {kind}.")
            }
            Self::Lost(id) => {
                write!(f, "The instrument is unqualified: the A/A arm {id} failed or has too few rounds.")
            }
            Self::Differs(id, ratio) => write!(
                f,
                "The instrument is unqualified: the A/A arm, {id} measured twice, differs from itself by {}.",
                number::measured(ratio.value, Some((ratio.low, ratio.high)), "×")
            ),
        }
    }
}

/// Whether an A/A arm with this ratio qualifies the instrument; `None` with too few rounds to tell.
pub fn qualifies(ratio: &Estimate) -> Option<bool> {
    ratio.is_bounded().then(|| !Claimed::within(AA_MARGIN).excludes(ratio))
}

/// Why this run may decide nothing that was timed, if that is so.
pub fn unfit(run: &Run) -> Option<Unfit> {
    let busy = run.machine.conditions.too_busy().map(Unfit::Busy);
    busy.or_else(|| differs(run)).or_else(|| incomplete(run))
}

/// The same in a sentence.
pub fn unqualified(run: &Run) -> Option<String> {
    unfit(run).map(|why| why.to_string())
}

/// An A/A arm that differs from itself.
pub fn differs(run: &Run) -> Option<Unfit> {
    run.twins().find_map(|(case, twin)| {
        let ratio = run.ratio(twin, case, Metric::Compute, LEVEL)?;
        (qualifies(&ratio) == Some(false)).then(|| Unfit::Differs(case.id.clone(), ratio))
    })
}

/// An A/A arm that is missing, or was lost.
fn incomplete(run: &Run) -> Option<Unfit> {
    let mut vouched = vec![];
    for twin in run.cases.iter().filter(|case| case.role == Role::Twin) {
        let original = run.twins().find(|(_, other)| other.id == twin.id).map(|(case, _)| case);
        let ratio = original.and_then(|case| run.ratio(twin, case, Metric::Compute, LEVEL));
        if ratio.as_ref().and_then(qualifies).is_none() {
            return Some(Unfit::Lost(twin.id.clone()));
        }
        vouched.push(run.arm(twin));
    }
    if vouched.is_empty() {
        return Some(Unfit::NoTwin);
    }
    let measured = run.cases.iter().filter(|case| !case.failed && run.kept(case).next().is_some());
    measured.map(|case| run.arm(case)).find(|arm| !vouched.contains(arm)).map(Unfit::NoTwinOf)
}
