//! The policy of a gate: which cases count, by which metric and margin, and what becomes of a doubt.
//!
//! A file of it is TOML. Of several rules the first that matches decides. Cases and claims that none matches are not judged,
//! so the gate does not vouch for them: it says how many they are, and is undecided unless `uncovered` says otherwise.
//! Anything that is not known is refused: a gate with a typing error in it would let everything pass.
//!
//! Rules match ids of cases, in which a kernel's revision stands from 2 on. A rule for `mmap/*` matches no case of
//! `mmap.r2`, since its bounds were meant for something else; the gate then says that the rule matches nothing.
//!
//! ```toml
//! unqualified = "undecided"      # or "pass", "fail"
//! partial = "undecided"
//! fewest_decided = 28            # claims of a run that must be supported or refuted
//! uncovered = "undecided"        # what no rule matches; or "pass", "fail"
//!
//! [[cases]]                      # of a comparison (ab.json)
//! match = ["bytecode/*"]
//! metric = "compute"             # or "start", "cpu"
//! margin = 0.02
//! inconclusive = "pass"
//! too_noisy = "undecided"        # as inconclusive, unless it is given
//!
//! [[ratios]]                     # of a run: a case over the case of another model of its kernel
//! match = "*/gil/*"
//! against = "serial"
//! most = 1.3
//!
//! [[claims]]                     # of a run
//! match = "*"
//! refuted = "fail"
//! ```

use std::path::Path;

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use super::verdict::Outcome;
use crate::error::{Error, Result};
use crate::run::ArmMetric;

/// What must hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What it means that the instrument is unqualified.
    #[serde(default = "undecided")]
    pub unqualified: Consequence,
    /// What it means that a run or comparison is incomplete.
    #[serde(default = "undecided")]
    pub partial: Consequence,
    /// How many claims about a run must be decided, supported or refuted; any number if `None`.
    pub fewest_decided: Option<usize>,
    /// What it means that cases of a comparison, or claims about a run, are covered by no rule.
    #[serde(default = "undecided")]
    pub uncovered: Consequence,
    /// Rules for the cases of a comparison.
    #[serde(default)]
    pub cases: Vec<CaseRule>,
    /// Rules for the ratios of a run.
    #[serde(default)]
    pub ratios: Vec<RatioRule>,
    /// Rules for the claims about a run.
    #[serde(default)]
    pub claims: Vec<ClaimRule>,
}

/// What follows from something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consequence {
    /// Nothing.
    Pass,
    /// The gate cannot decide.
    Undecided,
    /// The gate is closed.
    Fail,
}

impl Consequence {
    /// What the gate ends with.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Pass => Outcome::Pass,
            Self::Undecided => Outcome::Undecided,
            Self::Fail => Outcome::Regression,
        }
    }
}

/// How cases of a comparison are judged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseRule {
    /// The cases.
    #[serde(rename = "match")]
    pub pattern: Pattern,
    /// What is compared.
    #[serde(default)]
    pub metric: ArmMetric,
    /// A change up to this is none (0.01 is 1 %); the comparison's own if `None`.
    pub margin: Option<f64>,
    /// What an inconclusive case means.
    #[serde(default = "undecided")]
    pub inconclusive: Consequence,
    /// What a case means that is too noisy; the same as an inconclusive one if `None`.
    pub too_noisy: Option<Consequence>,
}

/// A bound for a case's metric over that of another model's case of the same kernel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatioRule {
    /// The cases.
    #[serde(rename = "match")]
    pub pattern: Pattern,
    /// The other model.
    #[serde(default = "serial")]
    pub against: String,
    /// What is compared.
    #[serde(default)]
    pub metric: ArmMetric,
    /// The greatest ratio allowed.
    pub most: Option<f64>,
    /// The least.
    pub least: Option<f64>,
    /// What it means if the interval lies across a bound, or there is none.
    #[serde(default = "undecided")]
    pub inconclusive: Consequence,
}

/// What verdicts on claims mean.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRule {
    /// The claims.
    #[serde(rename = "match")]
    pub pattern: Pattern,
    /// If it is refuted.
    #[serde(default = "fail")]
    pub refuted: Consequence,
    /// If it is inconclusive.
    #[serde(default = "pass")]
    pub inconclusive: Consequence,
    /// If it was not measured.
    #[serde(default = "pass")]
    pub not_measured: Consequence,
}

