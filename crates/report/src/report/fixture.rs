//! An imaginary but plausible run for the tests: all kernels, most models, a failure, two modes, a second instrument.

mod readings;

use super::panels;
use crate::claim::{Evidence, Judged, Outcome, Verdict};
use crate::run::scenes;
use crate::run::selftest::{Basis, Check, Findings, Point, Rate, SELFTEST_SCHEMA, Selftest, SelftestKind, Whose};
use crate::run::synthetic::{self, Synthetic};
use crate::run::validation::{Agreement, Goal, LockKind, Skipped, VALIDATION_SCHEMA, Validation};
use crate::run::{Bound, Failure, FailureKind, Machine, Note, Role, Run, Sample, SecondOpinion, StartMethod};
use crate::stats::Estimate;

/// A kernel's laws: its name, what it is bound by and shares, milliseconds of serial work, and the share of CPU.
type Law = (&'static str, Bound, Option<&'static str>, f64, f64);

const LAWS: [Law; 18] = [
    ("primes", Bound::Cpu, None, 210.0, 1.0),
    ("mandelbrot", Bound::Cpu, None, 190.0, 1.0),
    ("matmul", Bound::Cpu, None, 240.0, 1.0),
    ("sha256", Bound::Cpu, None, 205.0, 1.0),
    ("sort", Bound::Cpu, None, 260.0, 1.0),
    ("bytecode", Bound::Cpu, None, 220.0, 1.0),
    ("alloc", Bound::Cpu, Some("allocator"), 200.0, 1.0),
    ("mmap", Bound::Cpu, Some("address space"), 230.0, 1.0),
    ("open-close", Bound::Cpu, Some("descriptor table"), 215.0, 1.0),
    ("page-fault", Bound::Cpu, Some("address space"), 225.0, 1.0),
    ("memory-stream", Bound::Cpu, Some("memory bus"), 250.0, 1.0),
    ("sleep", Bound::Io, None, 400.0, 0.001),
    ("tcp-echo", Bound::Io, None, 380.0, 0.02),
    ("file-sync", Bound::Io, None, 420.0, 0.01),
    ("pipe", Bound::Io, None, 300.0, 0.03),
    ("crawl-25", Bound::Mixed, None, 380.0, 0.25),
    ("crawl-50", Bound::Mixed, None, 360.0, 0.5),
    ("crawl-75", Bound::Mixed, None, 340.0, 0.75),
];

/// How many times faster than serial p processes × t threads are under a model.
fn speedup(law: &Law, model: &str, p: usize, t: usize, cores: usize) -> f64 {
    let (kernel, bound, _, _, cpu) = *law;
    let (workers, cores) = ((p * t) as f64, cores as f64);
    let locks = if model.contains("gil") { p as f64 } else { f64::INFINITY };
    let ceiling = match kernel {
        "mmap" => 1.02 * p as f64,
        "open-close" => 1.4 * p as f64,
        "memory-stream" => 1.7,
        "file-sync" => 3.1,
        _ => f64::INFINITY,
    };
    let shared = match bound {
        Bound::Cpu => workers.min(cores).min(locks),
        Bound::Io | Bound::Mixed => workers.min(cores / cpu).min(locks / cpu),
    };
    let convoy = if model == "gil" && bound == Bound::Mixed { 0.82 } else { 0.97 };
    let model_cost = if model == "processes" { 0.985 } else { 1.0 };
    shared.min(ceiling) * convoy * model_cost
}

/// Splits of so many workers under a model.
fn splits(model: &str, workers: usize) -> Vec<(usize, usize)> {
    match model {
        "processes" => vec![(workers, 1)],
        "hybrid" | "gil-hybrid" => {
            (2..workers).filter(|p| workers.is_multiple_of(*p)).map(|p| (p, workers / p)).collect()
        }
        _ => vec![(1, workers)],
    }
}

/// The whole suite on an imaginary machine with so many processors.
pub(crate) fn suite(cores: usize) -> Run {
    let mut synthetic = Synthetic::new(cores).noise(0.03).kernel("control", Bound::Cpu, None);
    for law in &LAWS {
        synthetic = add(synthetic.kernel(law.0, law.1, law.2), law, cores);
    }
    for (model, processes) in [("serial", 1), ("threads", 1), ("processes", 2)] {
        synthetic = synthetic.case("control", model, (processes, if model == "threads" { 2 } else { 1 }), 50.0, 50.0);
    }
    synthetic = panels::queue_depth::add_example(panels::crossover::add_example(synthetic));
    let mut run = readings::add(synthetic).build();
    for case in run.cases.iter_mut().filter(|case| case.kernel == "control") {
        case.role = Role::Control;
    }
    extra_arms(&mut run);
    describe(&mut run);
    run.plan.workers = vec![1, 2, cores.max(2), 2 * cores.max(2)];
    run.plan.workers.dedup();
    run
}

