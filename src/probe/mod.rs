//! Probes: single properties of threads, locks and processes that are no kernel under a model.
//!
//! A probe answers one question with **readings**: named numbers, one of each in every round. Each round of a probe runs
//! in a fresh process of its own, like every team, so that it finds untouched memory and whatever happens to it loses
//! no more than that probe.
//!
//! To add a probe, write its file and add two lines here: `mod` and an entry in [`ALL`].

mod balance;
mod convoy;
mod creation;
mod crossover;
mod delivery;
mod editor;
mod handover;
mod home;
mod identity;
mod interval_sweep;
mod ipc;
mod lifecycle;
mod memory;
mod pinning;
mod place;
mod process;
mod queue_hints;
mod refcount;
mod route;
mod scene;
mod server;
mod sharing;
mod switch;
#[cfg(test)]
mod tests;
mod timed;
mod uncontended;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::process::take;
use crate::error::Result;
use crate::order::order;
use crate::run::{Knobs, Profile, Trace};
use crate::worker::Role;

/// Kept rounds of a probe of which a verdict judges times, or counts that take so many rounds to have their chances.
pub const TIMED: u32 = 12;
/// Kept rounds of a probe that is only shown, or counts enough in fewer: the fewest from which an interval at 95 % can be
/// given.
pub const FEW: u32 = 6;

/// One property and how it is read.
#[derive(Debug, Clone, Copy)]
pub struct Probe {
    /// Lower case and hyphens; stable for ever, since readings are keyed by it.
    pub id: &'static str,
    /// What it asks, in a sentence.
    pub question: &'static str,
    /// Kept rounds that it needs: [`TIMED`] or [`FEW`].
    pub rounds: u32,
    /// One round of it.
    pub run: fn(&Round) -> Result<Findings>,
}

/// Every probe, in the order in which they are listed.
pub const ALL: &[Probe] = &[
    handover::PROBE,
    convoy::PROBE,
    interval_sweep::PROBE,
    refcount::PROBE,
    pinning::PROBE,
    uncontended::PROBE,
    switch::PROBE,
    creation::PROBE,
    memory::PROBE,
    sharing::PROBE,
    identity::PROBE,
    lifecycle::PROBE,
    delivery::PROBE,
    queue_hints::PROBE,
    balance::PROBE,
    ipc::PROBE,
    editor::PROBE,
    crossover::PROBE,
    server::PROBE,
];

/// What a process is when it runs a round of a probe, or has a part in one.
pub const ROLES: [Role; 3] = [process::ROLE, lifecycle::PROGRAM, lifecycle::WORKER];

/// What one round of a probe is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// How much to ask.
    pub profile: Profile,
    /// Processors that may be used.
    pub cores: usize,
    /// Settings of the locks; probes that vary the interval do so around it.
    pub knobs: Knobs,
    /// Whether to record what happens: in a round that is discarded.
    pub traced: bool,
    /// Its number, counted from the first that is kept: with the seed, it decides the order of a probe's arms.
    pub number: u32,
    /// The run's seed.
    pub seed: u64,
}

impl Round {
    /// Measures every arm of a probe once: in an order that is random, balanced over as many rounds as there are arms,
    /// and seeded. What the arms find is added in the order in which they are named, so that it is the same in every
    /// round.
    fn arms<T>(
        &self,
        findings: &mut Findings,
        arms: impl IntoIterator<Item = T>,
        mut measure: impl FnMut(T, &mut Findings) -> Result<()>,
    ) -> Result<()> {
        let mut arms: Vec<Option<T>> = arms.into_iter().map(Some).collect();
        let mut found: Vec<Findings> = arms.iter().map(|_| Findings::default()).collect();
        let order = order(arms.len(), self.number, self.seed);
        #[cfg(test)]
        tests::note(&order);
        for place in order {
            let arm = arms[place].take().expect("an order names every arm once");
            measure(arm, &mut found[place])?;
        }
        for arm in found {
            findings.values.extend(arm.values);
            findings.opportunities.extend(arm.opportunities);
            findings.traces.extend(arm.traces);
        }
        Ok(())
    }
}

/// What one round of a probe found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// Name, unit and value of each reading.
    pub values: Vec<(String, String, f64)>,
    /// How often that which is counted could have happened, by the name of its reading.
    #[serde(default)]
    pub opportunities: BTreeMap<String, u64>,
    /// What workers did to a lock, if that was asked for.
    pub traces: Vec<Trace>,
}

impl Findings {
    /// Adds a reading. What could not be read (no number) is left out.
    fn add(&mut self, name: impl Into<String>, unit: &str, value: f64) {
        if value.is_finite() {
            self.values.push((name.into(), unit.into(), value));
        }
    }

    /// Adds a count: how often something happened, and how often it could have.
    fn count(&mut self, name: impl Into<String>, happened: f64, opportunities: u64) {
        let name = name.into();
        self.opportunities.insert(name.clone(), opportunities);
        self.add(name, "", happened);
    }
}

/// In how many of these tries it happens.
fn count(tries: usize, mut happens: impl FnMut() -> Result<bool>) -> Result<f64> {
    (0..tries).try_fold(0.0, |count, _| Ok(count + f64::from(u8::from(happens()?))))
}
