//! Two runs that were made apart: what can be said of a change between them, and what cannot.
//!
//! Their rounds share nothing, so what slowed one machine for a while does not cancel between them. What does cancel is
//! inside each run: the **ratio** of a model to the baseline of its kernel. Such ratios are judged whatever the machines.
//! **Times** are judged only where both runs have the same machine key, and then it is they that decide: a ratio also
//! rises when nothing but the baseline got faster.
//!
//! A run is one draw of whatever differs from run to run (placement in memory, the day's neighbours), which no number of
//! rounds inside it shows. Hence a margin of 5 %, where paired rounds of fresh processes may use 1 %.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verdict::{Change, Outcome};
use crate::claim;
use crate::error::{Error, Result};
use crate::run::{CaseResult, MachineKey, Metric, Role, Run, later_revision};
use crate::stats::{self, Estimate, benjamini_hochberg, equivalent, shift_estimate, shift_test_above};

/// A change between two runs up to this is none, unless the rule says otherwise.
pub const UNPAIRED_MARGIN: f64 = 0.05;
/// Confidence level of the interval that a change must have beyond the margin.
const LEVEL: f64 = 0.99;
/// Confidence level of the interval that must lie within the margin for "the same".
const SAME_LEVEL: f64 = 0.95;

/// What of a case is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Compared {
    /// Its time over that of its kernel's baseline in the same run.
    Ratio,
    /// Its time per step.
    Time,
}

impl Compared {
    /// Its name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Time => "time",
        }
    }
}

/// What became of every case from one run to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unpaired {
    /// What was compared, case by case.
    pub cases: Vec<UnpairedCase>,
    /// Machine of the base.
    pub base_machine: MachineKey,
    /// Machine of the head.
    pub head_machine: MachineKey,
    /// Why times are not compared, in a sentence; `None` if they are.
    pub times_refused: Option<String>,
    /// What could not be compared, and why, in a sentence each.
    pub skipped: Vec<String>,
    /// Cases that failed in the head and not in the base.
    pub newly_failed: Vec<String>,
    /// Whether both instruments may decide anything.
    pub qualified: bool,
    /// Why not.
    pub unqualified: Option<String>,
    /// Comparisons judged together.
    pub family: usize,
    /// The rule in a sentence.
    pub rule: String,
}

/// What became of a case, in one respect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnpairedCase {
    /// Its id.
    pub case: String,
    /// In which respect.
    pub compared: Compared,
    /// The baseline of a ratio: another case of the same run.
    pub against: Option<String>,
    /// Median in the base: a ratio, or nanoseconds per step.
    pub base: f64,
    /// Median in the head.
    pub head: f64,
    /// Head over base.
    pub ratio: f64,
    /// Lower end of its 99 % interval; `None` with too few rounds for one.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// What became of it.
    pub verdict: Change,
    /// Whether it counts for the outcome.
    pub decides: bool,
    /// The smallest slowdown that would have been found in four of five such comparisons; `None` if none would.
    pub smallest_detectable: Option<f64>,
    /// A change up to this is none.
    pub margin: f64,
    /// How surprising so large a change is if there is none.
    pub p_value: f64,
    /// Kept rounds of the base and of the head.
    pub rounds: [usize; 2],
}

/// A comparison before the family is looked at; values are logarithms.
struct Row<'a> {
    case: &'a str,
    compared: Compared,
    against: Option<&'a str>,
    base: Vec<f64>,
    head: Vec<f64>,
}

