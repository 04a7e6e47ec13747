//! From a request to groups of cases.
//!
//! Which cases a profile has, on a machine with P usable processors:
//!
//! | kernels | quick | standard adds | full adds |
//! |---|---|---|---|
//! | CPU-bound | serial; threads, processes, gil at P; `gil-hybrid` at P for one kernel | every kernel; rayon; P × 2 workers and hybrids for two kernels | one worker; all that for every kernel |
//! | `bytecode` | serial, and `gil-per-interpreter` and `free-threaded` at P | what the others have | these models for every kernel that shares nothing |
//! | CPU-bound, sharing a resource | serial; threads, processes at P | rayon | gil; P × 2 workers |
//! | IO-bound | serial; threads, processes, gil at 8 or P × 4 workers | rayon and hybrids | four times the workers |
//! | mixed | the same, and `gil-hybrid` on a process for each worker and for each two | rayon, hybrid; every split of `gil-hybrid` | every split of `hybrid` |
//!
//! `handoff-64k`, `getppid`, `futex`, `pipe-pair` and `file-lock` are in the full profile only, unless they are asked for.
//!
//! More arms are in every run: for each kind of arm (threads, processes, simulated locks) that it has, one case under a
//! second label (A/A), and the neutral control, which also shows what starting costs by each method.

use std::time::Duration;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::error::{Error, Result};
use crate::kernel::{Bound, Kernel};
use crate::model::{Arrangement, Model, check_workers};
use crate::probe::{self, Probe};
use crate::run::{Arm, Knobs, Profile, Role, StartMethod, revised};
use crate::suite::Suite;
use crate::worker::Limits;

/// The neutral control's kernel.
const CONTROL: &str = "control";
/// The model that speedups are against.
const BASELINE: &str = "serial";
/// The kernel with the A/A arms and the splits in a hurry.
const FIRST: &str = "primes";
/// The kernel with reference counts, for models that differ in how they interpret.
const INTERPRETER: &str = "bytecode";
/// Kernels of the quick profile: one for each question that the verdicts ask.
///
/// Plain arithmetic comes first: it waits for its divisions, so that its times differ by 1 % where those of the interpreter
/// change by a third for tens of milliseconds at a time, with what else the core executes, and a minute is too short to
/// average that.
pub const QUICK: &[&str] = &[FIRST, INTERPRETER, "mmap", "open-close", "sleep", "crawl-50"];
/// Kernels for which only the full profile has time, unless they are asked for: the standard one answers the question of
/// the first with a probe (`crossover`), and the others show what calling the system costs threads, which no verdict asks.
const RARE: &[&str] = &["handoff-64k", "getppid", "futex", "pipe-pair", "file-lock"];
/// CPU-bound kernels that the standard profile looks at more closely.
const DEEP: &[&str] = &["bytecode", "primes"];

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// How much.
    pub profile: Profile,
    /// Time for measuring; the profile's if `None`.
    pub budget: Option<Duration>,
    /// Globs of kernel names; empty means the profile's kernels, `none` means none.
    pub kernels: Vec<String>,
    /// Globs of model names; empty means all, `none` means none.
    pub models: Vec<String>,
    /// Globs of probe names; empty means all, or none if kernels or models are named; `none` means none.
    pub probes: Vec<String>,
    /// Worker counts instead of the profile's.
    pub workers: Vec<usize>,
    /// Seed of every random choice.
    pub seed: u64,
    /// How worker processes start.
    pub start_method: StartMethod,
    /// Settings of the simulated locks.
    pub knobs: Knobs,
    /// When a team counts as stalled.
    pub limits: Limits,
}

impl Request {
    /// The profile as it is.
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            budget: None,
            kernels: vec![],
            models: vec![],
            probes: vec![],
            workers: vec![],
            seed: 1,
            start_method: StartMethod::Spawn,
            knobs: Knobs::default(),
            limits: Limits::default(),
        }
    }

    /// Time for measuring. The profiles' own leave room for starting up and for the report in what they promise.
    pub fn time(&self) -> Duration {
        self.budget.unwrap_or(Duration::from_secs(match self.profile {
            Profile::Quick => 57,
            Profile::Standard => 288,
            Profile::Full => 1140,
        }))
    }
}

/// A kernel's cases, which are compared with each other inside rounds.
pub struct Group {
    /// The kernel.
    pub kernel: &'static dyn Kernel,
    /// Its cases.
    pub cases: Vec<Planned>,
}

/// One case to be measured.
#[derive(Clone)]
pub struct Planned {
    /// Its id, see [`crate::run::CaseResult::id`].
    pub id: String,
    /// The model.
    pub model: &'static dyn Model,
    /// Its processes and threads.
    pub arrangement: Arrangement,
    /// How its processes start.
    pub start_method: StartMethod,
    /// Why it is there.
    pub role: Role,
}

