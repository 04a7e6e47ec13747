//! A thread is far cheaper to create than a process.
//!
//! Judged is the time from asking for it until it has been joined, beside little and beside some resident memory, for
//! every method there is of making a process: "far" is taken as half the time at most. Shown are the times themselves,
//! the time until it runs, and how each grows with the memory of whoever starts it.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "creation";

/// How many times as long a process takes at least.
const FAR: f64 = 2.0;

/// Ways of making a process.
const WAYS: [&str; 3] = ["fork", "spawn", "fork-server"];

/// Resident memory, in MiB, beside which they are compared, and beside which growth is shown.
const JUDGED: [u32; 2] = [0, 64];
const MUCH: u32 = 512;

pub(super) const CLAIM: Claim = Claim {
    id: "threads-start-cheaper",
    statement: "A thread is far cheaper to create than a process, by whatever method.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "threads and processes started and joined", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let read =
        |way: &str, resident: u32, what: &str| select::reading(run, PROBE, &format!("{way}/{resident}MiB/{what}"));
    let mut cells = vec![];
    for resident in JUDGED {
        for way in WAYS {
            if let Some((process, thread)) = read(way, resident, "joined").zip(read("thread", resident, "joined")) {
                let subject = format!("{way} against thread, beside {resident} MiB, until joined");
                cells.push(Cell::reading_ratio(&subject, process, thread).judged(Claimed::above(FAR)));
            }
        }
    }
    for way in ["thread"].into_iter().chain(WAYS) {
        for (what, words) in [("running", "until it runs"), ("joined", "until joined")] {
            let time = read(way, 0, what);
            cells.extend(time.map(|time| Cell::reading(&format!("{way}, beside 0 MiB, {words}"), time)));
        }
        if let Some((much, none)) = read(way, MUCH, "joined").zip(read(way, 0, "joined")) {
            let subject = format!("{way}, beside {MUCH} MiB against beside 0 MiB, until joined");
            cells.push(Cell::reading_ratio(&subject, much, none));
        }
    }
    let rule = for_every("a process takes at least twice as long as a thread from being asked for to being joined");
    let otherwise = "Nothing was started.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    let mut made = Synthetic::new(2);
    for (way, ns) in [("thread", 4e4), ("fork", if holds { 1.2e5 } else { 5e4 }), ("spawn", 2e6), ("fork-server", 6e5)]
    {
        for resident in JUDGED.into_iter().chain([MUCH]) {
            let ns = if way == "fork" { ns + f64::from(resident) * 1e3 } else { ns };
            made = made.reading(PROBE, &format!("{way}/{resident}MiB/running"), "ns", ns * 0.6);
            made = made.reading(PROBE, &format!("{way}/{resident}MiB/joined"), "ns", ns);
        }
    }
    made.qualified()
}
