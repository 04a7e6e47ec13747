//! The measuring: calibrate, a pilot, then judged rounds until their time is spent, then rounds that confirm.
//!
//! The pilot shows what a round takes and how noisy each case is. From that the rest is fixed before the first judged
//! round: how long judged rounds go on, and how much time is kept for the confirmation. After the last judged round the
//! suspects are named, once. Without any, the comparison ends there, early: judged rounds that nothing could confirm any
//! more would find changes that never count.

use std::time::{Duration, Instant};

use super::program::Program;
use super::protocol::{Answer, Ask, Case, Settings};
use super::{Event, Judge, Request};
use crate::error::{Error, Result};
use crate::machine;
use crate::order::order;
use crate::run::comparison::{ArmMetric, Comparison, PairedRound};
use crate::run::{ArmSample, DisturbanceLimits, Failure, FailureKind};
use crate::stats::{median, trio_estimate};
use crate::worker::Stop;

/// Rounds of the pilot, the first of which is a warm-up; a quarter of the budget at most.
const PILOT: u32 = 5;
const PILOT_SHARE: f64 = 0.25;
/// Time is kept for so many rounds that confirm every case, within these shares of the budget.
const KEPT_ROUNDS: u32 = 10;
const KEPT_SHARES: [f64; 2] = [0.1, 0.25];
/// A disturbed sample is taken again so many times.
const MAX_REPEATS: u8 = 2;
/// Executables that go down in so many cases are given up.
const MOST_LOSSES: usize = 3;
/// Confidence level of the interval whose width may end the measuring.
const LEVEL: f64 = 0.99;

/// A comparison while it is measured.
pub(super) struct Session<'a> {
    request: &'a Request,
    began: Instant,
    /// Base, copy, head.
    programs: [Program; 3],
    cases: Vec<Case>,
    /// What the last three samples of each case took.
    took: Vec<Duration>,
    /// Delay from which on a sample of each case is disturbed, in nanoseconds; fixed by the pilot.
    limits: Vec<Option<u64>>,
    /// Processes that went down.
    losses: usize,
    pub(super) comparison: Comparison,
}

