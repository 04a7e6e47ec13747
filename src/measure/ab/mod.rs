//! Two executables beside each other, in interleaved rounds of fresh processes.
//!
//! In a round a case is taken three times, one right after the other: by the base, by a byte copy of the base, and by the
//! head. The order of cases and of the three is random, balanced and seeded. Each round starts all three programs afresh,
//! and each sample a fresh team. Steps are calibrated once, by the base, and are then the same for all. One team works
//! at a time.
//!
//! Measuring does not judge. It asks a [`Judge`] which cases the next judged round takes; and after the last judged round which cases seem to have changed, and measures those again for
//! **confirmation**, in time that was kept for it.
//!
//! - `protocol`: what passes between this and an executable; `answer`: the executable's side of it;
//! - `program`: the hold on one executable; `rounds`: the measuring.

mod answer;
mod program;
mod protocol;
mod rounds;

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

pub(crate) use self::answer::answer;
use self::program::Program;
pub use self::protocol::ROLE;
use self::protocol::{Answer, Ask, Case};
use self::rounds::Session;
use super::Event;
use super::pace::FLOOR;
use super::plan::check_knobs;
use crate::error::{Error, Result};
use crate::machine::{self, Counters};
use crate::model::check_workers;
use crate::run::comparison::{COMPARISON_SCHEMA, Comparison, ComparisonKind, ComparisonPlan, PairedCase};
use crate::run::{Knobs, StartMethod, later_revision};

/// A change up to this is none, unless the request says otherwise.
pub const MARGIN: f64 = 0.01;

/// What is to be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The executable to compare with.
    pub base: PathBuf,
    /// The executable to judge.
    pub head: PathBuf,
    /// Time for all of it.
    pub budget: Duration,
    /// Globs of kernel names; empty means those of the quick profile.
    pub kernels: Vec<String>,
    /// Globs of model names; empty means the basic ones.
    pub models: Vec<String>,
    /// Worker counts instead of the profile's.
    pub workers: Vec<usize>,
    /// Seed of every random choice.
    pub seed: u64,
    /// A change up to this is none (0.01 is 1 %).
    pub margin: f64,
    /// Settings of the simulated locks.
    pub knobs: Knobs,
    /// How worker processes start.
    pub start_method: StartMethod,
    /// How long a team may stand still, and an executable may take to say what it is.
    pub stall: Duration,
    /// Ends early once the 99 % interval of every case is narrower than this (as `high/low − 1`); never looks at where
    /// an interval lies.
    pub until_width: Option<f64>,
    /// Work that the head does beyond the base's, as a share of it: to try the instrument with a known change. If it is
    /// negative, the base and its copy do so much more than the head.
    pub injected: f64,
}

impl Request {
    /// These two, with everything else as usual.
    pub fn new(base: impl Into<PathBuf>, head: impl Into<PathBuf>) -> Self {
        Self {
            base: base.into(),
            head: head.into(),
            budget: Duration::from_secs(60),
            kernels: vec![],
            models: vec![],
            workers: vec![],
            seed: 1,
            margin: MARGIN,
            knobs: Knobs::default(),
            start_method: StartMethod::Spawn,
            stall: Duration::from_secs(10),
            until_width: None,
            injected: 0.0,
        }
    }

    fn check(&self) -> Result<()> {
        check_knobs(&self.knobs)?;
        self.workers.iter().try_for_each(|workers| check_workers(*workers).map(drop))?;
        if self.budget < Duration::from_secs(1) {
            return Err(Error::request("a budget under one second compares nothing; 60s is usual"));
        }
        if !(self.margin >= 0.0 && self.margin <= 1.0) {
            return Err(Error::request("a margin is between 0 % and 100 %; 1 % is usual"));
        }
        Ok(())
    }
}

/// What a comparison is steered by.
pub trait Judge {
    /// Ids of the cases that the next judged round takes. How wide intervals are may matter, where they lie must not.
    fn next_cases(&self, measured: &Comparison) -> Vec<String>;

