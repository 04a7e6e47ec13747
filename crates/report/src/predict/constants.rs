//! What the simulation takes from a run: the machine's constants, each with where it comes from.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::run::{CaseResult, Metric, Role, Run};
use crate::stats;

/// How a constant is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Measured in the run.
    Measured,
    /// Derived from something else that the run measured.
    Derived,
    /// Part of the question.
    Asked,
    /// Not in the run: a documented default of systems like this one.
    Assumed,
}

/// One number and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Constant {
    /// The number, in the unit that its field's name ends with.
    pub value: f64,
    /// How it is known.
    pub basis: Basis,
    /// Where it comes from, in words; with the command that would measure it, if it is not measured.
    pub source: String,
}

/// The machine's constants.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Constants {
    /// From a signal until who was waiting runs, on an idle core, in nanoseconds.
    pub wake_up_ns: Constant,
    /// From the last instruction of a lock's holder to the first of the next, in nanoseconds. If it is shorter than a
    /// wake-up, that is because the waiter fell asleep a moment ago, and so it is used for those who did.
    pub hand_over_gap_ns: Constant,
    /// To start a thread, in nanoseconds.
    pub spawn_thread_ns: Option<Constant>,
    /// To start a process, in nanoseconds.
    pub spawn_process_ns: Option<Constant>,
    /// Speed of a core when all compute on threads, over its speed when it computes alone (0–1).
    pub threads_efficiency: Constant,
    /// The same with processes.
    pub processes_efficiency: Constant,
    /// CPU time with biased reference counts over that without.
    pub free_threading_factor: Constant,
    /// Switch interval of the lock, in microseconds.
    pub switch_interval_us: Constant,
    /// By how much the system fires timers late, in nanoseconds.
    pub timer_slack_ns: Constant,
    /// Base slice of the system's scheduler on one core, in nanoseconds; more cores have longer ones.
    pub base_slice_ns: Constant,
    /// From one tick of a core to the next, in nanoseconds: when the scheduler looks who is to run.
    pub tick_ns: Constant,
    /// What waking a waiter costs who signals, in nanoseconds; counts for the legacy lock.
    pub signal_ns: Constant,
}

impl Constants {
    /// The constants of the machine that a run was made on.
    ///
    /// # Errors
    /// If the run holds nothing to tell the time of a wake-up from.
    pub fn of(run: &Run) -> Result<Self> {
        let wake_up_ns = wake_up(run)?;
        let hand_over_gap_ns = gap(run, &wake_up_ns);
        Ok(Self {
            signal_ns: signal(&hand_over_gap_ns),
            wake_up_ns,
            hand_over_gap_ns,
            spawn_thread_ns: spawn(run, "threads"),
            spawn_process_ns: spawn(run, "processes"),
            threads_efficiency: efficiency(run, "threads"),
            processes_efficiency: efficiency(run, "processes"),
            free_threading_factor: free_threading(run),
            switch_interval_us: Constant {
                value: run.plan.knobs.switch_interval_us as f64,
                basis: Basis::Measured,
                source: "the run's own setting".into(),
            },
            timer_slack_ns: assumed(50e3, "the default of Linux"),
            base_slice_ns: assumed(700e3, "the default of Linux since 6.12; times 1 + log2 of the cores, up to 8"),
            tick_ns: assumed(4e6, "a Linux kernel built for 250 ticks a second, as most distributions' are"),
        })
    }

    /// Each with its name, for people.
    pub fn listed(&self) -> Vec<(&'static str, Unit, &Constant)> {
        let mut list =
            vec![("wake-up", Unit::Ns, &self.wake_up_ns), ("hand-over gap", Unit::Ns, &self.hand_over_gap_ns)];
        list.extend(self.spawn_thread_ns.as_ref().map(|constant| ("starting a thread", Unit::Ns, constant)));
        list.extend(self.spawn_process_ns.as_ref().map(|constant| ("starting a process", Unit::Ns, constant)));
        list.extend([
            ("speed of a core, all busy with threads", Unit::Ratio, &self.threads_efficiency),
            ("speed of a core, all busy with processes", Unit::Ratio, &self.processes_efficiency),
            ("CPU time with biased counts", Unit::Ratio, &self.free_threading_factor),
            ("switch interval", Unit::Us, &self.switch_interval_us),
            ("timer slack", Unit::Ns, &self.timer_slack_ns),
            ("base slice", Unit::Ns, &self.base_slice_ns),
            ("tick", Unit::Ns, &self.tick_ns),
            ("signalling", Unit::Ns, &self.signal_ns),
        ]);
        list
    }
}

/// Unit of a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds.
    Ns,
    /// Microseconds.
    Us,
    /// One quantity over another.
    Ratio,
}

