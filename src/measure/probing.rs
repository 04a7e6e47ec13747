//! Probes within a run: each once a round, until a verdict has what it needs.

use std::time::{Duration, Instant};

use super::pace::{DISCARDED, REPEATS};
use super::plan::Request;
use super::session::Event;
use crate::error::{Error, Result};
use crate::machine::{self, Watch};
use crate::order::order;
use crate::probe::{self, Findings, Probe, Round};
use crate::run::{DisturbanceLimits, Failure, ProbeRound, Profile, Reading, Run};

/// The probes of a run.
#[derive(Debug)]
pub(super) struct Probing {
    round: Round,
    probes: Vec<Running>,
    /// How long the last round of all of them took.
    took: Duration,
}

/// A probe while it is measured.
#[derive(Debug, Clone, Copy)]
struct Running {
    probe: &'static Probe,
    /// Kept rounds that nothing disturbed.
    kept: u32,
    /// From which size on a disturbance counts; fixed by the discarded round.
    limits: Option<DisturbanceLimits>,
    failed: bool,
}

impl Running {
    fn lacks(&self) -> bool {
        self.kept < self.probe.rounds
    }

    /// One round of the probe, and what went on beside it. The first one fixes the limits for the others.
    fn observed(&mut self, order: &Round, round: u32) -> Result<(Findings, ProbeRound)> {
        let (watch, began) = (Watch::begin(), Instant::now());
        let findings = probe::take(self.probe.id, order)?;
        let wall_ns = began.elapsed().as_nanos() as u64;
        let disturbance = watch.end(0);
        let disturbed = self.limits.is_some_and(|limits| limits.exceeded_by(&disturbance));
        self.limits.get_or_insert(DisturbanceLimits::of_probe(wall_ns, machine::affinity()));
        Ok((findings, ProbeRound { probe: self.probe.id.into(), round, wall_ns, disturbance, disturbed }))
    }
}

impl Probing {
    pub(super) fn new(request: &Request, probes: Vec<&'static Probe>) -> Self {
        let Request { profile, knobs, seed, .. } = *request;
        let probes = probes.into_iter().map(|probe| Running { probe, kept: 0, limits: None, failed: false }).collect();
        let cores = machine::usable_cores();
        Self { round: Round { profile, cores, knobs, traced: false, number: 0, seed }, probes, took: Duration::ZERO }
    }

    pub(super) fn len(&self) -> usize {
        self.probes.len()
    }

    /// How long the last round of all of them took.
    pub(super) fn took(&self) -> Duration {
        self.took
    }

    /// Whether there is something to do in this round, of all or of what is lacking.
    pub(super) fn wanted(&self, round: u32, all: bool) -> bool {
        self.probes.iter().any(|running| self.is_wanted(running, round, all))
    }

    /// More rounds than a verdict needs are for cases, whose intervals are to get narrow, but for the full profile.
    fn is_wanted(&self, running: &Running, round: u32, all: bool) -> bool {
        round < DISCARDED || running.lacks() || (all && self.round.profile == Profile::Full)
    }

    /// Whether a probe has too few undisturbed rounds for a verdict.
    pub(super) fn lacking(&self) -> bool {
        self.probes.iter().any(Running::lacks)
    }

    /// Those probes.
    pub(super) fn lacking_ids(&self) -> impl Iterator<Item = &'static str> {
        self.probes.iter().filter(|running| running.lacks()).map(|running| running.probe.id)
    }

    /// Runs every probe that is wanted, and again what was disturbed, in an order that is random, balanced and seeded like
    /// that of cases. A probe that fails is told, and not run again; the
    /// others go on.
    pub(super) fn take(
        &mut self,
        run: &mut Run,
        (round, all): (u32, bool),
        (began, expected): (Instant, Duration),
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<()> {
        // Counted from the first round that is kept, so that kept rounds are whole blocks of a balanced order.
        let number = round.saturating_sub(DISCARDED);
        let first = Instant::now();
        let asked = Round { traced: round == 0, number, ..self.round };
        for place in order(self.probes.len(), number, asked.seed) {
            let mut running = self.probes[place];
            let attempts = if self.is_wanted(&running, round, all) { 1 + REPEATS } else { 0 };
            for _ in 0..attempts {
                tell(&Event::Sampling { case: running.probe.id, round, elapsed: began.elapsed(), expected });
                match running.observed(&asked, round) {
                    Ok((findings, seen)) => {
                        let disturbed = seen.disturbed;
                        keep(run, findings, &seen);
                        run.probe_rounds.push(seen);
                        if !disturbed {
                            running.kept = if round < DISCARDED { 0 } else { kept(run, running.probe.id) };
                            break;
                        }
                    }
                    Err(Error::Worker(why)) => {
                        let failure = Failure { round: Some(round), ..why };
                        tell(&Event::Failed(&failure));
                        run.failures.push(failure);
                        running.failed = true;
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            self.probes[place] = running;
        }
        self.probes.retain(|running| !running.failed);
        self.took = first.elapsed();
        Ok(())
    }
}

/// Undisturbed kept rounds in which everything was read that is usually read: what could not be read in one is missing
/// there. A probe that reads nothing at this profile, or on this machine, lacks nothing.
fn kept(run: &Run, probe: &str) -> u32 {
    let counts = || run.readings.iter().filter(|reading| reading.probe == probe).map(|reading| reading.values.len());
    let most = counts().max().unwrap_or(0);
    counts().filter(|count| count * 2 > most).min().map_or(u32::MAX, |fewest| fewest as u32)
}

fn keep(run: &mut Run, findings: Findings, seen: &ProbeRound) {
    run.traces.extend(findings.traces);
    if seen.round < DISCARDED {
        return;
    }
    for (name, unit, value) in findings.values {
        let chances = findings.opportunities.get(&name).copied();
        let known = run.readings.iter().position(|reading| reading.probe == seen.probe && reading.name == name);
        let at = known.unwrap_or_else(|| {
            let probe = seen.probe.clone();
            let (rounds, values, opportunities, disturbed) = Default::default();
            run.readings.push(Reading { probe, name, unit, rounds, values, opportunities, disturbed });
            run.readings.len() - 1
        });
        let reading = &mut run.readings[at];
        if seen.disturbed {
            reading.disturbed.push(value);
        } else {
            reading.rounds.push(seen.round);
            reading.values.push(value);
            reading.opportunities.extend(chances);
        }
    }
}