/// What a round is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Pilot,
    Rounds,
    Confirmation,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        request: &'a Request,
        began: Instant,
        programs: [Program; 3],
        cases: Vec<Case>,
        comparison: Comparison,
    ) -> Self {
        let took = vec![Duration::ZERO; cases.len()];
        let limits = vec![None; cases.len()];
        Self { request, began, programs, cases, took, limits, losses: 0, comparison }
    }

    pub(super) fn run(&mut self, judge: Option<&dyn Judge>, tell: &mut dyn FnMut(&Event<'_>)) -> Result<()> {
        let outcome = self.measure(judge, tell);
        self.programs.iter_mut().for_each(Program::rest);
        // Whatever else went wrong, two halves of two programs are no comparison.
        self.programs.iter().try_for_each(Program::check_unchanged)?;
        outcome
    }

    fn measure(&mut self, judge: Option<&dyn Judge>, tell: &mut dyn FnMut(&Event<'_>)) -> Result<()> {
        self.calibrate(tell)?;
        let all: Vec<usize> = (0..self.cases.len()).collect();
        let end = self.began + self.request.budget;
        let round = self.pilot(&all, tell)?;
        self.limits = (0..self.cases.len()).map(|case| self.limit(case)).collect();
        let kept = judge.map_or(Duration::ZERO, |_| kept(round, self.request.budget));
        let until = self.began + self.request.budget.saturating_sub(kept);
        let left = until.saturating_duration_since(Instant::now());
        self.comparison.plan.planned_rounds = (left.as_secs_f64() / round.as_secs_f64().max(1e-6)) as u32;
        while !self.narrow() {
            let next = judge.map_or(all.clone(), |judge| self.indices(&judge.next_cases(&self.comparison)));
            let all_of_it = self.round(Phase::Rounds, self.comparison.plan.rounds, &next, until, tell)?;
            let last = self.comparison.cases.iter().filter_map(|case| case.rounds.last()).map(|round| round.round);
            self.comparison.plan.rounds = last.max().map_or(0, |last| last + 1);
            if !all_of_it {
                break;
            }
        }
        let mut suspects = judge.map_or(vec![], |judge| judge.suspects(&self.comparison));
        for number in 0.. {
            suspects.retain(|(_, rounds)| number < *rounds);
            let ids: Vec<String> = suspects.iter().map(|(id, _)| id.clone()).collect();
            if !self.round(Phase::Confirmation, number, &self.indices(&ids), end, tell)? {
                break;
            }
        }
        self.note_short_budget();
        Ok(())
    }

    /// Rounds of the pilot; what one of them takes.
    fn pilot(&mut self, all: &[usize], tell: &mut dyn FnMut(&Event<'_>)) -> Result<Duration> {
        let until = self.began + self.request.budget.mul_f64(PILOT_SHARE);
        let (mut began, mut rounds) = (Instant::now(), 0);
        for number in 0..PILOT {
            if number == 1 {
                // The first is slower than the others.
                (began, rounds) = (Instant::now(), 0);
            }
            if !self.round(Phase::Pilot, number, all, until, tell)? {
                break;
            }
            rounds += 1;
        }
        Ok(began.elapsed() / rounds.max(1))
    }

    /// From which delay on a sample of this case counts as disturbed, in nanoseconds, by the pilot; `None` where workers
    /// wait for each other, or nothing is known.
    fn limit(&self, case: usize) -> Option<u64> {
        let Case { processes, threads, .. } = self.cases[case];
        let pilot: Vec<f64> =
            self.comparison.cases[case].pilot.iter().map(|round| round.base.compute_ns as f64).collect();
        let length = median(&pilot).filter(|_| processes * threads <= machine::usable_cores())? as u64;
        Some(DisturbanceLimits::of_case(length, length, 1, 1).delay_ns)
    }

    /// The cases with these ids that have not failed.
    fn indices(&self, ids: &[String]) -> Vec<usize> {
        let cases = self.comparison.cases.iter().enumerate();
        cases.filter(|(_, case)| !case.failed && ids.contains(&case.id)).map(|(index, _)| index).collect()
    }

    /// Steps of every case, by the base alone: frozen from here on.
    fn calibrate(&mut self, tell: &mut dyn FnMut(&Event<'_>)) -> Result<()> {
        for index in 0..self.cases.len() {
            let case = &self.cases[index];
            tell(&Event::Calibrating { kernel: &case.id, index, of: self.cases.len() });
            let ask = Ask::Calibrate { case: case.clone(), settings: self.settings() };
            match self.ask(0, &ask, Duration::ZERO) {
                Ok(Answer::Calibrated { steps }) if steps > 0 => self.comparison.cases[index].steps = steps,
                Ok(answer) => self.lose(index, None, self.unexpected(0, answer), tell)?,
                Err(stop) => self.lost(index, None, 0, stop, tell)?,
            }
        }
        Ok(())
    }

    /// One round of these cases; whether there was time for all of it, and anything to measure. The very first round of
    /// the pilot and of the judged ones is always measured.
    fn round(
        &mut self,
        phase: Phase,
        number: u32,
        cases: &[usize],
        until: Instant,
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<bool> {
        let first = number == 0 && phase != Phase::Confirmation;
        if cases.iter().all(|case| self.comparison.cases[*case].failed) || (!first && Instant::now() >= until) {
            return Ok(false);
        }
        self.programs.iter_mut().for_each(Program::rest);
        for place in order(cases.len(), number, self.request.seed) {
            let case = cases[place];
            if self.comparison.cases[case].failed {
                continue;
            }
            if !first && Instant::now() + self.took[case] > until {
                return Ok(false);
            }
            self.tell_sampling(case, number, phase, tell);
            let Some(three) = self.three(case, phase, number, tell)? else { continue };
            self.rounds_of(case, phase).push(three);
        }
        Ok(true)
    }

    fn rounds_of(&mut self, case: usize, phase: Phase) -> &mut Vec<PairedRound> {
        let case = &mut self.comparison.cases[case];
        match phase {
            Phase::Pilot => &mut case.pilot,
            Phase::Rounds => &mut case.rounds,
            Phase::Confirmation => &mut case.confirmation,
        }
    }

    fn tell_sampling(&self, case: usize, round: u32, phase: Phase, tell: &mut dyn FnMut(&Event<'_>)) {
        let id = &self.comparison.cases[case].id;
        let label = match phase {
            Phase::Pilot => format!("{id} (pilot)"),
            Phase::Rounds => id.clone(),
            Phase::Confirmation => format!("{id} (confirming)"),
        };
        let (elapsed, expected) = (self.began.elapsed(), self.request.budget);
        tell(&Event::Sampling { case: &label, round, elapsed, expected });
    }

    /// A case by all three, one right after the other; `None` if that failed, and the case with it.
    fn three(
        &mut self,
        case: usize,
        phase: Phase,
        round: u32,
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<Option<PairedRound>> {
        let began = Instant::now();
        let mut samples = [ArmSample::default(); 3];
        let mut sums = [0; 3];
        let seed = self.request.seed.wrapping_add(case as u64 + 1);
        // Balanced over the rounds that this case has had, which are not those of the others.
        let turn = self.rounds_of(case, phase).len() as u32;
        for (position, arm) in order(samples.len(), turn, seed).into_iter().enumerate() {
            // The pilot is of the base alone: what margins rest on must not depend on what is judged.
            let program = if phase == Phase::Pilot && arm == 2 { 0 } else { arm };
            match self.take(case, program) {
                Ok(Answer::Sampled { sample, checksum }) if sample.compute_ns > 0 => {
                    samples[arm] = ArmSample { position: position as u8, ..sample };
                    sums[arm] = checksum;
                }
                Ok(answer) => {
                    self.lose(case, Some(round), self.unexpected(program, answer), tell)?;
                    return Ok(None);
                }
                Err(stop) => {
                    self.lost(case, Some(round), program, stop, tell)?;
                    return Ok(None);
                }
            }
        }
        self.took[case] = began.elapsed();
        let [base, copy, head] = samples;
        if self.request.injected == 0.0 && sums.iter().any(|sum| *sum != sums[0]) {
            let message = format!(
                "the checksums differ ({:#x}, copy {:#x}, head {:#x}): they did not do the same work, so their times are not \
                 compared",
                sums[0], sums[1], sums[2]
            );
            self.lose(case, Some(round), (FailureKind::WrongAnswer, message), tell)?;
            return Ok(None);
        }
        Ok(Some(PairedRound { round, base, copy, head }))
    }

    /// One sample. If it was disturbed it is taken again; if that does not help it stays, marked. What it measured is
    /// never looked at.
    fn take(&mut self, case: usize, arm: usize) -> Result<Answer, Stop> {
        let ask =
            Ask::Sample { case: self.cases[case].clone(), settings: self.settings(), steps: self.steps(case, arm) };
        // An executable tells by itself of a team that stands still; this is for one that does not.
        let expected = self.took[case] + self.request.stall / 5;
        let mut repeats = 0;
        loop {
            match self.ask(arm, &ask, expected)? {
                Answer::Sampled { sample, checksum } => {
                    let disturbed = sample.delay_ns.zip(self.limits[case]).is_some_and(|(delay, limit)| delay > limit);
                    if !disturbed || repeats == MAX_REPEATS {
                        let sample = ArmSample { disturbed, repeats, ..sample };
                        return Ok(Answer::Sampled { sample, checksum });
                    }
                    repeats += 1;
                }
                other => return Ok(other),
            }
        }
    }

    /// Steps of a sample; one side has more if a change was asked for: the head, or for a negative one the base and its
    /// copy.
    fn steps(&self, case: usize, arm: usize) -> u64 {
        let steps = self.comparison.cases[case].steps;
        let injected = self.request.injected;
        let extra = if (arm == 2) == (injected > 0.0) { injected.abs() } else { 0.0 };
        ((steps as f64 * (1.0 + extra)).round() as u64).max(1)
    }

    fn ask(&mut self, arm: usize, ask: &Ask, expected: Duration) -> Result<Answer, Stop> {
        self.programs[arm].ask(ask, expected + self.request.stall / 10)
    }

    fn settings(&self) -> Settings {
        let Request { knobs, start_method, stall, .. } = *self.request;
        Settings { knobs, start_method, stall_ms: stall.as_millis() as u64 }
    }

    /// What an answer that is not the one asked for comes to.
    fn unexpected(&self, arm: usize, answer: Answer) -> (FailureKind, String) {
        let program = &self.programs[arm];
        match answer {
            Answer::Failed { failure } => (failure.kind, program.words(&failure.message)),
            Answer::Refused { why } => (FailureKind::NotStarted, program.words(&format!("refuses: {why}"))),
            other => (FailureKind::WrongAnswer, program.words(&format!("answered rubbish: {other:?}"))),
        }
    }

    /// An executable went down in a case.
    fn lost(
        &mut self,
        case: usize,
        round: Option<u32>,
        arm: usize,
        stop: Stop,
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<()> {
        let Stop::Lost(why) = stop else { return Err(Error::Interrupted) };
        self.losses += 1;
        self.lose(case, round, (FailureKind::Exited, self.programs[arm].words(&why)), tell)?;
        if self.losses < MOST_LOSSES {
            return Ok(());
        }
        // What is left would go the same way, each at the price of its patience.
        for case in self.comparison.cases.iter_mut().filter(|case| !case.failed) {
            case.failed = true;
        }
        self.comparison.partial = Some("given up after the executables went down again and again".into());
        Ok(())
    }

    fn lose(
        &mut self,
        case: usize,
        round: Option<u32>,
        (kind, message): (FailureKind, String),
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<()> {
        if crate::worker::interrupted() {
            return Err(Error::Interrupted);
        }
        let case = &mut self.comparison.cases[case];
        case.failed = true;
        let failure = Failure { case: Some(case.id.clone()), round, kind, message };
        tell(&Event::Failed(&failure));
        self.comparison.failures.push(failure);
        Ok(())
    }

    /// Whether every interval is as narrow as was asked for. Looks at widths only.
    fn narrow(&self) -> bool {
        let Some(width) = self.request.until_width else { return false };
        let comparison = &self.comparison;
        comparison.cases.iter().filter(|case| !case.failed).all(|case| {
            let changes: Vec<_> = comparison.kept(case).filter_map(|round| round.changes(ArmMetric::Compute)).collect();
            changes.len() >= comparison.plan.floor_rounds as usize
                && trio_estimate(&changes, LEVEL)
                    .is_some_and(|estimate| (estimate.high - estimate.low).exp_m1() <= width)
        })
    }

    /// A budget too small for verdicts is the asker's choice, but must not be a surprise.
    fn note_short_budget(&mut self) {
        let floor = self.comparison.plan.floor_rounds as usize;
        let fewest = |comparison: &Comparison| {
            let cases = comparison.cases.iter().filter(|case| !case.failed);
            let counting = |round: &&PairedRound| round.changes(ArmMetric::Compute).is_some();
            cases.map(|case| comparison.kept(case).filter(counting).count()).min()
        };
        if let Some(kept) = fewest(&self.comparison).filter(|kept| *kept < floor)
            && self.comparison.partial.is_none()
        {
            self.comparison.partial = Some(format!(
                "the time allowed was enough for {kept} kept rounds; verdicts need {floor}. Give it more with --budget, or \
                 less to do with --kernel and --model"
            ));
        }
    }
}

/// Time for the confirmation of every case, given what a round of all cases takes.
fn kept(round: Duration, budget: Duration) -> Duration {
    let [least, most] = KEPT_SHARES.map(|share| budget.mul_f64(share));
    (round * KEPT_ROUNDS).clamp(least, most)
}