/// Plans a request for a machine with so many usable processors.
///
/// # Errors
/// If a glob matches nothing, a worker count is impossible, or nothing is left to measure.
pub fn plan(suite: &Suite, request: &Request, cores: usize) -> Result<Vec<Group>> {
    for &workers in &request.workers {
        check_workers(workers)?;
    }
    check_times(request)?;
    let kernels = select(&request.kernels, "kernel", suite.kernels(), Kernel::name)?;
    let mut models = select(&request.models, "model", suite.models(), Model::name)?;
    if adds_baseline(suite, request)? {
        models.insert(0, suite.find_model(BASELINE)?);
    }
    let chosen = |kernel: &&&'static dyn Kernel| {
        let name = kernel.name();
        let by_name = !request.kernels.is_empty() || suite.is_own(name);
        let in_profile = match request.profile {
            Profile::Quick => QUICK.contains(&name),
            Profile::Standard => !RARE.contains(&name),
            Profile::Full => true,
        };
        name != CONTROL && (by_name || in_profile)
    };
    let planner = Planner { request, models: &models, cores };
    let mut groups: Vec<_> =
        kernels.iter().filter(chosen).map(|kernel| planner.group(*kernel)).collect::<Result<_>>()?;
    groups.retain(|group| !group.cases.is_empty());
    let probed = !probes(request)?.is_empty();
    if groups.is_empty() && !probed {
        return Err(Error::request("nothing is left to measure: choose at least one kernel and one model, or a probe"));
    }
    if let Some(control) = suite.kernels().iter().find(|kernel| kernel.name() == CONTROL) {
        groups.push(planner.control(*control, suite)?);
    }
    for arm in Arm::ALL {
        add_twin(&mut groups, arm);
    }
    Ok(groups)
}

/// Whether the baseline is measured although the models that were named do not include it: without it there is no
/// speedup, and a run of many seconds would show nothing.
///
/// # Errors
/// If a name is no pattern.
pub fn adds_baseline(suite: &Suite, request: &Request) -> Result<bool> {
    let named = glob_set(&request.models)?;
    let any = suite.models().iter().any(|model| named.is_match(model.name()));
    Ok(any && !named.is_match(BASELINE) && suite.find_model(BASELINE).is_ok())
}

/// The cases by which two executables are compared: those that the request plans, without the extra arms. A comparison
/// takes every case three times a round; so, unless models are named, only the basic ones, and unless kernels are, none
/// that are mixed: their samples take as long as those of all others together, and computing and waiting are there apart.
///
/// # Errors
/// As [`plan`]; and if nothing is left.
pub(super) fn plan_pairs(suite: &Suite, request: &Request, cores: usize) -> Result<Vec<Group>> {
    let mut groups = plan(suite, request, cores)?;
    // What is compared is one executable with another, so that the baseline is a case like any other.
    let unasked = adds_baseline(suite, request)?;
    for group in &mut groups {
        group.cases.retain(|case| !unasked || case.model.name() != BASELINE);
        let basic = |case: &Planned| matches!(case.model.name(), "serial" | "threads" | "processes" | "gil");
        group.cases.retain(|case| case.role == Role::Case && (!request.models.is_empty() || basic(case)));
    }
    let mixed = |group: &Group| group.kernel.bound() == Bound::Mixed && !suite.is_own(group.kernel.name());
    let left_out = |group: &Group| request.kernels.is_empty() && mixed(group);
    groups.retain(|group| !group.cases.is_empty() && !left_out(group));
    if groups.is_empty() {
        return Err(Error::request("nothing is left to compare: choose at least one kernel and one model"));
    }
    Ok(groups)
}

/// The probes that a request asks for.
///
/// # Errors
/// If a glob matches none.
pub fn probes(request: &Request) -> Result<Vec<&'static Probe>> {
    // Who names kernels wants to know about those.
    if request.probes.is_empty() && !(request.kernels.is_empty() && request.models.is_empty()) {
        return Ok(vec![]);
    }
    let all: Vec<&'static Probe> = probe::ALL.iter().collect();
    select(&request.probes, "probe", &all, |probe| probe.id)
}

/// Times that cannot be meant.
fn check_times(request: &Request) -> Result<()> {
    check_knobs(&request.knobs)?;
    if request.time() < Duration::from_secs(1) {
        return Err(Error::request(
            "a budget under one second measures nothing; 60s gives verdicts at the quick profile",
        ));
    }
    Ok(())
}

