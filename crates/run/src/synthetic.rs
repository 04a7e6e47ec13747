//! Runs from laws instead of clocks, for tests: exact, quick, and the same on every machine.

use super::validation::{Agreement, Cell, CellRound, Interpreter, LockKind};
use super::{
    Arm, CaseResult, Disturbance, KernelInfo, Knobs, LockSample, Machine, ModelInfo, Parts, Plan, Profile, Reading,
    Role, Run, SCHEMA, Sample, StartMethod, WorkerSample, revised,
};
use crate::Bound;

/// A round of a cell.
pub fn cell_round(round: u32, real_a: f64, real_b: f64, simulated: f64) -> CellRound {
    CellRound { round, real_a, real_b, simulated, qualified: true }
}

/// A cell of a validation with these rounds and nothing concluded from them.
pub fn cell(id: &str, unit: &str, workers: usize, rounds: Vec<CellRound>) -> Cell {
    Cell {
        cell: id.into(),
        family: id.split('/').next().unwrap_or_default().into(),
        unit: unit.into(),
        workers,
        real: None,
        simulated: None,
        error: None,
        error_low: None,
        error_high: None,
        self_error: None,
        spread: None,
        margin: 0.05,
        judged: true,
        qualified: false,
        equivalent: Agreement::Unqualified,
        certain: false,
        rounds,
    }
}

/// An interpreter with these cells and nothing concluded from them.
pub fn interpreter(version: &str, lock: LockKind, rounds: u32, cells: Vec<Cell>) -> Interpreter {
    Interpreter {
        path: format!("/opt/{version}/bin/python"),
        version: version.into(),
        build: "imaginary".into(),
        lock,
        named: false,
        rounds,
        matching: vec![],
        cells,
        goals: vec![],
        verdict: Agreement::Unqualified,
        median_error: None,
        worst_error: None,
        worst_cell: None,
        failure: None,
    }
}

/// A run on an imaginary, quiet machine, to which cases are added one by one.
#[derive(Debug, Clone)]
pub struct Synthetic {
    run: Run,
    rounds: u32,
    noise: f64,
    random: fastrand::Rng,
}

impl Synthetic {
    /// An empty run on a machine with so many processors; 13 rounds, one of them discarded, noise of 1 %.
    pub fn new(cores: usize) -> Self {
        let mut machine = Machine::default();
        machine.cpu.model = "Imaginary CPU".into();
        (machine.cpu.logical, machine.cpu.physical) = (cores, cores);
        (machine.cpu.affinity, machine.cpu.usable) = (cores, cores);
        machine.os = "Synthetic OS".into();
        let plan = Plan {
            profile: Profile::Standard,
            budget_s: 240.0,
            seed: 1,
            rounds: 13,
            discarded_rounds: 1,
            floor_rounds: 12,
            target_width: 0.05,
            knobs: Knobs::default(),
            start_method: StartMethod::Spawn,
            workers: vec![cores],
        };
        let run = Run {
            schema: SCHEMA,
            generator: "synthetic".into(),
            started_at: "2026-01-01T00:00:00Z".into(),
            elapsed_s: 200.0,
            in_samples: 0.9,
            partial: None,
            machine,
            plan,
            kernels: vec![],
            models: vec![],
            cases: vec![],
            readings: vec![],
            probe_rounds: vec![],
            traces: vec![],
            failures: vec![],
            second_opinions: vec![],
            validation: None,
            selftest: None,
        };
        Self { run, rounds: 13, noise: 0.01, random: fastrand::Rng::with_seed(7) }
    }

    /// Changes how many rounds the cases added from here on have, the discarded one included.
    #[must_use]
    pub fn rounds(mut self, rounds: u32) -> Self {
        (self.rounds, self.run.plan.rounds) = (rounds, rounds);
        self
    }

    /// Changes the relative noise of the times added from here on (0.01 is 1 %).
    #[must_use]
    pub fn noise(mut self, noise: f64) -> Self {
        self.noise = noise;
        self
    }

    /// Announces a kernel.
    #[must_use]
    pub fn kernel(mut self, id: &str, bound: Bound, shares: Option<&str>) -> Self {
        let summary = format!("the {id} kernel");
        let shares = shares.map(Into::into);
        self.run.kernels.push(KernelInfo { id: id.into(), revision: 1, bound, summary, shares, peer: false });
        self
    }

    /// Announces that the kernel announced last is of this revision.
    #[must_use]
    pub fn revision(mut self, revision: u32) -> Self {
        self.run.kernels.last_mut().expect("a kernel was announced").revision = revision;
        self
    }

    /// Adds a case that takes so many milliseconds on average, on `processes` × `threads` workers.
    ///
    /// CPU time follows from the kernel's bound: all of the work for CPU-bound kernels, a hundredth for IO-bound ones,
    /// half for mixed ones, of `work_ms`, the time that one worker takes. Models whose id has `gil` in it have a lock,
    /// and threads that share one wait for it.
    #[must_use]
    pub fn case(self, kernel: &str, model: &str, (processes, threads): (usize, usize), ms: f64, work_ms: f64) -> Self {
        self.case_with(kernel, model, (processes, threads), ms, work_ms, |_| {})
    }

