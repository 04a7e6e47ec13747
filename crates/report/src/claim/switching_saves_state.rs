//! Several programs at once: that is to switch between them and to save their state; and it has a price.
//!
//! That state is saved is counted: of workers that each carry a number through all of their turns, not one may ever come
//! out with another. What it costs is shown where a hand-over is a switch and nothing else, on one processor, between
//! workers that sleep: it must be more than a hundred times what a function call takes, which saves state as well.
//!
//! Whether a switch between processes is dearer than one between threads, and one processor cheaper than two, is data
//! and no doctrine: published results contradict each other. Both are shown, with all figures, and not judged.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "switch";
/// The probe of a function call, and the reading.
const CALL: (&str, &str) = ("uncontended", "call");

/// How many calls a switch costs at least.
const MANY: f64 = 100.0;

/// Where a hand-over is nothing but a switch.
const JUDGED: &str = "same-core/sleeping";

/// Places and ways of waiting, as the readings and as people name them.
const HAND_OVERS: [(&str, &str); 4] = [
    (JUDGED, "on one processor, sleeping"),
    ("same-core/spinning", "on one processor, spinning"),
    ("other-core/sleeping", "on two processors, sleeping"),
    ("other-core/spinning", "on two processors, spinning"),
];

const HOMES: [(&str, &str); 2] = [("thread", "threads"), ("process", "processes")];

pub(super) const CLAIM: Claim = Claim {
    id: "switching-saves-state",
    statement: "Switching from one worker to another keeps the state of both, and costs over a hundred function calls.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![
        Need::Probe { sentence: "hand-overs between threads and between processes", probe: PROBE },
        Need::Probe { sentence: "the time of a function call", probe: CALL.0 },
    ]
}

fn check(run: &Run) -> Verdict {
    let call = select::reading(run, CALL.0, CALL.1);
    let read = |home: &str, which: &str| select::reading(run, PROBE, &format!("{home}/{which}/hand-over"));
    let mut cells = vec![];
    for (home, words) in HOMES {
        if let Some(lost) = select::reading(run, PROBE, &format!("{home}/state-lost")) {
            let counted = Cell::count(&format!("{words} whose state was lost"), "switches", lost);
            cells.push(counted.judged(Claimed::never()));
        }
        if let Some((switch, call)) = read(home, JUDGED).zip(call) {
            let subject = format!("{words}, a switch against a function call");
            cells.push(Cell::reading_ratio(&subject, switch, call).judged(Claimed::above(MANY)));
        }
    }
    for (which, place) in HAND_OVERS {
        for (home, words) in HOMES {
            let shown = read(home, which).map(|time| Cell::reading(&format!("{words} {place}, a hand-over"), time));
            cells.extend(shown);
        }
        if let Some((process, thread)) = read("process", which).zip(read("thread", which)) {
            cells.push(Cell::reading_ratio(&format!("processes against threads {place}"), process, thread));
        }
    }
    for (home, words) in HOMES {
        if let Some((two, one)) = read(home, "other-core/sleeping").zip(read(home, JUDGED)) {
            cells.push(Cell::reading_ratio(&format!("{words}, two processors against one, sleeping"), two, one));
        }
    }
    let rule = for_every(&format!(
        "no worker ever comes out of its turns with another state than it should have, and a hand-over between workers that \
         sleep on one processor takes more than {MANY} times as long as a function call"
    ));
    let otherwise = "Hand-overs on one processor and a function call were not both timed.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    let mut made = Synthetic::new(2).reading(CALL.0, CALL.1, "ns", 10.0);
    for (home, _) in HOMES {
        made = made.counted(PROBE, &format!("{home}/state-lost"), 0.0, 4_000);
        for (which, _) in HAND_OVERS {
            // Refuted by processes that are switched as fast as a few calls.
            let quick = !holds && home == "process" && which == JUDGED;
            let ns = if quick { 120.0 } else { 1500.0 };
            made = made.reading(PROBE, &format!("{home}/{which}/hand-over"), "ns", ns);
        }
    }
    made.qualified()
}
