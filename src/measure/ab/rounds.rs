//! The measuring: calibrate, then round after round until the time is spent.

use std::time::{Duration, Instant};

use super::program::Program;
use super::protocol::{Answer, Ask, Case, Settings};
use super::{Event, Request};
use crate::error::{Error, Result};
use crate::order::order;
use crate::run::comparison::{ArmMetric, Comparison, PairedRound};
use crate::run::{ArmSample, Failure, FailureKind};
use crate::stats::trio_estimate;
use crate::worker::Stop;

/// Share of the budget until which cases are measured before the suspects are named.
const BEFORE_SUSPICION: f64 = 0.75;
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
    /// Processes that went down.
    losses: usize,
    pub(super) comparison: Comparison,
}

/// What a round is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Rounds,
    Confirmation,
}

/// What is to be measured by three, and how many rounds it has had.
struct Turn<'a> {
    phase: Phase,
    /// Indices of the cases.
    cases: &'a [usize],
    until: Instant,
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
        Self { request, began, programs, cases, took, losses: 0, comparison }
    }

    pub(super) fn run(
        &mut self,
        suspects: &dyn Fn(&Comparison) -> Vec<String>,
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<()> {
        let outcome = self.measure(suspects, tell);
        self.programs.iter_mut().for_each(Program::rest);
        // Whatever else went wrong, two halves of two programs are no comparison.
        self.programs.iter().try_for_each(Program::check_unchanged)?;
        outcome
    }

    fn measure(
        &mut self,
        suspects: &dyn Fn(&Comparison) -> Vec<String>,
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<()> {
        self.calibrate(tell)?;
        let all: Vec<usize> = (0..self.cases.len()).collect();
        let end = self.began + self.request.budget;
        let suspicion = self.began + self.request.budget.mul_f64(BEFORE_SUSPICION);
        self.rounds(&Turn { phase: Phase::Rounds, cases: &all, until: suspicion }, tell)?;
        let named = suspects(&self.comparison);
        let suspected: Vec<usize> =
            all.iter().copied().filter(|case| named.contains(&self.comparison.cases[*case].id)).collect();
        if suspected.is_empty() {
            self.rounds(&Turn { phase: Phase::Rounds, cases: &all, until: end }, tell)?;
        } else {
            self.rounds(&Turn { phase: Phase::Confirmation, cases: &suspected, until: end }, tell)?;
        }
        self.note_short_budget();
        Ok(())
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

    /// Rounds until the time is spent, nothing is left to measure, or, if that was asked for, all intervals are narrow.
    fn rounds(&mut self, turn: &Turn<'_>, tell: &mut dyn FnMut(&Event<'_>)) -> Result<()> {
        loop {
            let alive = turn.cases.iter().any(|case| !self.comparison.cases[*case].failed);
            let enough = match turn.phase {
                Phase::Rounds => self.narrow(),
                // More than what raised the suspicion would not be asked of what allays it.
                Phase::Confirmation => self.confirmed(turn.cases) > self.comparison.plan.rounds,
            };
            if !alive || enough || !self.round(turn, tell)? {
                return Ok(());
            }
        }
    }

    /// One round; whether there was time for all of it. The first is always measured.
    fn round(&mut self, turn: &Turn<'_>, tell: &mut dyn FnMut(&Event<'_>)) -> Result<bool> {
        let first = self.comparison.plan.rounds == 0;
        if !first && Instant::now() >= turn.until {
            return Ok(false);
        }
        self.programs.iter_mut().for_each(Program::rest);
        let round = match turn.phase {
            Phase::Rounds => self.comparison.plan.rounds,
            Phase::Confirmation => self.confirmed(turn.cases),
        };
        if turn.phase == Phase::Rounds {
            self.comparison.plan.rounds += 1;
        }
        for place in order(turn.cases.len(), round, self.request.seed) {
            let case = turn.cases[place];
            if self.comparison.cases[case].failed {
                continue;
            }
            if !first && Instant::now() + self.took[case] > turn.until {
                return Ok(false);
            }
            self.tell_sampling(case, round, turn.phase, tell);
            let Some(three) = self.three(case, round, tell)? else { continue };
            let case = &mut self.comparison.cases[case];
            match turn.phase {
                Phase::Rounds => case.rounds.push(three),
                Phase::Confirmation => case.confirmation.push(three),
            }
        }
        Ok(true)
    }

    fn tell_sampling(&self, case: usize, round: u32, phase: Phase, tell: &mut dyn FnMut(&Event<'_>)) {
        let id = &self.comparison.cases[case].id;
        let label = match phase {
            Phase::Rounds => id.clone(),
            Phase::Confirmation => format!("{id} (confirming)"),
        };
        let (elapsed, expected) = (self.began.elapsed(), self.request.budget);
        tell(&Event::Sampling { case: &label, round, elapsed, expected });
    }

    /// A case by all three, one right after the other; `None` if that failed, and the case with it.
    fn three(&mut self, case: usize, round: u32, tell: &mut dyn FnMut(&Event<'_>)) -> Result<Option<PairedRound>> {
        let began = Instant::now();
        let mut samples = [ArmSample::default(); 3];
        let mut sums = [0; 3];
        let seed = self.request.seed.wrapping_add(case as u64 + 1);
        for (position, arm) in order(samples.len(), round, seed).into_iter().enumerate() {
            let ask =
                Ask::Sample { case: self.cases[case].clone(), settings: self.settings(), steps: self.steps(case, arm) };
            // An executable tells by itself of a team that stands still; this is for one that does not.
            let expected = self.took[case] + self.request.stall / 5;
            match self.ask(arm, &ask, expected) {
                Ok(Answer::Sampled { sample, checksum }) if sample.compute_ns > 0 => {
                    samples[arm] = ArmSample { position: position as u8, ..sample };
                    sums[arm] = checksum;
                }
                Ok(answer) => {
                    self.lose(case, Some(round), self.unexpected(arm, answer), tell)?;
                    return Ok(None);
                }
                Err(stop) => {
                    self.lost(case, Some(round), arm, stop, tell)?;
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

    /// Rounds of the confirmation so far.
    fn confirmed(&self, cases: &[usize]) -> u32 {
        let rounds = cases.iter().filter_map(|case| self.comparison.cases[*case].confirmation.last());
        rounds.map(|round| round.round + 1).max().unwrap_or(0)
    }

    /// A budget too small for verdicts is the asker's choice, but must not be a surprise.
    fn note_short_budget(&mut self) {
        let floor = self.comparison.plan.floor_rounds as usize;
        let fewest = |comparison: &Comparison| {
            let cases = comparison.cases.iter().filter(|case| !case.failed);
            cases.map(|case| comparison.kept(case).count()).min()
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
