//! Laws of the simulation, and its agreement with what can be computed by hand.

use proptest::prelude::*;

use super::*;

const MS: u64 = 1_000_000;
const US: u64 = 1_000;

/// A machine with round numbers.
fn setting(cores: usize, threads: usize, protocol: Protocol, cpu_us: f64, io_us: f64) -> Setting {
    Setting {
        cores,
        processes: 1,
        threads,
        protocol,
        job: Job { cpu_ns: cpu_us * 1e3, call_ns: 0.0, io_ns: io_us * 1e3, served_here: false, jitter: 0.0 },
        jobs: None,
        wake_up_ns: 30 * US,
        quick_ns: 30 * US,
        take_ns: 0,
        slack_ns: 50 * US,
        base_slice_ns: MS,
        tick_ns: 4 * MS,
        interval_ns: 5 * MS,
        safepoint_ns: 300,
        signal_ns: 2 * US,
        seed: 1,
    }
}

/// What is counted from 1 s to 11 s.
fn ten_seconds(setting: &Setting) -> Tally {
    let mut simulation = Simulation::new(setting);
    simulation.run_until(1_000 * MS, u64::MAX);
    drop(simulation.take_tally());
    simulation.run_until(11_000 * MS, u64::MAX);
    simulation.take_tally()
}

#[track_caller]
fn near(value: f64, expected: f64, tolerance: f64) {
    assert!((value / expected - 1.0).abs() <= tolerance, "{value} is not {expected} within {tolerance}");
}

mod with_a_switch_interval {
    use super::*;

    #[test]
    fn the_lock_is_handed_over_once_an_interval() {
        for (interval, safepoint) in [(5 * MS, 300), (MS, 300), (100 * US, 300), (5 * MS, 2 * MS)] {
            let one = setting(2, 2, Protocol::SwitchInterval, 1e9, 0.0);
            let tally = ten_seconds(&Setting { interval_ns: interval, safepoint_ns: safepoint, ..one });
            // The last holder wakes and waits; its timer is late, it wakes and asks; the holder comes to a safepoint.
            let held = (30 * US + interval + 50 * US + 30 * US).next_multiple_of(safepoint);
            let gap = 30 * US;
            near(tally.hand_overs as f64, 10e9 / (held + gap) as f64, 0.01);
            assert!(tally.requests.abs_diff(tally.hand_overs) <= 1, "each was asked for: {tally:?}");
        }
    }

    #[test]
    fn on_one_core_slices_are_as_long_as_ticks_allow() {
        let tally = ten_seconds(&setting(1, 2, Protocol::SwitchInterval, 1e9, 0.0));
        let slice = 10e9 / tally.hand_overs as f64;
        assert!((8e6..=12.1e6).contains(&slice), "two or three ticks, not 5 ms: {slice}");
        near(tally.computed_ns as f64, 10e9, 0.01);
    }

    #[test]
    fn who_returns_before_the_signalled_waiter_runs_keeps_the_lock() {
        // Calls of 2 µs against wake-ups of 30: 20,000 releases a second are of no use to the other worker.
        let mut barging = setting(2, 2, Protocol::SwitchInterval, 48.0, 0.0);
        barging.job.call_ns = 2e3;
        let tally = ten_seconds(&barging);
        assert!(tally.jobs > 190_000, "{tally:?}");
        assert!(tally.hand_overs < 20_000, "{tally:?}");
        // With calls longer than a wake-up every release hands over.
        barging.job.call_ns = 40e3;
        let tally = ten_seconds(&barging);
        assert!(tally.hand_overs as f64 > 0.9 * tally.jobs as f64, "{tally:?}");
    }

    #[test]
    fn a_worker_alone_pays_nothing() {
        for protocol in [Protocol::Free, Protocol::SwitchInterval, Protocol::Legacy] {
            let tally = ten_seconds(&setting(4, 1, protocol, 300.0, 700.0));
            near(tally.jobs as f64, 10_000.0, 0.001);
            assert_eq!((tally.hand_overs, tally.wait_ns), (0, 0));
        }
    }
}

mod with_the_legacy_lock {
    use super::*;

    #[test]
    fn more_cores_make_computing_slower_not_faster() {
        let computed = |cores| ten_seconds(&setting(cores, 2, Protocol::Legacy, 1e9, 0.0)).computed_ns as f64 / 10e9;
        assert!(computed(2) < 0.98, "{}", computed(2));
        assert!(computed(1) > computed(2), "on one core waiters wake less often");
    }
}

mod without_a_lock {
    use super::*;