    /// The same, with a last word on every sample.
    #[must_use]
    pub fn case_with(
        mut self,
        kernel: &str,
        model: &str,
        (processes, threads): (usize, usize),
        ms: f64,
        work_ms: f64,
        touch: impl Fn(&mut Sample),
    ) -> Self {
        let bound = self.run.kernel(kernel).map_or(Bound::Cpu, |kernel| kernel.bound);
        let locked = model.contains("gil");
        if self.run.model(model).is_none() {
            self.run.models.push(ModelInfo { id: model.into(), summary: format!("the {model} model"), locked });
        }
        let workers = processes * threads;
        let share = if model.contains("hybrid") { format!("{processes}x{threads}") } else { workers.to_string() };
        let cpu = match bound {
            Bound::Cpu => 1.0,
            Bound::Io => 0.01,
            Bound::Mixed => 0.5,
        } * work_ms;
        let many = processes > 1 || model == "processes";
        let contended = threads > 1 && model != "gil-per-interpreter";
        let samples = (0..self.rounds)
            .map(|round| {
                let wobble = self.wobble();
                let compute_ns = (ms * 1e6 * wobble) as u64;
                let start = if many { 900_000 * processes as u64 } else { 40_000 * threads as u64 };
                let parts =
                    Parts { spawn_ns: start, hand_over_ns: 50_000, compute_ns, observe_ns: 0, join_ns: start / 3 };
                let worker = WorkerSample {
                    start_ns: 30_000,
                    end_ns: compute_ns - 10_000,
                    steps: 100_000 / workers as u64,
                    cpu_ns: (cpu * 1e6) as u64 / workers as u64,
                    run_delay_ns: Some(10_000),
                };
                let lock = locked.then(|| LockSample {
                    hand_overs: (ms / 5.0) as u64,
                    forced_drops: (ms / 5.0) as u64,
                    requests: (ms / 5.0) as u64,
                    waits: if contended { (ms / 5.0) as u64 + 1 } else { 0 },
                    wait_ns: if contended { compute_ns * (threads as u64 - 1) } else { 0 },
                    hold_ns: compute_ns,
                });
                let mut sample = Sample {
                    round,
                    position: 0,
                    parts,
                    wall_ns: parts.total_ns() + 1_000,
                    start_skew_ns: 20_000,
                    user_ns: (cpu * 0.98e6 * wobble) as u64,
                    system_ns: (cpu * 0.02e6 * wobble) as u64,
                    start_cpu_ns: Some(if many { 600_000 * processes as u64 } else { 30_000 * threads as u64 }),
                    peer_cpu_ns: None,
                    voluntary_switches: 40,
                    involuntary_switches: 4,
                    minor_faults: 100,
                    major_faults: 0,
                    pss_per_worker_bytes: Some(if many { 700_000 } else { 12_000 }),
                    checksum: 42,
                    lock,
                    workers: vec![worker; workers],
                    disturbance: Disturbance { delay_ns: Some(10_000), others_ns: Some(0), stolen_ns: Some(0) },
                    disturbed: false,
                };
                touch(&mut sample);
                sample
            })
            .collect();
        self.run.cases.push(CaseResult {
            id: format!("{}/{model}/{share}", revised(kernel, self.run.revision(kernel))),
            kernel: kernel.into(),
            model: model.into(),
            workers,
            processes,
            threads,
            start_method: StartMethod::Spawn,
            role: Role::Case,
            steps: 100_000,
            samples,
            limits: None,
            failed: false,
        });
        self
    }

    /// Adds what a probe read: so much on average in every round that is not discarded.
    #[must_use]
    pub fn reading(mut self, probe: &str, name: &str, unit: &str, level: f64) -> Self {
        let rounds: Vec<u32> = (self.run.plan.discarded_rounds..self.rounds).collect();
        let values = rounds.iter().map(|_| level * self.wobble()).collect();
        let (probe, name, unit) = (probe.into(), name.into(), unit.into());
        self.run.readings.push(Reading { probe, name, unit, rounds, values, opportunities: vec![], disturbed: vec![] });
        self
    }

    /// Adds what a probe counted: so often in every round that is not discarded, of so many chances.
    #[must_use]
    pub fn counted(mut self, probe: &str, name: &str, happened: f64, chances: u64) -> Self {
        let rounds: Vec<u32> = (self.run.plan.discarded_rounds..self.rounds).collect();
        let (values, opportunities) = (vec![happened; rounds.len()], vec![chances; rounds.len()]);
        let (probe, name, unit) = (probe.into(), name.into(), String::new());
        self.run.readings.push(Reading { probe, name, unit, rounds, values, opportunities, disturbed: vec![] });
        self
    }

    /// A factor near 1.
    fn wobble(&mut self) -> f64 {
        1.0 + self.noise * (self.random.f64() * 2.0 - 1.0)
    }

    /// The run.
    pub fn build(self) -> Run {
        self.run
    }

    /// The run with the A/A arms that it needs: one for each kind of arm that it has, or a control's if it has no case.
    pub fn qualified(mut self) -> Run {
        if self.run.cases.is_empty() {
            self = self.kernel("control", Bound::Cpu, None).case("control", "threads", (1, 2), 20.0, 40.0);
            self.run.cases[0].role = Role::Control;
        }
        let mut run = self.run;
        for arm in Arm::ALL {
            let original = run.cases.iter().find(|case| run.arm(case) == arm).cloned();
            run.cases.extend(original.map(|original| CaseResult {
                id: format!("{}@twin", original.id),
                role: Role::Twin,
                ..original
            }));
        }
        run
    }
}
