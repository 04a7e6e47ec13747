//! Threads pay for what they share even without any lock of ours. (Beyond the notes.)
//!
//! Judged is what every process has exactly one of and what is changed under locks of the operating system: the address
//! space. Other shared things (the table of descriptors, the allocator, page tables, the memory bus) are shown beside it:
//! some of them have finer locks by now, and some are shared by processes as well.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Selection, Verdict, select};
#[cfg(any(test, feature = "testing"))]
use crate::run::Bound;
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;
use crate::run::{Metric, Run};

/// What is judged: each process has exactly one.
const JUDGED: &str = "address space";
/// How much longer threads must take.
const LEAST: f64 = 1.1;

pub(super) const CLAIM: Claim = Claim {
    id: "sharing-has-a-price",
    statement: "Threads that change their common address space slow each other down even without a lock; processes do not.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Cases {
        sentence: "a kernel that changes its address space, on threads without a lock and on processes",
        kernels: Selection::Sharing(JUDGED),
        example: "mmap",
        models: &["threads", "processes"],
    }]
}

fn check(run: &Run) -> Verdict {
    let cores = run.cores();
    let kernels = run.kernels.iter().filter(|kernel| kernel.id != "control");
    let cells = kernels.filter_map(|kernel| {
        let threads = select::case(run, &kernel.id, "threads", cores)?;
        let processes = select::case(run, &kernel.id, "processes", cores)?;
        let shared = kernel.shares.as_deref()?;
        let cell = Cell::ratio(run, threads, processes, Metric::Compute).about(&format!("sharing the {shared}"));
        Some(if shared == JUDGED { cell.judged(Claimed::above(LEAST)) } else { cell })
    });
    let rule = for_every(&format!("the time of {cores} threads over that of {cores} processes is above {LEAST}"));
    let otherwise = format!(
        "Threads and processes, as many as cores, were not both measured on a kernel that changes its address space: run \
         `gilbench run --kernel mmap --model threads --model processes --workers {cores}`."
    );
    Question { run, needs: needs(), rule, otherwise, two_cores: true, cells: cells.collect() }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    Synthetic::new(2)
        .kernel("mmap", Bound::Cpu, Some("address space"))
        .kernel("open-close", Bound::Cpu, Some("descriptor table"))
        .kernel("alloc", Bound::Cpu, Some("allocator"))
        .case("mmap", "threads", (1, 2), if holds { 100.0 } else { 52.0 }, 100.0)
        .case("mmap", "processes", (2, 1), 50.0, 100.0)
        // Shown and not judged.
        .case("open-close", "threads", (1, 2), 51.0, 100.0)
        .case("open-close", "processes", (2, 1), 50.0, 100.0)
        .case("alloc", "threads", (1, 2), 50.0, 100.0)
        .case("alloc", "processes", (2, 1), 50.0, 100.0)
        .qualified()
}