    #[test]
    fn computing_takes_as_many_cores_as_there_are() {
        for (cores, workers) in [(1, 1), (2, 1), (2, 2), (2, 5), (8, 8), (8, 100)] {
            let tally = ten_seconds(&setting(cores, workers, Protocol::Free, 1_000.0, 0.0));
            near(tally.computed_ns as f64, 10e9 * cores.min(workers) as f64, 0.001);
        }
    }

    #[test]
    fn those_who_wait_need_no_cores() {
        let tally = ten_seconds(&setting(1, 64, Protocol::Free, 0.0, 2_000.0));
        near(tally.jobs as f64, 64.0 * 5_000.0, 0.02);
    }

    #[test]
    fn nobody_starves() {
        let one = Setting { jobs: Some(100), ..setting(2, 5, Protocol::Free, 1_000.0, 0.0) };
        let mut simulation = Simulation::new(&one);
        simulation.run_until(125 * MS, u64::MAX);
        let done: Vec<u64> = simulation.tasks.iter().map(|task| 100 - task.jobs_left).collect();
        assert!(done.iter().all(|&done| (35..=70).contains(&done)), "half of the work is done: {done:?}");
    }

    #[test]
    fn a_peer_on_the_same_cores_makes_calls_longer() {
        let mut here = setting(2, 8, Protocol::Free, 300.0, 1_000.0);
        here.job.call_ns = 20e3;
        let remote = ten_seconds(&here).jobs;
        here.job.served_here = true;
        let served_here = ten_seconds(&here).jobs;
        assert!((served_here as f64) < 0.97 * remote as f64, "{served_here} of {remote}");
        // With cores to spare it makes none.
        let idle = ten_seconds(&Setting { cores: 16, ..here }).jobs;
        near(idle as f64, 8.0 * 10e9 / 1_320e3, 0.01);
    }
}

fn any_setting() -> impl Strategy<Value = Setting> {
    let protocol = prop_oneof![Just(Protocol::Free), Just(Protocol::SwitchInterval), Just(Protocol::Legacy)];
    let times = (0.0..3e6_f64, 0.0..3e5_f64, 0.0..3e6_f64);
    let shape = (1..12_usize, 1..4_usize, 1..10_usize);
    let machine = (1..200_000_u64, 0..100_000_u64, 1_000..20_000_000_u64, 1..5_000_000_u64);
    (protocol, times, shape, machine, any::<bool>(), any::<u64>()).prop_map(
        |(protocol, (cpu_ns, call_ns, io_ns), (cores, processes, threads), machine, served_here, seed)| {
            let (wake_up_ns, slack_ns, interval_ns, safepoint_ns) = machine;
            Setting {
                processes,
                threads,
                job: Job { cpu_ns: cpu_ns + 1.0, call_ns, io_ns, served_here, jitter: 0.05 },
                wake_up_ns,
                quick_ns: wake_up_ns / 3,
                slack_ns,
                interval_ns,
                safepoint_ns,
                seed,
                ..setting(cores, threads, protocol, 0.0, 0.0)
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nobody_works_more_than_there_are_cores_or_locks(setting in any_setting()) {
        let mut simulation = Simulation::new(&setting);
        simulation.run_until(200 * MS, 100_000);
        let elapsed = simulation.now();
        let tally = simulation.take_tally();
        prop_assert!(tally.computed_ns <= tally.busy_ns);
        prop_assert!(tally.busy_ns <= elapsed * setting.cores as u64, "{tally:?} in {elapsed}");
        if setting.protocol != Protocol::Free {
            prop_assert!(tally.computed_ns <= elapsed * setting.processes as u64, "{tally:?} in {elapsed}");
        }
        prop_assert!(tally.wait_ns <= elapsed * setting.workers() as u64);
    }

    #[test]
    fn all_work_is_done_and_no_more(setting in any_setting(), jobs in 1..6_u64) {
        let setting = Setting { jobs: Some(jobs), ..setting };
        let mut simulation = Simulation::new(&setting);
        let end = simulation.run_to_the_end(3_000_000);
        prop_assert!(end.is_some(), "nobody waits for ever");
        let tally = simulation.take_tally();
        let workers = setting.workers() as u64;
        prop_assert_eq!(tally.jobs, jobs * workers);
        let work = setting.job.cpu_ns * (jobs * workers) as f64;
        prop_assert!((tally.computed_ns as f64 - work).abs() <= 0.051 * work + 100.0, "{tally:?}, {work}");
    }

    #[test]
    fn the_same_seed_gives_the_same(setting in any_setting()) {
        let run = || {
            let mut simulation = Simulation::new(&setting);
            simulation.run_until(50 * MS, 20_000);
            let tally = simulation.take_tally();
            (simulation.now(), simulation.handled(), tally.computed_ns, tally.wait_ns, tally.jobs, tally.hand_overs)
        };
        prop_assert_eq!(run(), run());
    }
}