/// One glob or several: what matches any of them matches.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "OneOrMany")]
pub struct Pattern {
    globs: Vec<String>,
    set: GlobSet,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a glob such as \"bytecode/*\", or a list of them")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl TryFrom<OneOrMany> for Pattern {
    type Error = String;

    fn try_from(given: OneOrMany) -> std::result::Result<Self, String> {
        let globs = match given {
            OneOrMany::One(glob) => vec![glob],
            OneOrMany::Many(globs) => globs,
        };
        if globs.is_empty() {
            return Err("`match` has no pattern, so the rule would never apply".into());
        }
        let mut set = GlobSetBuilder::new();
        for glob in &globs {
            set.add(Glob::new(glob).map_err(|error| format!("`{glob}` is no pattern: {}", error.kind()))?);
        }
        let set = set.build().map_err(|error| error.to_string())?;
        Ok(Self { globs, set })
    }
}

impl Pattern {
    /// What matches everything.
    fn all() -> Self {
        Self::of("*")
    }

    fn of(glob: &str) -> Self {
        OneOrMany::One(glob.into()).try_into().expect("it is a pattern")
    }

    /// Whether this name matches.
    pub fn matches(&self, name: &str) -> bool {
        self.set.is_match(name)
    }

    /// As it was given.
    pub fn words(&self) -> String {
        self.globs.join(", ")
    }
}

/// The claim that is there to be refuted.
const MYTH: &str = "interpreters-all-have-it";

impl Default for Policy {
    /// Without a file: every case of a comparison counts, and a doubt is told; every claim about a run counts if it is
    /// refuted, but for the one that is a myth and refuted wherever there are two processors.
    fn default() -> Self {
        let case = CaseRule {
            pattern: Pattern::all(),
            metric: ArmMetric::Compute,
            margin: None,
            inconclusive: Consequence::Undecided,
            too_noisy: None,
        };
        let claim = ClaimRule {
            pattern: Pattern::all(),
            refuted: Consequence::Fail,
            inconclusive: Consequence::Pass,
            not_measured: Consequence::Pass,
        };
        let myth = ClaimRule { pattern: Pattern::of(MYTH), refuted: Consequence::Pass, ..claim.clone() };
        Self {
            unqualified: Consequence::Undecided,
            partial: Consequence::Undecided,
            fewest_decided: None,
            uncovered: Consequence::Undecided,
            cases: vec![case],
            ratios: vec![],
            claims: vec![myth, claim],
        }
    }
}

impl Policy {
    /// Understands the text of a file, of which errors name the path.
    ///
    /// # Errors
    /// If it is no TOML, names something unknown, or a number makes no sense.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let bad = |reason: String| Error::File { path: path.display().to_string(), reason };
        let policy: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let place = line.map_or(String::new(), |line| format!("line {line}: "));
            bad(format!("no policy: {place}{}", error.message().replace('\n', " ")))
        })?;
        policy.check().map_err(bad)?;
        Ok(policy)
    }

    fn check(&self) -> std::result::Result<(), String> {
        if self.cases.is_empty() && self.ratios.is_empty() && self.claims.is_empty() && self.fewest_decided.is_none() {
            return Err("the policy has no rule, so it would let everything pass; write a [[cases]], [[ratios]] or \
                        [[claims]]"
                .into());
        }
        for margin in self.cases.iter().filter_map(|rule| rule.margin) {
            if !(0.0..=1.0).contains(&margin) {
                return Err(format!("a margin of {margin} makes no sense: 0.01 is 1 %, and 1 is the most"));
            }
        }
        for rule in &self.ratios {
            let bounds = [rule.most, rule.least];
            if bounds == [None, None] {
                return Err(format!("the rule for {} has no bound: give it `most` or `least`", rule.pattern.words()));
            }
            if let Some(bound) = bounds.into_iter().flatten().find(|bound| !(bound.is_finite() && *bound > 0.0)) {
                return Err(format!("a bound of {bound} makes no sense for a ratio of times"));
            }
        }
        Ok(())
    }
}

fn pass() -> Consequence {
    Consequence::Pass
}

fn undecided() -> Consequence {
    Consequence::Undecided
}

fn fail() -> Consequence {
    Consequence::Fail
}

fn serial() -> String {
    "serial".into()
}
