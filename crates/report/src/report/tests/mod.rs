//! Laws of the page and of the summary, over every panel and over runs of every kind.

mod document;
mod figures;
mod languages;
mod pages;
mod size;
mod summary;
mod what_is_said;

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{PANELS, View, fixture, page};
use crate::claim::Judged;
use crate::run::synthetic::Synthetic;
use crate::run::validation::{Goal, Skipped};
use crate::run::{Bound, Failure, FailureKind, KernelInfo, Note, Run};
use crate::track::history::History;

const HOSTILE: &str = "</script><b onclick='x'>&\"\u{1b}[31m";

fn draw(run: &Run, verdicts: &[Judged]) -> String {
    page::document(&View::new(run, verdicts)).into_string()
}

/// The page of a run with this history.
fn with_history(history: &History) -> String {
    let run = fixture::suite(2);
    page::document(&View { history: Some(history), ..View::new(&run, &[]) }).into_string()
}

/// The page of every kind of run, drawn once for all laws.
fn pages_of_runs() -> &'static [(&'static str, String)] {
    static PAGES: LazyLock<Vec<(&str, String)>> =
        LazyLock::new(|| runs().into_iter().map(|(name, run)| (name, draw(&run, &fixture::verdicts()))).collect());
    &PAGES
}

/// A name for each kind of run, and the run.
fn runs() -> Vec<(&'static str, Run)> {
    let mut partial = fixture::suite(2);
    partial.partial = Some("interrupted after 4 of 13 rounds".into());
    partial.plan.rounds = 4;
    partial.cases.iter_mut().for_each(|case| case.samples.truncate(4));
    let mut lost = fixture::suite(2);
    let ids: Vec<String> = lost.cases.iter().filter(|case| !case.failed).map(|case| case.id.clone()).collect();
    for id in &ids {
        fixture::fail(&mut lost, id, "panicked");
    }
    let mut unsampled = fixture::suite(2);
    unsampled.cases.iter_mut().for_each(|case| case.samples.clear());
    let no_serial = Synthetic::new(2).kernel("primes", Bound::Cpu, None).case("primes", "threads", (1, 2), 9.0, 9.0);
    vec![
        ("empty", Synthetic::new(2).build()),
        ("full", fixture::suite(4)),
        ("one core", fixture::suite(1)),
        ("many cores", fixture::suite(64)),
        ("partial", partial),
        ("everything failed", lost),
        ("no samples", unsampled),
        ("no baseline", no_serial.build()),
        ("hostile", hostile()),
        ("servers", super::panels::server_latency::example()),
        ("crossover", super::panels::crossover::example()),
        ("queues", super::panels::queue_depth::example()),
        ("round trips", round_trips()),
    ]
}

/// A run of threads that talk beside threads that compute, at several switch intervals.
fn round_trips() -> Run {
    let mut made = Synthetic::new(2).noise(0.02);
    for (us, work, trip) in [(50_u64, 0.7, 6e4), (500, 0.95, 5.1e5), (5000, 0.99, 5.1e6)] {
        made = made.reading("interval-sweep", &format!("{us}us/throughput"), "", work);
        made = made.reading("interval-sweep", &format!("{us}us/latency"), "ns", trip);
        for (computing, waited) in [(0, 0.0), (1, 1.0), (2, 0.2)] {
            let name = |what: &str| format!("at-once/{computing}-cpu/{us}us/{what}");
            made = made.reading("convoy", &name("p50"), "ns", trip).reading("convoy", &name("rate"), "/s", 1e9 / trip);
            made = made.reading("convoy", &name("slow"), "", waited);
        }
    }
    made.build()
}

/// A run in which every text is an attack.
fn hostile() -> Run {
    let mut run = fixture::suite(2);
    let bad = || HOSTILE.to_owned();
    for case in &mut run.cases {
        case.kernel = case.kernel.replace("primes", HOSTILE);
        case.model = case.model.replace("rayon", HOSTILE);
        case.id = case.id.replace("primes", HOSTILE).replace("rayon", HOSTILE);
    }
    run.kernels.push(KernelInfo {
        id: bad(),
        revision: 1,
        bound: Bound::Cpu,
        summary: bad(),
        shares: Some(bad()),
        peer: true,
    });
    run.models.iter_mut().for_each(|model| model.summary = bad());
    run.machine.notes.push(Note { id: bad(), serious: true, text: bad() });
    (run.partial, run.generator, run.started_at) = (Some(bad()), bad(), bad());
    (run.machine.cpu.model, run.machine.os, run.machine.build.flags) = (bad(), bad(), bad());
    run.failures.push(Failure { case: Some(bad()), round: None, kind: FailureKind::Exited, message: bad() });
    for trace in &mut run.traces {
        (trace.name, trace.summary) = (bad(), bad());
        trace.lanes.iter_mut().for_each(|lane| lane.name = bad());
    }
    (run.traces[0].length_ns, run.traces[1].switch_interval_us) = (u64::MAX, u64::MAX);
    run.traces[2].switch_interval_us = 0;
    run.second_opinions.iter_mut().for_each(|theirs| theirs.instrument = bad());
    let validation = run.validation.as_mut().expect("the suite has one");
    (validation.partial, validation.generator) = (Some(bad()), bad());
    validation.skipped.push(Skipped { path: bad(), named: true, reason: bad() });
    for interpreter in &mut validation.interpreters {
        (interpreter.path, interpreter.version, interpreter.failure) = (bad(), bad(), Some(bad()));
        interpreter.goals.push(Goal { statement: bad(), found: bad(), met: None });
        interpreter.cells.iter_mut().for_each(|cell| (cell.cell, cell.unit) = (bad(), bad()));
    }
    let selftest = run.selftest.as_mut().expect("the suite has one");
    (selftest.partial, selftest.generator, selftest.started_at) = (Some(bad()), bad(), bad());
    let findings = selftest.findings.as_mut().expect("it was judged");
    findings.points.iter_mut().for_each(|point| point.case = bad());
    findings.checks.iter_mut().for_each(|check| (check.statement, check.found) = (bad(), bad()));
    run
}

#[test]
fn panels_have_ids_of_their_own() {
    let ids: HashSet<&str> = PANELS.iter().map(|panel| panel.id).collect();
    assert_eq!(ids.len(), PANELS.len());
    assert!(ids.iter().all(|id| id.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
}

#[test]
fn every_panel_has_something_to_say_about_every_run() {
    for (name, run) in runs() {
        for panel in PANELS {
            let html = (panel.draw)(&View::new(&run, &[])).into_string();
            assert!(html.contains("<p") || html.contains("<div"), "{} on {name}: {html}", panel.id);
            for number in ["NaN", "inf", "Infinity"] {
                let lost = html.split(['"', '>', ' ']).any(|word| word.trim_end_matches('%') == number);
                assert!(!lost, "{} on {name} shows {number}", panel.id);
            }
        }
    }
}
