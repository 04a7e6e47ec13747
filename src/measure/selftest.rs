//! The instrument tried on itself: comparisons of this executable with itself, one side of which does more work on
//! purpose.
//!
//! The extra work is more steps of the same kernel, (1 + x) times as many, so that a change of exactly that size is made
//! without a second executable and without a clock: nothing has to be calibrated that could be calibrated wrongly.
//! What is around the steps of a sample (the start signal, the end of the last worker) stays as it is, some
//! microseconds of ten milliseconds. Each size is tried on either side: up, where the head does more, and down, where
//! the base and its copy do. Comparisons are measured by [`super::ab`] as any others are, sizes in seeded random order;
//! their rounds are cut into trials by whoever judges them.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::{Event, ab};
use crate::error::{Error, Result};
use crate::machine::{self, Counters};
use crate::run::comparison::Comparison;
use crate::run::selftest::{SELFTEST_SCHEMA, Selftest, SelftestKind};
use crate::worker::{Process, Role};

/// Sizes of the injected slowdowns (0.01 is 1 %).
const SIZES: [f64; 6] = [0.005, 0.01, 0.02, 0.03, 0.05, 0.10];
/// The one size of the short form: one that no instrument worth the name may miss.
const SIZE_OF_SHORT: f64 = 0.05;
/// Least time of a comparison: its start, its calibration and a few rounds.
const LEAST: Duration = Duration::from_secs(2);
/// All sizes are gone through once more for each such stretch of the budget, so that a long selftest sees more than one
/// state of the machine at each.
const PASS: Duration = Duration::from_secs(300);
/// Kept rounds of a trial.
const TRIAL: u32 = 20;
/// The same of the short form: the fewest that a verdict may rest on.
const TRIAL_OF_SHORT: u32 = super::pace::FLOOR;

/// What is to be tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The executable; usually this very one.
    pub executable: PathBuf,
    /// Time for all of it.
    pub budget: Duration,
    /// Only one size of slowdown, and trials as short as can be.
    pub short: bool,
    /// Whether a neighbour of ours keeps a processor busy in bursts meanwhile.
    pub neighbour: bool,
    /// Globs of kernel names.
    pub kernels: Vec<String>,
    /// Globs of model names.
    pub models: Vec<String>,
    /// Seed of every random choice.
    pub seed: u64,
    /// How long a team may stand still.
    pub stall: Duration,
}

impl Request {
    /// A case of one worker and one with a worker for each processor, of a kernel that waits for its divisions. What else
    /// the core executes meanwhile (the other hardware thread of it, on a virtual machine another customer's) hardly shows
    /// in its times, so that what scatters is the instrument's and the machine's doing; times of `bytecode` change by a
    /// third with it, for tens of milliseconds at a time.
    pub fn new(executable: impl Into<PathBuf>, short: bool) -> Self {
        Self {
            executable: executable.into(),
            budget: if short { Duration::from_secs(25) } else { Duration::from_secs(300) },
            short,
            neighbour: false,
            kernels: vec!["primes".into()],
            models: vec!["serial".into(), "threads".into()],
            seed: 1,
            stall: Duration::from_secs(10),
        }
    }

    /// Every comparison that is to be measured: the change injected, and the time for it. Half of the time is for no
    /// change at all, since it is false alarms that are rare and have to be counted.
    fn schedule(&self) -> Vec<(f64, Duration)> {
        let sizes: &[f64] = if self.short { &[SIZE_OF_SHORT] } else { &SIZES };
        let changes: Vec<f64> = sizes.iter().flat_map(|size| [*size, -*size]).collect();
        let passes = (self.budget.as_secs_f64() / PASS.as_secs_f64()).floor().max(1.0) as u32;
        let half = self.budget / passes / 2;
        let mut random = fastrand::Rng::with_seed(self.seed);
        let mut all = vec![];
        for _ in 0..passes {
            let mut pass: Vec<_> = changes.iter().map(|change| (*change, half / changes.len() as u32)).collect();
            pass.push((0.0, half));
            random.shuffle(&mut pass);
            all.extend(pass);
        }
        all
    }

    fn check(&self) -> Result<()> {
        let shortest = self.schedule().into_iter().map(|(_, time)| time).min().unwrap_or_default();
        if shortest < LEAST {
            let least = LEAST.as_secs() as usize * if self.short { 4 } else { 4 * SIZES.len() };
            return Err(Error::request(format!(
                "a budget of {:?} leaves {shortest:.1?} for each size of change, too little for a single trial; give it \
                 {least}s or more, or ask for the short form with --short",
                self.budget
            )));
        }
        Ok(())
    }
}

