//! The executable's side: says what it is, then plans, calibrates and takes samples as it is asked.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde::Serialize;

use super::protocol::{Answer, Ask, Case, Hello, PROTOCOL, Settings};
use crate::error::{Error, Result};
use crate::kernel::Bound;
use crate::machine::{self, Watch};
use crate::measure::calibrate::{Step, lengthen};
use crate::measure::plan::{Group, Request, plan_pairs};
use crate::model::{self, Arrangement, Order};
use crate::run::{ArmSample, Disturbance, Failure, FailureKind, Profile, Sample};
use crate::suite::Suite;
use crate::worker::{Limits, PREFIX};

/// How long a sample is, if no lock asks for more. Two samples of 20 ms differ about as much as two of 10 ms, since what
/// differs is the team and its moment: so half the length gives more rounds. Shorter still, the 50 µs that the clock cannot
/// tell would be more than half of the margin.
const TIME: Duration = Duration::from_millis(10);
/// A sample under a lock lasts at least so many switch intervals.
const INTERVALS: u32 = 20;
/// The same of a kernel that only blocks, whose workers give the lock away long before an interval ends.
const INTERVALS_OF_IO: u32 = 10;

/// Answers on the line until it ends.
pub(crate) fn answer(suite: &Suite, line: &UnixStream) {
    let hello = Hello {
        protocol: PROTOCOL,
        generator: concat!("gilbench ", env!("CARGO_PKG_VERSION")).into(),
        build: machine::build(),
    };
    if say(line, &hello).is_err() {
        return;
    }
    for request in BufReader::new(line).lines() {
        let Ok(request) = request else { return };
        let answer = match serde_json::from_str(&request) {
            Ok(ask) => answer_to(suite, &ask),
            Err(error) => Answer::Refused { why: format!("unreadable request: {error}") },
        };
        if say(line, &answer).is_err() {
            return;
        }
    }
}

/// A line of its own, whatever was printed before it: a test binary does not end its lines before the test has.
fn say(mut line: &UnixStream, what: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string(what).expect("an answer is plain data");
    line.write_all(format!("\n{PREFIX}{text}\n").as_bytes())
}

fn answer_to(suite: &Suite, ask: &Ask) -> Answer {
    let answer = match ask {
        Ask::Plan { kernels, models, workers } => planned(suite, kernels, models, workers),
        Ask::Calibrate { case, settings } => calibrated(suite, case, settings),
        Ask::Sample { case, settings, steps } => sampled(suite, case, settings, *steps),
    };
    answer.unwrap_or_else(|error| match error {
        Error::Worker(failure) => Answer::Failed { failure },
        error => Answer::Refused { why: error.to_string() },
    })
}

fn planned(suite: &Suite, kernels: &[String], models: &[String], workers: &[usize]) -> Result<Answer> {
    let request = Request {
        kernels: kernels.to_vec(),
        models: models.to_vec(),
        workers: workers.to_vec(),
        probes: vec!["none".into()],
        ..Request::new(Profile::Quick)
    };
    let groups = plan_pairs(suite, &request, machine::usable_cores())?;
    let of_group = |group: Group| {
        group.cases.into_iter().map(move |case| {
            let Arrangement { processes, threads, hosted } = case.arrangement;
            let (kernel, model) = (group.kernel.name().to_owned(), case.model.name().to_owned());
            Case { id: case.id, kernel, model, bound: group.kernel.bound(), processes, threads, hosted }
        })
    };
    Ok(Answer::Planned { cases: groups.into_iter().flat_map(of_group).collect() })
}

/// Finds the steps of a sample. Unlike in a run, where all models of a kernel do the same work, each case has its own
/// number: here a case is compared with nothing but itself.
fn calibrated(suite: &Suite, case: &Case, settings: &Settings) -> Result<Answer> {
    let kernel = suite.find_kernel(&case.kernel)?;
    let locked = suite.find_model(&case.model)?.locked();
    let interval = settings.knobs.switch_interval();
    let time = match (locked, kernel.bound()) {
        (false, _) => TIME,
        (true, Bound::Io) => TIME.max(interval * INTERVALS_OF_IO),
        (true, _) => TIME.max(interval * INTERVALS),
    };
    let unit = (case.processes * case.threads) as u64 * kernel.cycle().max(1);
    let wanted = |step: &Step| step.times(time).max(unit).next_multiple_of(unit);
    let (steps, ..) = lengthen(&|steps| sample(suite, case, settings, steps), &wanted)?;
    Ok(Answer::Calibrated { steps })
}

fn sampled(suite: &Suite, case: &Case, settings: &Settings, steps: u64) -> Result<Answer> {
    let watch = Watch::begin();
    let sample = sample(suite, case, settings, steps)?;
    let seen = Disturbance { delay_ns: sample.disturbance.delay_ns, ..watch.end(0) };
    let arm = ArmSample {
        position: 0,
        compute_ns: sample.parts.compute_ns,
        start_ns: sample.parts.spawn_ns + sample.parts.hand_over_ns,
        cpu_ns: sample.user_ns + sample.system_ns,
        delay_ns: seen.delay_ns.map(|_| seen.delay_by_others_ns()),
        ..ArmSample::default()
    };
    Ok(Answer::Sampled { sample: arm, checksum: sample.checksum })
}

fn sample(suite: &Suite, case: &Case, settings: &Settings, steps: u64) -> Result<Sample> {
    let kernel = suite.find_kernel(&case.kernel)?;
    let Case { processes, threads, hosted, .. } = *case;
    if processes.saturating_mul(threads) > model::MOST_WORKERS || processes * threads == 0 || steps == 0 {
        let message = format!("{processes} × {threads} workers with {steps} steps are no case");
        return Err(Error::Worker(Failure { case: None, round: None, kind: FailureKind::NotStarted, message }));
    }
    let mut order = Order::new(kernel, &case.model, Arrangement { processes, threads, hosted }, steps);
    order.knobs = settings.knobs;
    order.start_method = settings.start_method;
    order.limits = Limits { stall: Duration::from_millis(settings.stall_ms), ..Limits::default() };
    model::run(&order)
}
