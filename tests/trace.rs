//! Laws of traces, over every model with a lock: what was recorded is what happened.

use std::time::Duration;

use gilbench::Suite;
use gilbench::measure::{TraceRequest, trace};
use gilbench::run::timeline::{Mark, State, Timeline};
use gilbench::run::{Knobs, Moment, Sample, StartMethod, Trace};
use gilbench::worker::Limits;

#[test]
fn gilbench_worker_entry() {
    gilbench::worker_entry(&Suite::standard());
}

fn request(kernel: &str, model: &str) -> TraceRequest {
    TraceRequest {
        kernel: kernel.into(),
        model: model.into(),
        workers: 4,
        time: Duration::from_millis(30),
        steps: None,
        moments: 300_000,
        knobs: Knobs::with_interval(Duration::from_micros(500)),
        start_method: StartMethod::Spawn,
        limits: Limits::default(),
    }
}

/// Every model with a lock, under a kernel that computes, one that blocks, and one that does both.
fn every_trace() -> Vec<(Sample, Trace)> {
    let suite = Suite::standard();
    let models = suite.models().iter().filter(|model| model.locked()).map(|model| model.name());
    let cases = models.flat_map(|model| ["bytecode", "pipe", "crawl-50"].map(|kernel| request(kernel, model)));
    cases.map(|request| trace(&suite, &request).unwrap()).collect()
}

fn assert_whole(trace: &Trace, timeline: &Timeline) {
    for (number, lane) in trace.lanes.iter().enumerate() {
        assert_eq!(lane.lost, 0, "{}: {}", trace.name, lane.name);
        assert!(lane.events.is_sorted_by_key(|event| event.at_ns), "{}", trace.name);
        let all: u64 = State::ALL.into_iter().map(|state| timeline.time_ns(number, state)).sum();
        assert_eq!(all, lane.end_ns(trace.length_ns), "{}: {}", trace.name, lane.name);
        assert!(timeline.time_ns(number, State::Held) > 0, "{}: {}", trace.name, lane.name);
        let last = lane.events.last().map(|event| event.moment);
        assert_eq!(last, Some(Moment::Detach), "{}: {} lets go when it has finished", trace.name, lane.name);
    }
}

fn assert_exclusive(trace: &Trace, timeline: &Timeline) {
    let mut holds: Vec<_> = timeline.spans.iter().flatten().filter(|span| span.state == State::Held).collect();
    holds.sort_by_key(|span| (trace.lanes[span.lane].lock, span.from_ns));
    for pair in holds.windows(2) {
        let together = trace.lanes[pair[0].lane].lock == trace.lanes[pair[1].lane].lock;
        assert!(!together || pair[0].to_ns <= pair[1].from_ns, "{}: two holders: {pair:?}", trace.name);
    }
}

#[test]
fn a_trace_agrees_with_the_locks_own_account() {
    for (sample, trace) in every_trace() {
        let timeline = Timeline::of(&trace);
        assert_whole(&trace, &timeline);
        assert_exclusive(&trace, &timeline);
        let lock = sample.lock.unwrap();
        let moments = |of: Moment| {
            let all = trace.lanes.iter().flat_map(|lane| &lane.events);
            all.filter(|event| event.moment == of).count() as u64
        };
        assert_eq!(moments(Moment::Drop), lock.forced_drops, "{}", trace.name);
        assert_eq!(moments(Moment::Request), lock.requests, "{}", trace.name);
        assert_eq!(moments(Moment::Wait), lock.waits, "{}", trace.name);
        // Who finishes last stores a lock's number of hand-overs, and two may finish at once.
        let hand_overs = timeline.hand_overs.len() as u64;
        assert!(hand_overs.abs_diff(lock.hand_overs) <= 2, "{}: {hand_overs} for {}", trace.name, lock.hand_overs);
        let asked = trace.lanes.iter().flat_map(|lane| &lane.events).filter_map(|event| event.other);
        assert!(asked.into_iter().all(|other| other < trace.lanes.len()), "{}", trace.name);
    }
}

#[test]
fn locks_are_told_apart() {
    let suite = Suite::standard();
    for (model, locks) in [("gil", [0, 0, 0, 0]), ("gil-legacy", [0, 0, 0, 0]), ("gil-per-interpreter", [0, 1, 2, 3])] {
        let (_, trace) = trace(&suite, &request("bytecode", model)).unwrap();
        assert_eq!(trace.lanes.iter().map(|lane| lane.lock).collect::<Vec<_>>(), locks, "{model}");
    }
    let (_, trace) = trace(&suite, &request("bytecode", "gil-hybrid")).unwrap();
    assert!(trace.lanes.iter().all(|lane| trace.lanes[lane.lock].process == lane.process), "one in each process");
    let timeline = Timeline::of(&trace);
    assert!(timeline.hand_overs.iter().all(|change| trace.lanes[change.from].lock == trace.lanes[change.to].lock));
}

#[test]
fn a_small_buffer_keeps_the_first_moments_and_counts_the_others() {
    // Long enough for both to have more to tell than there is room for, on a machine where slices stretch as well.
    let time = Duration::from_millis(200);
    let small = TraceRequest { moments: 3, workers: 2, time, ..request("bytecode", "gil") };
    let (sample, trace) = trace(&Suite::standard(), &small).unwrap();
    assert!(sample.lock.unwrap().hand_overs > 3, "{:?}", sample.lock);
    for lane in &trace.lanes {
        assert!(lane.events.len() == 3 && lane.lost > 0 && lane.end_ns(trace.length_ns) < trace.length_ns, "{lane:?}");
    }
}

#[test]
fn waiters_ask_the_worker_that_holds_the_lock() {
    let (_, trace) = trace(&Suite::standard(), &TraceRequest { workers: 2, ..request("bytecode", "gil") }).unwrap();
    let timeline = Timeline::of(&trace);
    let requests: usize = (0..2).map(|lane| timeline.count(lane, Mark::Request)).sum();
    assert!(requests > 0);
    for (number, lane) in trace.lanes.iter().enumerate() {
        let asked = lane.events.iter().filter(|event| event.moment == Moment::Request);
        assert!(asked.into_iter().all(|event| event.other == Some(1 - number)), "{lane:?}");
    }
}

#[test]
fn what_cannot_be_traced_is_refused_with_the_remedy() {
    let refused = |request: TraceRequest| trace(&Suite::standard(), &request).unwrap_err().to_string();
    let fine = || request("bytecode", "gil");
    for (request, words) in [
        (request("bytcode", "gil"), ["no kernel `bytcode`", "bytecode"]),
        (request("bytecode", "gill"), ["no model `gill`", "gil-hybrid"]),
        (request("bytecode", "threads"), ["`threads` has no lock", "gil, gil-legacy"]),
        (TraceRequest { workers: 0, ..fine() }, ["0 workers", "1 or more"]),
        (TraceRequest { time: Duration::ZERO, ..fine() }, ["a trace of 0ns", "100ms"]),
        (TraceRequest { steps: Some(0), ..fine() }, ["0 steps", "1 or more"]),
        (TraceRequest { moments: 0, ..fine() }, ["room for 0 moments", "between 1 and"]),
        (TraceRequest { moments: usize::MAX, ..fine() }, ["makes no sense", "between 1 and 16777216"]),
        (TraceRequest { knobs: Knobs::with_interval(Duration::ZERO), ..fine() }, ["switch interval", "5ms"]),
    ] {
        let message = refused(request);
        assert!(words.iter().all(|word| message.contains(word)), "{words:?}: {message}");
    }
}
