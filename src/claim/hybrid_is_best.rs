//! Processes with threads inside give the best of both, for work that computes and waits.
//!
//! The same number of workers is split in every way over processes with one lock each. An **edge** is one process of
//! threads, or processes of one thread; an **interior** split has several of both. This claim is no comparison of two
//! cases but one of two families, and asks for a winner: so its rule differs from that of the others. Start-up is left
//! out on purpose: it favours threads and is judged elsewhere.

use super::cell::{Cell, Claimed, detectable, worst};
use super::judge::Question;
use super::{Claim, Need, Outcome, Selection, Verdict, select};
#[cfg(test)]
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, CaseResult, Metric, Run};

const RULE: &str = "Supported if for every mixed kernel some split with several processes of several threads takes less \
                    time than every split with one process or one thread a process; refuted if for at least one kernel \
                    some of the latter takes less than every one of the former; each by whole intervals at a level \
                    corrected for the number of comparisons.";

pub(super) const CLAIM: Claim = Claim {
    id: "hybrid-is-best",
    statement: "For work that computes and waits, several processes of several threads each are faster than either alone.",
    needs,
    check,
    #[cfg(test)]
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
    edges: Vec<&'a CaseResult>,
}

impl<'a> Splits<'a> {
    /// Those of the largest number of workers that was split in the interior and at both edges.
    fn largest(run: &'a Run, kernel: &str) -> Option<Self> {
        let all: Vec<_> = ["gil", "gil-hybrid"].iter().flat_map(|model| select::cases(run, kernel, model)).collect();
        let mut counts: Vec<usize> = all.iter().map(|case| case.workers).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts.into_iter().find_map(|workers| {
            let usable = |case: &CaseResult| case.workers == workers && workers > 1 && !select::too_short(run, case);
            let of_count = all.iter().copied().filter(|case| usable(case));
            let (interior, edges): (Vec<_>, Vec<_>) = of_count.partition(|case| case.processes > 1 && case.threads > 1);
            let both = edges.iter().any(|edge| edge.threads == 1) && edges.iter().any(|edge| edge.processes == 1);
            (both && !interior.is_empty()).then_some(Self { interior, edges })
        })
    }

    fn comparisons(&self) -> usize {
        self.interior.len() * self.edges.len()
    }

    /// The quickest of the interior splits that beat all edges at this level; without one, the quickest of all.
    fn best(&self, run: &Run, level: f64) -> &'a CaseResult {
        let loses = |case: &CaseResult| self.edges.iter().any(|edge| !lead(run, case, edge).holds(level));
        let time = |case: &CaseResult| run.level(case, Metric::Compute).map_or(f64::INFINITY, |level| level.value);
        let ranked = self.interior.iter().copied().map(|case| (loses(case), time(case), case));
        let best = ranked.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        best.expect("there is an interior").2
    }

    /// Whether some edge beats every interior split at this level.
    fn refuting(&self, run: &Run, level: f64) -> bool {
        self.edges.iter().any(|edge| self.interior.iter().all(|case| lead(run, case, edge).fails(level)))
    }
}

/// How many times as fast as the edge the interior split is.
fn lead(run: &Run, interior: &CaseResult, edge: &CaseResult) -> Cell {
    Cell::ratio(run, edge, interior, Metric::Compute).of_speed(interior, edge).judged(Claimed::above(1.0))
}

/// What the check found for one kernel.
struct Found<'a> {
    outcome: Outcome,
    best: &'a CaseResult,
    /// The best split against each edge.
    leads: Vec<Cell>,
    /// The time of every split, to be seen.
    map: Vec<Cell>,
    memory: String,
}

fn find<'a>(run: &Run, splits: &Splits<'a>, kernels: usize) -> Found<'a> {
    let level = 1.0 - 0.05 / splits.comparisons() as f64;
    let best = splits.best(run, level);
    let leads: Vec<Cell> = splits.edges.iter().map(|edge| lead(run, best, edge)).collect();
    let outcome = if leads.iter().all(|lead| lead.holds(level)) {
        Outcome::Supported
    } else if splits.refuting(run, 1.0 - 0.05 / (splits.comparisons() * kernels) as f64) {
        Outcome::Refuted
    } else {
        Outcome::Inconclusive
    };
    let all = splits.interior.iter().chain(&splits.edges);
    let map = all.map(|case| Cell::level(run, case, Metric::Compute, "ms", 1e6).about("time")).collect();
    let memory = splits
        .edges
        .iter()
        .filter(|edge| edge.threads == 1)
        .find_map(|edge| {
            let level = |case| Some(run.level(case, Metric::PssPerWorker)?.value / 1024.0);
            let (ours, theirs) = (level(best)?, level(edge)?);
            Some(format!(" Its memory per worker is {ours:.0} KiB, against {theirs:.0} KiB of {}.", edge.id))
        })
        .unwrap_or_default();
    Found { outcome, best, leads, map, memory }
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
                    run with `--workers 4`."
                .into(),
        two_cores: true,
        cells: found.iter().flat_map(|one| one.leads.iter().chain(&one.map)).cloned().collect(),
    };
    if let Some(verdict) = question.obstacle() {
        return verdict;
    }
    // One kernel refutes, all support.
    let by = |outcome| found.iter().any(|one| one.outcome == outcome).then_some(outcome);
    let outcome = by(Outcome::Refuted).or(by(Outcome::Inconclusive)).unwrap_or(Outcome::Supported);
    let deciding = || found.iter().filter(|one| one.outcome == outcome);
    let cell = worst(deciding().flat_map(|one| &one.leads)).expect("it met no obstacle");
    let one = deciding().find(|one| one.leads.iter().any(|lead| std::ptr::eq(lead, cell))).expect("it is of one");
    let (best, number) = (&one.best.id, cell.words(0.95));
    let reason = match outcome {
        Outcome::Supported => format!("{best} beats every edge; the nearest is {number}.{}", one.memory),
        Outcome::Refuted => format!("Even {best}, the best of several of both, loses: {number}."),
        _ => format!("{best} does not clearly win or lose: {number}. {}", detectable(cell)),
    };
    question.verdict(outcome, Some(cell), reason)
}

#[cfg(test)]
fn example(holds: bool) -> Run {
    Synthetic::new(2)
        .kernel("crawl-50", Bound::Mixed, None)
        .kernel("handoff", Bound::Mixed, None)
        .case("crawl-50", "gil", (1, 8), 400.0, 400.0)
        .case("crawl-50", "gil-hybrid", (2, 4), if holds { 208.0 } else { 280.0 }, 400.0)
        .case("crawl-50", "gil-hybrid", (4, 2), if holds { 232.0 } else { 300.0 }, 400.0)
        .case("crawl-50", "gil-hybrid", (8, 1), 240.0, 400.0)
        .case("handoff", "gil", (1, 4), 400.0, 400.0)
        .case("handoff", "gil-hybrid", (2, 2), 208.0, 400.0)
        .case("handoff", "gil-hybrid", (4, 1), 240.0, 400.0)
        .build()
}
