//! The run itself: calibrate, then round after round until the intervals are narrow or the time is spent.

use std::time::{Duration, Instant};

use super::calibrate::{Calibration, calibrate};
use super::plan::{Group, Planned, Request, plan, probes};
use super::probing::Probing;
use super::stopping::narrow_enough;
use super::trace::scene;
use crate::error::{Error, Result};
use crate::machine::{self, Counters};
use crate::model::{self, Order};
use crate::order::order;
use crate::run::{CaseResult, Failure, FailureKind, KernelInfo, Metric, ModelInfo, Plan, Profile, Run, SCHEMA};
use crate::suite::Suite;

/// Rounds left out of every estimate, from the first on.
pub(super) const DISCARDED: u32 = 1;
/// Fewest kept rounds for a verdict.
pub(super) const FLOOR: u32 = 12;
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
    Ok(session.finish())
}

fn interrupted(run: &Run) -> String {
    let kept = run.plan.rounds.saturating_sub(DISCARDED);
    format!("interrupted after {kept} kept rounds; what was measured until then is kept")
}

/// A group while it is measured.
struct Running {
    group: Group,
    calibration: Option<Calibration>,
    /// Indices of its cases in the run.
    cases: Vec<usize>,
    /// Whether its intervals are narrow enough.
    settled: bool,
}

struct Session<'a> {
    request: &'a Request,
    began: Instant,
    groups: Vec<Running>,
    probing: Probing,
    run: Run,
}

impl<'a> Session<'a> {
    fn new(request: &'a Request, groups: Vec<Group>, probing: Probing, machine: crate::run::Machine) -> Self {
        let mut run = empty_run(request, machine);
        let groups = groups.into_iter().map(|group| admit(&mut run, group)).collect();
        Self { request, began: Instant::now(), groups, probing, run }
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
        let began = Instant::now();
        for round in 0..most_rounds(self.request.profile) {
            // What a round takes, from those before it; the first, which is discarded, is always run.
            let one = began.elapsed() / round.max(1);
            if round > 0 && self.began.elapsed() + one > self.request.time() {
                self.note_short_budget(round);
                break;
            }
            let settled = self.groups.iter().all(|group| group.settled || group.calibration.is_none());
            if settled && !self.probing.wanted(round) {
                break;
            }
            for index in order(self.groups.len(), round, self.request.seed) {
                self.group_round(index, round, one, tell)?;
            }
            self.probe(round, one, tell)?;
            self.run.plan.rounds = round + 1;
            self.settle(round);
        }
        Ok(())
    }

    /// A budget too small for verdicts is the asker's choice, but must not be a surprise.
    fn note_short_budget(&mut self, round: u32) {
        if round < FLOOR + DISCARDED {
            let kept = round - DISCARDED.min(round);
            self.run.partial = Some(format!(
                "the time allowed was enough for {kept} kept rounds; verdicts need {FLOOR}. Give it more with --budget, or \
                 less to do with --kernel and --model"
            ));
        }
    }

