//! Probes within a run: each once a round, until a verdict has what it needs.

use std::time::{Duration, Instant};

use super::plan::Request;
use super::session::{DISCARDED, Event, FLOOR};
use crate::error::{Error, Result};
use crate::machine;
use crate::probe::{self, Findings, Probe, Round};
use crate::run::{Failure, Profile, Reading, Run};

/// The probes of a run.
#[derive(Debug)]
pub(super) struct Probing {
    round: Round,
    probes: Vec<&'static Probe>,
}

impl Probing {
    pub(super) fn new(request: &Request, probes: Vec<&'static Probe>) -> Self {
        let Request { profile, knobs, .. } = *request;
        Self { round: Round { profile, cores: machine::usable_cores(), knobs, traced: false }, probes }
    }

    /// Whether there is something to do in this round.
    pub(super) fn wanted(&self, round: u32) -> bool {
        // More rounds than a verdict needs are for cases, whose intervals are to get narrow.
        let enough = self.round.profile != Profile::Full && round >= FLOOR + DISCARDED;
        !self.probes.is_empty() && !enough
    }

    /// Runs every probe once. A probe that fails is told, and not run again; the others go on.
    pub(super) fn take(
        &mut self,
        run: &mut Run,
        round: u32,
        (began, expected): (Instant, Duration),
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<()> {
        let order = Round { traced: round == 0, ..self.round };
        for probe in std::mem::take(&mut self.probes) {
            tell(&Event::Sampling { case: probe.id, round, elapsed: began.elapsed(), expected });
            match probe::take(probe.id, &order) {
                Ok(findings) => {
                    keep(run, probe.id, findings, round);
                    self.probes.push(probe);
                }
                Err(Error::Worker(why)) => {
                    let failure = Failure { round: Some(round), ..why };
                    tell(&Event::Failed(&failure));
                    run.failures.push(failure);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn keep(run: &mut Run, probe: &str, findings: Findings, round: u32) {
    run.traces.extend(findings.traces);
    if round < DISCARDED {
        return;
    }
    for (name, unit, value) in findings.values {
        let chances = findings.opportunities.get(&name).copied();
        let known = run.readings.iter_mut().find(|reading| reading.probe == probe && reading.name == name);
        if let Some(reading) = known {
            reading.rounds.push(round);
            reading.values.push(value);
            reading.opportunities.extend(chances);
        } else {
            let (probe, rounds, values) = (probe.into(), vec![round], vec![value]);
            let opportunities = chances.into_iter().collect();
            run.readings.push(Reading { probe, name, unit, rounds, values, opportunities });
        }
    }
}