    /// Ids of the cases that seem to have changed, and how many rounds each needs to be confirmed. Asked once, after the last
    /// judged round.
    fn suspects(&self, measured: &Comparison) -> Vec<(String, u32)>;
}

/// Whether the request makes sense and both files look like executables. Starts nothing and writes nothing.
///
/// # Errors
/// If not, with what to do about it.
pub fn check(request: &Request) -> Result<()> {
    request.check()?;
    Program::find("base", &request.base, request.stall)?;
    Program::find("head", &request.head, request.stall).map(drop)
}

/// Compares. Without a judge every round takes every case until the time is spent, and nothing is confirmed.
///
/// A case that fails does not stop the others; an interruption ends the whole early, with what has been measured so far
/// and [`Comparison::partial`] saying so.
///
/// # Errors
/// If the request makes no sense, an executable is none, does not answer, or shares no case with the other.
pub fn measure(request: &Request, judge: Option<&dyn Judge>, tell: &mut dyn FnMut(&Event<'_>)) -> Result<Comparison> {
    let (began, started_at) = (Instant::now(), SystemTime::now());
    request.check()?;
    let mut base = Program::find("base", &request.base, request.stall)?;
    let mut head = Program::find("head", &request.head, request.stall)?;
    let mut copy = base.copied()?;
    let hellos = [&mut base, &mut copy, &mut head].map(|program| program.meet().map_err(|stop| program.error(stop)));
    let [base_hello, _, head_hello] = all_or_first(hellos)?;
    let (base_cases, head_cases) = (plan(&mut base, request)?, plan(&mut head, request)?);
    let (cases, only_base) = split(&base_cases, &head_cases);
    let (_, only_head) = split(&head_cases, &base_cases);
    if cases.is_empty() {
        return Err(nothing_in_common(request, &only_base, &only_head));
    }
    let comparison = Comparison {
        kind: ComparisonKind::Ab,
        schema: COMPARISON_SCHEMA,
        generator: concat!("gilbench ", env!("CARGO_PKG_VERSION")).into(),
        started_at: humantime::format_rfc3339_seconds(started_at).to_string(),
        elapsed_s: 0.0,
        partial: None,
        machine: machine::fingerprint(machine::neighbours(Duration::from_millis(300))),
        plan: plan_of(request),
        base: base.describe(&base_hello)?,
        head: head.describe(&head_hello)?,
        cases: cases.iter().map(empty_case).collect(),
        only_base,
        only_head,
        failures: vec![],
    };
    let before = Counters::now();
    let mut session = Session::new(request, began, [base, copy, head], cases, comparison);
    let outcome = session.run(judge, tell);
    let mut comparison = session.comparison;
    match outcome {
        Ok(()) => {}
        Err(Error::Interrupted) => {
            comparison.partial = Some("interrupted; what was measured until then is kept".into());
        }
        Err(error) => return Err(error),
    }
    machine::conclude(&mut comparison.machine, &before, &Counters::now());
    comparison.elapsed_s = began.elapsed().as_secs_f64();
    Ok(comparison)
}

fn all_or_first<T>([a, b, c]: [Result<T>; 3]) -> Result<[T; 3]> {
    Ok([a?, b?, c?])
}

/// The cases that an executable has for the request.
fn plan(program: &mut Program, request: &Request) -> Result<Vec<Case>> {
    let Request { kernels, models, workers, .. } = request.clone();
    match program.ask(&Ask::Plan { kernels, models, workers }, Duration::ZERO) {
        Ok(Answer::Planned { cases }) => Ok(cases),
        Ok(Answer::Refused { why }) => Err(Error::request(program.words(&format!("refuses: {why}")))),
        Ok(other) => Err(Error::request(program.words(&format!("answered rubbish: {other:?}")))),
        Err(stop) => Err(program.error(stop)),
    }
}

/// Those of `these` that are among the others, and the ids of those that are not.
fn split(these: &[Case], others: &[Case]) -> (Vec<Case>, Vec<String>) {
    let (both, alone): (Vec<Case>, Vec<Case>) = these.iter().cloned().partition(|case| others.contains(case));
    (both, alone.into_iter().map(|case| case.id).collect())
}

fn nothing_in_common(request: &Request, only_base: &[String], only_head: &[String]) -> Error {
    let first = |ids: &[String]| ids.first().map_or("none", String::as_str).to_owned();
    let (base, head) = (first(only_base), first(only_head));
    let why = later_revision(&base, &head)
        .map_or(String::new(), |revision| format!("; the kernel measures something else from revision {revision} on"));
    Error::request(format!(
        "{} and {} carry different suites: they have no case in common, but for instance {base} and {head}{why}",
        request.base.display(),
        request.head.display(),
    ))
}

fn plan_of(request: &Request) -> ComparisonPlan {
    ComparisonPlan {
        budget_s: request.budget.as_secs_f64(),
        seed: request.seed,
        rounds: 0,
        planned_rounds: 0,
        // The pilot warms up.
        discarded_rounds: 0,
        floor_rounds: FLOOR,
        margin: request.margin,
        knobs: request.knobs,
        start_method: request.start_method,
        injected: request.injected,
    }
}

fn empty_case(case: &Case) -> PairedCase {
    PairedCase {
        id: case.id.clone(),
        kernel: case.kernel.clone(),
        model: case.model.clone(),
        bound: case.bound,
        workers: case.processes * case.threads,
        processes: case.processes,
        threads: case.threads,
        steps: 0,
        pilot: vec![],
        rounds: vec![],
        confirmation: vec![],
        failed: false,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::Suite;
    use crate::error::Result;
    use crate::kernel::{Bound, Kernel, Seat, Task, from_fn};

    /// A kernel in two versions of a suite.
    struct Version(u32);

    impl Kernel for Version {
        fn name(&self) -> &'static str {
            "mine"
        }

        fn bound(&self) -> Bound {
            Bound::Cpu
        }

        fn revision(&self) -> u32 {
            self.0
        }

        fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
            from_fn("mine", Bound::Cpu, |number| number).prepare(seat)
        }
    }

    /// What an executable with this suite says it has.
    fn cases(kernel: &'static Version) -> Vec<Case> {
        let suite = Suite::empty().kernel(kernel).kernel_fn("other", Bound::Cpu, |number| number);
        let (ours, theirs) = UnixStream::pair().unwrap();
        let answering = std::thread::spawn(move || answer(&suite, &theirs));
        let ask = Ask::Plan { kernels: vec![], models: vec![], workers: vec![2] };
        std::io::Write::write_all(&mut &ours, format!("{}\n", serde_json::to_string(&ask).unwrap()).as_bytes())
            .unwrap();
        ours.shutdown(std::net::Shutdown::Write).unwrap();
        answering.join().unwrap();
        let said = std::io::read_to_string(&ours).unwrap();
        let last = said.lines().last().and_then(|line| line.strip_prefix(crate::worker::PREFIX)).unwrap();
        let Answer::Planned { cases } = serde_json::from_str(last).unwrap() else { panic!("{last}") };
        cases
    }

    #[test]
    fn a_kernel_in_two_revisions_is_left_out() {
        let (base, head) = (cases(&Version(1)), cases(&Version(2)));
        let (both, only_base) = split(&base, &head);
        let (_, only_head) = split(&head, &base);
        assert!(!both.is_empty() && both.iter().all(|case| case.kernel == "other"), "{both:?}");
        assert!(only_base.contains(&"mine/threads/2".into()) && only_head.contains(&"mine.r2/threads/2".into()));
        let (both, only) = split(&head, &head.clone());
        assert!(both.iter().any(|case| case.id == "mine.r2/threads/2") && only.is_empty(), "{only:?}");

        let request = Request::new("base", "head");
        let error = nothing_in_common(&request, &only_base, &only_head).to_string();
        assert!(error.contains("the kernel measures something else from revision 2 on"), "{error}");
    }
}
