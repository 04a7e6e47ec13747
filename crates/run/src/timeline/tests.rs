//! Laws of timelines: over scenes that are known, over locks simulated at random, and over records that make no sense.

use proptest::prelude::*;

use super::*;
use crate::scenes;

const MS: u64 = 1_000_000;

/// Spans of each lane leave no gap, do not overlap, and end where its record ends.
fn assert_covered(trace: &Trace, timeline: &Timeline) {
    for (lane, spans) in trace.lanes.iter().zip(&timeline.spans) {
        let mut until = 0;
        for span in spans {
            assert_eq!(span.from_ns, until, "{span:?}");
            assert!(span.to_ns > span.from_ns, "{span:?}");
            until = span.to_ns;
        }
        assert_eq!(until, lane.end_ns(trace.length_ns));
    }
}

/// No two workers hold the same lock at once, and each hand-over is from the end of one's hold to the begin of another's.
fn assert_exclusive(trace: &Trace, timeline: &Timeline) {
    for (at, mine) in timeline.spans.iter().enumerate() {
        for other in (at + 1..trace.lanes.len()).filter(|other| trace.lanes[*other].lock == trace.lanes[at].lock) {
            for held in mine.iter().filter(|span| span.state == State::Held) {
                let clash =
                    |span: &&Span| span.state == State::Held && span.from_ns < held.to_ns && held.from_ns < span.to_ns;
                assert_eq!(timeline.spans[other].iter().find(clash), None, "beside {held:?}");
            }
        }
    }
    for change in &timeline.hand_overs {
        assert!(change.from != change.to && change.released_ns <= change.taken_ns, "{change:?}");
        assert_eq!(trace.lanes[change.from].lock, trace.lanes[change.to].lock);
        let held = |lane: usize, edge: fn(&Span) -> u64, at: u64| {
            timeline.spans[lane].iter().any(|span| span.state == State::Held && edge(span) == at)
        };
        assert!(held(change.from, |span| span.to_ns, change.released_ns), "{change:?}");
        assert!(held(change.to, |span| span.from_ns, change.taken_ns), "{change:?}");
    }
}

#[test]
fn taking_turns() {
    let trace = scenes::turns(2, 12, 5000);
    let timeline = Timeline::of(&trace);
    assert_covered(&trace, &timeline);
    assert_exclusive(&trace, &timeline);
    let forced = timeline.hand_overs.iter().filter(|change| change.forced).count();
    assert_eq!((timeline.hand_overs.len(), forced), (13, 12), "the last is by a worker that has finished");
    for lane in 0..2 {
        assert!(timeline.time_ns(lane, State::Held) >= 30 * MS);
        assert!((5 * MS..6 * MS).contains(&timeline.longest_wait_ns(lane)));
        assert_eq!((timeline.count(lane, Mark::Request), timeline.count(lane, Mark::Barge)), (6, 0));
    }
}

#[test]
fn a_convoy() {
    let trace = scenes::convoy(9, 100, 5000);
    let timeline = Timeline::of(&trace);
    assert_covered(&trace, &timeline);
    assert_exclusive(&trace, &timeline);
    assert_eq!((timeline.count(1, Mark::Barge), timeline.count(0, Mark::Overtaken)), (3, 3));
    assert!(timeline.time_ns(1, State::Waiting) > 40 * MS, "nine calls, an interval each");
    assert!(timeline.time_ns(1, State::Held) < MS);
    assert_eq!(timeline.count(1, Mark::Request), 9);
}

#[test]
fn barging_is_seen_where_the_lock_does_not_note_it() {
    let mut trace = scenes::convoy(3, 100, 5000);
    for event in trace.lanes.iter_mut().flat_map(|lane| &mut lane.events).filter(|event| event.moment == Moment::Barge)
    {
        event.moment = Moment::Take;
    }
    assert_eq!(Timeline::of(&trace).count(1, Mark::Barge), 1);
}

#[test]
fn at_equal_times_a_release_comes_first() {
    let mut trace = scenes::turns(2, 0, 5000);
    let event = |at_ns, moment| TraceEvent { at_ns, moment, other: None };
    trace.lanes[1].events = vec![event(5, Moment::Take), event(9, Moment::Detach)];
    trace.lanes[0].events = vec![event(0, Moment::Wait), event(9, Moment::Take), event(9, Moment::Detach)];
    let timeline = Timeline::of(&trace);
    assert_covered(&trace, &timeline);
    let HandOver { from, released_ns, to, taken_ns, forced } = timeline.hand_overs[0];
    assert_eq!((from, released_ns, to, taken_ns, forced, timeline.hand_overs.len()), (1, 9, 0, 9, false, 1));
}

