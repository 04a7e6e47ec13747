//! Laws of predictions, and the check on runs whose truth is known.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Reading, Role};

/// A run on a machine with so many cores that scales perfectly, with the control every run has.
fn synthetic(cores: usize) -> Synthetic {
    let one = 100.0;
    Synthetic::new(cores)
        .noise(0.0)
        .kernel("control", Bound::Cpu, None)
        .case("control", "serial", (1, 1), one, one)
        .case("control", "threads", (1, cores), one / cores as f64, one)
        .case("control", "processes", (cores, 1), one / cores as f64, one)
}

fn finished(run: Synthetic) -> Run {
    let mut run = run.build();
    run.cases.iter_mut().filter(|case| case.kernel == "control").for_each(|case| case.role = Role::Control);
    run
}

fn run() -> Run {
    finished(synthetic(2))
}

/// Predictions by model.
fn all(request: &Request) -> Vec<Prediction> {
    predict(&run(), request).unwrap().prediction
}

fn one(model: &str, request: &Request) -> Prediction {
    let request = Request { models: vec![model.into()], ..request.clone() };
    let mut found = all(&request);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[track_caller]
fn near(value: f64, expected: f64, tolerance: f64) {
    assert!((value / expected - 1.0).abs() <= tolerance, "{value} is not {expected} within {tolerance}");
}

mod laws {
    use super::*;

    #[test]
    fn computing_under_one_lock_is_no_faster_than_alone() {
        for workers in [1, 2, 8, 64, 1024] {
            let gil = one("gil", &Request::new(300.0, 0.0, workers, 64));
            assert!((0.9..=1.001).contains(&gil.speedup.value), "{gil:?}");
            assert!(one("gil-legacy", &Request::new(300.0, 0.0, workers, 64)).speedup.value <= 1.001);
        }
    }

    #[test]
    fn computing_without_one_takes_all_cores() {
        for (workers, cores) in [(4, 64), (64, 64), (64, 16), (1024, 64)] {
            let request = Request::new(300.0, 0.0, workers, cores);
            for model in ["threads", "rayon", "processes", "hybrid", "gil-per-interpreter"] {
                near(one(model, &request).speedup.value, workers.min(cores) as f64, 0.02);
            }
        }
    }

    #[test]
    fn waiting_scales_with_workers_whatever_the_lock() {
        let request = Request::new(0.0, 2_000.0, 256, 4);
        for prediction in all(&request).iter().filter(|one| one.model != "serial") {
            near(prediction.speedup.value, 256.0, 0.02);
            assert!(prediction.lock_wait_share < 0.01, "{prediction:?}");
        }
    }

    #[test]
    fn as_many_processes_with_a_lock_each_compute_as_there_are_cores() {
        let request = Request::new(1_000.0, 0.0, 32, 8);
        let hybrid = one("gil-hybrid", &request);
        assert_eq!((hybrid.processes, hybrid.threads), (8, 4));
        near(hybrid.speedup.value, 8.0, 0.03);
    }

    #[test]
    fn biased_counts_cost_what_they_are_said_to() {
        let request = Request::new(300.0, 0.0, 8, 8);
        let ratio = one("threads", &request).speedup.value / one("free-threaded", &request).speedup.value;
        near(ratio, Constants::of(&run()).unwrap().free_threading_factor.value, 0.01);
    }

    #[test]
    fn the_interval_shows_where_the_lock_changes_hands() {
        let base = Request::new(1_000_000.0, 0.0, 2, 2);
        let rate = |ms| {
            let request = Request { interval: Duration::from_millis(ms), ..base.clone() };
            one("gil", &request).hand_overs_per_s
        };
        // Timer slack, and three wake-ups: to wait, to ask, and to take it.
        near(rate(5), 1e9 / (5e6 + 50e3 + 90e3), 0.02);
        near(rate(1), 1e9 / (1e6 + 50e3 + 90e3), 0.02);
    }

    #[test]
    fn starting_costs_what_was_measured() {
        let request = Request::new(300.0, 0.0, 16, 4);
        assert_eq!(one("threads", &request).start_up_ns, Some(16.0 * 40_000.0));
        assert_eq!(one("processes", &request).start_up_ns, Some(16.0 * 900_000.0));
        assert_eq!(one("gil-hybrid", &request).start_up_ns, Some(4.0 * 900_000.0 + 4.0 * 40_000.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn no_model_beats_its_bounds(
            cpu in 1.0..5_000.0_f64, io in 0.0..5_000.0_f64, workers in 1..40_usize, cores in 1..20_usize,
        ) {
            let share = cpu / (cpu + io);
            for one in all(&Request::new(cpu, io, workers, cores)) {
                let lanes = match one.model.as_str() {
                    "gil" | "gil-legacy" => 1,
                    "gil-hybrid" => one.processes.min(cores),
                    _ => one.workers.min(cores),
                };
                // A call too short to sleep computes on its core, and so does not wait beside others.
                let bound = (one.workers as f64).min(lanes as f64 / share);
                prop_assert!(one.speedup.value <= bound * 1.03, "{one:?} beats {bound}");
                prop_assert!(one.core_utilisation <= 1.0 && one.lock_wait_share <= 1.0);
                // Threads may waste any share of their time on waking each other in vain under the legacy lock.
                prop_assert!(one.speedup.value > if one.model == "gil-legacy" { 0.0 } else { 0.5 }, "{one:?}");
            }
        }

        #[test]
        fn the_same_question_has_the_same_answer(seed in any::<u64>(), workers in 1..20_usize) {
            let request = Request { seed, ..Request::new(300.0, 700.0, workers, 4) };
            prop_assert_eq!(all(&request), all(&request));
        }
    }
}

mod constants {
    use super::*;

    #[test]
    fn probes_come_first() {
        let mut run = run();
        for (name, ns) in [("wake-up", 25_000.0), ("gap", 40_000.0)] {
            let values = vec![ns - 1.0, ns, ns + 1e6];
            let (probe, name, unit) = ("handover".into(), name.into(), "ns".into());
            run.readings.push(Reading {
                probe,
                name,
                unit,
                rounds: vec![1, 2, 3],
                values,
                opportunities: vec![],
                disturbed: vec![],
            });
        }
        let constants = Constants::of(&run).unwrap();
        assert_eq!((constants.wake_up_ns.value, constants.wake_up_ns.basis), (25_000.0, Basis::Measured));
        assert_eq!((constants.hand_over_gap_ns.value, constants.hand_over_gap_ns.basis), (40_000.0, Basis::Measured));
    }

    #[test]
    fn without_probes_they_are_derived_and_say_so() {
        let constants = Constants::of(&run()).unwrap();
        assert_eq!((constants.wake_up_ns.value, constants.wake_up_ns.basis), (30_000.0, Basis::Derived));
        assert!(constants.wake_up_ns.source.contains("--probe handover"), "{}", constants.wake_up_ns.source);
        near(constants.threads_efficiency.value, 1.0, 1e-6);
        assert!(constants.listed().iter().all(|(_, _, constant)| !constant.source.is_empty()));
    }

    #[test]
    fn a_run_that_cannot_tell_is_refused_with_the_remedy() {
        let error = Constants::of(&Synthetic::new(2).build()).unwrap_err().to_string();
        assert!(error.contains("`handover`") && error.contains("gilbench run"), "{error}");
    }

    #[test]
    fn contention_on_all_cores_slows_parallel_models_alone() {
        let mut run = synthetic(2).build();
        let slow = |case: &mut crate::run::CaseResult| {
            case.samples.iter_mut().for_each(|sample| sample.parts.compute_ns = sample.parts.compute_ns * 10 / 8);
        };
        run.cases.iter_mut().for_each(|case| case.role = Role::Control);
        run.cases.iter_mut().filter(|case| case.model == "processes").for_each(slow);
        near(Constants::of(&run).unwrap().processes_efficiency.value, 0.8, 1e-6);
        let answer = predict(&run, &Request::new(300.0, 0.0, 2, 2)).unwrap();
        let speedup = |model: &str| answer.prediction.iter().find(|one| one.model == model).unwrap().speedup.value;
        near(speedup("processes"), 1.6, 0.01);
        near(speedup("threads"), 2.0, 0.01);
        near(speedup("gil"), 1.0, 0.01);
    }
}

mod checking {
    use super::*;

    /// A kernel that computes, one that waits, and one that shares something; measured as theory has it.
    fn measured() -> Run {
        finished(
            synthetic(2)
                .kernel("spin", Bound::Cpu, None)
                .case("spin", "serial", (1, 1), 200.0, 200.0)
                .case("spin", "threads", (1, 2), 100.0, 200.0)
                .case("spin", "gil", (1, 2), 203.0, 200.0)
                .case("spin", "fibers", (1, 2), 100.0, 200.0)
                .kernel("nap", Bound::Io, None)
                .case("nap", "serial", (1, 1), 800.0, 800.0)
                .case("nap", "processes", (8, 1), 100.0, 800.0)
                .case("nap", "gil", (1, 8), 200.0, 800.0)
                .kernel("table", Bound::Cpu, Some("descriptor table"))
                .case("table", "serial", (1, 1), 100.0, 100.0)
                .case("table", "threads", (1, 2), 300.0, 100.0)
                .kernel("orphan", Bound::Cpu, None)
                .case("orphan", "threads", (1, 2), 100.0, 200.0),
        )
    }

    #[test]
    fn every_case_is_predicted_from_its_serial_one() {
        let check = check(&measured()).unwrap();
        let error = |id: &str| check.cells.iter().find(|cell| cell.case == id).unwrap().error;
        assert!(error("spin/threads/2").abs() < 0.02);
        assert!(error("spin/gil/2").abs() < 0.03);
        assert!(error("nap/processes/8").abs() < 0.06);
        near(1.0 + error("nap/gil/8"), 0.5, 0.08);
        assert_eq!(check.cells.len(), 4, "{check:?}");
        assert!(check.median_error.unwrap() < 0.06);
        let bounds: Vec<_> = check.medians.iter().map(|median| (median.bound, median.cells)).collect();
        assert_eq!(bounds, [(Bound::Cpu, 2), (Bound::Io, 2)]);
    }

    #[test]
    fn what_is_left_out_is_named() {
        let check = check(&measured()).unwrap();
        let left: Vec<_> = check.left_out.iter().map(|left| (left.what.as_str(), left.reason.as_str())).collect();
        assert_eq!(left.len(), 3, "{left:?}");
        assert!(left.iter().any(|(what, why)| *what == "table" && why.contains("descriptor table")));
        assert!(left.iter().any(|(what, why)| *what == "orphan" && why.contains("serial")));
        assert!(left.iter().any(|(what, why)| *what == "spin/fibers/2" && why.contains("not simulated")));
    }

    #[test]
    fn a_run_with_nothing_to_compare_has_no_error() {
        let check = check(&run()).unwrap();
        assert_eq!((check.median_error, check.cells.len()), (None, 0));
    }

    #[test]
    fn is_part_of_every_answer() {
        let answer = predict(&measured(), &Request::new(300.0, 0.0, 2, 2)).unwrap();
        assert_eq!(answer.check, check(&measured()).unwrap());
        assert!(!answer.extrapolated);
        assert!(predict(&measured(), &Request::new(300.0, 0.0, 2, 64)).unwrap().extrapolated);
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_a_sentence() {
    let good = Request::new(300.0, 2_000.0, 8, 64);
    let refused = [
        (Request { workers: 0, ..good.clone() }, "0 workers"),
        (Request { workers: 1_000_000, ..good.clone() }, "1000000 workers"),
        (Request { cores: 0, ..good.clone() }, "0 cores"),
        (Request { cores: 1_000_000, ..good.clone() }, "1000000 cores"),
        (Request { cpu_us: 0.0, io_us: 0.0, ..good.clone() }, "--cpu-us"),
        (Request { cpu_us: -1.0, ..good.clone() }, "CPU time of -1"),
        (Request { io_us: f64::NAN, ..good.clone() }, "IO time of NaN"),
        (Request { io_us: f64::INFINITY, ..good.clone() }, "IO time of inf"),
        (Request { cpu_us: 1e12, ..good.clone() }, "makes no sense"),
        (Request { interval: Duration::ZERO, ..good.clone() }, "switch interval"),
        (Request { interval: Duration::from_secs(60), ..good.clone() }, "switch interval"),
        (Request { safepoint_us: 0.0, ..good.clone() }, "safepoints"),
        (Request { safepoint_us: f64::NAN, ..good.clone() }, "safepoints"),
        (Request { models: vec!["fibers".into()], ..good.clone() }, "no model matches `fibers`"),
        (Request { models: vec!["[".into()], ..good.clone() }, "`[` is no pattern"),
    ];
    for (request, words) in refused {
        let error = predict(&run(), &request).unwrap_err().to_string();
        assert!(error.contains(words), "no `{words}` in: {error}");
    }
    let some = predict(&run(), &Request { models: vec!["gil*".into(), "gil".into()], ..good }).unwrap();
    let names: Vec<_> = some.prediction.iter().map(|one| one.model.as_str()).collect();
    assert_eq!(names, ["gil", "gil-legacy", "gil-per-interpreter", "gil-hybrid"]);
}