/// Settings of a lock that cannot be meant.
pub(super) fn check_knobs(knobs: &Knobs) -> Result<()> {
    let Knobs { check_interval_ticks, safepoint_steps, .. } = *knobs;
    let interval = knobs.switch_interval();
    if interval < Duration::from_micros(1) || interval > Duration::from_secs(10) {
        return Err(Error::request(format!(
            "a switch interval of {interval:?} makes no sense; CPython's is 5ms, and between 1us and 10s can be simulated"
        )));
    }
    if check_interval_ticks == 0 || check_interval_ticks > 1_000_000_000 {
        return Err(Error::request(format!(
            "a check interval of {check_interval_ticks} ticks makes no sense; CPython's was 100, and between 1 and 1000000000 \
             can be simulated"
        )));
    }
    if safepoint_steps == 0 || safepoint_steps > 1_000_000_000 {
        return Err(Error::request(format!(
            "a safepoint every {safepoint_steps} steps makes no sense; 1 is after each step, and up to 1000000000 can be \
             simulated"
        )));
    }
    Ok(())
}

/// The entries whose names match any of the globs; all if there are none.
fn select<T: ?Sized>(
    globs: &[String],
    what: &str,
    entries: &[&'static T],
    name: impl Fn(&T) -> &'static str,
) -> Result<Vec<&'static T>> {
    if globs.is_empty() {
        return Ok(entries.to_vec());
    }
    let names = || entries.iter().map(|entry| name(entry)).collect::<Vec<_>>().join(", ");
    for glob in globs.iter().filter(|glob| *glob != "none") {
        let set = glob_set(std::slice::from_ref(glob))?;
        if !entries.iter().any(|entry| set.is_match(name(entry))) {
            return Err(Error::request(format!("no {what} matches `{glob}`; there are {}", names())));
        }
    }
    let set = glob_set(globs)?;
    Ok(entries.iter().copied().filter(|entry| set.is_match(name(entry))).collect())
}

/// One pattern of all globs; `none` adds nothing.
pub(crate) fn glob_set(globs: &[String]) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for glob in globs.iter().filter(|glob| *glob != "none") {
        set.add(Glob::new(glob).map_err(|error| Error::request(format!("`{glob}` is no pattern: {error}")))?);
    }
    set.build().map_err(|error| Error::request(error.to_string()))
}

struct Planner<'a> {
    request: &'a Request,
    models: &'a [&'static dyn Model],
    cores: usize,
}

