//! The rule by which a comparison of two executables is judged.
//!
//! The **margin** of each case is fixed before the judged rounds (see `margin`): 1 %, or up to 2 % where the pilot rounds
//! are noisy. A case has **changed** only if the 99 % interval of its paired ratio lies wholly beyond the margin, and
//! beyond twice the A/A spread (how far the base is from its own copy in that case). Over all judged cases together at
//! most 1 % of the changes found may be false (Benjamini–Hochberg). All judged rounds are looked at once, when the last
//! of them is done; a change counts when rounds that were measured after that **confirm** it. Since no judged round
//! follows the look, the smallest change that would have been found rests on the very rounds that were looked at.
//!
//! "The same" is shown by the 95 % interval inside the margin, never by a missing change. If that interval is too wide for
//! the margin, the case is **too noisy**, wherever the interval lies. Everything else is inconclusive.
//!
//! The head's time is held against both of the base's in its round, so that a round gives two ratios, which are judged by
//! the ranks of three that are exchangeable if nothing changed (`stats::trio`).
//!
//! Before that, the instrument itself. A case in which the base differs from its copy beyond the margin (by the sign test,
//! and over all cases by the same correction) is not decided: two files of the same bytes lie differently in memory, which
//! some code feels for as long as they lie there. If it is so in a quarter of the cases, nothing is decided.
//!
//! A change of exactly the margin can never be found, since its interval lies on both sides of it: with the usual
//! margin a 1 % slowdown is called neither regression nor equivalent. To find one, ask for a narrower margin; noise and the
//! A/A spread still keep it honest.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::margin::{MAX_SHARE, Margin};
use super::verdict::{Change, Outcome};
use crate::run::comparison::{ArmMetric, Comparison, PairedCase};
use crate::stats::{
    self, Estimate, benjamini_hochberg, equivalent, median, median_estimate, sign_test_above, sign_test_below,
    trio_estimate, trio_test_above, trio_test_below,
};

/// Confidence level of the interval that a change must have beyond the margin.
const LEVEL: f64 = 0.99;
/// Confidence level of the interval that must lie within the margin for "the same".
pub(super) const SAME_LEVEL: f64 = 0.95;
/// Largest share of false ones among the changes found.
pub const FALSE_SHARE: f64 = 0.01;
/// Chance that rounds of an unchanged case confirm a change by accident.
const CONFIRMING: f64 = 0.05;
/// One case out of so many in which the base differs from its own copy, and the instrument decides nothing.
const UNFIT: usize = 4;
/// Rounds of a confirmation, at least and at most.
const CONFIRMATION: [u32; 2] = [6, 64];
/// A difference in time up to this is none, in nanoseconds: a start signal reaches a sleeping worker no more exactly.
pub const FLOOR_NS: f64 = 50_000.0;

/// How to judge.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rule {
    /// What is compared.
    pub metric: ArmMetric,
    /// A change up to this is none (0.01 is 1 %), if noise does not ask for more; the comparison's own if `None`.
    pub margin: Option<f64>,
}

/// What became of every case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// The cases, in the order of the comparison; failed ones are missing.
    pub cases: Vec<JudgedCase>,
    /// The A/A arm: of all cases the one in which the base is furthest from its own copy. `None` without cases.
    pub a_a: Option<ArmAgainstItself>,
    /// Whether the instrument may decide anything.
    pub qualified: bool,
    /// Why it may not.
    pub unqualified: Option<String>,
    /// Cases judged together.
    pub family: usize,
    /// The rule in a sentence.
    pub rule: String,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgedCase {
    /// Its id.
    pub case: String,
    /// What was compared.
    pub metric: ArmMetric,
    /// Median of head over base and of head over the base's copy, two values a round: 1.02 is 2 % slower.
    pub ratio: f64,
    /// Lower end of its 99 % interval; `None` with too few rounds for one.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// What became of it.
    pub verdict: Change,
    /// The smallest slowdown that would have been found in four of five such comparisons (0.02 is 2 %); `None` if none
    /// would.
    pub smallest_detectable: Option<f64>,
    /// A change up to this is none (0.01 is 1 %): what was asked for, or up to 2 % where the pilot rounds are noisy.
    pub margin: f64,
    /// How far the base is from its own copy in this case (0.01 is 1 %).
    pub a_a_spread: f64,
    /// How surprising so large a change is if there is none.
    pub p_value: f64,
    /// Share of those values in which the head was the faster one; 0.5 is a coin toss.
    pub superiority: f64,
    /// Kept rounds.
    pub rounds: usize,
    /// Whether later rounds confirmed the change; `None` if there was none to confirm.
    pub confirmed: Option<bool>,
    /// Median ratio of the confirmation; `None` without one.
    pub confirmation_ratio: Option<f64>,
    /// Why this verdict, in words.
    pub reason: String,
}

