//! For IO-bound work threads do as well as processes and use less.
//!
//! Judged at the largest number of workers, far above the cores, where the difference would show. "As well" is a
//! throughput at most 10 % lower; "less" is strictly less, of each of three things.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Selection, Verdict, select};
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Metric, Run};

/// Throughput of threads over that of processes that still counts as doing as well.
const LEAST: f64 = 0.9;

pub(super) const CLAIM: Claim = Claim {
    id: "threads-suit-io",
    statement: "For work that mostly waits, threads do as well as processes and use less.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Cases {
        sentence: "an IO-bound kernel on threads and on processes, with more workers than cores",
        kernels: Selection::Bound(Bound::Io),
        example: "sleep",
        models: &["threads", "processes"],
    }]
}

fn check(run: &Run) -> Verdict {
    let mut cells = vec![];
    for kernel in select::kernels(run, Selection::Bound(Bound::Io)) {
        let models = ("threads", "processes");
        let Some((threads, processes)) = select::largest(run, &kernel.id, models, run.cores()) else { continue };
        let ratio = |metric| Cell::ratio(run, threads, processes, metric);
        let throughput = Cell::ratio(run, processes, threads, Metric::Compute).of_speed(threads, processes);
        let less = Claimed::below(1.0);
        cells.extend([
            throughput.about("throughput").judged(Claimed::above(LEAST)),
            Cell::memory_ratio(run, threads, processes).about("memory per worker").judged(less),
            ratio(Metric::LifetimeCpu).about("CPU time, starting included").judged(less),
            ratio(Metric::StartPerWorker).about("start-up per worker").judged(less),
        ]);
    }
    let rule = for_every(&format!(
        "the throughput of threads over that of processes is above {LEAST}, and their memory per worker, CPU time \
         (starting included) and start-up per worker are below those of processes"
    ));
    let otherwise = format!(
        "Threads and processes were not both measured with more workers than cores: run `gilbench run --kernel sleep --model \
         threads --model processes --workers {}`.",
        run.cores() * 4
    );
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    // A lean case for threads, in which everything holds but perhaps the CPU time.
    let cpu = if holds { 400_000 } else { 200_000_000 };
    Synthetic::new(2)
        .kernel("sleep", Bound::Io, None)
        .kernel("pipe", Bound::Io, None)
        .case_with("sleep", "threads", (1, 64), 100.0, 100.0, |sample| {
            sample.user_ns = cpu + u64::from(sample.round) * 1000;
            sample.pss_per_worker_bytes = Some(-500);
        })
        .case("sleep", "processes", (64, 1), 101.0, 100.0)
        .case_with("pipe", "threads", (1, 16), 98.0, 100.0, |sample| sample.user_ns /= 2)
        .case("pipe", "processes", (16, 1), 101.0, 100.0)
        .qualified()
}