/// Compares two runs; `margin` is [`UNPAIRED_MARGIN`] if `None`.
///
/// # Errors
/// If they have no case in common.
pub fn compare(base: &Run, head: &Run, margin: Option<f64>) -> Result<Unpaired> {
    let (base_machine, head_machine) = (base.machine.key(), head.machine.key());
    let same_machine = base_machine == head_machine;
    let margin = margin.unwrap_or(UNPAIRED_MARGIN).max(2.0 * spread(base).max(spread(head)));
    let mut skipped = vec![];
    let pairs = pairs(base, head, &mut skipped)?;
    let ratios = pairs.iter().filter_map(|(ours, theirs)| ratio_row((base, ours), (head, theirs)));
    let times = pairs.iter().filter(|_| same_machine).map(|(ours, theirs)| time_row((base, ours), (head, theirs)));
    let rows: Vec<Row<'_>> = ratios.chain(times).filter(|row| !(row.base.is_empty() || row.head.is_empty())).collect();
    let floor = base.plan.floor_rounds.max(head.plan.floor_rounds) as usize;
    let unqualified = claim::unqualified(base)
        .map(|why| format!("Base: {why}"))
        .or_else(|| claim::unqualified(head).map(|why| format!("Head: {why}")));
    let decides = if same_machine { Compared::Time } else { Compared::Ratio };
    let mut cases = judge(&rows, margin, floor, decides);
    if unqualified.is_some() {
        for case in &mut cases {
            case.verdict = Change::Inconclusive;
        }
    }
    Ok(Unpaired {
        family: cases.len(),
        cases,
        times_refused: (!same_machine).then(|| refusal(&base_machine, &head_machine)),
        base_machine,
        head_machine,
        skipped,
        newly_failed: newly_failed(base, head),
        qualified: unqualified.is_none(),
        unqualified,
        rule: in_words(margin, rows.len()),
    })
}

impl Unpaired {
    /// What a judging command ends with.
    pub fn outcome(&self) -> Outcome {
        let of = |case: &UnpairedCase| match case.verdict {
            Change::Regression => Outcome::Regression,
            Change::TooNoisy | Change::Inconclusive => Outcome::Undecided,
            Change::Improvement | Change::Equivalent => Outcome::Pass,
        };
        let mut deciding = self.cases.iter().filter(|case| case.decides).peekable();
        let start = match (self.newly_failed.is_empty(), deciding.peek().is_some() && self.qualified) {
            (false, _) => Outcome::Failed,
            (true, true) => Outcome::Pass,
            (true, false) => Outcome::Undecided,
        };
        deciding.map(of).fold(start, Outcome::and)
    }
}

/// How far a run's A/A arms are from themselves, at most.
fn spread(run: &Run) -> f64 {
    let arms = run.twins().filter_map(|(case, twin)| run.ratio(twin, case, Metric::Compute, LEVEL));
    arms.map(|ratio| ratio.value.ln().abs().exp_m1()).fold(0.0, f64::max)
}

/// The cases that both have and that did not fail, measured in the same way.
fn pairs<'a>(base: &'a Run, head: &'a Run, skipped: &mut Vec<String>) -> Result<Vec<(&'a CaseResult, &'a CaseResult)>> {
    let judged = |run: &'a Run| run.cases.iter().filter(|case| case.role == Role::Case);
    let mut pairs = vec![];
    for ours in judged(base) {
        if let Some(revision) = judged(head).find_map(|theirs| later_revision(&ours.id, &theirs.id)) {
            skipped.push(format!("{} measures something else since revision {revision} of its kernel.", ours.id));
            continue;
        }
        let Some(theirs) = judged(head).find(|theirs| theirs.id == ours.id) else {
            skipped.push(format!("{} is in the base alone.", ours.id));
            continue;
        };
        let locked = base.model(&ours.model).is_some_and(|model| model.locked);
        if ours.failed || theirs.failed {
            skipped.push(format!("{} failed in one of them.", ours.id));
        } else if locked && base.plan.knobs != head.plan.knobs {
            skipped.push(format!("{} was measured with other settings of the lock.", ours.id));
        } else if ours.start_method != theirs.start_method {
            skipped.push(format!("{} was started by another method.", ours.id));
        } else {
            pairs.push((ours, theirs));
        }
    }
    let known = |theirs: &CaseResult| {
        judged(base).any(|ours| ours.id == theirs.id || later_revision(&ours.id, &theirs.id).is_some())
    };
    let alone = judged(head).filter(|case| !known(case));
    skipped.extend(alone.map(|case| format!("{} is in the head alone.", case.id)));
    if pairs.is_empty() {
        return Err(Error::request(format!(
            "these two runs have no case in common that can be compared: {}",
            skipped.first().map_or("neither has any case.", String::as_str)
        )));
    }
    Ok(pairs)
}

fn newly_failed(base: &Run, head: &Run) -> Vec<String> {
    let failed = head.cases.iter().filter(|case| case.failed);
    failed.filter(|case| base.case(&case.id).is_some_and(|case| !case.failed)).map(|case| case.id.clone()).collect()
}

