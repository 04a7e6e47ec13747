//! Laws over all probes. None asserts how long anything takes.

use std::collections::BTreeSet;

use super::*;

/// Probes that have processes of their own start this test binary again.
#[test]
fn gilbench_worker_entry() {
    crate::queue::tests::hand::entry();
    crate::worker_entry(&crate::Suite::standard());
}

fn round(profile: Profile) -> Round {
    Round { profile, cores: 2, knobs: Knobs::default(), traced: false }
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

#[test]
fn every_reading_has_a_name_of_its_own_and_a_sensible_value() {
    for probe in ALL {
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