/// The base beside its own copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArmAgainstItself {
    /// The case.
    pub case: String,
    /// Median over rounds of copy over base.
    pub ratio: f64,
    /// Lower end of its 99 % interval; `None` with too few rounds for one.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// It should be within this of 1.
    pub margin: f64,
}

/// The numbers of a case, before the family is looked at.
struct Numbers<'a> {
    case: &'a PairedCase,
    changes: Vec<[f64; 2]>,
    ratio: Estimate,
    margin: Margin,
    /// What a change must exceed: the margin and twice the A/A spread. The spread never widens the margin of "the same", or
    /// the worst instrument would find most things the same.
    threshold: f64,
    a_a: Estimate,
    p_value: f64,
    a_a_p_value: f64,
}

/// Judges a comparison.
pub fn judge(comparison: &Comparison, rule: &Rule) -> Judgement {
    let numbers = numbers(comparison, rule);
    let unlike = unlike_itself(comparison, &numbers);
    let significant = significant(comparison, &numbers);
    let unqualified = unqualified(&numbers, &unlike);
    let family = numbers.len();
    let judged = |((numbers, significant), unlike): ((&Numbers<'_>, bool), &bool)| {
        let mut judged = judged(comparison, rule.metric, numbers, significant && !unlike);
        judged.smallest_detectable = smallest_detectable(numbers, family);
        if unqualified.is_some() {
            (judged.verdict, judged.reason) = (Change::Inconclusive, "The instrument is unqualified.".into());
        } else if *unlike {
            let spread = in_percent(&numbers.a_a.map(f64::exp));
            judged.verdict = Change::Inconclusive;
            judged.reason =
                format!("Here the base differs from its own copy, by {spread}, so that nothing is decided.");
        }
        judged
    };
    let furthest = numbers.iter().max_by(|x, y| x.a_a.value.abs().total_cmp(&y.a_a.value.abs()));
    Judgement {
        cases: numbers.iter().zip(significant).zip(&unlike).map(judged).collect(),
        a_a: furthest.map(against_itself),
        qualified: unqualified.is_none(),
        unqualified,
        family,
        rule: in_words(family),
    }
}

/// A case that seems to have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// Its id.
    pub case: String,
    /// Rounds that will confirm a change of the size found, if it is one.
    pub rounds: u32,
}

/// The cases that seem to have changed: whose change is to be confirmed before it counts.
pub fn suspects(comparison: &Comparison, rule: &Rule) -> Vec<Suspect> {
    let numbers = numbers(comparison, rule);
    let unlike = unlike_itself(comparison, &numbers);
    if unqualified(&numbers, &unlike).is_some() {
        return vec![];
    }
    let significant = significant(comparison, &numbers).into_iter().zip(&unlike);
    let named = numbers.iter().zip(significant).filter(|(_, (significant, unlike))| *significant && !**unlike);
    let suspect =
        |numbers: &Numbers<'_>| Suspect { case: numbers.case.id.clone(), rounds: confirmation_rounds(numbers) };
    named.map(|(numbers, _)| suspect(numbers)).collect()
}

