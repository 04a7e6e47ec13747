//! The gate: a document held against a policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paired::{self, JudgedCase, Rule, in_percent};
use super::policy::{CaseRule, Consequence, Policy, RatioRule};
use super::verdict::{Change, Outcome};
use crate::claim;
use crate::run::comparison::{Comparison, Document};
use crate::run::{ArmMetric, CaseResult, Metric, Role, Run};

/// Confidence level of the interval of a ratio that is held against a bound.
const LEVEL: f64 = 0.99;

/// What the gate says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gated {
    /// The gravest of the findings.
    pub outcome: Outcome,
    /// How many cases, ratios and claims were looked at.
    pub checked: usize,
    /// How many cases or claims no rule covers, so that nothing is said of them.
    #[serde(default)]
    pub uncovered: usize,
    /// Everything that does not pass, and what it rests on.
    pub findings: Vec<Finding>,
}

/// Something that does not pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// A case, a claim, or what else it is about.
    pub subject: String,
    /// What it comes to.
    pub outcome: Outcome,
    /// Why, in a sentence.
    pub reason: String,
}

/// Holds a document against a policy.
pub fn gate(document: &Document, policy: &Policy) -> Gated {
    match document {
        Document::Run(run) => gate_run(run, policy),
        Document::Comparison(comparison) => gate_comparison(comparison, policy),
    }
}

/// Holds a run against a policy.
pub fn gate_run(run: &Run, policy: &Policy) -> Gated {
    gated(|gated| hold_run(run, policy, gated))
}

/// Holds a comparison against a policy.
pub fn gate_comparison(comparison: &Comparison, policy: &Policy) -> Gated {
    gated(|gated| hold_comparison(comparison, policy, gated))
}

fn gated(hold: impl FnOnce(&mut Gated)) -> Gated {
    let mut gated = Gated { outcome: Outcome::Pass, checked: 0, uncovered: 0, findings: vec![] };
    hold(&mut gated);
    if gated.checked == 0 {
        gated.find(
            "the policy",
            Outcome::Undecided,
            "It has no rule that applies to anything in this document.".into(),
        );
    }
    gated
}

impl Gated {
    fn find(&mut self, subject: &str, outcome: Outcome, reason: String) {
        self.outcome = self.outcome.and(outcome);
        if outcome != Outcome::Pass {
            self.findings.push(Finding { subject: subject.into(), outcome, reason });
        }
    }

    /// Counts what no rule covers; the names are of cases, or of claims.
    fn leave_uncovered(&mut self, what: &str, names: &[&str], consequence: Consequence) {
        let Some(first) = names.first() else { return };
        self.uncovered += names.len();
        let plural = if names.len() == 1 { format!("1 {what} is") } else { format!("{} {what}s are", names.len()) };
        let reason = format!(
            "{plural} covered by no rule, `{first}` for one, so nothing is said of them; add a rule that matches them, or \
             `uncovered = \"pass\"`."
        );
        self.find("the policy", consequence.outcome(), reason);
    }
}

fn hold_comparison(comparison: &Comparison, policy: &Policy, gated: &mut Gated) {
    for failure in &comparison.failures {
        gated.find(failure.case.as_deref().unwrap_or("a case"), Outcome::Failed, failure.message.clone());
    }
    if let Some(partial) = &comparison.partial {
        gated.find("the comparison", policy.partial.outcome(), format!("It is incomplete: {partial}."));
    }
    let mut taken = vec![false; comparison.cases.len()];
    for rule in &policy.cases {
        let matching = |(index, taken): (usize, &mut bool)| {
            let first = !*taken && rule.pattern.matches(&comparison.cases[index].id);
            *taken |= first;
            first.then_some(index)
        };
        let mine: Vec<usize> = taken.iter_mut().enumerate().filter_map(matching).collect();
        if mine.is_empty() {
            gated.find(&rule.pattern.words(), Outcome::Undecided, "No case is left that this rule matches.".into());
        }
        gate_cases(comparison, rule, &mine, policy, gated);
    }
    if !policy.cases.is_empty() {
        let left = comparison.cases.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(case, _)| case.id.as_str());
        gated.leave_uncovered("case", &left.collect::<Vec<_>>(), policy.uncovered);
    }
}

/// Judges all cases of a comparison by a rule, as the family that they are, and gates those that are its own.
fn gate_cases(comparison: &Comparison, rule: &CaseRule, mine: &[usize], policy: &Policy, gated: &mut Gated) {
    let judgement = paired::judge(comparison, &Rule { metric: rule.metric, margin: rule.margin });
    let is_mine = |case: &&JudgedCase| mine.iter().any(|index| comparison.cases[*index].id == case.case);
    gated.checked += mine.len();
    if let Some(why) = judgement.unqualified {
        return gated.find("the A/A arm", policy.unqualified.outcome(), why);
    }
    for case in judgement.cases.iter().filter(is_mine) {
        let outcome = match case.verdict {
            Change::Regression => Outcome::Regression,
            Change::TooNoisy => rule.too_noisy.unwrap_or(rule.inconclusive).outcome(),
            Change::Inconclusive => rule.inconclusive.outcome(),
            Change::Improvement | Change::Equivalent => Outcome::Pass,
        };
        gated.find(&case.case, outcome, format!("{} ({}): {}", case.verdict.name(), rule.metric.name(), case.reason));
    }
}