fn add(mut synthetic: Synthetic, law: &Law, cores: usize) -> Synthetic {
    let (kernel, ms) = (law.0, law.3);
    synthetic = synthetic.case(kernel, "serial", (1, 1), ms, ms);
    let mut counts = vec![2, cores.max(2), 2 * cores.max(2)];
    counts.dedup();
    for model in ["threads", "rayon", "processes", "hybrid", "gil", "gil-hybrid"] {
        for (p, t) in counts.iter().flat_map(|workers| splits(model, *workers)) {
            let time = ms / speedup(law, model, p, t, cores);
            let touch = move |sample: &mut Sample| touch(sample, kernel, model, p);
            synthetic = synthetic.case_with(kernel, model, (p, t), time, ms, touch);
        }
    }
    synthetic
}

/// Two placements for pipes between threads; uneven progress under the lock; memory looked at in one round of three.
fn touch(sample: &mut Sample, kernel: &str, model: &str, processes: usize) {
    if kernel == "pipe" && model == "threads" && sample.round.is_multiple_of(2) {
        sample.parts.compute_ns = sample.parts.compute_ns * 17 / 10;
    }
    if model == "gil" {
        sample.workers[0].steps = sample.workers[0].steps * 5 / 4;
    }
    if !sample.round.is_multiple_of(3) {
        sample.pss_per_worker_bytes = None;
    } else if let Some(bytes) = sample.pss_per_worker_bytes.as_mut() {
        *bytes +=
            i64::from(sample.round) * 300 + i64::try_from(kernel.len() * 700 * processes).expect("a few kilobytes");
    }
    sample.wall_ns = sample.parts.total_ns();
}

/// The A/A arms, another start method, and a failure.
fn extra_arms(run: &mut Run) {
    let find = |run: &Run, id: &str| run.case(id).cloned();
    for id in ["primes/threads/2", "primes/processes/2", "primes/gil/2"] {
        let Some(mut twin) = find(run, id) else { continue };
        (twin.id, twin.role) = (format!("{id}@twin"), Role::Twin);
        for (at, sample) in twin.samples.iter_mut().enumerate() {
            sample.parts.compute_ns = (sample.parts.compute_ns as f64 * (0.996 + 0.001 * (at % 13) as f64)) as u64;
        }
        run.cases.push(twin);
    }
    if let Some(mut forked) = find(run, "control/processes/2") {
        (forked.id, forked.start_method) = ("control/processes/2@fork-server".into(), StartMethod::ForkServer);
        forked.samples.iter_mut().for_each(|sample| sample.parts.spawn_ns /= 4);
        run.cases.push(forked);
    }
    for id in ["sort/processes/2", "tcp-echo/rayon/2"] {
        fail(run, id, "worker 1 was killed by signal 9 (out of memory?); free some memory or use fewer workers");
    }
}

/// Marks a case as failed.
pub(crate) fn fail(run: &mut Run, id: &str, message: &str) {
    let case = run.cases.iter_mut().find(|case| case.id == id).expect("the case is there");
    case.failed = true;
    let (case, message) = (Some(id.to_owned()), message.to_owned());
    run.failures.push(Failure { case, round: Some(3), kind: FailureKind::Killed, message });
}