/// Rounds that confirm the change found with a probability of 99 %, if it is as large as it seems: their median must be
/// beyond the threshold, and they must certainly be on that side of 1. Fixed by the judged rounds, before the first of them.
fn confirmation_rounds(numbers: &Numbers<'_>) -> u32 {
    let Some(interval) = trio_estimate(&numbers.changes, SAME_LEVEL) else { return CONFIRMATION[0] };
    // The standard error that a single round would have.
    let error = (interval.high - interval.low) / 2.0 / 1.96 * (numbers.changes.len() as f64).sqrt();
    let (power, level) = (2.33, 1.645);
    let (size, beyond) = (interval.value.abs(), interval.value.abs() - numbers.threshold.ln_1p());
    let needed = (power * error / beyond.max(1e-9)).powi(2).max(((power + level) * error / size.max(1e-9)).powi(2));
    needed.ceil().clamp(f64::from(CONFIRMATION[0]), f64::from(CONFIRMATION[1])) as u32
}

impl Judgement {
    /// What a judging command ends with, if nothing failed and inconclusive cases are to be told.
    pub fn outcome(&self) -> Outcome {
        let of = |case: &JudgedCase| match case.verdict {
            Change::Regression => Outcome::Regression,
            Change::TooNoisy | Change::Inconclusive => Outcome::Undecided,
            Change::Improvement | Change::Equivalent => Outcome::Pass,
        };
        let nothing = if self.qualified && !self.cases.is_empty() { Outcome::Pass } else { Outcome::Undecided };
        self.cases.iter().map(of).fold(nothing, Outcome::and)
    }

    /// Cases with this verdict.
    pub fn count(&self, verdict: Change) -> usize {
        self.cases.iter().filter(|case| case.verdict == verdict).count()
    }
}

fn numbers<'a>(comparison: &'a Comparison, rule: &Rule) -> Vec<Numbers<'a>> {
    let cases = comparison.cases.iter().filter(|case| !case.failed);
    cases.filter_map(|case| numbers_of(comparison, case, rule)).collect()
}

/// `None` without any round that has all three.
fn numbers_of<'a>(comparison: &Comparison, case: &'a PairedCase, rule: &Rule) -> Option<Numbers<'a>> {
    let changes: Vec<_> = comparison.kept(case).filter_map(|round| round.changes(rule.metric)).collect();
    let a_a: Vec<f64> = comparison.kept(case).filter_map(|round| round.a_a(rule.metric)).collect();
    let margin = Margin::of(comparison, case, rule)?;
    let a_a_estimate = median_estimate(&a_a, LEVEL)?;
    let threshold = margin.threshold().max(2.0 * a_a_estimate.value.abs().exp_m1());
    // A hair more, so that a change of exactly the margin is none, whatever whole nanoseconds make of it.
    let bound = threshold.ln_1p() + 1e-7;
    Some(Numbers {
        case,
        ratio: trio_estimate(&changes, LEVEL)?,
        p_value: trio_test_above(&changes, bound).min(trio_test_below(&changes, -bound)),
        a_a_p_value: p_value(&a_a, margin.threshold()),
        changes,
        margin,
        threshold,
        a_a: a_a_estimate,
    })
}

/// How surprising so many values beyond the margin are, on whichever side they are, if the median is within it.
fn p_value(values: &[f64], margin: f64) -> f64 {
    let bound = margin.ln_1p();
    sign_test_above(values, bound).min(sign_test_below(values, -bound))
}