fn assumed(value: f64, source: &str) -> Constant {
    Constant { value, basis: Basis::Assumed, source: source.into() }
}

/// The median of a probe's reading, if the run has it.
fn reading(run: &Run, probe: &str, name: &str) -> Option<Constant> {
    let reading = run.readings.iter().find(|reading| reading.probe == probe && reading.name == name)?;
    let values: Vec<f64> = reading.values.iter().copied().filter(|value| value.is_finite() && *value >= 0.0).collect();
    let value = stats::median(&values)?;
    Some(Constant { value, basis: Basis::Measured, source: format!("probe {probe}, {name}") })
}

fn wake_up(run: &Run) -> Result<Constant> {
    if let Some(constant) = reading(run, "handover", "wake-up") {
        return Ok(constant);
    }
    // The start signal of a sample is a wake-up as well: every worker sleeps at the gate and says when it ran. One that
    // is alone often wakes on the core that has just signalled, so it is asked only where there are no others.
    let control = || run.cases.iter().filter(|case| case.role == Role::Control && !case.failed);
    let most = control().map(|case| case.workers).max();
    let starts: Vec<f64> = control()
        .filter(|case| Some(case.workers) == most)
        .flat_map(|case| run.kept(case))
        .flat_map(|sample| sample.workers.iter().map(|worker| worker.start_ns as f64))
        .collect();
    let value = stats::median(&starts).ok_or_else(|| {
        Error::request(
            "the run does not tell how long a wake-up takes here: it has neither the probe `handover` nor the control; \
             measure with `gilbench run`, whose every profile has both",
        )
    })?;
    let source = "from the start signal to the first step of the control's workers; `gilbench run --probe handover` \
                  would measure it";
    Ok(Constant { value, basis: Basis::Derived, source: source.into() })
}

fn gap(run: &Run, wake_up: &Constant) -> Constant {
    reading(run, "handover", "gap").unwrap_or_else(|| Constant {
        value: wake_up.value,
        basis: Basis::Derived,
        source: "a wake-up and nothing else; `gilbench run --probe handover` would measure it".into(),
    })
}

fn signal(gap: &Constant) -> Constant {
    const USUAL_NS: f64 = 2e3;
    assumed(
        USUAL_NS.min(gap.value / 2.0),
        "2 µs for the system call, and at most half of a hand-over; nothing measures it",
    )
}

/// The control on as many workers as it was measured with.
fn control<'a>(run: &'a Run, model: &str) -> Option<&'a CaseResult> {
    let wanted = |case: &&CaseResult| case.role == Role::Control && case.model == model && !case.failed;
    run.cases.iter().filter(wanted).find(|case| case.start_method == run.plan.start_method)
}

fn spawn(run: &Run, model: &str) -> Option<Constant> {
    let case = control(run, model)?;
    let each: Vec<f64> = run.kept(case).map(|sample| sample.parts.spawn_ns as f64 / case.workers as f64).collect();
    Some(Constant { value: stats::median(&each)?, basis: Basis::Measured, source: case.id.clone() })
}

/// From the control, which is not among the cases that a prediction is checked against.
fn efficiency(run: &Run, model: &str) -> Constant {
    let measured = || {
        let case = control(run, model)?;
        let serial = control(run, "serial")?;
        let usable = case.workers.min(run.cores());
        let speedup = run.speedup(case, serial)?.value / usable as f64;
        (usable > 1).then(|| Constant {
            value: speedup.clamp(0.01, 1.0),
            basis: Basis::Measured,
            source: format!("{} against {}, at {usable} cores", case.id, serial.id),
        })
    };
    measured().unwrap_or_else(|| {
        assumed(1.0, "cores do not slow each other down; `gilbench run` on two cores or more would measure it")
    })
}

/// Median over kernels that count references of the CPU time without a lock, with biased counts over without.
fn free_threading(run: &Run) -> Constant {
    let pairs = run.cases.iter().filter(|case| case.model == "free-threaded" && case.kernel == "bytecode");
    let ratios: Vec<f64> = pairs
        .filter_map(|case| {
            let same = |other: &&CaseResult| {
                other.model == "threads" && other.kernel == case.kernel && other.workers == case.workers
            };
            let plain = run.cases.iter().find(same)?;
            Some(run.ratio(case, plain, Metric::CpuTime, 0.95)?.value)
        })
        .collect();
    match stats::median(&ratios) {
        Some(value) => Constant {
            value: value.max(0.1),
            basis: Basis::Measured,
            source: "CPU time of bytecode/free-threaded over bytecode/threads".into(),
        },
        None => assumed(
            1.1,
            "published: about 10 % (PEP 779); `gilbench run --kernel bytecode --model 'free-threaded' --model threads` \
             would measure it",
        ),
    }
}