fn ratio_row<'a>(
    (base, ours): (&'a Run, &'a CaseResult),
    (head, theirs): (&'a Run, &'a CaseResult),
) -> Option<Row<'a>> {
    let baseline = base.cases.iter().find(|case| case.kernel == ours.kernel && case.model == "serial")?;
    let other = head.case(&baseline.id)?;
    if baseline.id == ours.id || baseline.failed || other.failed {
        return None;
    }
    Some(Row {
        case: &ours.id,
        compared: Compared::Ratio,
        against: Some(&baseline.id),
        base: base.log_ratios(ours, baseline, Metric::Compute),
        head: head.log_ratios(theirs, other, Metric::Compute),
    })
}

fn time_row<'a>((base, ours): (&'a Run, &'a CaseResult), (head, theirs): (&Run, &CaseResult)) -> Row<'a> {
    let per_step = |run: &Run, case: &CaseResult| -> Vec<f64> {
        let steps = case.steps.max(1) as f64;
        run.values(case, Metric::Compute).iter().map(|time| (time / steps).ln()).collect()
    };
    let (base, head) = (per_step(base, ours), per_step(head, theirs));
    Row { case: &ours.id, compared: Compared::Time, against: None, base, head }
}

fn judge(rows: &[Row<'_>], margin: f64, floor: usize, decides: Compared) -> Vec<UnpairedCase> {
    let bound = margin.ln_1p();
    let p = |row: &Row<'_>| {
        let few = row.base.len().min(row.head.len()) < floor;
        let slower = shift_test_above(&row.head, &row.base, bound);
        if few { 1.0 } else { slower.min(shift_test_above(&row.base, &row.head, bound)) }
    };
    let p: Vec<f64> = rows.iter().map(p).collect();
    let changed = benjamini_hochberg(&p, super::paired::FALSE_SHARE);
    let judged = |((row, p_value), changed): ((&Row<'_>, f64), bool)| {
        let shift = |level| shift_estimate(&row.head, &row.base, level).map(|shift| shift.map(f64::exp));
        let ratio = shift(LEVEL).expect("rows without values were left out");
        let few = row.base.len().min(row.head.len()) < floor;
        let same = shift(SAME_LEVEL).is_some_and(|same| equivalent(&same, margin));
        let verdict = match (changed, !few && same) {
            (true, _) if ratio.value > 1.0 => Change::Regression,
            (true, _) => Change::Improvement,
            (false, true) => Change::Equivalent,
            (false, false) => Change::Inconclusive,
        };
        let middle = |values: &[f64]| stats::median(values).map_or(f64::NAN, f64::exp);
        UnpairedCase {
            case: row.case.into(),
            compared: row.compared,
            against: row.against.map(Into::into),
            base: middle(&row.base),
            head: middle(&row.head),
            ratio: ratio.value,
            low: ratio.is_bounded().then_some(ratio.low),
            high: ratio.is_bounded().then_some(ratio.high),
            verdict,
            decides: row.compared == decides,
            smallest_detectable: detectable(row, margin, rows.len()),
            margin,
            p_value,
            rounds: [row.base.len(), row.head.len()],
        }
    };
    rows.iter().zip(p).zip(changed).map(judged).collect()
}

fn detectable(row: &Row<'_>, margin: f64, family: usize) -> Option<f64> {
    let level = 1.0 - super::paired::FALSE_SHARE / family.max(1) as f64;
    let ratio: Estimate = shift_estimate(&row.head, &row.base, level)?.map(f64::exp);
    let beyond = stats::smallest_detectable(&ratio);
    beyond.is_finite().then_some((1.0 + margin) * (1.0 + beyond) - 1.0)
}

fn refusal(base: &MachineKey, head: &MachineKey) -> String {
    format!(
        "Times are not compared, since they are of different machines: {}. Ratios inside each run are, and are of \
         different machines too.",
        base.differences(head).join(", ")
    )
}

fn in_words(margin: f64, family: usize) -> String {
    format!(
        "Changed if the 99 % interval of head over base lies wholly beyond {:.1} %, with at most 1 % false ones among the \
         changes found in {family} comparisons (Benjamini–Hochberg); equivalent if the 95 % interval lies within; otherwise \
         inconclusive. The runs are not paired: what differs from run to run is not in these intervals.",
        margin * 100.0
    )
}
