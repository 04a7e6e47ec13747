//! The rule by which every claim is decided.
//!
//! A claim is universal: it names a side of a bound for every one of its comparisons. It is **supported** if the 95 %
//! interval of each lies wholly on the claimed side; no correction is needed, since all must agree (the
//! intersection–union test: R. L. Berger, Technometrics 24, 1982). It is **refuted** if the interval of at least one
//! lies wholly on the other side at the level 1 − 0.05/m for m comparisons (Bonferroni: among many comparisons one
//! strays by chance). Otherwise it is **inconclusive**, and the reason says how large an effect would have been seen.
//! "The same" is a claim like any other: its side is the inside of a margin. So is "never": a count has no interval but
//! itself, and the greatest of all rounds decides.
//!
//! Before that, a run must be fit to judge. What was measured needs the plan's fewest rounds and an instrument that is
//! qualified (see `fitness`). What was counted needs three rounds and enough chances; no A/A arm has a say in it, since it
//! is no matter of how long anything took.

use super::cell::{Cell, LEVEL, detectable, worst};
use super::fitness::unqualified;
use super::{Need, Outcome, Verdict, need};
use crate::run::Run;
use crate::stats::Estimate;

/// What a check asks of a run.
pub(super) struct Question<'a> {
    pub(super) run: &'a Run,
    pub(super) needs: Vec<Need>,
    /// The rule in a sentence.
    pub(super) rule: String,
    /// What is missing although every need is met, in a sentence.
    pub(super) otherwise: String,
    /// Whether one core could neither support nor refute it.
    pub(super) two_cores: bool,
    /// Everything to look at.
    pub(super) cells: Vec<Cell>,
}

/// The rule of a universal claim, from what is claimed of every comparison.
pub(super) fn for_every(claimed: &str) -> String {
    format!(
        "Supported if {claimed}, in every comparison with its whole 95 % interval; refuted if in at least one of m \
         comparisons the whole interval, at the level 1 − 0.05/m, lies on the other side."
    )
}

impl Question<'_> {
    /// Decides a universal claim.
    pub(super) fn judge(self) -> Verdict {
        if let Some(verdict) = self.obstacle() {
            return verdict;
        }
        let judged: Vec<&Cell> = self.judged().collect();
        let corrected = 1.0 - (1.0 - LEVEL) / judged.len() as f64;
        let failing = worst(judged.iter().copied().filter(|cell| cell.fails(corrected)));
        let doubtful = worst(judged.iter().copied().filter(|cell| !cell.holds(LEVEL)));
        let all = judged.len();
        match (failing, doubtful) {
            (Some(cell), _) => {
                let count = judged.iter().filter(|cell| cell.fails(corrected)).count();
                let share = if all == 1 { String::new() } else { format!(", as {count} of {all} comparisons do") };
                let reason = format!("{} lies wholly on the other side{share}.", cell.words_with_level(corrected));
                self.verdict(Outcome::Refuted, Some(cell), reason)
            }
            (None, Some(cell)) => {
                let where_ = if cell.fails(LEVEL) {
                    format!(
                        "lies on the other side, but not at the {:.1} % that {all} comparisons ask",
                        corrected * 100.0
                    )
                } else {
                    "lies across the bound".into()
                };
                let reason = format!("{} {where_}. {}", cell.words(LEVEL), detectable(cell));
                self.verdict(Outcome::Inconclusive, Some(cell), reason)
            }
            (None, None) => {
                let cell = worst(judged.into_iter()).expect("a claim without judged cells met an obstacle");
                let lead = if all == 1 { String::new() } else { format!("All {all} comparisons hold; the worst is ") };
                let reason = format!("{lead}{}.", cell.words(LEVEL));
                self.verdict(Outcome::Supported, Some(cell), reason)
            }
        }
    }

    /// The verdict if the run is not fit to decide: nothing measured, unqualified, or too few rounds.
    pub(super) fn obstacle(&self) -> Option<Verdict> {
        let nothing = |reason: String| Some(self.verdict(Outcome::NotMeasured, None, reason));
        if self.two_cores && self.run.cores() < 2 {
            return nothing("This needs a machine with at least 2 cores, and the run had only 1 to use.".into());
        }
        if self.judged().next().is_none() {
            let missing = need::missing(self.run, &self.needs);
            return nothing(match missing.is_empty() {
                false => missing,
                true if self.cells.iter().any(Cell::is_withheld) => "Nothing that was measured can be judged.".into(),
                true => self.otherwise.clone(),
            });
        }
        let worst = worst(self.judged());
        let undecided = |cell, reason: String| Some(self.verdict(Outcome::Inconclusive, cell, reason));
        let floor = self.run.plan.floor_rounds as usize;
        let short = self.judged().filter(|cell| cell.rounds() < cell.floor(floor)).min_by_key(|cell| cell.rounds());
        if let Some(cell) = short {
            let (subject, rounds, floor) = (cell.subject(), cell.rounds(), cell.floor(floor));
            return undecided(
                worst,
                format!("{subject} has {rounds} rounds, and a verdict needs {floor}: allow a larger `--budget`."),
            );
        }
        if let Some((cell, (had, fewest))) = self.judged().find_map(|cell| Some((cell, cell.lacks_chances()?))) {
            let (subject, chances) = (cell.subject(), cell.unit());
            return undecided(
                worst,
                match had {
                    Some(had) => format!("{subject}: that was {had} {chances}, and a verdict needs {fewest}."),
                    None => format!("{subject}: of how many {chances} was not recorded, so nothing can be said."),
                },
            );
        }
        if let Some(blind) = self.judged().find(|cell| cell.estimate(LEVEL).is_none()) {
            return undecided(worst, format!("{} was not recorded in any round.", blind.subject()));
        }
        let timed = self.judged().any(|cell| !cell.is_count());
        unqualified(self.run).filter(|_| timed).and_then(|reason| undecided(worst, reason))
    }

    /// A verdict whose number is that of `cell`.
    pub(super) fn verdict(&self, outcome: Outcome, cell: Option<&Cell>, reason: String) -> Verdict {
        let estimate = cell.and_then(|cell| cell.estimate(LEVEL));
        let finite = |number: f64| number.is_finite().then_some(number);
        // An interval has two ends or none: too few rounds give a ratio the ends 0 and infinite.
        let bounded = estimate.filter(Estimate::is_bounded);
        let lost = need::lost(self.run, &self.needs);
        let reason = if lost.is_empty() { reason } else { format!("{reason} {lost}") };
        Verdict {
            outcome,
            value: estimate.and_then(|estimate| finite(estimate.value)),
            low: bounded.map(|estimate| estimate.low),
            high: bounded.map(|estimate| estimate.high),
            unit: cell.or(self.cells.first()).map_or("×", Cell::unit).into(),
            of: cell.and_then(Cell::chances),
            at_most: cell.and_then(Cell::rate_at_most),
            rule: self.rule.clone(),
            reason,
            evidence: self.cells.iter().filter_map(Cell::evidence).collect(),
        }
    }

    fn judged(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| cell.is_judged())
    }
}