/// Measures. Nothing is judged here: [`Selftest::findings`] is empty.
///
/// A failed case does not stop the others; an interruption ends the whole early, with what has been measured so far and
/// [`Selftest::partial`] saying so.
///
/// # Errors
/// If the request makes no sense, or the executable cannot be compared with itself.
pub fn measure(request: &Request, tell: &mut dyn FnMut(&Event<'_>)) -> Result<Selftest> {
    request.check()?;
    let (began, started_at) = (Instant::now(), SystemTime::now());
    let neighbours = machine::neighbours(Duration::from_millis(300));
    let mut selftest = Selftest {
        kind: SelftestKind::Selftest,
        schema: SELFTEST_SCHEMA,
        generator: concat!("gilbench ", env!("CARGO_PKG_VERSION")).into(),
        started_at: humantime::format_rfc3339_seconds(started_at).to_string(),
        elapsed_s: 0.0,
        partial: None,
        short: request.short,
        neighbour: request.neighbour,
        seed: request.seed,
        machine: machine::fingerprint(neighbours),
        trial_rounds: if request.short { TRIAL_OF_SHORT } else { TRIAL },
        findings: None,
        comparisons: vec![],
    };
    let neighbour = request.neighbour.then(|| Process::play(NEIGHBOUR.name)).transpose();
    // It computes for as long as this lives.
    let _neighbour = neighbour.map_err(Error::os("cannot start the neighbour"))?;
    let before = Counters::now();
    for (number, (injected, time)) in request.schedule().into_iter().enumerate() {
        let offset = began.elapsed();
        let told = &mut |event: &Event<'_>| retell(event, injected, (offset, request.budget), tell);
        let comparison = one(request, injected, time, number as u64, told)?;
        let partial = interrupted(&comparison);
        selftest.comparisons.push(comparison);
        if partial {
            selftest.partial = Some("interrupted; what was measured until then is kept".into());
            break;
        }
    }
    machine::conclude(&mut selftest.machine, &before, &Counters::now());
    selftest.elapsed_s = began.elapsed().as_secs_f64();
    Ok(selftest)
}

fn interrupted(comparison: &Comparison) -> bool {
    comparison.partial.is_some() && crate::worker::interrupted()
}

/// One comparison of the executable with itself. Nobody is suspected: rounds of confirmation come from other trials.
fn one(
    request: &Request,
    injected: f64,
    budget: Duration,
    number: u64,
    tell: &mut dyn FnMut(&Event<'_>),
) -> Result<Comparison> {
    let Request { executable, kernels, models, seed, stall, .. } = request.clone();
    let pair = ab::Request {
        budget,
        kernels,
        models,
        workers: vec![machine::usable_cores()],
        // Another order in each.
        seed: seed.wrapping_add(number.wrapping_mul(0x9E37_79B9)),
        stall,
        injected,
        ..ab::Request::new(&executable, &executable)
    };
    ab::measure(&pair, None, tell)
}

/// Passes an event on, with the change in its label and the time of the whole selftest.
fn retell(event: &Event<'_>, injected: f64, (offset, whole): (Duration, Duration), tell: &mut dyn FnMut(&Event<'_>)) {
    match event {
        Event::Sampling { case, round, elapsed, .. } => {
            let label = format!("{:+} % · {case}", injected * 100.0);
            let elapsed = offset + *elapsed;
            tell(&Event::Sampling { case: &label, round: *round, elapsed, expected: whole.max(elapsed) });
        }
        // Said a dozen times, it would tell nobody anything.
        Event::Calibrating { .. } | Event::Short { .. } => {}
        Event::Failed(_) => tell(event),
    }
}

/// A neighbour that computes in bursts and is quiet in between, as on a shared machine.
pub const NEIGHBOUR: Role = Role { name: "selftest-neighbour", play: disturb };

/// Mean length of a burst and of the quiet after it, in milliseconds: a third of one processor.
const BURST_MS: f64 = 50.0;
const QUIET_MS: f64 = 100.0;

fn disturb(line: &UnixStream) {
    if crate::sys::die_with(line).is_err() {
        return;
    }
    let mut random = fastrand::Rng::with_seed(5);
    // Exponential, as events that know nothing of each other are; cut off where it would be a neighbour moving in.
    let mut length = |mean: f64| Duration::from_secs_f64((-(1.0 - random.f64()).ln()).min(8.0) * mean / 1e3);
    loop {
        let until = Instant::now() + length(BURST_MS);
        while Instant::now() < until {
            std::hint::black_box((0..1000_u64).fold(0, |sum, x| std::hint::black_box(sum ^ x.wrapping_mul(x))));
        }
        std::thread::sleep(length(QUIET_MS));
    }
}

#[cfg(test)]
mod tests {
    use super::{Request, SIZES};

    #[test]
    fn half_of_the_time_is_for_no_change_and_each_change_is_tried_on_either_side() {
        for (short, minutes, passes) in [(true, 1, 1), (false, 5, 1), (false, 11, 2)] {
            let mut request = Request::new("/nonexistent", short);
            request.budget = std::time::Duration::from_mins(minutes);
            let schedule = request.schedule();
            let time = |of: &dyn Fn(f64) -> bool| -> f64 {
                schedule.iter().filter(|(change, _)| of(*change)).map(|(_, time)| time.as_secs_f64()).sum()
            };
            let (none, up, down) = (time(&|x| x == 0.0), time(&|x| x > 0.0), time(&|x| x < 0.0));
            let half = minutes as f64 * 30.0;
            assert!((none - half).abs() < 1e-3 && (up - half / 2.0).abs() < 1e-3 && (down - up).abs() < 1e-3);
            let sizes = if short { 1 } else { SIZES.len() };
            assert_eq!(schedule.len(), passes * (2 * sizes + 1));
        }
    }

    #[test]
    fn a_budget_for_less_than_a_trial_is_refused_with_the_remedy() {
        let mut request = Request::new("/nonexistent", false);
        request.budget = std::time::Duration::from_secs(30);
        let said = request.check().unwrap_err().to_string();
        assert!(said.contains("48s") && said.contains("--short"), "{said}");
        request.short = true;
        assert!(request.check().is_ok());
    }
}