impl Planner<'_> {
    fn group(&self, kernel: &'static dyn Kernel) -> Result<Group> {
        let mut cases = vec![];
        for &model in self.models {
            for arrangement in self.arrangements(kernel, model)? {
                let planned = self.planned(kernel, model, arrangement);
                if cases.iter().all(|case: &Planned| case.id != planned.id) {
                    cases.push(planned);
                }
            }
        }
        Ok(Group { kernel, cases })
    }

    fn planned(&self, kernel: &dyn Kernel, model: &'static dyn Model, arrangement: Arrangement) -> Planned {
        let Arrangement { processes, threads, .. } = arrangement;
        let share = if model.splits() { format!("{processes}x{threads}") } else { arrangement.workers().to_string() };
        Planned {
            id: format!("{}/{}/{share}", revised(kernel.name(), kernel.revision()), model.name()),
            model,
            arrangement,
            start_method: self.request.start_method,
            role: Role::Case,
        }
    }

    fn arrangements(&self, kernel: &dyn Kernel, model: &'static dyn Model) -> Result<Vec<Arrangement>> {
        if model.name() == BASELINE {
            return Ok(vec![model.arrange(1, self.cores)?]);
        }
        let mut arrangements = vec![];
        for workers in self.workers(kernel, model) {
            if self.all_splits(kernel, model) {
                let (edge, interior) = (workers, workers / 2);
                let in_time = |p: usize| !self.in_a_hurry() || p == edge || p == interior;
                let wanted = |p: &usize| workers.is_multiple_of(*p) && in_time(*p);
                let divisors = (2..=workers).filter(wanted);
                arrangements.extend(divisors.map(|processes| Arrangement::split(processes, workers / processes)));
            } else {
                arrangements.push(model.arrange(workers, self.cores)?);
            }
        }
        Ok(arrangements)
    }

    /// Whether this is the quick profile as it is.
    fn in_a_hurry(&self) -> bool {
        let Request { profile, kernels, models, .. } = self.request;
        *profile == Profile::Quick && kernels.is_empty() && models.is_empty()
    }

    /// Whether every split of the model is asked for: for the map of processes × threads.
    fn all_splits(&self, kernel: &dyn Kernel, model: &dyn Model) -> bool {
        let wanted = kernel.bound() == Bound::Mixed && (model.locked() || self.request.profile == Profile::Full);
        model.splits() && wanted
    }

    /// The worker counts at which a model runs a kernel.
    fn workers(&self, kernel: &dyn Kernel, model: &dyn Model) -> Vec<usize> {
        let asked = &self.request.workers;
        if !asked.is_empty() {
            return asked.clone();
        }
        let (cores, profile) = (self.cores, self.request.profile);
        let by_name = !self.request.kernels.is_empty() || !self.request.models.is_empty();
        let standard = profile != Profile::Quick || by_name;
        let full = profile == Profile::Full;
        if rare(model) && self.request.models.is_empty() && !full && kernel.name() != INTERPRETER {
            return vec![];
        }
        match kernel.bound() {
            Bound::Cpu => self.cpu_workers(kernel, model, standard, full),
            _ if !standard && beyond_quick(kernel, model) => vec![],
            Bound::Io if full => vec![many(cores), many(cores) * 4],
            Bound::Io | Bound::Mixed => vec![many(cores)],
        }
    }

    fn cpu_workers(&self, kernel: &dyn Kernel, model: &dyn Model, standard: bool, full: bool) -> Vec<usize> {
        // Two at least: what a lock costs two threads can be asked on one processor as well.
        let (cores, shares) = (self.cores.max(2), kernel.shares().is_some());
        let first = kernel.name() == FIRST;
        let basic = matches!(model.name(), "threads" | "processes") || (model.name() == "gil" && !shares);
        if rare(model) {
            return if shares { vec![] } else { vec![cores] };
        }
        if !standard && kernel.name() == INTERPRETER {
            return vec![];
        }
        let closely = full || (standard && DEEP.contains(&kernel.name()));
        if model.splits() {
            let wanted = closely || (first && model.locked());
            // In a hurry a thread for each process: with more, the scheduler's choices hide whose the lock is.
            let workers = if standard { cores * 2 } else { cores };
            return if wanted && !shares { vec![workers] } else { vec![] };
        }
        // A lock makes samples of them long: serial lasts twenty intervals, and without the lock several times that.
        let lock_on_shared = model.locked() && shares && !full && self.request.kernels.is_empty();
        match ((basic || standard) && !lock_on_shared, closely) {
            (false, _) => vec![],
            (true, false) => vec![cores],
            (true, true) if full && !shares => vec![1, cores, cores * 2],
            (true, true) => vec![cores, cores * 2],
        }
    }

    /// The neutral control, and what starting costs by each method.
    fn control(&self, kernel: &'static dyn Kernel, suite: &Suite) -> Result<Group> {
        let mut cases = vec![];
        for (name, start_method) in [
            ("serial", StartMethod::Spawn),
            ("threads", StartMethod::Spawn),
            ("processes", StartMethod::Spawn),
            ("processes", StartMethod::ForkServer),
        ] {
            let Ok(model) = suite.find_model(name) else { continue };
            let workers = if name == "serial" { 1 } else { self.cores };
            let mut case = self.planned(kernel, model, model.arrange(workers, self.cores)?);
            if start_method == StartMethod::ForkServer {
                case.id += "@fork-server";
            }
            cases.push(Planned { start_method, role: Role::Control, ..case });
        }
        Ok(Group { kernel, cases })
    }
}

/// Models that answer one question each, for which one kernel is enough unless they are asked for.
pub(super) fn rare(model: &dyn Model) -> bool {
    matches!(model.name(), "gil-legacy" | "gil-per-interpreter" | "free-threaded")
}

/// Whether the quick profile leaves this IO-bound or mixed case out.
fn beyond_quick(kernel: &dyn Kernel, model: &dyn Model) -> bool {
    let map = kernel.bound() == Bound::Mixed && model.splits() && model.locked();
    !(map || matches!(model.name(), "threads" | "processes" | "gil"))
}

/// Workers for kernels that wait: far more than processors.
fn many(cores: usize) -> usize {
    (cores * 4).max(8)
}

/// Adds the A/A arm of a kind of arm that is planned: in the first group that has its basic model, or else any of its
/// kind. What the control alone has, as in a run of probes, gets its A/A arm there.
fn add_twin(groups: &mut [Group], arm: Arm) {
    let basic = match arm {
        Arm::Threads => "threads",
        Arm::Processes => "processes",
        Arm::Locked => "gil",
    };
    let of_kind = |case: &Planned| Arm::of(case.model.locked(), case.arrangement.processes) == arm;
    let find = |wanted: &dyn Fn(&Planned) -> bool| {
        groups
            .iter()
            .enumerate()
            .find_map(|(at, group)| Some((at, group.cases.iter().find(|case| wanted(case))?.clone())))
    };
    if let Some((at, original)) = find(&|case| of_kind(case) && case.model.name() == basic).or_else(|| find(&of_kind)) {
        groups[at].cases.push(Planned { id: format!("{}@twin", original.id), role: Role::Twin, ..original });
    }
}
