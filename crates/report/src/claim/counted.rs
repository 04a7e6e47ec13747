//! The shape of a claim that is counted: things that must never happen, and things that must happen at all.
//!
//! One occurrence of what must never happen, in any round, refutes the claim; so does what must happen and never does.
//! Both are said with the number of chances that there were.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Need, Verdict, select};
use crate::run::Run;
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;

/// Chances of which each takes a program of its own.
pub(super) const PROGRAMS: &str = "programs";

/// What is counted for a claim.
#[derive(Debug)]
pub(super) struct Counted {
    /// The probe that counts.
    pub(super) probe: &'static str,
    /// What must have been tried, in words.
    pub(super) tried: &'static str,
    /// What a chance is, in the plural.
    pub(super) chances: &'static str,
    /// Readings and what they count.
    pub(super) never: &'static [(&'static str, &'static str)],
    /// The same, of what must happen.
    pub(super) ever: &'static [(&'static str, &'static str)],
    /// The rule, after "for every comparison:".
    pub(super) rule: &'static str,
    /// Whether it takes workers that run at the same time.
    pub(super) two_cores: bool,
}

impl Counted {
    pub(super) fn needs(&self) -> Vec<Need> {
        vec![Need::Probe { sentence: self.tried, probe: self.probe }]
    }

    pub(super) fn check(&self, run: &Run) -> Verdict {
        let cells = |readings: &'static [(&str, &str)], claimed: fn() -> Claimed| {
            readings.iter().filter_map(move |(name, words)| {
                let counted = select::reading(run, self.probe, name)?;
                let cell = Cell::count(words, self.chances, counted).judged(claimed());
                Some(if self.chances == PROGRAMS { cell.of_programs() } else { cell })
            })
        };
        let cells = cells(self.never, Claimed::never).chain(cells(self.ever, Claimed::ever)).collect();
        let otherwise = format!("Nothing was counted: {}.", self.tried);
        let rule = for_every(self.rule);
        Question { run, needs: self.needs(), rule, otherwise, two_cores: self.two_cores, cells }.judge()
    }

    /// A run in which it holds; or the same but for one round.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn example(&self, holds: bool) -> Run {
        let counted = |made: Synthetic, name: &str, happened| made.counted(self.probe, name, happened, 100);
        let made = self.never.iter().fold(Synthetic::new(2), |made, (name, _)| counted(made, name, 0.0));
        let mut run = self.ever.iter().fold(made, |made, (name, _)| counted(made, name, 17.0)).qualified();
        if !holds {
            let last = run.readings.len() - 1;
            if self.ever.is_empty() {
                run.readings[last].values[2] = 1.0;
            } else {
                run.readings[last].values.fill(0.0);
            }
        }
        run
    }
}