    /// Measures every case of a group once.
    fn group_round(&mut self, index: usize, round: u32, one: Duration, tell: &mut dyn FnMut(&Event<'_>)) -> Result<()> {
        let Running { calibration: Some(calibration), settled: false, .. } = self.groups[index] else { return Ok(()) };
        let cases = self.groups[index].cases.len();
        let seed = self.request.seed.wrapping_add(index as u64 + 1);
        for (position, local) in order(cases, round, seed).into_iter().enumerate() {
            let case = self.groups[index].cases[local];
            if self.run.cases[case].failed {
                continue;
            }
            let expected = self.expected(round, one);
            tell(&Event::Sampling { case: &self.run.cases[case].id, round, elapsed: self.began.elapsed(), expected });
            match self.sample(index, local, calibration, round) {
                Ok(mut sample) => {
                    (sample.round, sample.position) = (round, position as u32);
                    self.run.cases[case].samples.push(sample);
                }
                Err(Error::Worker(why)) => self.lose(case, round, why, tell),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Runs every probe once.
    fn probe(&mut self, round: u32, one: Duration, tell: &mut dyn FnMut(&Event<'_>)) -> Result<()> {
        if !self.probing.wanted(round) {
            return Ok(());
        }
        let expected = self.expected(round, one);
        self.probing.take(&mut self.run, round, (self.began, expected), tell)
    }

    fn sample(&self, index: usize, local: usize, calibration: Calibration, round: u32) -> Result<crate::run::Sample> {
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
        let sample = model::run(&order)?;
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

    /// How long measuring will take in all: the rounds that a verdict needs, or the budget, whichever ends first.
    fn expected(&self, round: u32, one: Duration) -> Duration {
        let needed = FLOOR + DISCARDED;
        let one = if round == 0 { self.first_round() } else { one };
        let rest = one * needed.saturating_sub(round).max(1);
        (self.began.elapsed() + rest).min(self.request.time())
    }

    /// What a round will take, before there was one.
    fn first_round(&self) -> Duration {
        let groups = self.groups.iter().filter_map(|group| Some((group.calibration?, group.cases.len())));
        groups.map(|(calibration, cases)| Duration::from_nanos(calibration.serial_ns as u64) * cases as u32 / 2).sum()
    }

    /// Ends groups whose every ratio is known well enough. Looks at the width of intervals, never at where they lie.
    fn settle(&mut self, round: u32) {
        if round + 1 < FLOOR + DISCARDED {
            return;
        }
        let width = self.run.plan.target_width;
        for running in &mut self.groups {
            let cases = || running.cases.iter().map(|&case| &self.run.cases[case]).filter(|case| !case.failed);
            let Some(baseline) = cases().next() else { continue };
            running.settled =
                cases().skip(1).all(|case| narrow_enough(&self.run.log_ratios(case, baseline, Metric::Compute), width));
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

pub(super) fn most_rounds(profile: Profile) -> u32 {
    match profile {
        Profile::Quick => 16,
        Profile::Standard => 31,
        Profile::Full => 61,
    }
}

pub(super) fn target_width(profile: Profile) -> f64 {
    match profile {
        Profile::Quick => 0.10,
        Profile::Standard => 0.05,
        Profile::Full => 0.03,
    }
}

fn empty_run(request: &Request, machine: crate::run::Machine) -> Run {
    let now = std::time::SystemTime::now();
    let mut workers = request.workers.clone();
    workers.dedup();
    Run {
        schema: SCHEMA,
        generator: concat!("gilbench ", env!("CARGO_PKG_VERSION")).into(),
        started_at: humantime::format_rfc3339_seconds(now).to_string(),
        elapsed_s: 0.0,
        in_samples: 0.0,
        partial: None,
        machine,
        plan: Plan {
            profile: request.profile,
            budget_s: request.time().as_secs_f64(),
            seed: request.seed,
            rounds: 0,
            discarded_rounds: DISCARDED,
            floor_rounds: FLOOR,
            target_width: target_width(request.profile),
            knobs: request.knobs,
            start_method: request.start_method,
            workers,
        },
        kernels: vec![],
        models: vec![],
        cases: vec![],
        readings: vec![],
        traces: vec![],
        failures: vec![],
        second_opinions: vec![],
        validation: None,
        selftest: None,
    }
}

/// Enters a group's kernel, models and cases into the run.
fn admit(run: &mut Run, group: Group) -> Running {
    let kernel = group.kernel;
    run.kernels.push(KernelInfo {
        id: kernel.name().into(),
        bound: kernel.bound(),
        summary: kernel.summary().into(),
        shares: kernel.shares().map(Into::into),
        peer: kernel.peer().is_some(),
    });
    let mut cases = vec![];
    for planned in &group.cases {
        let model = planned.model;
        if run.model(model.name()).is_none() {
            let (id, summary) = (model.name().into(), model.summary().into());
            run.models.push(ModelInfo { id, summary, locked: model.locked() });
        }
        cases.push(run.cases.len());
        run.cases.push(empty_case(kernel.name(), planned));
    }
    Running { group, calibration: None, cases, settled: false }
}

fn empty_case(kernel: &str, planned: &Planned) -> CaseResult {
    CaseResult {
        id: planned.id.clone(),
        kernel: kernel.into(),
        model: planned.model.name().into(),
        workers: planned.arrangement.workers(),
        processes: planned.arrangement.processes,
        threads: planned.arrangement.threads,
        start_method: planned.start_method,
        role: planned.role,
        steps: 0,
        samples: vec![],
        failed: false,
    }
}
