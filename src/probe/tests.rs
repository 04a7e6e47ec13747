//! Laws over all probes. None asserts how long anything takes.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::*;

// The orders in which arms were measured by this thread.
thread_local!(static ORDERS: RefCell<Vec<Vec<usize>>> = const { RefCell::new(Vec::new()) });

pub(super) fn note(order: &[usize]) {
    ORDERS.with_borrow_mut(|orders| orders.push(order.to_vec()));
}

/// Probes that have processes of their own start this test binary again.
#[test]
fn gilbench_worker_entry() {
    crate::queue::tests::hand::entry();
    crate::worker_entry(&crate::Suite::standard());
}

fn round(profile: Profile) -> Round {
    Round { profile, cores: 2, knobs: Knobs::default(), traced: false, number: 1, seed: 7 }
}

#[test]
fn every_probe_has_an_id_and_a_question_of_its_own() {
    let ids: BTreeSet<_> = ALL.iter().map(|probe| probe.id).collect();
    assert_eq!(ids.len(), ALL.len());
    for probe in ALL {
        assert!(probe.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", probe.id);
        assert!(probe.question.ends_with('?'), "{}", probe.question);
    }
}

/// The probes whose readings are counts of what must never happen, of one thing after the other.
const WITHOUT_ARMS: [&str; 2] = ["sharing", "identity"];

/// Laws of what each probe reads. All arms of all probes are measured in a balanced order, too.
#[test]
fn every_reading_has_a_name_of_its_own_and_a_sensible_value() {
    for probe in ALL {
        ORDERS.take();
        let findings = (probe.run)(&round(Profile::Standard)).unwrap();
        let names: BTreeSet<_> = findings.values.iter().map(|value| &value.0).collect();
        assert_eq!(names.len(), findings.values.len(), "{}", probe.id);
        assert!(!names.is_empty(), "{} reads nothing", probe.id);
        assert!(
            findings.values.iter().all(|value| value.2.is_finite() && value.2 >= 0.0),
            "{}: {findings:?}",
            probe.id
        );
        assert!(findings.traces.is_empty(), "{} records without being asked", probe.id);
        let orders = ORDERS.take();
        assert_eq!(orders.is_empty(), WITHOUT_ARMS.contains(&probe.id), "{}", probe.id);
        for order in orders {
            assert_is_balanced(order.len(), &order, probe.id);
        }
    }
}

/// Over as many rounds as there are arms, every arm has every place once; in the round that was measured, this one.
fn assert_is_balanced(arms: usize, measured: &[usize], probe: &str) {
    let orders: Vec<Vec<usize>> = (0..arms as u32)
        .map(|number| {
            let round = Round { number, ..round(Profile::Standard) };
            let mut order = vec![];
            round
                .arms(&mut Findings::default(), 0..arms, |arm, _| {
                    order.push(arm);
                    Ok(())
                })
                .unwrap();
            order
        })
        .collect();
    for place in 0..arms {
        let there: BTreeSet<_> = orders.iter().map(|order| order[place]).collect();
        assert_eq!(there.len(), arms, "{probe}: place {place} of {orders:?}");
    }
    assert_eq!(orders.get(1 % arms.max(1)).map(Vec::as_slice), Some(measured), "{probe}");
}

#[test]
fn arms_are_found_in_the_order_in_which_they_are_named() {
    for number in 0..9 {
        let (mut findings, mut measured) = (Findings::default(), vec![]);
        let round = Round { number, ..round(Profile::Quick) };
        let arm = |name: &'static str, findings: &mut Findings| {
            measured.push(name);
            findings.add(name, "", 1.0);
            Ok(())
        };
        round.arms(&mut findings, ["a", "b", "c"], arm).unwrap();
        let order = order(3, number, 7);
        assert_eq!(measured, order.iter().map(|&place| ["a", "b", "c"][place]).collect::<Vec<_>>());
        let names: Vec<_> = findings.values.iter().map(|value| value.0.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }
}

#[test]
fn only_counting_without_a_lock_loses_anything() {
    let findings = (refcount::PROBE.run)(&round(Profile::Quick)).unwrap();
    let lost = |name: &str| findings.values.iter().find(|value| value.0 == format!("{name}/lost")).expect(name).2;
    for scheme in ["lock", "atomic", "biased"] {
        assert!(lost(&format!("{scheme}/shared")) <= 0.0, "{scheme}");
        assert!(lost(&format!("{scheme}/private")) <= 0.0, "{scheme}");
    }
    assert!(lost("none/private") <= 0.0);
}

#[test]
fn no_two_workers_hold_the_lock_at_once() {
    let findings = (handover::PROBE.run)(&round(Profile::Quick)).unwrap();
    let value = |name: &str| findings.values.iter().find(|value| value.0 == name).expect(name).2;
    assert!(value("overlaps") <= 0.0);
    assert!(value("holds") > 0.0);
}

#[test]
fn scenes_are_recorded_when_asked_for() {
    let traced = Round { traced: true, ..round(Profile::Quick) };
    let findings = (convoy::PROBE.run)(&traced).unwrap();
    let [trace] = &findings.traces[..] else { panic!("{:?}", findings.traces.len()) };
    assert_eq!(trace.lanes.len(), 2);
    assert!(trace.lanes.iter().all(|lane| !lane.events.is_empty()), "{trace:?}");
}
