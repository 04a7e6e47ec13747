//! A process is the unit of resources, a thread the unit of execution.
//!
//! What the operating system gives out by the process is memory with its page tables, and file descriptors. So one more
//! thread must add no descriptor at all, and one more process, however it was started, a table of them; and its memory and
//! page tables together must be several times a thread's, which has a stack and no more. An amount below a page counts
//! as one page: a thread that adds nothing that can be seen would otherwise drop out of the comparison.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;
use crate::run::{Reading, Run};

const PROBE: &str = "memory";

/// Ways of making a process.
const WAYS: [&str; 3] = ["fork", "spawn", "fork-server"];

/// Descriptors that a process has at least; it has whole ones.
const FEWEST_DESCRIPTORS: f64 = 0.5;
/// How many times a thread's memory a process has at least.
const SEVERAL: f64 = 2.0;
/// Bytes that are counted at least: of an architecture with the smallest pages.
const PAGE: f64 = 4096.0;

pub(super) const CLAIM: Claim = Claim {
    id: "process-is-resource-unit",
    statement: "Memory and descriptors belong to a process; a thread adds hardly more than its stack.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "the memory and the descriptors of idle threads and processes", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let mut cells = vec![];
    // Older documents have no count, and without one nothing is decided.
    let added = ["thread/added-descriptors", "thread/descriptors"];
    if let Some(descriptors) = added.iter().find_map(|name| select::reading(run, PROBE, name)) {
        cells.push(Cell::count("descriptors of its own", "threads", descriptors).judged(Claimed::never()));
    }
    let thread = both(run, "thread");
    for way in WAYS {
        if let Some(descriptors) = select::reading(run, PROBE, &format!("{way}/descriptors")) {
            let cell = Cell::share(&format!("{way}, its own"), descriptors).in_unit("descriptors");
            cells.push(cell.judged(Claimed::above(FEWEST_DESCRIPTORS)));
        }
        if let Some((process, thread)) = both(run, way).zip(thread.as_ref()) {
            let subject = format!("{way} against thread, memory and page tables");
            cells.push(Cell::reading_ratio(&subject, &process, thread).judged(Claimed::above(SEVERAL)));
        }
    }
    for way in ["thread"].into_iter().chain(WAYS) {
        for (what, words) in [("pss", "memory"), ("uss", "memory for itself"), ("page-tables", "page tables")] {
            let read = select::reading(run, PROBE, &format!("{way}/{what}"));
            cells.extend(read.map(|bytes| Cell::share(&format!("{way}, {words}"), bytes).in_unit("bytes")));
        }
    }
    let rule = for_every(
        "a thread never adds a descriptor, a process always does, and a process adds at least twice a thread's memory and \
         page tables",
    );
    let otherwise = "No idle worker was weighed.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

/// Memory and page tables of a worker together, as if they had been read as one.
fn both(run: &Run, way: &str) -> Option<Reading> {
    let memory = select::reading(run, PROBE, &format!("{way}/pss"))?;
    let tables = select::reading(run, PROBE, &format!("{way}/page-tables"))?;
    let rounds = memory.rounds.iter().copied().filter(|round| tables.rounds.contains(round)).collect();
    let values = memory.pairs(tables).into_iter().map(|(memory, tables)| (memory + tables).max(PAGE)).collect();
    Some(Reading { rounds, values, ..memory.clone() })
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    let mut made = Synthetic::new(2);
    for (way, pss, tables, descriptors) in [
        ("thread", 12e3, 1e3, 0.0),
        // Refuted by a fork that costs no more than a thread.
        ("fork", if holds { 24e3 } else { 9e3 }, if holds { 16e3 } else { 4e3 }, 9.0),
        ("spawn", 150e3, 44e3, 12.0),
        ("fork-server", 80e3, 40e3, 9.0),
    ] {
        made = made.reading(PROBE, &format!("{way}/pss"), "bytes", pss);
        made = made.reading(PROBE, &format!("{way}/uss"), "bytes", pss * 0.9);
        made = made.reading(PROBE, &format!("{way}/page-tables"), "bytes", tables);
        made = made.reading(PROBE, &format!("{way}/descriptors"), "", descriptors);
        made = made.counted(PROBE, &format!("{way}/added-descriptors"), descriptors * 96.0, 96);
    }
    made.qualified()
}
