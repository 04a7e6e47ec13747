//! Processes with threads inside are the most efficient for work that computes and waits.
//!
//! The same number of workers is split in every way over processes with one lock each. All threads in one process is one
//! edge, one thread in each process the other; an **interior** split has several of both. Efficient is what does as much
//! and takes less, so an interior split must pass four tests: it is faster than all threads in one process, it is not
//! slower than all processes by more than a margin, and its memory and its start-up per worker are below those of all
//! processes. That it is faster than all processes is not claimed: both have every core to use.
//!
//! Some interior split must pass them all, and which one that is may be chosen by looking at the outcome. So this rule
//! differs from that of the other claims: with s splits to choose from, each has to pass at the level 1 − 0.05/s. To refute
//! it, every one of them must fail at least one test, at a level corrected for the four tests and for the kernels.

use super::cell::{Cell, Claimed, LEVEL, detectable, worst};
use super::judge::Question;
use super::{Claim, Need, Outcome, Selection, Verdict, select};
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, CaseResult, Metric, Run};

/// Speed over that of all processes that still counts as being as fast: the time is at most 20 % longer. What is claimed
/// is efficiency, and a third of the memory is worth a fifth of the time; all threads in one process lose half.
const LEAST: f64 = 1.0 / 1.2;
/// Tests that a split must pass.
const TESTS: usize = 4;

const RULE: &str = "Supported if for every mixed kernel at least one of s splits into several processes of several threads \
                    is faster than all threads in one process, has more than 0.83 of the speed of all processes, and takes \
                    less memory and less start-up per worker than all processes, each with the whole interval at the level \
                    1 − 0.05/s; refuted if for at least one of m kernels each of these splits misses at least one of the four, \
                    with the whole interval at the level 1 − 0.05/4m.";

pub(super) const CLAIM: Claim = Claim {
    id: "hybrid-is-best",
    statement: "For work that computes and waits, processes with threads inside are the most efficient: fast, and lean.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Cases {
        sentence: "a mixed kernel under every split of the same workers over processes and threads, one lock per process",
        kernels: Selection::Bound(Bound::Mixed),
        example: "'crawl-*'",
        models: &["gil", "gil-hybrid"],
    }]
}

/// All splits of one kernel's workers.
struct Splits<'a> {
    interior: Vec<&'a CaseResult>,
    /// All threads in one process.
    threads: &'a CaseResult,
    /// One thread in each process.
    processes: &'a CaseResult,
}

impl<'a> Splits<'a> {
    /// Those of the largest number of workers that was split in the interior and at both edges.
    fn largest(run: &'a Run, kernel: &str) -> Option<Self> {
        let all: Vec<_> = ["gil", "gil-hybrid"].iter().flat_map(|model| select::cases(run, kernel, model)).collect();
        let mut counts: Vec<usize> = all.iter().map(|case| case.workers).filter(|workers| *workers > 1).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts.into_iter().find_map(|workers| {
            let mut usable =
                all.iter().copied().filter(|case| case.workers == workers && !select::too_short(run, case));
            let (edges, interior): (Vec<_>, Vec<_>) =
                usable.by_ref().partition(|case| case.processes == 1 || case.threads == 1);
            let threads = edges.iter().copied().find(|case| case.processes == 1)?;
            let processes = edges.iter().copied().find(|case| case.threads == 1)?;
            (!interior.is_empty()).then_some(Self { interior, threads, processes })
        })
    }

    /// The four tests of an interior split.
    fn tests(&self, run: &Run, split: &CaseResult) -> Vec<Cell> {
        let speed = |edge| Cell::ratio(run, edge, split, Metric::Compute).of_speed(split, edge).about("speed");
        let less = Claimed::below(1.0);
        vec![
            speed(self.threads).judged(Claimed::above(1.0)),
            speed(self.processes).judged(Claimed::above(LEAST)),
            Cell::memory_ratio(run, split, self.processes).about("memory per worker").judged(less),
            Cell::ratio(run, split, self.processes, Metric::StartPerWorker).about("start-up per worker").judged(less),
        ]
    }
}

/// What the check found for one kernel.
struct Found<'a> {
    outcome: Outcome,
    /// The split that passes, or that comes closest to it.
    best: &'a CaseResult,
    tests: Vec<Cell>,
    /// Time, memory and start-up of every split, to be seen.
    map: Vec<Cell>,
}