#[test]
fn a_record_that_ends_early_says_nothing_of_later() {
    let whole = Timeline::of(&scenes::turns(2, 12, 5000));
    let mut trace = scenes::turns(2, 12, 5000);
    trace.lanes[0] = scenes::cut(trace.clone(), 10).lanes[0].clone();
    let end = trace.lanes[0].end_ns(trace.length_ns);
    assert!(trace.lanes[0].lost > 0 && end < trace.length_ns);
    let timeline = Timeline::of(&trace);
    assert_covered(&trace, &timeline);
    assert_exclusive(&trace, &timeline);
    let until: Vec<_> = whole.hand_overs.into_iter().filter(|change| change.taken_ns <= end).collect();
    assert_eq!(timeline.hand_overs, until);
    assert_eq!(timeline.spans[1], whole.spans[1], "the other lane's record is whole");
}

#[test]
fn workers_under_locks_of_their_own_hand_nothing_over() {
    let mut trace = scenes::turns(2, 12, 5000);
    trace.lanes[1].lock = 1;
    let timeline = Timeline::of(&trace);
    assert_covered(&trace, &timeline);
    assert_eq!(timeline.hand_overs, []);
}

#[test]
fn nothing_at_all_is_a_timeline_too() {
    let mut trace = scenes::turns(2, 0, 5000);
    trace.lanes[1].events.clear();
    assert_eq!(Timeline::of(&trace).time_ns(1, State::Detached), trace.length_ns);
    trace.lanes.clear();
    assert_eq!(Timeline::of(&trace), Timeline::default());
}

/// What a lock sees of workers whose scheduler is the given numbers: at each, one worker does the next thing it can.
fn simulated(workers: usize, choices: &[(usize, u64, bool)]) -> Trace {
    let mut trace = scenes::turns(workers, 0, 100);
    trace.lanes.iter_mut().for_each(|lane| lane.events.clear());
    let (mut holder, mut waiting, mut now) = (None, vec![false; workers], 0);
    for &(worker, later, by_request) in choices {
        let lane = worker % workers;
        now += later;
        let moment = match holder {
            Some(other) if other == lane => {
                holder = None;
                if by_request { Moment::Drop } else { Moment::Detach }
            }
            Some(_) if waiting[lane] => Moment::Request,
            Some(_) => {
                waiting[lane] = true;
                Moment::Wait
            }
            None => {
                holder = Some(lane);
                let ahead = !std::mem::take(&mut waiting[lane]) && waiting.contains(&true);
                if ahead { Moment::Barge } else { Moment::Take }
            }
        };
        trace.lanes[lane].events.push(TraceEvent { at_ns: now, moment, other: None });
    }
    trace.length_ns = now + 10;
    trace
}

proptest! {
    #[test]
    fn laws_of_any_lock(
        workers in 2..6_usize,
        choices in prop::collection::vec((0..6_usize, 1..40_u64, any::<bool>()), 0..300),
        room in 0..80_usize,
    ) {
        let trace = simulated(workers, &choices);
        let timeline = Timeline::of(&trace);
        assert_covered(&trace, &timeline);
        assert_exclusive(&trace, &timeline);
        let noted: Vec<_> = trace.lanes.iter().map(|lane| lane.events.iter().filter(|event| event.moment == Moment::Barge).count()).collect();
        let barged: Vec<_> = (0..workers).map(|lane| timeline.count(lane, Mark::Barge)).collect();
        prop_assert_eq!(barged, noted, "derived as noted");

        let cut = scenes::cut(trace.clone(), room);
        let short = Timeline::of(&cut);
        assert_covered(&cut, &short);
        prop_assert!(short.hand_overs.len() <= timeline.hand_overs.len());
        prop_assert_eq!(&short.hand_overs[..], &timeline.hand_overs[..short.hand_overs.len()]);
    }

    #[test]
    fn records_that_make_no_sense_do_no_harm(
        events in prop::collection::vec((0..4_usize, any::<u64>(), 1..8_u8, prop::option::of(any::<usize>())), 0..60),
        lost in 0..3_u64,
        length_ns in any::<u64>(),
    ) {
        let mut trace = scenes::turns(4, 0, 100);
        trace.lanes.iter_mut().for_each(|lane| lane.events.clear());
        for (lane, at_ns, number, other) in events {
            let moment = Moment::from_number(number).expect("one to seven");
            trace.lanes[lane].events.push(TraceEvent { at_ns, moment, other });
        }
        (trace.lanes[1].lost, trace.length_ns, trace.lanes[2].lock) = (lost, length_ns, usize::MAX);
        let timeline = Timeline::of(&trace);
        assert_covered(&trace, &timeline);
        for lane in 0..4 {
            let all: u64 = State::ALL.into_iter().map(|state| timeline.time_ns(lane, state)).sum();
            prop_assert_eq!(all, trace.lanes[lane].end_ns(length_ns));
            prop_assert!(timeline.longest_wait_ns(lane) <= all);
        }
    }
}
