//! Probes within a run: each once a round, until a verdict has what it needs.

use std::time::{Duration, Instant};

use super::plan::Request;
use super::session::{DISCARDED, Event, FLOOR};
use crate::error::{Error, Result};
use crate::machine;
use crate::order::order;
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
        let Request { profile, knobs, seed, .. } = *request;
        let cores = machine::usable_cores();
        Self { round: Round { profile, cores, knobs, traced: false, number: 0, seed }, probes }
    }

    /// Whether there is something to do in this round.
    pub(super) fn wanted(&self, round: u32) -> bool {
        // More rounds than a verdict needs are for cases, whose intervals are to get narrow.
        let enough = self.round.profile != Profile::Full && round >= FLOOR + DISCARDED;
        !self.probes.is_empty() && !enough
    }

    /// Runs every probe once, in an order that is random, balanced and seeded like that of cases. A probe that fails is told, and not run again; the others go on.
    pub(super) fn take(
        &mut self,
        run: &mut Run,
        round: u32,
        (began, expected): (Instant, Duration),
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<()> {
        // Counted from the first round that is kept, so that kept rounds are whole blocks of a balanced order.
        let number = round.saturating_sub(DISCARDED);
        let asked = Round { traced: round == 0, number, ..self.round };
        let probes = self.probes.clone();
        for probe in order(probes.len(), number, asked.seed).into_iter().map(|place| probes[place]) {
            tell(&Event::Sampling { case: probe.id, round, elapsed: began.elapsed(), expected });
            match probe::take(probe.id, &asked) {
                Ok(findings) => {
                    keep(run, probe.id, findings, round);
                }
                Err(Error::Worker(why)) => {
                    let failure = Failure { round: Some(round), ..why };
                    tell(&Event::Failed(&failure));
                    run.failures.push(failure);
                    self.probes.retain(|other| other.id != probe.id);
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
        let known = run.readings.iter_mut().find(|reading| reading.probe == probe && reading.name == name);
        if let Some(reading) = known {
            reading.rounds.push(round);
            reading.values.push(value);
        } else {
            let (probe, rounds, values) = (probe.into(), vec![round], vec![value]);
            run.readings.push(Reading { probe, name, unit, rounds, values });
        }
    }
}