fn hold_run(run: &Run, policy: &Policy, gated: &mut Gated) {
    for failure in &run.failures {
        gated.find(failure.case.as_deref().unwrap_or("a probe"), Outcome::Failed, failure.message.clone());
    }
    if let Some(partial) = &run.partial {
        gated.find("the run", policy.partial.outcome(), format!("It is incomplete: {partial}."));
    }
    if let Some(why) = claim::unqualified(run) {
        gated.checked += 1;
        return gated.find("the A/A arm", policy.unqualified.outcome(), why);
    }
    gate_claims(run, policy, gated);
    policy.ratios.iter().for_each(|rule| gate_ratios(run, rule, gated));
}

fn gate_claims(run: &Run, policy: &Policy, gated: &mut Gated) {
    let rules = &policy.claims;
    if rules.is_empty() && policy.fewest_decided.is_none() {
        return;
    }
    let judged = claim::judge_all(run).claims;
    if let Some(fewest) = policy.fewest_decided {
        let is_decided = |outcome| matches!(outcome, claim::Outcome::Supported | claim::Outcome::Refuted);
        let decided = judged.iter().filter(|claim| is_decided(claim.verdict.outcome)).count();
        gated.checked += 1;
        if decided < fewest {
            let reason = format!("{decided} of {} are decided; the policy asks for {fewest}.", judged.len());
            gated.find("the claims", Outcome::Regression, reason);
        }
    }
    for rule in rules {
        if !judged.iter().any(|claim| rule.pattern.matches(&claim.id)) {
            gated.find(&rule.pattern.words(), Outcome::Undecided, "No claim matches this rule.".into());
        }
    }
    let mut uncovered = vec![];
    for claim in &judged {
        let Some(rule) = rules.iter().find(|rule| rule.pattern.matches(&claim.id)) else {
            // What was not measured is not left out by the policy.
            if claim.verdict.outcome != claim::Outcome::NotMeasured {
                uncovered.push(claim.id.as_str());
            }
            continue;
        };
        gated.checked += 1;
        let consequence = match claim.verdict.outcome {
            claim::Outcome::Supported => continue,
            claim::Outcome::Refuted => rule.refuted,
            claim::Outcome::Inconclusive => rule.inconclusive,
            claim::Outcome::NotMeasured => rule.not_measured,
        };
        let reason = format!("{}: {}", claim.verdict.outcome.name(), claim.verdict.reason);
        gated.find(&claim.id, consequence.outcome(), reason);
    }
    gated.leave_uncovered("claim", &uncovered, policy.uncovered);
}

fn gate_ratios(run: &Run, rule: &RatioRule, gated: &mut Gated) {
    let mine: Vec<_> = run
        .cases
        .iter()
        .filter(|case| case.role == Role::Case && case.model != rule.against && rule.pattern.matches(&case.id))
        .collect();
    if mine.is_empty() {
        gated.find(&rule.pattern.words(), Outcome::Undecided, "No case matches this rule.".into());
    }
    for case in mine {
        gated.checked += 1;
        let (outcome, reason) = held(run, case, rule);
        gated.find(&case.id, outcome, reason);
    }
}

/// A case's ratio held against its bounds.
fn held(run: &Run, case: &CaseResult, rule: &RatioRule) -> (Outcome, String) {
    let doubt = rule.inconclusive.outcome();
    let metric = match rule.metric {
        ArmMetric::Compute => Metric::Compute,
        ArmMetric::Start => Metric::StartPerWorker,
        ArmMetric::Cpu => Metric::CpuTime,
    };
    let mut others = run.cases.iter().filter(|other| other.kernel == case.kernel && other.model == rule.against);
    let other = others.clone().find(|other| other.workers == case.workers).or(others.next());
    let Some(other) = other else {
        return (doubt, format!("Its kernel has no case of the model {}.", rule.against));
    };
    let Some(ratio) = run.ratio(case, other, metric, LEVEL).filter(|_| run.kept(case).count() > 0) else {
        return (doubt, format!("It or {} failed, or they share no round.", other.id));
    };
    let words = format!("{:.3} times {} ({}), {}", ratio.value, other.id, rule.metric.name(), in_percent(&ratio));
    match (rule.least, rule.most) {
        (_, Some(most)) if ratio.is_above(most) => {
            (Outcome::Regression, format!("{words}: at most {most} is allowed."))
        }
        (Some(least), _) if ratio.is_below(least) => {
            (Outcome::Regression, format!("{words}: at least {least} is asked for."))
        }
        (least, most) if least.is_none_or(|least| ratio.low >= least) && most.is_none_or(|most| ratio.high <= most) => {
            (Outcome::Pass, words)
        }
        _ => (doubt, format!("{words}: the interval lies across the bound.")),
    }
}