fn find<'a>(run: &Run, splits: &Splits<'a>, kernels: usize) -> Found<'a> {
    let passing = 1.0 - (1.0 - LEVEL) / splits.interior.len() as f64;
    let failing = 1.0 - (1.0 - LEVEL) / (TESTS * kernels) as f64;
    let tested: Vec<(&CaseResult, Vec<Cell>)> =
        splits.interior.iter().map(|split| (*split, splits.tests(run, split))).collect();
    let passes = |tests: &[Cell]| tests.iter().all(|test| test.holds(passing));
    let fails = |tests: &[Cell]| tests.iter().any(|test| test.fails(failing));
    let outcome = if tested.iter().any(|(_, tests)| passes(tests)) {
        Outcome::Supported
    } else if tested.iter().all(|(_, tests)| fails(tests)) {
        Outcome::Refuted
    } else {
        Outcome::Inconclusive
    };
    let rank = |tests: &[Cell]| (passes(tests), !fails(tests), -worst(tests.iter()).map_or(0.0, Cell::badness));
    let best = tested.into_iter().max_by(|(_, a), (_, b)| {
        let (a, b) = (rank(a), rank(b));
        (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2))
    });
    let (best, tests) = best.expect("there is an interior");
    let all = splits.interior.iter().copied().chain([splits.threads, splits.processes]);
    let map = all.flat_map(|case| {
        let level = |metric, unit, per, what| Cell::level(run, case, metric, unit, per).about(what);
        [
            level(Metric::Compute, "ns", 1.0, "time"),
            level(Metric::PssPerWorker, "bytes", 1.0, "memory per worker"),
            level(Metric::StartPerWorker, "ns", 1.0, "start-up per worker"),
        ]
    });
    Found { outcome, best, tests, map: map.collect() }
}

fn check(run: &Run) -> Verdict {
    let splits: Vec<Splits> = select::kernels(run, Selection::Bound(Bound::Mixed))
        .filter_map(|kernel| Splits::largest(run, &kernel.id))
        .collect();
    let found: Vec<Found> = splits.iter().map(|one| find(run, one, splits.len())).collect();
    let question = Question {
        run,
        needs: needs(),
        rule: RULE.into(),
        otherwise:
            "For no number of workers were one process, one thread a process, and several of both all measured: \
                    run `gilbench run --kernel 'crawl-*' --model gil --model gil-hybrid --workers 4`."
                .into(),
        two_cores: true,
        cells: found.iter().flat_map(|one| one.tests.iter().chain(&one.map)).cloned().collect(),
    };
    if let Some(verdict) = question.obstacle() {
        return verdict;
    }
    // One kernel refutes, all support.
    let by = |outcome| found.iter().any(|one| one.outcome == outcome).then_some(outcome);
    let outcome = by(Outcome::Refuted).or(by(Outcome::Inconclusive)).unwrap_or(Outcome::Supported);
    let deciding = || found.iter().filter(|one| one.outcome == outcome);
    let cell = worst(deciding().flat_map(|one| &one.tests)).expect("it met no obstacle");
    let one = deciding().find(|one| one.tests.iter().any(|test| std::ptr::eq(test, cell))).expect("it is of one");
    let (best, number) = (&one.best.id, cell.words(LEVEL));
    let reason = match outcome {
        Outcome::Supported => format!("{best} passes all four tests; the narrowest is {number}."),
        Outcome::Refuted => format!("Even {best}, the best of several of both, fails: {number}."),
        _ => format!("{best} does not clearly pass or fail: {number}. {}", detectable(cell)),
    };
    question.verdict(outcome, Some(cell), reason)
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    // Memory and start-up of a process are shared by its threads.
    let mut run = Synthetic::new(2)
        .kernel("crawl-50", Bound::Mixed, None)
        .kernel("handoff", Bound::Mixed, None)
        .case("crawl-50", "gil", (1, 8), 400.0, 400.0)
        // Slower than all processes by more than the margin, if it does not hold.
        .case("crawl-50", "gil-hybrid", (2, 4), if holds { 208.0 } else { 280.0 }, 400.0)
        .case("crawl-50", "gil-hybrid", (4, 2), if holds { 200.0 } else { 300.0 }, 400.0)
        .case("crawl-50", "gil-hybrid", (8, 1), 200.0, 400.0)
        .case("handoff", "gil", (1, 4), 400.0, 400.0)
        .case("handoff", "gil-hybrid", (2, 2), 208.0, 400.0)
        .case("handoff", "gil-hybrid", (4, 1), 205.0, 400.0)
        .qualified();
    for case in run.cases.iter_mut().filter(|case| case.processes > 1) {
        for sample in &mut case.samples {
            sample.pss_per_worker_bytes = Some((700_000 * case.processes / case.workers).cast_signed() as i64);
        }
    }
    run
}