/// Which of the cases have changed, by the judged rounds alone.
fn significant(comparison: &Comparison, numbers: &[Numbers<'_>]) -> Vec<bool> {
    let floor = comparison.plan.floor_rounds as usize;
    let p = |numbers: &Numbers<'_>| if numbers.changes.len() < floor { 1.0 } else { numbers.p_value };
    benjamini_hochberg(&numbers.iter().map(p).collect::<Vec<_>>(), FALSE_SHARE)
}

/// In which of the cases the base differs from its own copy.
fn unlike_itself(comparison: &Comparison, numbers: &[Numbers<'_>]) -> Vec<bool> {
    let floor = comparison.plan.floor_rounds as usize;
    let p = |numbers: &Numbers<'_>| if numbers.changes.len() < floor { 1.0 } else { numbers.a_a_p_value };
    benjamini_hochberg(&numbers.iter().map(p).collect::<Vec<_>>(), FALSE_SHARE)
}

/// Why the instrument may decide nothing, if the base differs from its own copy in so many cases.
fn unqualified(numbers: &[Numbers<'_>], unlike: &[bool]) -> Option<String> {
    let out: Vec<_> = numbers.iter().zip(unlike).filter(|(_, unlike)| **unlike).map(|(numbers, _)| numbers).collect();
    if out.len() * UNFIT < numbers.len() {
        return None;
    }
    let worst = out.iter().max_by(|x, y| x.a_a.value.abs().total_cmp(&y.a_a.value.abs()))?;
    Some(format!(
        "The instrument is unqualified: in {} of {} cases the base differs from its own copy, most in {}, by {}. Measure again \
         on a quieter machine, or with a larger --budget.",
        out.len(),
        numbers.len(),
        worst.case.id,
        in_percent(&worst.a_a.map(f64::exp))
    ))
}

fn judged(comparison: &Comparison, metric: ArmMetric, numbers: &Numbers<'_>, significant: bool) -> JudgedCase {
    let confirmation: Vec<[f64; 2]> =
        numbers.case.confirmation.iter().filter_map(|round| round.changes(metric)).collect();
    let confirmed = significant.then(|| confirms(&confirmation, numbers));
    let (verdict, reason) = verdict(comparison, numbers, confirmed, &confirmation);
    let ratio = numbers.ratio.map(f64::exp);
    let bounded = ratio.is_bounded();
    JudgedCase {
        case: numbers.case.id.clone(),
        metric,
        ratio: ratio.value,
        low: bounded.then_some(ratio.low),
        high: bounded.then_some(ratio.high),
        verdict,
        smallest_detectable: None,
        margin: numbers.margin.value,
        a_a_spread: numbers.a_a.value.abs().exp_m1(),
        p_value: numbers.p_value,
        superiority: stats::superiority_paired(numbers.changes.as_flattened()).unwrap_or(0.5),
        rounds: numbers.changes.len(),
        confirmed,
        confirmation_ratio: median(confirmation.as_flattened()).map(f64::exp),
        reason,
    }
}

/// Whether the later rounds show the same change: beyond the threshold in the median, and certainly on that side of 1.
fn confirms(confirmation: &[[f64; 2]], numbers: &Numbers<'_>) -> bool {
    let Some(median) = median(confirmation.as_flattened()) else { return false };
    let (bound, slower) = (numbers.threshold.ln_1p(), numbers.ratio.value > 0.0);
    // Half of a two-sided p-value: which side it is, is known by now.
    let p = if slower { trio_test_above(confirmation, 0.0) } else { trio_test_below(confirmation, 0.0) } / 2.0;
    p <= CONFIRMING && if slower { median > bound } else { median < -bound }
}

fn verdict(
    comparison: &Comparison,
    numbers: &Numbers<'_>,
    confirmed: Option<bool>,
    confirmation: &[[f64; 2]],
) -> (Change, String) {
    let (rounds, floor) = (numbers.changes.len(), comparison.plan.floor_rounds as usize);
    let ratio = numbers.ratio.map(f64::exp);
    let margin = percent(numbers.margin.value);
    let beyond = if numbers.threshold > numbers.margin.threshold() {
        format!("twice the A/A spread ({})", percent(numbers.threshold))
    } else {
        format!("the margin of {}", percent(numbers.threshold))
    };
    if rounds < floor {
        let reason = format!("{rounds} kept rounds, and a verdict needs {floor}: allow a larger --budget.");
        return (Change::Inconclusive, reason);
    }
    let same = trio_estimate(&numbers.changes, SAME_LEVEL).map(|estimate| estimate.map(f64::exp));
    match confirmed {
        Some(true) => {
            let (verdict, word) =
                if ratio.value > 1.0 { (Change::Regression, "slower") } else { (Change::Improvement, "faster") };
            let reason = format!(
                "{} {word}, beyond {beyond}; {} later rounds confirm it.",
                in_percent(&ratio),
                confirmation.len()
            );
            (verdict, reason)
        }
        Some(false) if confirmation.is_empty() => {
            (Change::Inconclusive, format!("{}, but no time was left to confirm it.", in_percent(&ratio)))
        }
        Some(false) => {
            let later = median(confirmation.as_flattened()).map_or(1.0, f64::exp);
            let (ratio, rounds) = (in_percent(&ratio), confirmation.len());
            let reason = format!("{ratio}, but {rounds} later rounds say {}: not confirmed.", signed(later - 1.0));
            (Change::Inconclusive, reason)
        }
        None if numbers.margin.resolution > numbers.margin.value => (
            Change::TooNoisy,
            format!(
                "Its samples are too short to tell a change of {margin}; at this length they tell {}.",
                percent(numbers.margin.resolution)
            ),
        ),
        None if numbers.margin.share(&numbers.changes) > MAX_SHARE => (Change::TooNoisy, too_noisy(numbers)),
        None if same.is_some_and(|same| equivalent(&same, numbers.margin.value)) => {
            (Change::Equivalent, format!("{}, within {margin}.", in_percent(&ratio)))
        }
        None if !ratio.is_bounded() => (Change::Inconclusive, format!("{rounds} rounds give no 99 % interval.")),
        None => (Change::Inconclusive, format!("{} lies across {beyond}.", in_percent(&ratio))),
    }
}

/// Why its interval shows nothing, wherever it lies.
fn too_noisy(numbers: &Numbers<'_>) -> String {
    let share = numbers.margin.share(&numbers.changes);
    format!(
        "{}. The 95 % interval is ±{}, and a margin of {} needs ±{} or less: allow a larger --budget, or measure on a \
         quieter machine.",
        in_percent(&numbers.ratio.map(f64::exp)),
        percent((share * numbers.margin.value.ln_1p()).exp_m1()),
        percent(numbers.margin.value),
        percent(MAX_SHARE * numbers.margin.value)
    )
}

/// The smallest slowdown that would have been found in four of five such comparisons: beyond the margin, by what an
/// interval of the level that one change among the family needs could have shown.
fn smallest_detectable(numbers: &Numbers<'_>, family: usize) -> Option<f64> {
    let level = 1.0 - FALSE_SHARE / family.max(1) as f64;
    let ratio = trio_estimate(&numbers.changes, level)?.map(f64::exp);
    let beyond = stats::smallest_detectable(&ratio);
    beyond.is_finite().then_some((1.0 + numbers.threshold) * (1.0 + beyond) - 1.0)
}

fn against_itself(numbers: &Numbers<'_>) -> ArmAgainstItself {
    let ratio = numbers.a_a.map(f64::exp);
    ArmAgainstItself {
        case: numbers.case.id.clone(),
        ratio: ratio.value,
        low: ratio.is_bounded().then_some(ratio.low),
        high: ratio.is_bounded().then_some(ratio.high),
        margin: numbers.margin.threshold(),
    }
}

fn in_words(family: usize) -> String {
    format!(
        "Changed if the 99 % interval of the paired ratio lies wholly beyond the margin, which the pilot rounds fixed (2 % at \
         most), with at most 1 % false ones among the changes found in {family} cases (Benjamini–Hochberg), and rounds \
         measured afterwards confirm it; too noisy if half of the 95 % interval is more than {:.0} % of the margin; \
         equivalent if that interval lies within the margin; otherwise inconclusive.",
        MAX_SHARE * 100.0
    )
}

/// A ratio as a change with its interval: `+2.1 % [+1.8, +2.4]`.
pub(super) fn in_percent(ratio: &Estimate) -> String {
    let value = signed(ratio.value - 1.0);
    if !ratio.is_bounded() {
        return format!("{value} [too few rounds for an interval]");
    }
    format!("{value} [{:+.1}, {:+.1}]", (ratio.low - 1.0) * 100.0, (ratio.high - 1.0) * 100.0)
}

fn signed(share: f64) -> String {
    format!("{:+.1} %", share * 100.0)
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
