//! An interpreter and its stand-in, round after round.
//!
//! Every round starts three fresh processes: the interpreter twice, as arms A and B, and the stand-in. Each sample is
//! taken from all three in turn before the next begins, in a random order of samples and of arms, so that what slows the
//! machine for a while slows all three. Only one of them works at a time.
//!
//! The first rounds hold every sample. What time is left goes to the samples whose numbers are still wide
//! ([`judge::is_wide`]), with the controls that qualify them.

use std::time::{Duration, Instant};

use super::cells::{Pace, Sample, Work};
use super::judge::{self, CONTROL};
use super::lookup::{Interpreter as Found, Isolation};
use super::matching::{loop_time, matched, pace, play};
use super::protocol::{self, Answer, Part, Units};
use super::{DISCARDED, Event, Request, stand_in};
use crate::machine;
use crate::run::validation::{Agreement, Cell, CellRound, Interpreter, Matched};
use crate::worker::{Output, Player, Stop, again};

/// The three processes of a round.
const ARMS: usize = 3;
const STAND_IN: usize = 1;

/// One interpreter while it is measured.
pub(super) struct Session<'a> {
    found: &'a Found,
    request: &'a Request,
    isolation: &'a Isolation,
    samples: Vec<Sample>,
    server_port: u16,
    part: Part,
    random: fastrand::Rng,
    began: Instant,
    /// Longest time that starting the processes of a round took.
    starting: Duration,
    /// Greatest ratio of what the samples of a round took to what they should take.
    slowness: f64,
    result: Interpreter,
}