fn describe(run: &mut Run) {
    run.started_at = "2026-03-14T09:26:53Z".into();
    run.generator = "gilbench 0.1.0".into();
    let machine = &mut run.machine;
    machine.cpu.model = "Imaginary EPYC 9000".into();
    machine.cpu.last_level_cache_bytes = Some(33_554_432);
    (machine.memory.total_bytes, machine.memory.available_bytes) = (8_589_934_592, 7_000_000_000);
    (machine.os, machine.kernel) = ("Debian GNU/Linux 13".into(), "6.18.0".into());
    machine.hypervisor = Some("kvm".into());
    machine.build.compiler = "rustc 1.90.0".into();
    machine.build.flags = "opt-level=3".into();
    machine.build.target = "x86_64-unknown-linux-gnu".into();
    machine.conditions.steal = Some(0.031);
    machine.conditions.cpu_pressure = Some(0.12);
    (machine.conditions.load_before, machine.conditions.load_after) = (0.21, 3.4);
    let steal = "The hypervisor gave 3.1 % of the CPU time to other machines during the run.";
    let governor = "The frequency governor is `powersave`: clocks change with load.";
    machine.notes = vec![
        Note { id: "steal".into(), serious: true, text: steal.into() },
        Note { id: "governor".into(), serious: false, text: governor.into() },
    ];
    run.traces =
        vec![scenes::turns(2, 10, 5000), scenes::convoy(16, 100, 5000), scenes::cut(scenes::turns(20, 4000, 5), 300)];
    run.validation = Some(validation(&run.machine));
    run.selftest = Some(selftest(&run.machine));
    for (model, workers, ns) in [("serial", 1, 2112.0), ("threads", 2, 1090.0)] {
        let ns_per_step = Estimate { value: ns, low: ns * 0.99, high: ns * 1.012, level: 0.95, n: 100 };
        let (instrument, kernel, model) = ("criterion".into(), "primes".into(), model.into());
        run.second_opinions.push(SecondOpinion { instrument, kernel, model, workers, ns_per_step });
    }
}

/// One interpreter with a cell of every kind, and a file that is none.
fn validation(machine: &Machine) -> Validation {
    let value = |base: f64| move |round: u32| synthetic::cell_round(round, base, base * 1.01, base * 1.02);
    let cell = |id: &str, unit: &str, base: f64| synthetic::cell(id, unit, 2, (0..9).map(value(base)).collect());
    let mut cells = vec![
        cell("cpu/threads-2/speedup", "×", 0.97),
        cell("convoy/at-once/beside-1/5ms/mean", "ns", 5.1e6),
        cell("hand-over/threads-2/5ms/rate", "/s", 188.0),
        cell("mixed/io-50/workers-2/rate", "/s", 150.0),
        cell("convoy/1ms/beside-4/5ms/p99", "ns", 6e7),
        synthetic::cell("refcount/shared/threads-2/speedup", "×", 2, vec![]),
    ];
    let known = [(0.01, Agreement::Equivalent), (0.012, Agreement::Equivalent), (0.07, Agreement::Differs)];
    let known = known.into_iter().chain([(0.08, Agreement::Differs), (3.0, Agreement::Equivalent)]);
    for (cell, (error, equivalent)) in cells.iter_mut().zip(known) {
        let first = &cell.rounds[0];
        (cell.real, cell.simulated, cell.error) = (Some(first.real_a), Some(first.simulated), Some(error));
        (cell.error_low, cell.error_high, cell.spread) = (Some(error - 0.02), Some(error + 0.03), Some(0.04));
        (cell.qualified, cell.equivalent) = (true, equivalent);
    }
    cells[2].certain = true;
    cells[4].judged = false;
    (cells[4].error_low, cells[4].error_high) = (None, None);
    let mut interpreter = synthetic::interpreter("3.99.1", LockKind::Gil, 9, cells);
    interpreter.verdict = Agreement::Differs;
    interpreter.median_error = Some(0.01);
    (interpreter.worst_error, interpreter.worst_cell) = (Some(0.08), Some("mixed/io-50/workers-2/rate".into()));
    let goal = |found: &str, met| Goal { statement: "The error is small.".into(), found: found.into(), met };
    interpreter.goals = vec![goal("1 %", Some(true)), goal("8 %", Some(false)), goal("–", None)];
    let reason = "is no interpreter".into();
    Validation {
        schema: VALIDATION_SCHEMA,
        generator: "gilbench 0.1.0".into(),
        started_at: "2026-03-14T09:26:53Z".into(),
        elapsed_s: 300.0,
        partial: None,
        seed: 1,
        discarded_rounds: 1,
        machine: machine.clone(),
        interpreters: vec![interpreter],
        skipped: vec![Skipped { path: "/opt/nothing".into(), named: false, reason }],
    }
}

