//! What the format asks of a document, and one document letter by letter.

use std::collections::BTreeMap;

use serde_json::Value;

use super::trace_events;
use crate::run::golden::assert_unchanged;
use crate::run::timeline::{Mark, State, Timeline};
use crate::run::{Trace, scenes};

fn written(traces: &[Trace]) -> String {
    let mut text = vec![];
    trace_events(traces, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn events(traces: &[Trace]) -> Vec<Value> {
    let document: Value = serde_json::from_str(&written(traces)).unwrap();
    document["traceEvents"].as_array().unwrap().clone()
}

/// Microseconds as they are written, in nanoseconds.
fn ns(value: &Value) -> u64 {
    (value.as_f64().unwrap() * 1e3).round() as u64
}

fn phase<'a>(events: &'a [Value], phase: &'a str) -> impl Iterator<Item = &'a Value> {
    events.iter().filter(move |event| event["ph"] == phase)
}

fn scenes() -> [Trace; 2] {
    let mut convoy = scenes::convoy(7, 100, 5000);
    convoy.lanes[1].name = "</script>\"\\\u{1b}".into();
    [scenes::turns(3, 12, 5000), convoy]
}

#[test]
fn the_document_is_as_it_always_was() {
    let current = written(&[scenes::convoy(3, 100, 1000)]);
    let mind = "try it in Perfetto";
    assert_unchanged("crates/report/src/report/trace_events/golden.json", current.as_bytes(), "trace_events", mind);
}

#[test]
fn complete_events_are_the_spans() {
    let traces = scenes();
    let events = events(&traces);
    let mut expected: Vec<_> = traces
        .iter()
        .flat_map(|trace| Timeline::of(trace).spans)
        .zip(1001..)
        .flat_map(|(spans, tid)| {
            spans.into_iter().map(move |s| (tid, s.from_ns, s.length_ns(), s.state.name().to_owned()))
        })
        .collect();
    let mut found: Vec<_> = phase(&events, "X")
        .map(|x| (x["tid"].as_u64().unwrap(), ns(&x["ts"]), ns(&x["dur"]), x["name"].as_str().unwrap().to_owned()))
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn each_hand_over_is_an_arrow_from_hold_to_hold() {
    let traces = scenes();
    let events = events(&traces);
    let holds: Vec<_> = phase(&events, "X").filter(|event| event["name"] == State::Held.name()).collect();
    let inside_hold = |end: &Value| {
        let inside = |hold: &&&Value| {
            let from = ns(&hold["ts"]);
            hold["tid"] == end["tid"] && (from..from + ns(&hold["dur"])).contains(&ns(&end["ts"]))
        };
        assert!(holds.iter().find(inside).is_some(), "{end}");
    };
    let begins: BTreeMap<u64, &Value> = phase(&events, "s").map(|s| (s["id"].as_u64().unwrap(), s)).collect();
    let ends: BTreeMap<u64, &Value> = phase(&events, "f").map(|f| (f["id"].as_u64().unwrap(), f)).collect();
    let hand_overs: usize = traces.iter().map(|trace| Timeline::of(trace).hand_overs.len()).sum();
    assert_eq!((begins.len(), ends.len(), phase(&events, "s").count()), (hand_overs, hand_overs, hand_overs));
    for (id, begin) in begins {
        let end = ends[&id];
        assert!(begin["tid"] != end["tid"] && begin["pid"] == end["pid"] && begin["name"] == end["name"]);
        assert!(ns(&begin["ts"]) <= ns(&end["ts"]));
        inside_hold(begin);
        inside_hold(end);
    }
}

#[test]
fn instants_are_the_marks_and_say_whom_they_concern() {
    let traces = scenes();
    let events = events(&traces);
    for mark in Mark::ALL {
        let expected =
            traces.iter().flat_map(|trace| Timeline::of(trace).marks).filter(|(_, _, of)| *of == mark).count();
        let found: Vec<_> = phase(&events, "i").filter(|event| event["name"] == mark.name()).collect();
        assert_eq!(found.len(), expected, "{mark:?}");
        assert!(found.iter().all(|event| event["s"] == "t" && event["args"].is_object() == (mark != Mark::Barge)));
    }
}

#[test]
fn processes_and_threads_have_their_names() {
    let mut traces = scenes();
    (traces[0].lanes[2].process, traces[0].lanes[2].lock) = (usize::MAX, 2);
    let events = events(&traces);
    let named = |what: &str| -> Vec<_> {
        phase(&events, "M").filter(|event| event["name"] == what).map(|event| event["args"]["name"].clone()).collect()
    };
    let processes = ["bytecode/gil, process 0", "bytecode/gil, process 18446744073709551615", "convoy"];
    assert_eq!(named("process_name"), processes);
    assert_eq!(named("thread_name"), ["worker 0", "worker 1", "worker 2", "computes", "</script>\"\\\u{1b}"]);
    let pids: Vec<_> = [1001, 1002, 1003, 1004]
        .map(|tid| phase(&events, "X").find(|event| event["tid"] == tid).unwrap()["pid"].as_u64().unwrap())
        .into();
    assert_eq!(pids, [1, 1, 2, 3]);
}

#[test]
fn where_a_record_ends_is_said() {
    let trace = scenes::cut(scenes::turns(2, 12, 5000), 10);
    let events = events(std::slice::from_ref(&trace));
    let ends: Vec<_> =
        phase(&events, "i").filter(|event| event["name"].as_str().unwrap().contains("moments lost")).collect();
    assert_eq!(ends.len(), 2);
    assert_eq!(ns(&ends[1]["ts"]), trace.lanes[1].end_ns(trace.length_ns));
}

#[test]
fn no_trace_is_a_document_too() {
    assert_eq!(phase(&events(&[]), "X").count(), 0);
}

#[test]
fn times_are_exact() {
    let text = |ns| {
        let mut text = vec![];
        super::micros(&mut text, ns);
        String::from_utf8(text).unwrap()
    };
    assert_eq!([0, 7, 1000, 1_234_567].map(text), ["0.000", "0.007", "1.000", "1234.567"]);
    assert_eq!(text(u64::MAX), "18446744073709551.615");
}
