//! The run itself: calibrate, then round after round until the intervals are narrow or the time is spent.

use std::time::{Duration, Instant};

use super::blank::{admit, empty_run};
use super::calibrate::{Calibration, busy, calibrate, expected_speedup};
use super::pace::{DISCARDED, FLOOR, Next, Pace, REPEATS, Work, least_round};
use super::plan::{Group, Planned, Request, plan, probes};
use super::probing::Probing;
use super::running::Running;
use super::trace::scene;
use crate::error::{Error, Result};
use crate::machine::{self, Counters, Watch};
use crate::model::{self, Order};
use crate::order::order;
use crate::run::{Disturbance, DisturbanceLimits, Failure, FailureKind, Note, Run, Sample, StartMethod};
use crate::suite::Suite;

/// Memory of teams with more processes than this is looked at in every other round only: each look costs time.
const OBSERVED_PROCESSES: usize = 16;

/// How far a run is. Told between samples only.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// About to calibrate kernel number `index` of `of`.
    Calibrating {
        /// Its name.
        kernel: &'a str,
        /// Counted from 0.
        index: usize,
        /// Kernels in all.
        of: usize,
    },
    /// About to take a sample of a case.
    Sampling {
        /// The case, or the probe.
        case: &'a str,
        /// Round, counted from 0.
        round: u32,
        /// Time since measuring began.
        elapsed: Duration,
        /// Time that will be needed in all, as far as can be told.
        expected: Duration,
    },
    /// A case has failed.
    Failed(&'a Failure),
    /// The time is too short for the rounds that verdicts need.
    Short {
        /// Kept rounds that fit, about.
        rounds: u32,
        /// Time that would be needed, about.
        needed: Duration,
        /// Whether measuring ends in time all the same, because a budget was given by hand; otherwise it takes longer.
        obeyed: bool,
    },
}

/// Measures what is asked for. A failed case does not stop the others; an interruption ends the run early, with what
/// has been measured so far and [`Run::partial`] saying so.
///
/// # Errors
/// If the request cannot be planned, or workers cannot be started at all.
pub fn measure(suite: &Suite, request: &Request, tell: &mut dyn FnMut(&Event<'_>)) -> Result<Run> {
    let cores = machine::usable_cores();
    let groups = plan(suite, request, cores)?;
    let probing = Probing::new(request, probes(request)?);
    let neighbours = machine::neighbours(Duration::from_millis(300));
    let mut session = Session::new(request, groups, probing, machine::fingerprint(neighbours));
    let before = Counters::now();
    match session.calibrate(cores, tell).map(|()| session.trace()).and_then(|()| session.rounds(tell)) {
        Ok(()) => {}
        Err(Error::Interrupted) => session.run.partial = Some(interrupted(&session.run)),
        Err(error) => return Err(error),
    }
    machine::conclude(&mut session.run.machine, &before, &Counters::now());
    session.note_blindness();
    Ok(session.finish())
}

fn interrupted(run: &Run) -> String {
    let kept = run.plan.rounds.saturating_sub(DISCARDED);
    format!("interrupted after {kept} kept rounds; what was measured until then is kept")
}

struct Session<'a> {
    request: &'a Request,
    began: Instant,
    groups: Vec<Running>,
    probing: Probing,
    pace: Pace,
    run: Run,
}

impl<'a> Session<'a> {
    fn new(request: &'a Request, groups: Vec<Group>, probing: Probing, machine: crate::run::Machine) -> Self {
        let mut run = empty_run(request, machine);
        let running = |group: Group| {
            let cases = admit(&mut run, &group);
            Running::new(group, cases)
        };
        let groups = groups.into_iter().map(running).collect();
        Self { request, began: Instant::now(), groups, probing, pace: Pace::new(request), run }
    }

