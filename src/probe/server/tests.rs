//! What holds of every scene, however fast the machine. None asserts how long anything takes.

use super::*;
use crate::run::Knobs;

fn play(id: &str, locked: bool, clients: usize) -> Heard {
    let serving = Serving::find(id).unwrap();
    let settings = server::Settings { serving: id.into(), locked, steps: 10, workers: 2, knobs: Knobs::default() };
    let at_once = serving.at_once(clients, 2);
    Scene { settings, clients, at_once, computing: false, profile: Profile::Quick }.play().unwrap()
}

#[test]
fn every_request_on_schedule_is_answered_and_nobody_is_lost() {
    for serving in server::ALL {
        let heard = play(serving.id, true, 5);
        assert_eq!((heard.latencies.len(), heard.lateness.len()), (125, 125), "{}", serving.id);
        assert_eq!(heard.lost, 0, "{}", serving.id);
        assert!(!heard.first_answers.is_empty(), "{}: {heard:?}", serving.id);
    }
}

#[test]
fn who_is_served_beside_the_first_client_is_as_a_way_of_serving_says() {
    for (id, beside) in [("sequential", 0), ("threads", 4), ("processes", 4), ("pool", 1), ("hybrid", 4)] {
        let heard = play(id, false, 5);
        assert_eq!((heard.beside, heard.unserved), (beside, 4 - beside), "{id}");
    }
}

#[test]
fn every_profile_asks_each_way_of_serving_that_it_names_in_cells_of_their_own() {
    for profile in [Profile::Quick, Profile::Standard, Profile::Full] {
        let cells = cells(profile);
        for (place, cell) in cells.iter().enumerate() {
            assert!(Serving::find(cell.0).is_some() && cell.3 > 0, "{cell:?}");
            assert!(!cells[..place].contains(cell), "{cell:?} twice");
        }
        assert!(cells.iter().any(|cell| cell.0 == "sequential") && cells.iter().any(|cell| cell.1));
    }
}

#[test]
fn the_full_profile_asks_everything_of_every_way_of_serving() {
    let cells = cells(Profile::Full);
    for serving in server::ALL {
        for (locked, work_us) in [(false, 0), (true, 0), (false, WORK_US), (true, WORK_US)] {
            for clients in [1, 8, 64, 256] {
                assert!(cells.contains(&(serving.id, locked, work_us, clients)), "{} {clients}", serving.id);
            }
        }
    }
}

#[test]
fn of_too_few_requests_for_a_percentile_the_slowest_are_kept() {
    let heard = |requests: u32| Heard {
        rate: 1.0,
        latencies: (0..requests).map(f64::from).collect(),
        lateness: vec![],
        first_answers: vec![],
        pss_bytes: None,
        lost: 0,
        unserved: 0,
        beside: 0,
    };
    let read = |requests: u32| {
        let mut findings = Findings::default();
        report(&mut findings, "cell", 1, &heard(requests));
        move |name: &str| findings.values.iter().find(|value| value.0 == format!("cell/{name}")).map(|value| value.2)
    };
    let (few, many) = (read(125), read(1000));
    assert_eq!((few("requests"), few("slowest/1"), few("slowest/5")), (Some(125.0), Some(124.0), Some(120.0)));
    assert_eq!((few("slowest/6"), few("p99.9"), many("slowest/1")), (None, None, None));
    assert!(few("p99").is_some() && many("p99.9").is_some());
}
