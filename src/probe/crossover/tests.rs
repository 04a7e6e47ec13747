//! What holds of every grid and of every crew, however fast the machine. None asserts how long anything takes.

use super::*;
use crate::run::Knobs;

fn column(bytes: usize, at_work: impl FnOnce(&Column)) {
    let round = Round { profile: Profile::Quick, cores: 2, knobs: Knobs::default(), traced: false, number: 0, seed: 1 };
    at_work(&Column { round: &round, workers: 2, bytes, turns_per_us: 10.0, length: Duration::from_millis(1) });
}

#[test]
fn a_cell_is_read_in_all_three_ways() {
    for bytes in [0, 1, 5000, 3 << 20] {
        column(bytes, |column| {
            let mut findings = Findings::default();
            column.measure(&[1, 20], &mut findings).unwrap();
            let mut names: Vec<&str> = findings.values.iter().map(|value| value.0.as_str()).collect();
            names.sort_unstable();
            let all = ["gil", "processes", "threads"].map(|way| [1, 20].map(|us| format!("{way}/{us}us/{bytes}B")));
            assert_eq!(names, all.concat());
            assert!(findings.values.iter().all(|value| value.2 > 0.0), "{findings:?}");
        });
    }
}

#[test]
fn jobs_fill_the_time_but_are_never_fewer_than_the_workers() {
    column(0, |column| {
        assert_eq!((column.jobs(10_000, 1), column.jobs(10_000, 2)), (2, 2));
        assert!(column.jobs(100, 1) >= 9 && column.jobs(100, 2) >= 19);
        assert!(column.jobs(1, 2) <= 5000, "more than a dispatcher can hand out");
    });
}

#[test]
fn the_grids_ask_more_and_more_of_the_same_corners() {
    for grid in [QUICK, STANDARD, FULL] {
        assert!(grid.works_us.is_sorted() && grid.bytes.is_sorted());
        assert_eq!((grid.works_us[0], grid.bytes[0], *grid.bytes.last().unwrap()), (1, 0, 1 << 20));
    }
    assert!(QUICK.works_us.len() * QUICK.bytes.len() < STANDARD.works_us.len() * STANDARD.bytes.len());
    assert!(STANDARD.works_us.iter().all(|work| FULL.works_us.contains(work)));
    assert!(STANDARD.bytes.iter().all(|bytes| FULL.bytes.contains(bytes)));
}

#[test]
fn bytes_that_change_on_the_way_are_found_out() {
    let (store, tally) = (Store::new(100), Tally::new().unwrap());
    let taken = |read: u64| {
        tally.begin(1);
        tally.count(read);
        tally.wait().unwrap().1
    };
    assert_eq!(taken(store.sum(1)), store.sum(1));
    assert_ne!(taken(store.sum(1) + 1), store.sum(1));
}

#[test]
fn as_many_workers_as_processors_have_one_each() {
    use rustix::thread::CpuSet;
    let mut all = CpuSet::new();
    for cpu in [1, 4, 5] {
        all.set(cpu);
    }
    let of = |number: usize| {
        let one = crew::one_of(&all, number).unwrap();
        assert_eq!(one.count(), 1);
        [1, 4, 5].into_iter().find(|cpu| one.is_set(*cpu)).unwrap()
    };
    assert_eq!([0, 1, 2, 3, 7].map(of), [1, 4, 5, 1, 4]);
    assert!(crew::one_of(&CpuSet::new(), 0).is_none());
}
