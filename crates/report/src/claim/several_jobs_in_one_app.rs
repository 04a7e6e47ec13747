//! An editor that reads, draws and saves at once is made of threads, not of processes.
//!
//! Three roles work on one document. Threads share it; processes have to pass it from one to the other, and every byte of
//! it is copied twice for each of them. Judged is how soon a key is drawn, with the longest document that both had, where the
//! copying must show if it shows anywhere: processes that pass it must take longer by a fifth at least. And threads must
//! copy less than the document for a key, and those processes more.
//!
//! Shown is the same for every length, since with a short one the wake-up of a sleeper hides all copying; and the way out
//! that processes have: a copy of the document each, and only the changes passed.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "editor";

/// How much longer processes must take.
const LEAST: f64 = 1.2;

/// Ways to have a document in common, as the readings and as people name them.
const SHARED: (&str, &str) = ("thread/shared", "threads that share the document");
const PASSED: (&str, &str) = ("process/passed", "processes that pass the document");
const CHANGES: (&str, &str) = ("process/changes", "processes that pass the changes");

pub(super) const CLAIM: Claim = Claim {
    id: "several-jobs-in-one-app",
    statement: "An editor that reads, draws and saves at once is faster with threads than with processes.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "keys typed in an editor of three threads and of three processes", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let read = |way: &str, kib: u64, what: &str| select::reading(run, PROBE, &format!("{way}/{kib}KiB/{what}"));
    let lengths = lengths(run);
    let longest = lengths
        .iter()
        .rev()
        .copied()
        .find(|kib| [SHARED, PASSED].iter().all(|way| read(way.0, *kib, "drawn").is_some()));
    let mut cells = vec![];
    for &kib in &lengths {
        let judged = longest == Some(kib);
        for (way, words) in [PASSED, CHANGES] {
            if let Some((processes, threads)) = read(way, kib, "drawn").zip(read(SHARED.0, kib, "drawn")) {
                let subject = format!("{words} against threads, {kib} KiB, until a key is drawn");
                let cell = Cell::reading_ratio(&subject, processes, threads);
                cells.push(if judged && way == PASSED.0 { cell.judged(Claimed::above(LEAST)) } else { cell });
            }
        }
        for (way, words) in [SHARED, PASSED, CHANGES] {
            let copied = read(way, kib, "copied").map(|copied| {
                let documents: Vec<f64> = copied.values.iter().map(|bytes| bytes / (kib as f64 * 1024.0)).collect();
                let cell = Cell::measured(&format!("{words}, {kib} KiB, copied for a key"), "documents", &documents);
                match way {
                    _ if !judged => cell,
                    way if way == SHARED.0 => cell.judged(Claimed::below(1.0)),
                    way if way == PASSED.0 => cell.judged(Claimed::above(1.0)),
                    _ => cell,
                }
            });
            cells.extend(copied);
            let drawn = read(way, kib, "drawn")
                .map(|drawn| Cell::reading(&format!("{words}, {kib} KiB, until a key is drawn"), drawn));
            cells.extend(drawn);
        }
    }
    let rule = for_every(&format!(
        "with the longest document that was tried, a key is drawn by processes that pass the document {LEAST} times as late \
         as by threads that share it, and they copy more than the document for a key, threads less"
    ));
    let otherwise = "Threads and processes did not edit documents of the same length.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

/// Lengths of documents that were edited, in KiB; the longest last.
fn lengths(run: &Run) -> Vec<u64> {
    let length = |name: &str| name.strip_suffix("KiB/drawn")?.rsplit('/').next()?.parse().ok();
    let mut lengths: Vec<u64> = select::readings(run, PROBE).filter_map(|reading| length(&reading.name)).collect();
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    let mut made = Synthetic::new(2);
    for kib in [4_u32, 1024] {
        let bytes = f64::from(kib) * 1024.0;
        // Refuted by processes that pass a long document as fast as a short one.
        let passed = 50e3 + if holds { bytes * 0.03 } else { 0.0 };
        for (way, drawn, copied) in [(SHARED.0, 55e3, 24.0), (PASSED.0, passed, bytes * 2.2), (CHANGES.0, 57e3, 80.0)] {
            made = made.reading(PROBE, &format!("{way}/{kib}KiB/drawn"), "ns", drawn);
            made = made.reading(PROBE, &format!("{way}/{kib}KiB/copied"), "bytes", copied);
        }
    }
    made.qualified()
}