/// An arm of this round and its pace.
struct Arm {
    player: Player,
    pace: Pace,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        found: &'a Found,
        request: &'a Request,
        isolation: &'a Isolation,
        samples: Vec<Sample>,
        server_port: u16,
    ) -> Self {
        let hello = &found.hello;
        let part = Part { lock: hello.lock, check_interval: hello.check_interval, units: Units::default() };
        let result = Interpreter {
            path: found.path.display().to_string(),
            version: hello.version.clone(),
            build: hello.build.clone(),
            lock: hello.lock,
            named: found.named,
            rounds: 0,
            matching: vec![],
            cells: judge::cells(&samples),
            goals: vec![],
            verdict: Agreement::Unqualified,
            median_error: None,
            worst_error: None,
            worst_cell: None,
            failure: None,
        };
        let random = fastrand::Rng::with_seed(request.seed);
        let (began, starting, slowness) = (Instant::now(), Duration::ZERO, 0.0);
        Self { found, request, isolation, samples, server_port, part, random, began, starting, slowness, result }
    }

    /// Measures until the budget is spent; what was measured, and whether that was interrupted.
    pub(super) fn run(mut self, tell: &mut dyn FnMut(&Event<'_>)) -> (Interpreter, bool) {
        let outcome = self.measure(tell);
        let interrupted = outcome == Err(Stop::Interrupted);
        if let Err(Stop::Lost(reason)) = outcome {
            tell(&Event::Failed { path: &self.result.path, reason: &reason });
            self.result.failure = Some(reason);
        }
        judge::judge(&mut self.result, DISCARDED);
        (self.result, interrupted)
    }

    fn measure(&mut self, tell: &mut dyn FnMut(&Event<'_>)) -> Result<(), Stop> {
        tell(&Event::Matching { path: &self.result.path, version: &self.result.version });
        self.result.matching = self.matched()?;
        loop {
            let samples = self.next_samples();
            let kept = self.result.rounds.saturating_sub(DISCARDED);
            if kept > 0 && self.began.elapsed() + self.expected(&samples) > self.request.budget {
                return Ok(());
            }
            self.round(samples, tell)?;
        }
    }

    /// Which samples the next round holds: all until there are enough rounds, and then those that are still wide.
    fn next_samples(&self) -> Vec<usize> {
        let all = (0..self.samples.len()).collect();
        if (self.result.rounds.saturating_sub(DISCARDED) as usize) < judge::FLOOR {
            return all;
        }
        let wide = |sample: &Sample| {
            let of_it = |cell: &&Cell| sample.cells().any(|(id, read)| read.judged && id == cell.cell);
            self.result.cells.iter().filter(of_it).any(|cell| judge::is_wide(cell, DISCARDED))
        };
        let chosen: Vec<bool> = self.samples.iter().map(wide).collect();
        if !chosen.contains(&true) {
            return all;
        }
        let parallel = self.samples.iter().zip(&chosen).any(|(sample, chosen)| *chosen && sample.work.workers() > 1);
        let control = |sample: &Sample| parallel && matches!(sample.work, Work::Processes { workers } if workers > 1);
        all.into_iter().filter(|&at| chosen[at] || control(&self.samples[at])).collect()
    }

    /// How long a round of these samples will take, by what the rounds before took.
    fn expected(&self, samples: &[usize]) -> Duration {
        self.starting + self.planned(samples).mul_f64(self.slowness)
    }

    fn planned(&self, samples: &[usize]) -> Duration {
        samples.iter().map(|&at| self.samples[at].expected()).sum::<Duration>() * ARMS as u32
    }

    fn matched(&mut self) -> Result<Vec<Matched>, Stop> {
        let mut real = self.real()?;
        let mut stand_in = self.stand_in()?;
        matched(&mut real, &mut stand_in, &mut self.part, self.server_port, loop_time(self.request.budget))
    }

    fn real(&self) -> Result<Player, Stop> {
        self.isolation.meet(&self.found.path).map(|(player, _)| player)
    }

    fn stand_in(&self) -> Result<Player, Stop> {
        let start = Player::start(again(stand_in::ROLE.name), Output::Nowhere, self.request.patience);
        let mut player = start.map_err(|error| Stop::Lost(format!("has no stand-in: {error}")))?;
        play(&mut player, &self.part).map_err(of_stand_in)?;
        Ok(player)
    }

    fn arm(&self, number: usize) -> Result<Arm, Stop> {
        let mut player = if number == STAND_IN { self.stand_in()? } else { self.real()? };
        let pace = pace(&mut player, loop_time(self.request.budget))
            .map_err(|stop| if number == STAND_IN { of_stand_in(stop) } else { stop })?;
        Ok(Arm { player, pace })
    }

    fn round(&mut self, mut order: Vec<usize>, tell: &mut dyn FnMut(&Event<'_>)) -> Result<(), Stop> {
        let (round, began, planned) = (self.result.rounds, Instant::now(), self.planned(&order));
        let mut arms: Vec<Arm> = (0..ARMS).map(|number| self.arm(number)).collect::<Result<_, _>>()?;
        self.starting = self.starting.max(began.elapsed());
        let began = Instant::now();
        self.random.shuffle(&mut order);
        let mut speedups = vec![];
        let outcome = order.into_iter().try_for_each(|index| {
            let sample = self.samples[index].clone();
            tell(&Event::Sampling {
                version: &self.result.version,
                sample: &sample.id,
                round,
                elapsed: self.began.elapsed(),
                expected: self.request.budget,
            });
            let answers = self.sample(&mut arms, &sample)?;
            self.keep(round, &sample, &answers, &mut speedups);
            Ok(())
        });
        self.qualify(round, &speedups);
        if outcome.is_ok() {
            self.result.rounds += 1;
            self.slowness = self.slowness.max(began.elapsed().as_secs_f64() / planned.as_secs_f64().max(1e-3));
        }
        outcome
    }

    /// The sample from every arm, in a random order.
    fn sample(&mut self, arms: &mut [Arm], sample: &Sample) -> Result<[Answer; ARMS], Stop> {
        let mut answers: [Answer; ARMS] = Default::default();
        let mut order: [usize; ARMS] = std::array::from_fn(|arm| arm);
        self.random.shuffle(&mut order);
        for number in order {
            let Arm { player, pace } = &mut arms[number];
            let answer = protocol::ask(player, &sample.ask(pace, self.server_port), sample.expected());
            answers[number] = answer.map_err(|stop| match (stop, number) {
                (Stop::Lost(why), STAND_IN) => Stop::Lost(format!("has a stand-in that {why} in {}", sample.id)),
                (Stop::Lost(why), _) => Stop::Lost(format!("{why} in {}", sample.id)),
                (Stop::Interrupted, _) => Stop::Interrupted,
            })?;
        }
        Ok(answers)
    }

    fn keep(
        &mut self,
        round: u32,
        sample: &Sample,
        [a, simulated, b]: &[Answer; ARMS],
        speedups: &mut Vec<(usize, f64)>,
    ) {
        for (id, read) in sample.cells() {
            let value = |answer: &Answer| read.metric.value(&sample.work, answer);
            let (Some(real_a), Some(simulated), Some(real_b)) = (value(a), value(simulated), value(b)) else {
                continue;
            };
            if let Work::Processes { workers } = sample.work {
                speedups.push((workers, (real_a * real_b).sqrt()));
            }
            let cell = self.result.cells.iter_mut().find(|cell| cell.cell == id);
            let cell = cell.expect("cells are made from the same samples");
            cell.rounds.push(CellRound { round, real_a, real_b, simulated, qualified: true });
        }
    }

    /// Takes back what was measured in this round by more workers than the machine had processors for.
    fn qualify(&mut self, round: u32, speedups: &[(usize, f64)]) {
        let cores = machine::usable_cores();
        let lacking = |workers: usize| {
            let control =
                speedups.iter().filter(|(control, _)| workers <= *control).min_by_key(|(control, _)| *control);
            control
                .or(speedups.iter().max_by_key(|(control, _)| *control))
                .is_some_and(|(control, speedup)| *speedup < CONTROL * (*control).min(cores) as f64)
        };
        for cell in &mut self.result.cells {
            let waits = matches!(cell.family.as_str(), "sleep" | "echo");
            let qualified = waits || cell.workers < 2 || !lacking(cell.workers);
            cell.rounds.iter_mut().filter(|one| one.round == round).for_each(|one| one.qualified = qualified);
        }
    }
}

fn of_stand_in(stop: Stop) -> Stop {
    match stop {
        Stop::Lost(why) => Stop::Lost(format!("has a stand-in that {why}")),
        Stop::Interrupted => stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpython::cells;
    use crate::run::synthetic::cell_round;
    use crate::run::validation::LockKind;

    #[test]
    fn time_that_is_left_goes_to_what_is_still_wide() {
        let hello = r#"{"implementation":"CPython","version":"3.99.0","build":"","executable":"","lock":"gil","check_interval":null}"#;
        let hello = serde_json::from_str(hello).unwrap();
        let found = Found { path: "/opt/python".into(), named: true, hello };
        let (request, isolation) = (Request::default(), Isolation::new(Duration::ZERO).unwrap());
        let mut session = Session::new(&found, &request, &isolation, cells::all(LockKind::Gil), 1);
        let all = session.samples.len();
        let narrow: Vec<CellRound> = (0..7).map(|round| cell_round(round, 1.0, 1.01, 3.0)).collect();
        session.result.cells.iter_mut().for_each(|cell| cell.rounds = narrow.clone());
        session.result.rounds = 6;
        assert_eq!(session.next_samples().len(), all, "before there are enough rounds, every sample");
        session.result.rounds = 7;
        assert_eq!(session.next_samples().len(), all, "nothing is wide: every sample");
        let mut widen = |id: &str| {
            let cell = session.result.cells.iter_mut().find(|cell| cell.cell == id).unwrap();
            cell.rounds.iter_mut().for_each(|round| round.real_a = 2.0);
            let chosen = session.next_samples();
            chosen.into_iter().map(|at| session.samples[at].id.clone()).collect::<Vec<_>>()
        };
        // Nothing is said of these anyway.
        assert_eq!(widen("convoy/1ms/beside-2/5ms/p99").len(), all);
        assert_eq!(widen("convoy/1ms/beside-0/rate"), ["convoy/1ms/beside-0"]);
        let controls = ["cpu/processes-2", "cpu/processes-4", "cpu/processes-8"];
        let expected: Vec<&str> =
            controls.into_iter().chain(["mixed/io-50/workers-4", "convoy/1ms/beside-0"]).collect();
        assert_eq!(widen("mixed/io-50/workers-4/rate"), expected);
    }
}