    fn calibrate(&mut self, cores: usize, tell: &mut dyn FnMut(&Event<'_>)) -> Result<()> {
        let of = self.groups.len();
        for index in 0..of {
            let running = &self.groups[index];
            tell(&Event::Calibrating { kernel: running.group.kernel.name(), index, of });
            match calibrate(&running.group, self.request, cores) {
                Ok(calibration) => self.freeze(index, calibration),
                Err(Error::Worker(why)) if why.kind != FailureKind::NotStarted => {
                    self.lose_group(index, &why, tell);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn freeze(&mut self, index: usize, calibration: Calibration) {
        let running = &mut self.groups[index];
        for &case in &running.cases {
            self.run.cases[case].steps = calibration.steps;
        }
        running.calibration = Some(calibration);
    }

    /// One look at the lock at work, before the rounds.
    fn trace(&mut self) {
        let all = self.groups.iter();
        let groups: Vec<_> = all.filter_map(|running| Some((&running.group, running.calibration?))).collect();
        self.run.traces.extend(scene(self.request, &groups));
    }

    /// A kernel that fails alone on one thread fails everywhere.
    fn lose_group(&mut self, index: usize, why: &Failure, tell: &mut dyn FnMut(&Event<'_>)) {
        let kernel = self.groups[index].group.kernel.name();
        let message =
            format!("kernel {kernel} failed at calibration, so none of its cases is measured: {}", why.message);
        for &case in &self.groups[index].cases {
            self.run.cases[case].failed = true;
        }
        let case = self.groups[index].cases.first().map(|&case| self.run.cases[case].id.clone());
        let failure = Failure { case, message, round: None, kind: why.kind };
        tell(&Event::Failed(&failure));
        self.run.failures.push(failure);
    }

    fn rounds(&mut self, tell: &mut dyn FnMut(&Event<'_>)) -> Result<()> {
        let (mut round, mut one) = (0, self.least_round());
        let mut told = self.tell_if_short(0, one, tell);
        loop {
            let next = self.pace.next(round, self.began.elapsed(), &self.work(round));
            if next == Next::Nothing {
                break;
            }
            let began = Instant::now();
            for index in order(self.groups.len(), round, self.request.seed) {
                let Running { wide, took, .. } = self.groups[index];
                let wanted = match next {
                    Next::Everything => true,
                    Next::Wide => wide || self.group_lacks(index),
                    Next::Lacking | Next::Nothing => self.group_lacks(index),
                };
                if wanted && self.pace.has_time(next, self.began.elapsed() + took) {
                    let began = Instant::now();
                    self.group_round(index, round, one, tell)?;
                    self.groups[index].took = began.elapsed();
                }
            }
            self.probe(round, next, one, tell)?;
            round += 1;
            self.run.plan.rounds = round;
            self.settle(round);
            one = began.elapsed();
            told = told || self.tell_if_short(round, one, tell);
        }
        self.note_what_is_lacking(round);
        Ok(())
    }

    /// Says that the time is too short for verdicts, before it is spent. Before the first round only what is certain is
    /// said; the first round then shows the rest.
    fn tell_if_short(&self, round: u32, one: Duration, tell: &mut dyn FnMut(&Event<'_>)) -> bool {
        let rest = (FLOOR + DISCARDED).saturating_sub(round);
        let elapsed = self.began.elapsed();
        let short = rest > 0 && self.pace.is_short(elapsed, one, rest);
        if short {
            let rounds = (round + self.pace.fitting(elapsed, one)).saturating_sub(DISCARDED);
            tell(&Event::Short { rounds, needed: elapsed + one * rest, obeyed: self.pace.by_hand });
        }
        short
    }

    /// What could be measured in this round.
    fn work(&self, round: u32) -> Work {
        let probes = |all| self.probing.wanted(round, all).then(|| self.probing.took());
        let groups = self.groups.iter().filter(|running| running.calibration.is_some());
        let unsettled: Duration = groups.clone().filter(|running| !running.settled).map(|running| running.took).sum();
        let lacking = groups.clone().filter(|running| running.lacks(&self.run)).map(|running| running.took);
        Work {
            everything: unsettled + probes(true).unwrap_or_default(),
            wide: groups.filter(|running| running.wide).map(|running| running.took).min(),
            lacking: self.lacking(round).then(|| lacking.chain(probes(false)).min().unwrap_or_default()),
            settled: self.settled(round),
        }
    }

    /// Whether anything has too few undisturbed rounds for a verdict.
    fn lacking(&self, round: u32) -> bool {
        round < FLOOR + DISCARDED
            || (0..self.groups.len()).any(|index| self.group_lacks(index))
            || self.probing.lacking()
    }

    /// Says so where the system does not tell what is needed to recognise disturbed samples.
    fn note_blindness(&mut self) {
        let mut samples = self.run.cases.iter().flat_map(|case| &case.samples).peekable();
        if samples.peek().is_some() && samples.all(|sample| sample.disturbance.delay_ns.is_none()) {
            let text = "This system does not count how long a worker waits for a processor (`/proc/…/schedstat`), so \
                        disturbed samples cannot be told from others.";
            self.run.machine.notes.push(Note { id: "no-schedstat".into(), serious: false, text: text.into() });
        }
    }

    fn group_lacks(&self, index: usize) -> bool {
        self.groups[index].lacks(&self.run)
    }

    /// Whether every interval is narrow enough.
    fn settled(&self, round: u32) -> bool {
        let settled = self.groups.iter().all(|group| group.settled || group.calibration.is_none());
        settled && !self.probing.wanted(round, true)
    }

    /// Too little for verdicts may be the asker's choice, but must not be a surprise.
    fn note_what_is_lacking(&mut self, round: u32) {
        let remedy = if self.pace.by_hand {
            "Give it more with --budget, or less to do with --kernel and --model"
        } else {
            "This machine is too slow or too busy for the profile: end what runs beside it, or give it more time with --budget"
        };
        let kept = round.saturating_sub(DISCARDED);
        if kept < FLOOR {
            self.run.partial =
                Some(format!("the time allowed was enough for {kept} kept rounds; verdicts need {FLOOR}. {remedy}"));
        } else if self.lacking(round) {
            let groups = (0..self.groups.len()).filter(|&index| self.group_lacks(index));
            let mut what: Vec<&str> = groups.map(|index| self.groups[index].group.kernel.name()).collect();
            what.extend(self.probing.lacking_ids());
            self.run.partial = Some(format!(
                "so many samples were disturbed that fewer than {FLOOR} undisturbed rounds are left of {}. {remedy}",
                what.join(", ")
            ));
        }
    }

    /// Measures every case of a group once, and those that were disturbed again.
    fn group_round(&mut self, index: usize, round: u32, one: Duration, tell: &mut dyn FnMut(&Event<'_>)) -> Result<()> {
        let Running { calibration: Some(calibration), settled: false, .. } = self.groups[index] else { return Ok(()) };
        let cases = self.groups[index].cases.len();
        let seed = self.request.seed.wrapping_add(index as u64 + 1);
        for (position, local) in order(cases, round, seed).into_iter().enumerate() {
            let case = self.groups[index].cases[local];
            for _ in 0..=REPEATS {
                if self.run.cases[case].failed {
                    break;
                }
                let expected = self.expected(round, one);
                let elapsed = self.began.elapsed();
                tell(&Event::Sampling { case: &self.run.cases[case].id, round, elapsed, expected });
                match self.sample(index, local, calibration, round) {
                    Ok(mut sample) => {
                        (sample.round, sample.position) = (round, position as u32);
                        if !self.keep(case, self.limits_for(index, local, &sample), sample) {
                            break;
                        }
                    }
                    Err(Error::Worker(why)) => self.lose(case, round, why, tell),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// From which size on a disturbance counts for this case, by a sample of the discarded round.
    fn limits_for(&self, index: usize, local: usize, sample: &Sample) -> Option<DisturbanceLimits> {
        let Planned { model, arrangement, .. } = &self.groups[index].group.cases[local];
        let known = sample.disturbance.delay_ns.is_some();
        (known && arrangement.workers() <= self.run.cores()).then(|| {
            let busy = busy(*model, *arrangement, self.run.cores());
            DisturbanceLimits::of_case(sample.parts.compute_ns, sample.wall_ns, busy, machine::affinity())
        })
    }

    /// Adds a sample to its case; returns whether it was disturbed. The first one fixes the limits for the others.
    fn keep(&mut self, case: usize, first: Option<DisturbanceLimits>, mut sample: Sample) -> bool {
        let case = &mut self.run.cases[case];
        if case.samples.is_empty() {
            case.limits = first;
        } else {
            sample.disturbed = case.limits.is_some_and(|limits| limits.exceeded_by(&sample.disturbance));
        }
        let disturbed = sample.disturbed;
        case.samples.push(sample);
        disturbed
    }

    /// Runs every probe once.
    fn probe(&mut self, round: u32, next: Next, one: Duration, tell: &mut dyn FnMut(&Event<'_>)) -> Result<()> {
        let all = next == Next::Everything;
        if !self.probing.wanted(round, all) || !self.pace.has_time(next, self.began.elapsed() + self.probing.took()) {
            return Ok(());
        }
        let expected = self.expected(round, one);
        self.probing.take(&mut self.run, (round, all), (self.began, expected), tell)
    }

    fn sample(&self, index: usize, local: usize, calibration: Calibration, round: u32) -> Result<Sample> {
        let running = &self.groups[index];
        let Planned { model, arrangement, start_method, .. } = &running.group.cases[local];
        let order = Order {
            kernel: running.group.kernel,
            model: model.name(),
            arrangement: *arrangement,
            steps: calibration.steps,
            knobs: self.request.knobs,
            start_method: *start_method,
            observe: arrangement.processes <= OBSERVED_PROCESSES || round % 2 == 1,
            limits: self.request.limits,
        };
        let watch = Watch::begin();
        let mut sample = model::run(&order)?;
        // Workers of a fork server are its children and not ours, so that nothing but their own account tells of them.
        let elsewhere = if *start_method == StartMethod::ForkServer && !arrangement.hosted {
            sample.user_ns + sample.system_ns + sample.start_cpu_ns.unwrap_or(0)
        } else {
            0
        };
        sample.disturbance = Disturbance { delay_ns: sample.disturbance.delay_ns, ..watch.end(elsewhere) };
        if sample.checksum == calibration.checksum {
            return Ok(sample);
        }
        let message = format!(
            "checksum {:#x} differs from the serial one, {:#x}: this model did not do the same work. The checksum of a step \
             must depend on the step's number alone, counted from `seat.first()`",
            sample.checksum, calibration.checksum
        );
        Err(Error::Worker(Failure { case: None, round: None, kind: FailureKind::WrongAnswer, message }))
    }

    fn lose(&mut self, case: usize, round: u32, why: Failure, tell: &mut dyn FnMut(&Event<'_>)) {
        self.run.cases[case].failed = true;
        let failure = Failure { case: Some(self.run.cases[case].id.clone()), round: Some(round), ..why };
        tell(&Event::Failed(&failure));
        self.run.failures.push(failure);
    }

    /// How long measuring will take in all: the rounds that a verdict needs, or the time, whichever ends first.
    fn expected(&self, round: u32, one: Duration) -> Duration {
        self.pace.expected(self.began.elapsed(), one, (FLOOR + DISCARDED).saturating_sub(round))
    }

    /// The least that a round can take, before there was one.
    fn least_round(&self) -> Duration {
        let cores = self.run.cores();
        let cases = self.groups.iter().filter_map(|running| Some((running, running.calibration?)));
        let cases = cases.flat_map(|(running, calibration)| {
            running.group.cases.iter().map(move |case| {
                let most = expected_speedup(case.model, case.arrangement, cores, calibration.utilisation);
                (calibration.serial_ns, most)
            })
        });
        least_round(cases, self.probing.len())
    }

    /// Looks whether groups are known well enough.
    fn settle(&mut self, round: u32) {
        if round >= FLOOR + DISCARDED {
            self.groups.iter_mut().for_each(|running| running.settle(&self.run));
        }
    }

    fn finish(mut self) -> Run {
        let elapsed = self.began.elapsed();
        self.run.elapsed_s = elapsed.as_secs_f64();
        let inside: u64 = self.run.cases.iter().flat_map(|case| &case.samples).map(|sample| sample.wall_ns).sum();
        self.run.in_samples = inside as f64 / 1e9 / elapsed.as_secs_f64().max(1e-9);
        self.run
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Bound;
    use crate::run::synthetic::Synthetic;
    use crate::run::{Machine, Profile};

    /// Rounds that say the same each time settle a group, but not before enough of them are undisturbed.
    #[test]
    fn a_group_that_lacks_undisturbed_rounds_is_not_settled() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (kernels, models) = (names(&["primes"]), names(&["serial", "threads"]));
        let request = Request { kernels, models, ..Request::new(Profile::Quick) };
        let groups = plan(&Suite::standard(), &request, 2).unwrap();
        let mut session = Session::new(&request, groups, Probing::new(&request, vec![]), Machine::default());
        for running in &mut session.groups {
            running.calibration = Some(Calibration { steps: 1, serial_ns: 1e8, utilisation: 1.0, checksum: 0 });
        }
        let made =
            Synthetic::new(2).kernel("primes", Bound::Cpu, None).case("primes", "serial", (1, 1), 99.0, 99.0).build();
        let measure = |session: &mut Session<'_>, rounds: std::ops::Range<u32>, disturbed| {
            for case in &mut session.run.cases {
                let of_round = |round| Sample { round, disturbed, ..made.cases[0].samples[0].clone() };
                case.samples.extend(rounds.clone().map(of_round));
            }
            session.run.plan.rounds = rounds.end;
            session.settle(rounds.end);
            session.groups.iter().all(|running| running.settled)
        };
        assert!(!measure(&mut session, 0..8, false), "too few");
        assert!(!measure(&mut session, 8..20, true), "the same, and twelve that do not count");
        assert!(measure(&mut session, 20..25, false));
    }
}