/// A selftest with a check of each kind, and points of either basis.
fn selftest(machine: &Machine) -> Selftest {
    let check = |met| Check {
        whose: Whose::Instrument,
        statement: "It does what it should.".into(),
        found: "3 of 4".into(),
        met,
    };
    let point = |basis, injected: f64, detectable| Point {
        case: "bytecode/serial/1".into(),
        workers: 1,
        basis,
        injected,
        rounds: 20,
        margin: 0.01,
        slower: Rate::new(if injected > 0.0 { 11 } else { 0 }, 12),
        faster: Rate::new(if injected < 0.0 { 12 } else { 0 }, 12),
        regressions: Rate::new(0, 12),
        improvements: Rate::new(0, 0),
        covered: Rate::new(12, 12),
        covered_95: Rate::new(11, 12),
        ratio: 1.0 + injected,
        detectable,
    };
    Selftest {
        kind: SelftestKind::Selftest,
        schema: SELFTEST_SCHEMA,
        generator: "gilbench 0.1.0".into(),
        started_at: "2026-03-14T09:26:53Z".into(),
        elapsed_s: 300.0,
        partial: None,
        short: false,
        neighbour: true,
        seed: 1,
        machine: machine.clone(),
        trial_rounds: 20,
        findings: Some(Findings {
            unqualified: Rate::new(0, 24),
            points: vec![
                point(Basis::Measured, 0.0, Some(0.021)),
                point(Basis::Measured, -0.05, None),
                point(Basis::Resampled, 0.05, Some(0.02)),
            ],
            detectable: vec![],
            checks: vec![check(Some(true)), check(Some(false)), check(None)],
        }),
        comparisons: vec![],
    }
}

/// A verdict of each kind, with evidence of two units.
pub(crate) fn verdicts() -> Vec<Judged> {
    let say = |id: &str, outcome, statement: &str, reason: &str, value: Option<[f64; 3]>| Judged {
        id: id.into(),
        statement: statement.into(),
        verdict: Verdict {
            outcome,
            value: value.map(|v| v[0]),
            low: value.map(|v| v[1]),
            high: value.map(|v| v[2]),
            unit: "×".into(),
            of: None,
            at_most: None,
            rule: "Supported if the speedup is below 1.05×, in every comparison with its whole 95 % interval.".into(),
            reason: reason.into(),
            evidence: value.map_or_else(Vec::new, evidence),
        },
    };
    let worst = "All 6 comparisons hold; the worst is sort: gil/8 against serial/1.";
    let seen = "mmap: threads/4 against processes/4 lies wholly on the other side.";
    vec![
        say(
            "gil-serialises-cpu",
            Outcome::Supported,
            "Under a global lock, threads of one process cannot use several processors.",
            worst,
            Some([0.972, 0.964, 0.981]),
        ),
        say(
            "lock-not-threads",
            Outcome::Refuted,
            "Without the lock, threads do CPU-bound work exactly as fast as processes.",
            seen,
            Some([0.51, 0.5, 0.53]),
        ),
        say(
            "hybrid-is-best",
            Outcome::Inconclusive,
            "For mixed work, processes with several threads each are faster than any other split.",
            "It lies across the bound; the smallest effect seen would have been 4.1 %.",
            Some([1.02, 0.98, 1.07]),
        ),
        say(
            "convoy",
            Outcome::NotMeasured,
            "A thread that waits for IO beside one that computes waits a switch interval for each call.",
            "It needs the probe `convoy`, which did not run.",
            None,
        ),
    ]
}

fn evidence([value, low, high]: [f64; 3]) -> Vec<Evidence> {
    let one = |subject: &str, by: f64, unit: &str, judged, holds| Evidence {
        subject: subject.into(),
        estimate: Estimate { value: value * by, low: low * by, high: high * by, level: 0.95, n: 12 },
        unit: unit.into(),
        of: None,
        at_most: None,
        judged,
        holds,
        bound_low: (judged && holds.is_none()).then_some(0.95 * by),
        bound_high: judged.then_some(1.05 * by),
    };
    let endless = Estimate { value, low: f64::NEG_INFINITY, high: f64::INFINITY, level: 0.95, n: 4 };
    vec![
        one("primes: gil/2 against serial/1", 1.0, "×", true, Some(true)),
        one("sort: gil/8 against serial/1", 0.97, "×", true, Some(false)),
        one("matmul: gil/8 against serial/1", 1.01, "×", true, None),
        Evidence { estimate: endless, ..one("sha256: gil/8 against serial/1", 1.0, "×", false, None) },
        one("primes: gil/2, processors in use", 1.03, "cores", false, None),
    ]
}
